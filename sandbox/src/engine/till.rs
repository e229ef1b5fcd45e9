//! What all that a till asks for has in common: who asks, whose card was read, and why the till gets nothing.

use member_card::marks::Basket;
use member_card::payload::{Payload, PayloadError, PayloadKind};
use member_card::verify::{self, VerifyError};

use super::{card, standing};
use crate::ids;
use crate::programme::{LocalText, Programme};
use crate::store::devices::CodesOf;
use crate::store::till::{self, Scan};
use crate::store::{StoreError, Tx, issuer};
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
    /// The code that was read is not good.
    Card(verify::Refusal),
    UnknownScan,
    /// The scan is good for earning only: a number that was typed, or a code that proves nothing.
    MayNotSpend,
    /// The member has locked her card against spending.
    SpendLocked,
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
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and they are told one by one")]
pub(crate) struct Scanned {
    pub(crate) scan: String,
    pub(crate) first_name: String,
    pub(crate) tier: LocalText,
    pub(crate) card_end: String,
    /// What was read.
    pub(crate) payload: PayloadKind,
    /// Whether it was a code, and that was checked.
    pub(crate) verified: bool,
    /// Whether this sale had taken the code before.
    pub(crate) again: bool,
    pub(crate) spend_locked: bool,
    pub(crate) may_spend: bool,
}

/// Checks what a scanner read, and takes the code for this sale. The same card at the same till in the same sale is the same scan.
pub(crate) fn scan(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    sale: &str,
    text: &str,
) -> Result<Result<Scanned, Refusal>, StoreError> {
    let payload = match read(programme, text) {
        Ok(payload) => payload,
        Err(refusal) => return Ok(Err(Refusal::Card(refusal))),
    };
    let (member, checked) = match card::check(tx, programme, &payload, tx.now, true)? {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(Refusal::Card(refusal))),
    };
    let basket = Basket { till: at.till.to_owned(), receipt: sale.to_owned() };
    let verdict = match checked.take(issuer::unix_time(tx.now), &basket, &mut CodesOf { tx, member: &member.id }) {
        Ok(verdict) => verdict,
        Err(VerifyError::Refused(refusal)) => return Ok(Err(Refusal::Card(refusal))),
        Err(VerifyError::Marks(error)) => return Err(error),
    };
    let number = verdict.number.as_str();
    let scan = if let Some(scan) = till::scan_of(&tx.sql, at.till, sale, number)? {
        if verdict.may_spend && !scan.may_spend {
            till::let_spend(tx, &scan.id)?;
        }
        Scan { may_spend: scan.may_spend || verdict.may_spend, ..scan }
    } else {
        let scan = Scan { id: ids::id(tx.random, "scan"), member: member.id.clone(), may_spend: verdict.may_spend };
        till::insert_scan(tx, &scan, at.till, sale, number)?;
        scan
    };
    let standing = standing::current(tx, programme, &member.id)?;
    let tier = programme.tier(&standing.tier).unwrap_or(programme.tier_for(0));
    Ok(Ok(Scanned {
        scan: scan.id,
        first_name: member.name.split_whitespace().next().unwrap_or_default().to_owned(),
        tier: tier.name.clone(),
        card_end: verdict.number.last4().to_owned(),
        payload: verdict.kind,
        verified: verdict.verified,
        again: verdict.again,
        spend_locked: member.spend_locked,
        may_spend: scan.may_spend && !member.spend_locked,
    }))
}

/// What a scanner read, as a code of the programme. A number that was typed wrongly is seen by its check digit.
pub(crate) fn read(programme: &Programme, text: &str) -> Result<Payload, verify::Refusal> {
    let payload = Payload::parse(text, programme.card.number_length)?;
    let number = payload.number();
    if ids::is_card_number(number.as_str(), programme.card.symbology) {
        Ok(payload)
    } else {
        // Of its length, and its last digit is not the one that it should be.
        let position = number.as_str().len();
        let character = number.as_str().chars().next_back().unwrap_or_default();
        Err(PayloadError::Character { position, character }.into())
    }
}
