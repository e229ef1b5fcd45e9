//! What stands on every screen: how old it is, and what the member should know first.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Context;
use crate::domain::SessionState;

/// What is shown counts as stale after this long without the server.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How old what is shown is, and what the member should know first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Last answer of the server, by its own clock.
    pub last_contact: Option<Timestamp>,
    /// How long ago that was, in words.
    pub age: String,
    /// Whether it was more than a day ago, or never.
    pub stale: bool,
    /// A sentence above the screen, where there is one.
    pub notice: Option<String>,
}

impl Context<'_> {
    pub(super) fn status(&self) -> Status {
        let age = self.last_contact.map(|at| self.now.at.duration_since(at));
        Status {
            last_contact: self.last_contact,
            age: self.text.age(age),
            stale: age.is_none_or(|age| age >= STALE_AFTER),
            notice: (self.session == SessionState::Ended).then(|| self.text.say("notice-session-ended", &[])),
        }
    }
}
