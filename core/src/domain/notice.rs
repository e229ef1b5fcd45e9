//! What the member is told once, because no screen shows it by itself. It stays listed until it is dismissed.

use serde::{Deserialize, Serialize};

use super::Action;

/// Something that happened behind the member's back. It is stored, and its words are found when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// Nobody could say what became of an action; the server's record says that it took effect.
    TookEffect {
        /// What it did.
        action: Action,
    },
    /// The server was restored from an older backup: ledger lines that were shown here are gone from it.
    Forgotten {
        /// How many, at least 1.
        lines: u32,
    },
    /// The saved wallet was damaged, and actions that waited in it could not be read.
    Rescued {
        /// How many, at least 1; `None` where nothing says it: perhaps none.
        lost: Option<u32>,
    },
    /// Whoever was signed in on this device before had a session that has ended, and something that was not sent. Where the
    /// server does not know that member any more, it never will be.
    LeftBehind {
        /// What waits, oldest first.
        actions: Vec<Action>,
    },
}

/// Names a notice on this device, as `notice-7` beside the keys of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeId(pub i64);

impl std::fmt::Display for NoticeId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "notice-{}", self.0)
    }
}

impl NoticeId {
    /// The notice that `text` names, where it names one.
    pub fn parse(text: &str) -> Option<NoticeId> {
        text.strip_prefix("notice-")?.parse().ok().map(NoticeId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_notice_is_told_from_the_key_of_an_action() {
        assert_eq!(NoticeId(7).to_string(), "notice-7");
        assert_eq!(NoticeId::parse("notice-7"), Some(NoticeId(7)));
        for other in ["7", "notice-", "notice-x", "019b76da-a800-7707-8707-070707070707"] {
            assert_eq!(NoticeId::parse(other), None, "{other}");
        }
    }
}
