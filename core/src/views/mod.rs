//! Read models, one for each screen: base with the outbox laid over it, and every text that the screen shows.
//!
//! Computed, never stored. Must not know of networks, and decides nothing that a host would have to decide again.

mod activity;
mod balance;
mod card;
mod code;
mod labels;
mod pending;
mod rewards;
mod sign_out;
mod spending;
mod status;
mod tiers;
mod vouchers;

/// What a scanner reads, as views carry it.
pub use member_card::draw::{Screen, ScreenDrawing, on_screen};
pub use member_card::symbol::{Symbol, Symbology};

pub use activity::{ActivityLine, ActivityView};
pub use balance::{BalanceView, UnitBalance};
pub use card::{Card, CardView};
pub use code::LiveCode;
pub use labels::Labels;
pub use pending::{ActionFate, PendingAction, PendingView};
pub use rewards::{RewardLine, RewardsView};
pub use sign_out::SignOutView;
pub use spending::SpendingView;
pub use status::Status;
pub use tiers::{TierLine, TierPlace, TierProgress, TiersView};
pub use vouchers::{VoucherLine, VoucherPlace, VouchersView};

pub(crate) use activity::activity;
pub(crate) use balance::balance;
pub(crate) use card::{Drawn, card};
pub(crate) use pending::{fate, pending, rescued};
pub(crate) use rewards::{rewards, why_unavailable};
pub(crate) use sign_out::{Consent, sign_out};
pub(crate) use spending::{claims_after, spending};
pub(crate) use tiers::tiers;
pub(crate) use vouchers::vouchers;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Programme, QueuedAction, ServerTime, SessionState, Unit, UnitId};
use crate::outbox::Overlay;
use crate::ports::Clock;
use crate::store::{Reader, StoreError};
use crate::text::Text;

/// What every view is computed from.
pub(crate) struct Context<'a> {
    reader: &'a Reader<'a>,
    text: &'a Text,
    clock: &'a dyn Clock,
    now: ServerTime,
    last_contact: Option<Timestamp>,
    session: SessionState,
    /// `None` before the first sync.
    programme: Option<Programme>,
    rows: Vec<QueuedAction>,
    overlay: Overlay,
}

impl<'a> Context<'a> {
    /// Reads what views have in common.
    pub(crate) fn new(
        reader: &'a Reader<'a>,
        text: &'a Text,
        clock: &'a dyn Clock,
        now: ServerTime,
        last_contact: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        let rows = reader.outbox()?;
        let overlay = Overlay::of(&rows);
        let session = reader.session()?.map_or(SessionState::Ended, |(state, _)| state);
        Ok(Self { reader, text, clock, now, last_contact, session, programme: reader.programme()?, rows, overlay })
    }

    fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.programme.as_ref().and_then(|programme| programme.unit(id))
    }

    /// `135 points`; the bare number where the programme does not name the unit.
    fn amount(&self, unit: &UnitId, amount: i64) -> String {
        self.unit(unit).map_or_else(|| self.text.number(amount), |unit| self.text.amount(unit, amount))
    }

    /// `+35 points`.
    fn signed_amount(&self, unit: &UnitId, amount: i64) -> String {
        self.unit(unit).map_or_else(|| self.text.signed_number(amount), |unit| self.text.signed_amount(unit, amount))
    }

    fn date(&self, at: Timestamp) -> String {
        self.text.date(self.clock.local(at))
    }

    /// The last day before `end`, for "until" and "by": what ends with the year ends on 31 December.
    fn last_day(&self, end: Timestamp) -> String {
        self.date(end.saturating_sub(SignedDuration::from_millis(1)).unwrap_or(end))
    }

    fn date_time(&self, at: Timestamp) -> String {
        self.text.date_time(self.clock.local(at))
    }

    /// The sentence of an empty screen, where the screen is empty.
    fn empty(&self, is_empty: bool, id: &str) -> Option<String> {
        is_empty.then(|| self.text.say(id, &[]))
    }
}
