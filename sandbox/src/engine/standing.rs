//! Where a member stands: tier points earned in the period (the calendar year, UTC) decide the tier.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::programme::Programme;
use crate::store::{StoreError, Tx, catalogue, members};
use crate::wire::Standing;

/// Gives a new member a standing: no points yet.
pub(crate) fn start(tx: &Tx<'_>, programme: &Programme, member: &str) -> Result<(), StoreError> {
    members::set_standing(tx, member, &fresh(programme, tx.now))
}

/// Brings what time alone changes up to date: a new tier period, vouchers that have run out.
pub(crate) fn settle(tx: &Tx<'_>, programme: &Programme, member: &str) -> Result<(), StoreError> {
    if members::standing(&tx.sql, member)?.is_none_or(|standing| standing.period_ends_at <= tx.now) {
        start(tx, programme, member)?;
    }
    catalogue::expire_vouchers(tx, member)
}

/// The member's standing now.
pub(crate) fn current(tx: &Tx<'_>, programme: &Programme, member: &str) -> Result<Standing, StoreError> {
    settle(tx, programme, member)?;
    Ok(members::standing(&tx.sql, member)?.unwrap_or_else(|| fresh(programme, tx.now)))
}

/// Counts points that the programme issued towards the tier; fewer than none where it takes them back.
pub(crate) fn count(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    unit: &str,
    amount: i64,
) -> Result<(), StoreError> {
    if unit != programme.tiers.unit {
        return Ok(());
    }
    let before = current(tx, programme, member)?;
    let points = before.points.checked_add(amount).ok_or(StoreError::Overflow)?;
    let standing = Standing { tier: programme.tier_for(points).id.clone(), points, ..before };
    members::set_standing(tx, member, &standing)
}

/// Counts points that were issued at `at`, in the period of then: one that has ended decides no tier any more.
pub(crate) fn count_as_of(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    unit: &str,
    amount: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    if period_end(at) == period_end(tx.now) { count(tx, programme, member, unit, amount) } else { Ok(()) }
}

/// Counts points no longer that were issued at `at` and taken back. What counted in an earlier period stays counted there.
pub(crate) fn uncount(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    unit: &str,
    amount: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    count_as_of(tx, programme, member, unit, -amount, at)
}

fn fresh(programme: &Programme, now: Timestamp) -> Standing {
    Standing { tier: programme.tier_for(0).id.clone(), points: 0, period_ends_at: period_end(now) }
}

/// The first moment of the next calendar year.
fn period_end(now: Timestamp) -> Timestamp {
    let year = now.to_zoned(TimeZone::UTC).year();
    date(year.saturating_add(1).min(9999), 1, 1)
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MAX, |start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_with_the_calendar_year() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(period_end(at("2026-11-22T10:00:00Z")), at("2027-01-01T00:00:00Z"));
        assert_eq!(period_end(at("2026-12-31T23:59:59.999Z")), at("2027-01-01T00:00:00Z"));
        assert_eq!(period_end(at("2027-01-01T00:00:00Z")), at("2028-01-01T00:00:00Z"));
    }
}
