//! What all that a till asks for has in common: who asks, whose card was read, and why the till gets nothing.

use super::standing;
use crate::ids;
use crate::programme::{LocalText, Payload, Programme};
use crate::store::till::{self, Scan};
use crate::store::{StoreError, Tx, members};
use crate::wire::VoucherState;

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
    /// The member whose card was read has no voucher of this code.
    UnknownVoucher,
    /// The voucher is not open any more.
    VoucherClosed(VoucherState),
    /// This line of the receipt brought nobody anything.
    UnknownReceipt(i64),
    /// More than what is left of this line of the receipt.
    RefundTooLarge(i64),
    /// There was no such use of a voucher, or it was undone already.
    UnknownRedemption,
    /// The refund's own receipt is that of another one.
    RefundReused,
}

/// Whose card was read.
pub(crate) struct Scanned {
    pub(crate) scan: String,
    pub(crate) first_name: String,
    pub(crate) tier: LocalText,
    pub(crate) card_end: String,
    pub(crate) may_spend: bool,
}

/// Finds the member of a card. The same card at the same till in the same sale is the same scan.
pub(crate) fn scan(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    sale: &str,
    payload: &str,
) -> Result<Result<Scanned, Refusal>, StoreError> {
    // Programmes here show `static` cards; a code that nobody checks is not taken for one.
    let read = member_card::payload::Payload::parse(payload, programme.card.number_length);
    let Ok(read @ member_card::payload::Payload::Static(_)) = read else {
        return Ok(Err(Refusal::CardMalformed));
    };
    let number = read.number().as_str();
    if !ids::is_card_number(number, programme.card.symbology) {
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
