//! The spend lock: how it stands, with what waits laid over it, and what a tap on it would do.

use serde::Serialize;

use super::Context;
use crate::domain::ActionKey;
use crate::store::StoreError;

/// The switch that locks spending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpendingView {
    /// Whether the switch is on: the member wants spending refused.
    pub locked: bool,
    /// Whether the programme has not confirmed that yet.
    pub pending: bool,
    /// What the switch is for.
    pub title: String,
    /// How it stands, and what that means for the member.
    pub text: String,
    /// What a tap does: for a button, and for a screen reader.
    pub button: String,
}

/// The switch.
pub(crate) fn spending(context: &Context<'_>) -> Result<SpendingView, StoreError> {
    let locked = spend_locked(context)?;
    let pending = context.overlay.spend_lock.is_some_and(|lock| lock.pending);
    let text = match (locked, pending) {
        (false, false) => "spending-open",
        (true, false) => "spending-locked",
        (true, true) => "spending-locking",
        (false, true) => "spending-unlocking",
    };
    Ok(SpendingView {
        locked,
        pending,
        title: context.text.say("spending-title", &[]),
        text: context.text.say(text, &[]),
        button: context.text.say(if locked { "spending-unlock" } else { "spending-lock" }, &[]),
    })
}

/// Whether the member has locked spending, as far as this device knows: also where the programme has not heard of it yet.
pub(super) fn spend_locked(context: &Context<'_>) -> Result<bool, StoreError> {
    match context.overlay.spend_lock {
        Some(lock) => Ok(lock.locked),
        None => Ok(context.reader.card_state()?.spend_locked),
    }
}

/// What a claim that is made now comes after: the unlocking that lets it spend, as long as the page with it has not come.
pub(crate) fn claims_after(context: &Context<'_>) -> Vec<ActionKey> {
    context.overlay.spend_lock.iter().filter(|lock| !lock.locked).map(|lock| lock.key).collect()
}
