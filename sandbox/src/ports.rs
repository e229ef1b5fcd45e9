//! What the sandbox asks of the world: the time and randomness.
//!
//! The only file that may touch the system's clock, timers or random source, so that in a simulation a run is a pure
//! function of its seed. Knows nothing of members, HTTP or storage.

use std::time::Duration;

pub use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// The time, and waiting.
pub trait Clock: Send + Sync {
    /// The current time. The server's own offset (`/sandbox/v1/clock`) is added on top of it.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed by this clock. Dropping the future ends the wait.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Randomness, good enough for tokens and codes.
pub trait Random: Send + Sync {
    /// Fills the whole of `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// The clock of the machine. Its `sleep` needs a tokio runtime with a timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the port itself: this is where the clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the port itself: this is where the timer is set")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The random source of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the port itself: this is where randomness comes in")]
    fn fill(&self, buffer: &mut [u8]) {
        // A server that cannot draw tokens must not go on with guessable ones; on the systems that we run on the
        // source is always there once the kernel has started.
        getrandom::fill(buffer).expect("the operating system's random source is there");
    }
}
