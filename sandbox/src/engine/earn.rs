//! Points for a receipt.

use jiff::Timestamp;

use super::standing;
use super::till::{AtTill, Refusal};
use crate::ids;
use crate::programme::{Programme, Tier};
use crate::store::ledger::{Counterpart, Movement};
use crate::store::till::{self, Line, NewAccrual, Scan};
use crate::store::{StoreError, Tx, ledger};
use crate::wire::{Channel, Entry, Reason, WithId};

/// What a receipt brought.
pub(crate) struct Accrued {
    pub(crate) accrual: String,
    pub(crate) entries: Vec<WithId<Entry>>,
    pub(crate) points: i64,
    pub(crate) available: i64,
}

/// A receipt.
pub(crate) struct Receipt<'a> {
    pub(crate) scan: &'a str,
    pub(crate) id: &'a str,
    pub(crate) lines: &'a [Line],
    pub(crate) key: &'a str,
    /// With the fault `ignore-idempotency`, a line that was accrued already is accrued again.
    pub(crate) again: bool,
}

/// Gives the points of a receipt to the member whose card was scanned.
pub(crate) fn accrue(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    receipt: &Receipt<'_>,
) -> Result<Result<Accrued, Refusal>, StoreError> {
    let Some(scan) = till::scan(&tx.sql, at.till, receipt.scan)? else {
        return Ok(Err(Refusal::UnknownScan));
    };
    if let Some(line) = till::used_line(&tx.sql, at.store, at.till, receipt.id, receipt.lines)?
        && !receipt.again
    {
        return Ok(Err(Refusal::ReceiptReused(line)));
    }
    let standing = standing::current(tx, programme, &scan.member)?;
    let tier = programme.tier(&standing.tier).unwrap_or(programme.tier_for(0));
    let bought = Bought { receipt: receipt.id, lines: receipt.lines, key: receipt.key, tier, at: tx.now };
    book(tx, programme, at, &scan, &bought).map(Ok)
}

/// A purchase whose lines brought nothing yet.
pub(super) struct Bought<'a> {
    pub(super) receipt: &'a str,
    pub(super) lines: &'a [Line],
    pub(super) key: &'a str,
    /// By which it earns.
    pub(super) tier: &'a Tier,
    /// When the card was read.
    pub(super) at: Timestamp,
}

/// Books what a purchase brings, dated by its scan.
pub(super) fn book(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    scan: &Scan,
    bought: &Bought<'_>,
) -> Result<Accrued, StoreError> {
    let mut minor = bought.lines.iter().map(|line| line.minor);
    let total = minor.try_fold(0_i64, i64::checked_add).ok_or(StoreError::Overflow)?;
    let points = programme.points_for(total, bought.tier).ok_or(StoreError::Overflow)?;

    let accrual = ids::id(tx.random, "accrual");
    let new = NewAccrual {
        id: &accrual,
        scan: &scan.id,
        store: at.store,
        till: at.till,
        receipt: bought.receipt,
        points,
        key: bought.key,
        at: bought.at,
    };
    till::insert_accrual(tx, &new, bought.lines)?;
    let unit = &programme.earn.unit;
    let mut entries = Vec::new();
    if points > 0 {
        let movement = Movement {
            member: &scan.member,
            unit,
            amount: points,
            counterpart: Counterpart::Issued,
            reason: Reason::Purchase,
            place: Some(at.store_name),
            channel: Channel::Store,
            title: None,
            // The key is the till's, not one of the member's actions.
            key: None,
        };
        entries.push(ledger::book_as_of(tx, &movement, bought.at)?);
        standing::count_as_of(tx, programme, &scan.member, unit, points, bought.at)?;
    }
    let available = ledger::account(&tx.sql, &scan.member, unit)?.available;
    Ok(Accrued { accrual, entries, points, available })
}
