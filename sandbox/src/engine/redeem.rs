//! Using a voucher at the till.

use super::standing;
use super::till::{AtTill, Refusal};
use crate::ids;
use crate::programme::Programme;
use crate::store::till::{self, Redemption};
use crate::store::{StoreError, Tx, catalogue, members};
use crate::wire::{Voucher, VoucherState, WithId};

/// A voucher that is to be used.
pub(crate) struct Use<'a> {
    pub(crate) scan: &'a str,
    /// What the scanner read from the voucher, or the cashier typed.
    pub(crate) code: &'a str,
    pub(crate) receipt: &'a str,
    pub(crate) key: &'a str,
}

/// A voucher that was used.
pub(crate) struct Redeemed {
    pub(crate) redemption: String,
    pub(crate) voucher: WithId<Voucher>,
}

/// Uses a voucher of the member whose card was scanned. The same voucher for the same receipt at the same till is the same use.
pub(crate) fn redeem(
    tx: &Tx<'_>,
    programme: &Programme,
    at: &AtTill<'_>,
    wanted: &Use<'_>,
) -> Result<Result<Redeemed, Refusal>, StoreError> {
    let Some(scan) = till::scan(&tx.sql, at.till, wanted.scan)? else {
        return Ok(Err(Refusal::UnknownScan));
    };
    if !scan.may_spend {
        return Ok(Err(Refusal::MayNotSpend));
    }
    standing::settle(tx, programme, &scan.member)?;
    let Some(voucher) = catalogue::voucher_with_code(&tx.sql, &scan.member, wanted.code)? else {
        return Ok(Err(Refusal::UnknownVoucher));
    };
    match voucher.value.state {
        // A use that was made before is answered again, whatever was locked since.
        VoucherState::Issued if members::find(&tx.sql, &scan.member)?.is_some_and(|member| member.spend_locked) => {
            return Ok(Err(Refusal::SpendLocked));
        }
        VoucherState::Issued => {}
        VoucherState::Used => {
            return Ok(match till::redemption_of(&tx.sql, &voucher.id)? {
                Some(same) if same.till == at.till && same.receipt == wanted.receipt => {
                    Ok(Redeemed { redemption: same.id, voucher })
                }
                _ => Err(Refusal::VoucherClosed(VoucherState::Used)),
            });
        }
        state => return Ok(Err(Refusal::VoucherClosed(state))),
    }
    let redemption = Redemption {
        id: ids::id(tx.random, "redemption"),
        voucher: voucher.id.clone(),
        till: at.till.to_owned(),
        receipt: wanted.receipt.to_owned(),
    };
    till::insert_redemption(tx, &redemption, &scan.id, at.store, wanted.key)?;
    let voucher = catalogue::set_voucher_state(tx, &scan.member, voucher, VoucherState::Used)?;
    Ok(Ok(Redeemed { redemption: redemption.id, voucher }))
}

/// Gives a voucher back that was used for a purchase which came back: it is open again, unless it has run out meanwhile.
/// `None` where no such use stands.
pub(crate) fn undo(tx: &Tx<'_>, redemption: &str) -> Result<Option<WithId<Voucher>>, StoreError> {
    let Some(redemption) = till::redemption(&tx.sql, redemption)? else {
        return Ok(None);
    };
    let Some((member, voucher)) = catalogue::voucher(&tx.sql, &redemption.voucher)? else {
        return Ok(None);
    };
    till::undo_redemption(tx, &redemption.id)?;
    let state = if voucher.value.expires_at <= tx.now { VoucherState::Expired } else { VoucherState::Issued };
    Ok(Some(catalogue::set_voucher_state(tx, &member, voucher, state)?))
}
