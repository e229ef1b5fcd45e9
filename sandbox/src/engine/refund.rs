//! What was bought comes back, and with it the points that it brought and the vouchers that were used for it.

use std::collections::BTreeSet;

use super::till::{AtTill, Refusal};
use super::{redeem, standing};
use crate::ids;
use crate::programme::Programme;
use crate::store::ledger::{Counterpart, Movement};
use crate::store::till::{self, Earned, Line, NewRefund};
use crate::store::{StoreError, Tx, ledger};
use crate::wire::{Channel, Entry, Reason, Voucher, WithId};

/// What comes back.
pub(crate) struct Back<'a> {
    /// Where it was bought: store, till and receipt.
    pub(crate) bought: (&'a str, &'a str, &'a str),
    /// What of each line comes back: its whole price or a part of it.
    pub(crate) lines: &'a [Line],
    /// The uses of vouchers that are undone.
    pub(crate) redemptions: &'a [String],
    /// The refund's own receipt.
    pub(crate) receipt: &'a str,
    pub(crate) key: &'a str,
    /// With the fault `ignore-idempotency`, a refund that was made already is made again.
    pub(crate) again: bool,
}

/// What a refund did.
pub(crate) struct Refunded {
    pub(crate) refund: String,
    pub(crate) entries: Vec<WithId<Entry>>,
    pub(crate) vouchers: Vec<WithId<Voucher>>,
    /// Taken from the member: never negative.
    pub(crate) points: i64,
}

/// Takes back what the lines brought. The member may come to have less than nothing.
pub(crate) fn refund(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    back: &Back<'_>,
) -> Result<Result<Refunded, Refusal>, StoreError> {
    if !back.again && till::is_refund(&tx.sql, at.store, at.till, back.receipt)? {
        return Ok(Err(Refusal::RefundReused));
    }
    let (store, bought_at, receipt) = back.bought;
    let mut accruals = BTreeSet::new();
    for Line { number, minor, .. } in back.lines {
        let Some(bought) = till::bought(&tx.sql, store, bought_at, receipt, *number)? else {
            return Ok(Err(Refusal::UnknownReceipt(*number)));
        };
        if bought.left < *minor {
            return Ok(Err(Refusal::RefundTooLarge(*number)));
        }
        accruals.insert(bought.accrual);
    }
    // All is looked at before anything is written: a refusal leaves nothing half done.
    for redemption in back.redemptions {
        if till::redemption(&tx.sql, redemption)?.is_none() {
            return Ok(Err(Refusal::UnknownRedemption));
        }
    }
    let mut vouchers = Vec::new();
    for redemption in back.redemptions {
        vouchers.extend(redeem::undo(tx, redemption)?);
    }
    for Line { number, minor, .. } in back.lines {
        till::take_back_line(tx, store, bought_at, receipt, *number, *minor)?;
    }
    let mut entries = Vec::new();
    for accrual in accruals {
        let Some(earned) = till::earned(&tx.sql, &accrual)? else { continue };
        entries.extend(take_points(tx, programme, at, &accrual, &earned)?);
    }
    let points = entries.iter().map(|entry| -entry.value.amount).sum();
    let refund = ids::id(tx.random, "refund");
    let new = NewRefund { id: &refund, store: at.store, till: at.till, receipt: back.receipt, points, key: back.key };
    till::insert_refund(tx, &new)?;
    Ok(Ok(Refunded { refund, entries, vouchers, points }))
}

/// Takes the points of what has come back of an accrual, as far as they were not taken before.
fn take_points(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    accrual: &str,
    earned: &Earned,
) -> Result<Option<WithId<Entry>>, StoreError> {
    let owed = earned.points - kept(earned.points, earned.minor, earned.refunded_minor);
    let points = owed - earned.refunded_points;
    if points <= 0 {
        return Ok(None);
    }
    till::set_refunded_points(tx, accrual, owed)?;
    let unit = &programme.earn.unit;
    let entry = ledger::book(
        tx,
        &Movement {
            member: &earned.member,
            unit,
            amount: -points,
            counterpart: Counterpart::Issued,
            reason: Reason::Return,
            place: Some(at.store_name),
            channel: Channel::Store,
            title: None,
            // The key is the till's, not one of the member's actions.
            key: None,
        },
    )?;
    standing::uncount(tx, programme, &earned.member, unit, points, earned.at)?;
    Ok(Some(entry))
}

/// The points that stay where `refunded` of the price `minor` came back: in proportion, less any fraction. All went as they
/// came, so nobody gains by returning a purchase piece by piece.
fn kept(points: i64, minor: i64, refunded: i64) -> i64 {
    let kept = i128::from(points) * i128::from(minor - refunded) / i128::from(minor.max(1));
    i64::try_from(kept).unwrap_or(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_is_in_proportion_and_all_goes_with_the_last_piece() {
        for (points, minor, refunded, stay) in [
            (35, 3500, 0, 35),
            (35, 3500, 3500, 0),
            (35, 3500, 1, 34),
            (35, 3500, 1450, 20),
            (110, 10_000, 5_000, 55),
            (0, 99, 99, 0),
            (i64::MAX, i64::MAX, 1, i64::MAX - 1),
        ] {
            assert_eq!(kept(points, minor, refunded), stay, "{points} for {minor}, {refunded} back");
        }
    }
}
