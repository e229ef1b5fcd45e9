//! The voucher wallet. A pending voucher shows no code: there is none yet.

use std::collections::BTreeSet;

use member_card::symbol::{Symbol, Symbology};
use serde::Serialize;

use super::{Context, Status};
use crate::domain::{Voucher, VoucherState};
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
                place: VoucherPlace::Pending,
                text: context.text.say(if pending.unknown { "voucher-unknown" } else { "voucher-pending" }, &[]),
            },
        ));
    }
    let base = context.reader.vouchers()?;
    let known: BTreeSet<&str> = base.iter().map(|(id, _)| id.as_str()).collect();
    // A page may bring the voucher before it brings the outcome's row removal: never shown twice.
    let answered = context.overlay.issued.iter().filter(|issued| !known.contains(issued.id.as_str()));
    let all =
        base.iter().map(|(id, voucher)| (id, voucher)).chain(answered.map(|issued| (&issued.id, &issued.voucher)));
    for (id, voucher) in all {
        lines.push((Some(voucher.expires_at), line(context, id.as_str(), voucher)));
    }
    lines.sort_by(|(expiry_a, a), (expiry_b, b)| (a.place, expiry_a, &a.id).cmp(&(b.place, expiry_b, &b.id)));
    let lines: Vec<VoucherLine> = lines.into_iter().map(|(_, line)| line).collect();
    Ok(VouchersView {
        empty: context.empty(lines.is_empty(), "vouchers-empty"),
        vouchers: lines,
        status: context.status(),
    })
}

fn line(context: &Context<'_>, id: &str, voucher: &Voucher) -> VoucherLine {
    // A voucher runs out without anybody saying so, also offline.
    let place = match voucher.state {
        VoucherState::Issued if context.now.at >= voucher.expires_at => VoucherPlace::Expired,
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
            VoucherPlace::Ready => {
                context.text.say("voucher-valid", &[("date", Arg::Text(&context.last_day(voucher.expires_at)))])
            }
            VoucherPlace::Used => context.text.say("voucher-used", &[]),
            VoucherPlace::Expired => context.text.say("voucher-expired", &[]),
            VoucherPlace::Cancelled => context.text.say("voucher-cancelled", &[]),
        },
    }
}
