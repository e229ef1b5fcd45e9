//! What signing out would cost: what waits, by name, and what becomes of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::pending::action;
use super::{Context, PendingAction};
use crate::domain::{ActionKey, ActionState, InvalidId, QueuedAction, SessionState};
use crate::outbox::was_never_sent;
use crate::store::StoreError;
use crate::text::Arg;

/// What stands before the key of an action that was sent, in what was shown.
const SENT: &str = "sent:";

/// The question whether to sign out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignOutView {
    /// `Sign out?`
    pub question: String,
    /// What becomes of what is kept on this device.
    pub explanation: String,
    /// Above `unsent`, where there is something: that it will be deleted.
    pub unsent_text: Option<String>,
    /// What was never sent, or cannot be sent by this version, oldest first. Signing out deletes it without effect.
    pub unsent: Vec<PendingAction>,
    /// Below `unsent`: how to have it sent instead.
    pub advice: Option<String>,
    /// Above `sent`, where there is something: that it may still take effect.
    pub sent_text: Option<String>,
    /// What was sent and has no known outcome, oldest first. It may still take effect.
    pub sent: Vec<PendingAction>,
    /// What the member is shown in both lists, and agrees to by signing out: as it is, for `sign_out`.
    pub shown: Vec<String>,
    /// The button that signs out. Where something will be deleted, it says so.
    pub confirm: String,
    /// The button that does not.
    pub cancel: String,
}

/// Whether signing out would delete the row without any effect of it.
fn is_unsent(row: &QueuedAction) -> bool {
    row.state == ActionState::Parked || was_never_sent(row)
}

/// Whether the row has an effect, or may have one, that this device does not know yet.
fn is_sent(row: &QueuedAction) -> bool {
    row.state.is_open() && !is_unsent(row)
}

/// What a member agrees to by signing out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Consent {
    unsent: BTreeSet<ActionKey>,
    sent: BTreeSet<ActionKey>,
}

impl Consent {
    /// What there is to agree to.
    pub(crate) fn to(rows: &[QueuedAction]) -> Self {
        let keys =
            |wanted: fn(&QueuedAction) -> bool| rows.iter().filter(|row| wanted(row)).map(|row| row.key).collect();
        Self { unsent: keys(is_unsent), sent: keys(is_sent) }
    }

    /// Out of what a view said was shown.
    pub(crate) fn parse(shown: &[String]) -> Result<Self, InvalidId> {
        let mut consent = Self::default();
        for text in shown {
            match text.strip_prefix(SENT) {
                Some(key) => consent.sent.insert(key.parse()?),
                None => consent.unsent.insert(text.parse()?),
            };
        }
        Ok(consent)
    }

    fn shown(&self) -> Vec<String> {
        let sent = self.sent.iter().map(|key| format!("{SENT}{key}"));
        self.unsent.iter().map(ToString::to_string).chain(sent).collect()
    }

    /// Whether it covers what there is now. What is deleted without effect must be what was said to be; what was sent and
    /// has come to its end since is no matter.
    pub(crate) fn covers(&self, now: &Self) -> bool {
        self.unsent == now.unsent && now.sent.is_subset(&self.sent)
    }
}

/// The question.
pub(crate) fn sign_out(context: &Context<'_>) -> Result<SignOutView, StoreError> {
    let say = |id: &str| context.text.say(id, &[]);
    let list = |wanted: fn(&QueuedAction) -> bool| -> Result<Vec<PendingAction>, StoreError> {
        context.rows.iter().filter(|row| wanted(row)).map(|row| action(context, row)).collect()
    };
    let lead = |id: &str, actions: &[PendingAction]| {
        let count = i64::try_from(actions.len()).unwrap_or(i64::MAX);
        (count > 0).then(|| context.text.say(id, &[("count", Arg::Count(count))]))
    };
    let (unsent, sent) = (list(is_unsent)?, list(is_sent)?);
    let advice = match context.session {
        SessionState::Active => "sign-out-advice",
        SessionState::Ended => "sign-out-advice-ended",
    };
    Ok(SignOutView {
        question: say("sign-out-question"),
        explanation: say("sign-out-explanation"),
        unsent_text: lead("sign-out-unsent", &unsent),
        advice: (!unsent.is_empty()).then(|| say(advice)),
        sent_text: lead("sign-out-sent", &sent),
        shown: Consent::to(&context.rows).shown(),
        confirm: say(if unsent.is_empty() { "sign-out-confirm" } else { "sign-out-confirm-deleting" }),
        cancel: say("sign-out-cancel"),
        unsent,
        sent,
    })
}
