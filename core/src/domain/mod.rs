//! What a programme, a member, an account, a tier, a reward, a voucher and an action ARE: types and pure rules.
//!
//! Must not know of stores, networks, clocks or languages of the screen. Every type that is stored or sent has a
//! frozen sample in `samples.rs`.

mod account;
mod action;
mod card;
mod change;
mod ids;
mod local_text;
mod notice;
mod programme;
mod reward;
mod session;
mod time;

#[cfg(test)]
mod samples;

pub use account::{Account, Channel, Entry, EntryReason};
pub use action::{
    Action, ActionState, Effect, IssuedVoucher, Lane, NewAction, Outcome, OutcomeStatus, QueuedAction, Reason, Refusal,
    RequestBody,
};
pub use card::{CardDay, CardState, CodeTaken, Device};
pub use change::{Change, Known};
pub use ids::{ActionKey, Cursor, EntryId, InvalidId, MemberId, ProgrammeId, RewardId, TierId, UnitId, VoucherId};
pub use local_text::LocalText;
pub use notice::{Notice, NoticeId};
pub use programme::{Member, Programme, Standing, Tier, Unit};
pub use reward::{Cost, Reward, Unavailable, Voucher, VoucherState, availability};
pub use session::{AccessToken, Address, JoinDetails, OneTimeCode, RefreshToken, SessionState, Tokens};
pub use time::{Anchor, BootId, ClockReading, ServerTime, millis};
