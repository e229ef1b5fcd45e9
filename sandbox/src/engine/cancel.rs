//! Taking back a claim: its voucher for the points that it took.

use crate::store::ledger::{Counterpart, Movement};
use crate::store::{StoreError, Tx, catalogue, ledger};
use crate::wire::{Channel, Effect, Reason, VoucherState};

/// Why a claim cannot be taken back, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No claim of the member with this key took effect.
    UnknownClaim,
    /// The voucher is not open any more.
    VoucherClosed(VoucherState),
}

/// Gives back what the claim `claim` took, and closes its voucher; or says why not. Expects the member's vouchers settled.
pub(crate) fn cancel(tx: &Tx<'_>, member: &str, claim: &str, key: &str) -> Result<Result<Effect, Refusal>, StoreError> {
    let Some(voucher) = catalogue::voucher_of(&tx.sql, member, claim)? else {
        return Ok(Err(Refusal::UnknownClaim));
    };
    if voucher.value.state != VoucherState::Issued {
        return Ok(Err(Refusal::VoucherClosed(voucher.value.state)));
    }
    let Some((unit, taken)) = ledger::taken_by(&tx.sql, member, claim)? else {
        return Ok(Err(Refusal::UnknownClaim));
    };
    if let Some(listed) = catalogue::find(&tx.sql, &voucher.value.reward)?
        && let Some(stock) = listed.reward.stock
    {
        catalogue::set_stock(tx, &voucher.value.reward, listed, stock + 1)?;
    }
    let title = voucher.value.title.clone();
    let entry = ledger::book(
        tx,
        &Movement {
            member,
            unit: &unit,
            amount: taken,
            counterpart: Counterpart::Redeemed,
            reason: Reason::Refund,
            place: None,
            channel: Channel::App,
            title: Some(&title),
            key: Some(key),
        },
    )?;
    let voucher = catalogue::set_voucher_state(tx, member, voucher, VoucherState::Cancelled)?;
    let accounts = vec![ledger::account(&tx.sql, member, &unit)?];
    Ok(Ok(Effect { entries: vec![entry], voucher: Some(voucher), accounts, card: None }))
}
