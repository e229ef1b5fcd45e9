//! What a phone says while it works: one line for each thing, written before or after the thing itself and never in between.
//!
//! The lines are all that is known of a phone once it was killed. Must not know what a wallet is.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::{Deserialize, Serialize};

/// What a phone may be in the middle of. Several at once: a member claims while the core sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The program was started and has said nothing yet.
    Starting,
    /// The wallet is being opened.
    Opening,
    /// A code is asked for, or entered.
    SigningIn,
    /// The sign-in was answered: index, key, database, schema and tokens are made.
    Making,
    /// A claim was called and has not returned.
    Claiming,
    /// An action is being discarded: taken back before it was sent, or dismissed.
    Discarding,
    /// A claim that was sent is being taken back by another action, or an action is tried again.
    Changing,
    /// An action is on its way to the server, or its answer on the way back.
    Sending,
    /// The answer to an action is being written down.
    Settling,
    /// A page of changes is being applied.
    Applying,
    /// New tokens are being stored.
    Renewing,
    /// The wallet is being closed.
    Closing,
    /// None of these: between two things, or reading.
    Between,
}

impl Phase {
    /// Every one of them must be met by a run of this test.
    pub const ALL: [Phase; 13] = [
        Phase::Starting,
        Phase::Opening,
        Phase::SigningIn,
        Phase::Making,
        Phase::Claiming,
        Phase::Discarding,
        Phase::Changing,
        Phase::Sending,
        Phase::Settling,
        Phase::Applying,
        Phase::Renewing,
        Phase::Closing,
        Phase::Between,
    ];
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "say")]
pub enum Said {
    Begins {
        phase: Phase,
    },
    Ends {
        phase: Phase,
    },
    /// The wallet is open: its actions, each with its state.
    Opened {
        rows: BTreeMap<String, String>,
    },
    /// The wallet found that the server ended its session.
    SessionEnded,
    /// A sign-in has returned, and worked.
    SignedIn,
    /// A claim has returned: from now on it is safe.
    Claimed {
        key: String,
    },
    /// Said before the first byte leaves.
    Sends {
        key: String,
    },
    /// The member asks to discard an action, to take a claim back, or to try an action again.
    Changes {
        key: String,
    },
    /// It was discarded, and has no effect.
    Discarded {
        key: String,
    },
    /// The claim is taken back: by an action, or without one, since it had not been sent.
    Cancelled {
        key: String,
        by: Option<String>,
    },
    /// It is tried again: as itself, or as a new action in its place.
    Retried {
        key: String,
        by: String,
    },
    /// The wallet refused, and all is as it was.
    Kept {
        key: String,
    },
    /// Something that must not happen.
    Failed {
        why: String,
    },
}

/// One line in one write: a reader sees all of a short one, or nothing.
pub fn say(said: &Said) {
    let mut line = serde_json::to_string(said).expect("a line has no strange content");
    line.push('\n');
    let mut out = std::io::stdout().lock();
    // Whoever started the phone reads what it says, to the end.
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("somebody who reads");
}

/// Says when it begins and when it has ended.
pub fn during<T>(phase: Phase, work: impl FnOnce() -> T) -> T {
    say(&Said::Begins { phase });
    let done = work();
    say(&Said::Ends { phase });
    done
}

/// What was under way when the last line was written.
pub fn under_way(said: &[Said]) -> Vec<Phase> {
    if said.is_empty() {
        return vec![Phase::Starting];
    }
    let mut open = BTreeMap::<Phase, i32>::new();
    for said in said {
        match said {
            Said::Begins { phase } => *open.entry(*phase).or_default() += 1,
            Said::Ends { phase } => *open.entry(*phase).or_default() -= 1,
            _ => {}
        }
    }
    let open: Vec<Phase> = open.into_iter().filter(|(_, count)| *count > 0).map(|(phase, _)| phase).collect();
    if open.is_empty() { vec![Phase::Between] } else { open }
}
