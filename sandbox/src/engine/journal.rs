//! What a till wrote down while it was offline, checked again as of the time of its scan.
//!
//! Where one code was read at two tills that could not know of each other, the first scan counts, in whichever order their journals
//! arrive. What does not count is kept whole, with the reason.

use jiff::{SignedDuration, Timestamp};
use member_card::marks::{Basket, Marks, Taken};
use member_card::proof::Tier;
use member_card::verify::VerifyError;
use member_card::{CardNumber, DeviceNumber, Period};

use super::earn::{self, Accrued, Bought};
use super::till::{AtTill, Refusal, read};
use super::{card, standing};
use crate::ids;
use crate::programme::Programme;
use crate::store::journal::{self, NewEntry, Outcome, Take};
use crate::store::ledger::Movement;
use crate::store::members::Member;
use crate::store::till::{self, Line, Scan};
use crate::store::{StoreError, Tx, devices, issuer, ledger};
use crate::wire::{Channel, Reason};

/// A till's clock may be so far ahead of the server's.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);
/// A code is accepted one period early or late, so of two codes in the wrong order the numbers differ by two at most.
const SKEWS: u64 = 2;
/// The name of a scan that another one makes void.
const USED: &str = "used";

/// An entry of a journal.
pub(crate) struct Entry<'a> {
    /// As the scanner read it.
    pub(crate) payload: &'a str,
    /// By the till's clock.
    pub(crate) scanned_at: Timestamp,
    pub(crate) receipt: &'a str,
    pub(crate) lines: &'a [Line],
    pub(crate) key: &'a str,
    /// With the fault `ignore-idempotency`, an entry that was booked already is booked again.
    pub(crate) again: bool,
}

/// What became of an entry.
pub(crate) enum Journalled {
    Accrued(Accrued),
    /// It brings nothing, for this reason, and is kept.
    Held(&'static str),
}

/// A scan that holds, before anything of it is written.
struct Good {
    member: Member,
    number: CardNumber,
    /// What the issuer signed.
    tier: Option<Tier>,
    device: Option<DeviceNumber>,
    place: Place,
}

/// Where a scan stands among those of its device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Place {
    /// There is nothing to be taken, or the sale had taken it online.
    #[default]
    Nothing,
    /// It counts, and these entries, whose scans came later, do not any more.
    Takes { period: Period, void: Vec<String> },
}

/// Books what a till wrote down. A refusal leaves nothing; what is held is kept.
pub(crate) fn journal(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    entry: &Entry<'_>,
) -> Result<Result<Journalled, Refusal>, StoreError> {
    let used = till::used_line(&tx.sql, at.store, at.till, entry.receipt, entry.lines)?;
    let known = journal::exists(&tx.sql, at.store, at.till, entry.receipt)?;
    let first = || entry.lines.first().filter(|_| known).map(|line| line.number);
    if !entry.again
        && let Some(line) = used.or_else(first)
    {
        return Ok(Err(Refusal::ReceiptReused(line)));
    }
    let id = ids::id(tx.random, "journal");
    let new = NewEntry {
        id: &id,
        store: at.store,
        till: at.till,
        receipt: entry.receipt,
        payload: entry.payload,
        scanned_at: entry.scanned_at,
        lines: entry.lines,
        key: entry.key,
    };
    let keep = |outcome: &Outcome<'_>| if known { Ok(()) } else { journal::insert(tx, &new, outcome) };
    let good = match check(tx, programme, at, entry)? {
        Ok(good) => good,
        Err(reason) => {
            keep(&Outcome::Held(reason))?;
            return Ok(Ok(Journalled::Held(reason)));
        }
    };
    if let Place::Takes { void, .. } = &good.place {
        void.iter().try_for_each(|later| take_back(tx, programme, later))?;
    }
    let accrued = accrue(tx, programme, at, entry, &good)?;
    keep(&Outcome::Accrued(&accrued.accrual))?;
    if let (Place::Takes { period, .. }, Some(device)) = (good.place, good.device) {
        let basket = Basket { till: at.till.to_owned(), receipt: entry.receipt.to_owned() };
        let take = Take { at: entry.scanned_at, period, basket, journal: Some(id) };
        journal::insert_take(tx, &good.member.id, device, &take)?;
    }
    Ok(Ok(Journalled::Accrued(accrued)))
}

