//! What the member did and the server has not confirmed yet: the rules, pure.
//!
//! Must not know of HTTP or of texts. Rows are kept by `store`, sent by `sync`.

mod cancel;
mod dating;
#[cfg(test)]
mod lanes;
mod lock;
mod order;
mod overlay;
mod retry;

#[cfg(test)]
pub(crate) mod samples;

pub use cancel::{Cancelling, cancelling, was_never_sent};
pub use dating::dated;
pub use lock::{lets_go_first, locking};
pub use order::plan;
pub use overlay::Overlay;
pub use retry::{Delay, FAILURES_AT_CAP, floor_delay, kept_word, longest_delay, next_attempt, poll_delay, word_left};
