//! The voucher wallet. A pending voucher shows no code: there is none yet.

use std::collections::BTreeMap;

use member_card::symbol::{Symbol, Symbology};
use serde::Serialize;

use super::spending::spend_locked;
use super::{Context, Status};
use crate::domain::{Voucher, VoucherId, VoucherState};
use crate::store::StoreError;
use crate::text::Arg;

/// The vouchers' screen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VouchersView {
    /// Pending ones first, then those that can be used, soonest to expire first, then the rest.
    pub vouchers: Vec<VoucherLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// One voucher.
#[derive(Clone, PartialEq, Serialize)]
pub struct VoucherLine {
    /// The voucher's id; `None` while it is pending.
    pub id: Option<String>,
    /// The action that it comes of.
    pub key: Option<String>,
    /// The reward's name.
    pub title: String,
    /// What the till types. Only of a voucher that can be used.
    pub code: Option<String>,
    /// What the till scans. Only of a voucher that can be used.
    #[serde(skip)]
    pub symbol: Option<Symbol>,
    /// Where it stands.
    pub place: VoucherPlace,
    /// Where it stands, in words.
    pub text: String,
    /// Whether its claim can be taken back, by [`Wallet::cancel`](crate::Wallet::cancel) with `key`.
    pub can_cancel: bool,
}

/// A voucher's code is worth money and stays out of logs.
impl std::fmt::Debug for VoucherLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("VoucherLine");
        shown.field("title", &self.title).field("place", &self.place).finish_non_exhaustive()
    }
}

/// Where a voucher stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum VoucherPlace {
    Pending,
    Cancelling,
    Ready,
    Used,
    Expired,
    Cancelled,
}

/// The voucher wallet.
pub(crate) fn vouchers(context: &Context<'_>) -> Result<VouchersView, StoreError> {
    let mut lines = Vec::new();
    for pending in &context.overlay.vouchers {
        let title = context.reader.reward(&pending.reward)?;
        let cancelled = context.overlay.cancelling.contains(&pending.key);
        lines.push((
            None,
            VoucherLine {
                id: None,
                key: Some(pending.key.to_string()),
                title: title.map_or_else(
                    || context.text.say("pending-claim-gone", &[]),
                    |reward| context.text.of_programme(&reward.title).to_owned(),
                ),
                code: None,
                symbol: None,
                place: if cancelled { VoucherPlace::Cancelling } else { VoucherPlace::Pending },
                text: context.text.say(
                    match (cancelled, pending.unknown) {
                        (true, _) => "voucher-cancelling",
                        (false, true) => "voucher-unknown",
                        (false, false) => "voucher-pending",
                    },
                    &[],
                ),
                can_cancel: !cancelled,
            },
        ));
    }
    // What the server answered is newer than the base until its page is applied.
    let mut vouchers: BTreeMap<VoucherId, Voucher> = context.reader.vouchers()?.into_iter().collect();
    vouchers.extend(context.overlay.issued.iter().map(|issued| (issued.id.clone(), issued.voucher.clone())));
    let locked = spend_locked(context)?;
    for (id, voucher) in &vouchers {
        lines.push((Some(voucher.expires_at), line(context, id.as_str(), voucher, locked)));
    }
    lines.sort_by(|(expiry_a, a), (expiry_b, b)| (a.place, expiry_a, &a.id).cmp(&(b.place, expiry_b, &b.id)));
    let lines: Vec<VoucherLine> = lines.into_iter().map(|(_, line)| line).collect();
    Ok(VouchersView {
        empty: context.empty(lines.is_empty(), "vouchers-empty"),
        vouchers: lines,
        status: context.status(),
    })
}

fn line(context: &Context<'_>, id: &str, voucher: &Voucher, locked: bool) -> VoucherLine {
    // A voucher runs out without anybody saying so, also offline.
    let place = match voucher.state {
        VoucherState::Issued if context.now.at >= voucher.expires_at => VoucherPlace::Expired,
        VoucherState::Issued if voucher.key.is_some_and(|key| context.overlay.cancelling.contains(&key)) => {
            VoucherPlace::Cancelling
        }
        VoucherState::Issued => VoucherPlace::Ready,
        VoucherState::Used => VoucherPlace::Used,
        VoucherState::Expired => VoucherPlace::Expired,
        VoucherState::Cancelled | VoucherState::Other => VoucherPlace::Cancelled,
    };
    let ready = place == VoucherPlace::Ready;
    VoucherLine {
        id: Some(id.to_owned()),
        key: voucher.key.map(|key| key.to_string()),
        title: context.text.of_programme(&voucher.title).to_owned(),
        code: ready.then(|| voucher.code.clone()),
        symbol: if ready { Symbol::encode(Symbology::Qr, &voucher.code).ok() } else { None },
        place,
        text: match place {
            VoucherPlace::Pending => context.text.say("voucher-pending", &[]),
            VoucherPlace::Cancelling => context.text.say("voucher-cancelling", &[]),
            VoucherPlace::Ready => {
                let text = if locked { "voucher-locked" } else { "voucher-valid" };
                context.text.say(text, &[("date", Arg::Text(&context.last_day(voucher.expires_at)))])
            }
            VoucherPlace::Used => context.text.say("voucher-used", &[]),
            VoucherPlace::Expired => context.text.say("voucher-expired", &[]),
            VoucherPlace::Cancelled => context.text.say("voucher-cancelled", &[]),
        },
        can_cancel: ready && voucher.key.is_some(),
    }
}
