//! Points for a receipt.

use super::standing;
use super::till::{AtTill, Refusal};
use crate::ids;
use crate::programme::Programme;
use crate::store::ledger::{Counterpart, Movement};
use crate::store::till::{self, Line, NewAccrual};
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
    let total =
        receipt.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.minor)).ok_or(StoreError::Overflow)?;
    let points = programme.points_for(total, tier).ok_or(StoreError::Overflow)?;

    let accrual = ids::id(tx.random, "accrual");
    let new = NewAccrual {
        id: &accrual,
        scan: &scan.id,
        store: at.store,
        till: at.till,
        receipt: receipt.id,
        points,
        key: receipt.key,
    };
    till::insert_accrual(tx, &new, receipt.lines)?;
    let unit = &programme.earn.unit;
    let mut entries = Vec::new();
    if points > 0 {
        entries.push(ledger::book(
            tx,
            &Movement {
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
            },
        )?);
        standing::count(tx, programme, &scan.member, unit, points)?;
    }
    let available = ledger::account(&tx.sql, &scan.member, unit)?.available;
    Ok(Ok(Accrued { accrual, entries, points, available }))
}
