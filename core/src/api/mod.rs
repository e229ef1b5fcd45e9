//! The Member API over HTTP (docs/member-api.yaml): requests, tokens, answers and what they mean.
//!
//! Must not know of the outbox or of what a screen shows. What an answer means is decided in [`answer`] alone.

mod answer;
mod card;
mod client;
mod clock;
mod passes;
mod problem;
mod session;

pub use answer::{ApiError, Page, SyncAnswer, Verdict};
pub use client::{CodeSent, MemberApi};
pub use clock::ServerClock;
pub use passes::PassAnswer;
pub use problem::{Problem, refusal};
pub use session::Session;
