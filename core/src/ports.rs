//! What the host gives: clocks and timers, randomness, secrets, connectivity, HTTP, and where work runs.
//!
//! The only place of the core through which the outside is reached; must not know of members or cards.
//! `native` has the ports of a real device, `simulated` those of the deterministic simulation, `interleaved` those of the model
//! check; `shared` has the locks.

#[cfg(feature = "shuttle")]
pub mod interleaved;
#[cfg(feature = "native")]
pub mod native;
pub mod shared;
#[cfg(feature = "simulation")]
pub mod simulated;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use jiff::civil::DateTime;
use url::Url;
use zeroize::Zeroizing;

use crate::domain::{ActionKey, ClockReading};

/// All ports together.
#[derive(Clone)]
#[allow(missing_docs, reason = "each field is the trait of the same name")]
pub struct Ports {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub secrets: Arc<dyn Secrets>,
    pub connectivity: Arc<dyn Connectivity>,
    pub http: Arc<dyn Http>,
    pub work: Arc<dyn Work>,
}

/// Clocks and timers.
pub trait Clock: Send + Sync {
    /// All clocks at one instant.
    fn read(&self) -> ClockReading;
    /// Ends after `duration` of time since boot.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// `at` in the member's time zone, for showing. May go on in a zone that was left, until [`zone_may_have_changed`] is called.
    ///
    /// [`zone_may_have_changed`]: Clock::zone_may_have_changed
    fn local(&self, at: Timestamp) -> DateTime;
    /// The device may be in another time zone by now: what is remembered of the zone is looked at anew.
    fn zone_may_have_changed(&self);
}

/// Randomness fit for keys.
pub trait Random: Send + Sync {
    /// Fills `buffer`. Fails only where the operating system has no randomness.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system has no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct RandomUnavailable;

/// The host's vault: Keystore, Keychain, or a file that only its owner reads. Holds keys of databases, and tokens of sessions that
/// ended here and whose end the server has not heard of yet.
pub trait Secrets: Send + Sync {
    /// The secret of this name; `None` where there is none. "Cannot say now" is an error and never `None`.
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsUnavailable>;
    /// Stores a secret durably before it returns.
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsUnavailable>;
    /// Deletes a secret; one that is not there is no error.
    fn delete(&self, name: &str) -> Result<(), SecretsUnavailable>;
}

/// The vault cannot answer now: a locked phone, a transient fault. Nothing is deleted or made anew because of it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the vault cannot be read now: {0}")]
pub struct SecretsUnavailable(pub String);

/// What the host knows of the network. A hint: only an answer proves that there is one.
pub trait Connectivity: Send + Sync {
    /// Whether trying makes sense.
    fn is_online(&self) -> bool;
}

/// One request, one whole answer.
pub trait Http: Send + Sync {
    /// Sends the request. Follows no redirect, keeps no cookie. Dropping the future gives up the request.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpAnswer, TransportError>>;
}

/// A request.
#[derive(Clone)]
#[allow(missing_docs, reason = "the names are HTTP's own")]
pub struct HttpRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// For the whole exchange.
    pub timeout: Duration,
    /// Answers with a longer body are [`TransportError::TooLarge`].
    pub max_body: usize,
}

/// An answer.
#[derive(Clone)]
#[allow(missing_docs, reason = "the names are HTTP's own")]
pub struct HttpAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer. Whether the request had an effect is unknown in each case but the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection was made: nothing was sent.
    #[error("no connection to the server")]
    NoConnection,
    /// No whole answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The server's certificate is not accepted.
    #[error("the server's certificate is not accepted")]
    Certificate {
        /// Whether it is refused for its dates, which more often means that the device's date is wrong.
        dates: bool,
    },
    /// The body is longer than allowed.
    #[error("the server's answer is too large")]
    TooLarge,
    /// The connection broke before the whole answer was there.
    #[error("the connection broke")]
    Broken,
    /// Cleartext HTTP goes to loopback only.
    #[error("cleartext HTTP is allowed to this device only")]
    Cleartext,
}

/// Where work runs: threads in an app, inline on one thread in the simulation.
pub trait Work: Send + Sync {
    /// Runs a task to its end, whatever becomes of the caller.
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// Runs a job that blocks on the disk where that holds nobody up.
    fn block(&self, job: Box<dyn FnOnce() + Send>);
}

/// Runs a blocking job on `work` and waits for its result.
///
/// `None` only where the job was dropped unrun, which is when the host is going down.
pub(crate) async fn blocking<T, F>(work: &Arc<dyn Work>, job: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = tokio::sync::oneshot::channel();
    work.block(Box::new(move || {
        // Nobody may be waiting any more; the job's effect is in the store all the same.
        let _ = sender.send(job());
    }));
    receiver.await.ok()
}

/// `N` random bytes.
pub(crate) fn random_bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomUnavailable> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// A key for one request, made of the wall clock and randomness.
pub(crate) fn new_key(ports: &Ports) -> Result<ActionKey, RandomUnavailable> {
    let millis = u64::try_from(ports.clock.read().wall.as_millisecond()).unwrap_or(0);
    Ok(ActionKey::new(millis, random_bytes(ports.random.as_ref())?))
}

/// A random number in `0..=bound`.
pub(crate) fn random_up_to(random: &dyn Random, bound: u64) -> Result<u64, RandomUnavailable> {
    let raw = u64::from_le_bytes(random_bytes(random)?);
    // The bias of a remainder is below 2^-40 for delays in milliseconds.
    Ok(bound.checked_add(1).map_or(raw, |count| raw % count))
}