/// Whether the scan was good when it was made. Writes nothing; the error is the reason for which it is held.
fn check(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    entry: &Entry<'_>,
) -> Result<Result<Good, &'static str>, StoreError> {
    let late = tx.now.duration_since(entry.scanned_at);
    if late < -AHEAD {
        return Ok(Err("future"));
    }
    if late > devices::JOURNAL {
        return Ok(Err("too-late"));
    }
    let payload = match read(programme, entry.payload) {
        Ok(payload) => payload,
        Err(refusal) => return Ok(Err(refusal.name())),
    };
    let (member, checked) = match card::check(tx, programme, &payload, entry.scanned_at, false)? {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal.name())),
    };
    let basket = Basket { till: at.till.to_owned(), receipt: entry.receipt.to_owned() };
    let mut marks = ByTime { tx, member: &member.id, at: entry.scanned_at, place: Place::Nothing };
    let verdict = checked.take(issuer::unix_time(entry.scanned_at), &basket, &mut marks);
    let place = marks.place;
    Ok(match verdict {
        Ok(verdict) => Ok(Good { number: verdict.number, tier: verdict.tier, device: verdict.device, member, place }),
        Err(VerifyError::Refused(refusal)) => Err(refusal.name()),
        Err(VerifyError::Marks(error)) => return Err(error),
    })
}

/// The points of an entry. A proof earns by the tier that it was signed with, whatever has arrived since; other codes say none.
fn accrue(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    entry: &Entry<'_>,
    good: &Good,
) -> Result<Accrued, StoreError> {
    let number = good.number.as_str();
    let scan = if let Some(scan) = till::scan_of(&tx.sql, at.till, entry.receipt, number)? {
        scan
    } else {
        let scan = Scan { id: ids::id(tx.random, "scan"), member: good.member.id.clone(), may_spend: false };
        till::insert_scan(tx, &scan, at.till, entry.receipt, number)?;
        scan
    };
    let standing = standing::current(tx, programme, &good.member.id)?;
    let signed = good.tier.and_then(|tier| programme.tiers.levels.get(usize::from(tier.0)));
    let tier = signed.or_else(|| programme.tier(&standing.tier)).unwrap_or(programme.tier_for(0));
    let bought = Bought { receipt: entry.receipt, lines: entry.lines, key: entry.key, tier, at: entry.scanned_at };
    earn::book(tx, programme, at, &scan, &bought)
}

/// An entry that had counted does so no longer: an earlier scan of its code, or of a later one, has arrived.
fn take_back(tx: &Tx<'_>, programme: &Programme, id: &str) -> Result<(), StoreError> {
    let Some((accrual, till)) = journal::accrual(&tx.sql, id)? else { return Ok(()) };
    journal::hold(tx, id, USED)?;
    let Some(earned) = till::earned(&tx.sql, &accrual)? else { return Ok(()) };
    let points = earned.points - earned.refunded_points;
    if points <= 0 {
        return Ok(());
    }
    // What comes back of the purchase from now on takes nothing more.
    till::set_refunded_points(tx, &accrual, earned.points)?;
    let unit = &programme.earn.unit;
    let movement = Movement {
        member: &earned.member,
        unit,
        amount: -points,
        counterpart: ledger::Counterpart::Issued,
        reason: Reason::Adjustment,
        place: programme.till(&till).map(|(store, _)| &store.name),
        channel: Channel::Store,
        title: None,
        key: None,
    };
    ledger::book(tx, &movement)?;
    standing::uncount(tx, programme, &earned.member, unit, points, earned.at)
}

/// The takes of one member's devices, judged by when they were scanned and not by when they became known.
struct ByTime<'a> {
    tx: &'a Tx<'a>,
    member: &'a str,
    at: Timestamp,
    place: Place,
}

impl Marks for ByTime<'_> {
    type Error = StoreError;

    /// Writes nothing yet: that follows in the same transaction.
    fn take(
        &mut self,
        _: &CardNumber,
        device: DeviceNumber,
        period: Period,
        basket: &Basket,
    ) -> Result<Taken, StoreError> {
        let first = Period::from_number(period.number().saturating_sub(SKEWS));
        let takes = journal::takes(&self.tx.sql, self.member, device, first)?;
        Ok(match judge(&takes, self.at, period, basket) {
            Ok(place) => {
                let again = place == Place::Nothing;
                self.place = place;
                if again { Taken::Again } else { Taken::New }
            }
            Err(last) => Taken::Used { last },
        })
    }
}

/// In the order of their scans, codes must be of rising periods. A scan that is out of order with an earlier one, or with one that was
/// online, does not count: the error is the period of that. The entries of later scans that are out of order with this one are void.
///
/// Scans of one moment are in the order of their periods, tills and receipts. So "makes void" is a partial order, and which scans count
/// does not depend on the order in which they become known: those that no other makes void.
fn judge(takes: &[Take], at: Timestamp, period: Period, basket: &Basket) -> Result<Place, Period> {
    let order = (at, period, &basket.till, &basket.receipt);
    if takes.iter().any(|take| take.basket == *basket && take.period == period) {
        return Ok(Place::Nothing);
    }
    let mut void = Vec::new();
    for take in takes.iter().filter(|take| take.basket != *basket) {
        let earlier = (take.at, take.period, &take.basket.till, &take.basket.receipt) < order;
        let rises = if earlier { take.period < period } else { period < take.period };
        match &take.journal {
            _ if rises => {}
            Some(entry) if !earlier => void.push(entry.clone()),
            _ => return Err(take.period),
        }
    }
    Ok(Place::Takes { period, void })
}
