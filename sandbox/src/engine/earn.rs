//! Reading a card at the till, and points for a receipt.

use super::standing;
use crate::ids;
use crate::programme::{LocalText, Payload, Programme};
use crate::store::ledger::{Counterpart, Movement};
use crate::store::till::{self, Line, NewAccrual, Scan};
use crate::store::{StoreError, Tx, ledger, members};
use crate::wire::{Channel, Entry, Reason, WithId};

/// The till that asks.
pub(crate) struct AtTill<'a> {
    pub(crate) store: &'a str,
    pub(crate) store_name: &'a LocalText,
    pub(crate) till: &'a str,
}

/// Why the till gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    CardMalformed,
    UnknownCard,
    CardRevoked,
    UnknownScan,
    /// This line of the receipt was accrued already.
    ReceiptReused(i64),
}

/// Whose card was read.
pub(crate) struct Scanned {
    pub(crate) scan: String,
    pub(crate) first_name: String,
    pub(crate) tier: LocalText,
    pub(crate) card_end: String,
    pub(crate) may_spend: bool,
}

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

/// Finds the member of a card. The same card at the same till in the same sale is the same scan.
pub(crate) fn scan(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    sale: &str,
    payload: &str,
) -> Result<Result<Scanned, Refusal>, StoreError> {
    let Ok(read) = member_card::payload::Payload::parse(payload, programme.card.number_length) else {
        return Ok(Err(Refusal::CardMalformed));
    };
    let number = read.number().as_str();
    if !ids::is_luhn(number) {
        return Ok(Err(Refusal::CardMalformed));
    }
    let Some(member) = members::find_by_card(&tx.sql, number)? else {
        return Ok(Err(Refusal::UnknownCard));
    };
    if member.card_revoked {
        return Ok(Err(Refusal::CardRevoked));
    }
    let scan = if let Some(scan) = till::scan_of(&tx.sql, at.till, sale, number)? {
        scan
    } else {
        let scan = Scan { id: ids::id(tx.random, "scan"), member: member.id.clone() };
        till::insert_scan(tx, &scan, at.till, sale, number)?;
        scan
    };
    let standing = standing::current(tx, programme, &member.id)?;
    let tier = programme.tier(&standing.tier).unwrap_or(programme.tier_for(0));
    Ok(Ok(Scanned {
        scan: scan.id,
        first_name: member.name.split_whitespace().next().unwrap_or_default().to_owned(),
        tier: tier.name.clone(),
        card_end: read.number().last4().to_owned(),
        // A number alone spends only where the number is all that the programme's card ever shows.
        may_spend: programme.card.payload == Payload::Static,
    }))
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
