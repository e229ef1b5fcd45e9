//! The ports of a real device or computer: operating-system clocks and randomness, tokio, reqwest, key files.

mod clock;
mod http;
mod secrets;
mod tls;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use clock::SystemClock;
pub use http::ReqwestHttp;
pub use secrets::FileSecrets;
pub use work::TokioWork;

use super::{Connectivity, Ports, Random, RandomUnavailable, TransportError};

/// The ports of a program with files: its own threads, the system's clocks, and keys in `vault`, readable by their
/// owner only.
pub fn ports(vault: PathBuf, connectivity: Arc<dyn Connectivity>) -> Result<Ports, NativeError> {
    let work = Arc::new(TokioWork::new().map_err(|error| NativeError::Threads(error.kind()))?);
    Ok(Ports {
        clock: Arc::new(SystemClock::new(&work)),
        random: Arc::new(SystemRandom),
        secrets: Arc::new(FileSecrets::new(vault)),
        connectivity,
        http: Arc::new(ReqwestHttp::new(&work)?),
        work,
    })
}

/// A port could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NativeError {
    /// The system gives no threads.
    #[error("no threads can be started: {0}")]
    Threads(std::io::ErrorKind),
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(TransportError),
    /// A folder of certificate authorities has none.
    #[error("there is no certificate of an authority to trust")]
    Authorities,
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
        #[allow(clippy::disallowed_methods, reason = "this is the port of randomness")]
        getrandom::fill(buffer).map_err(|_| RandomUnavailable)
    }
}

/// What the host last said of the network: a switch.
#[derive(Debug)]
pub struct NetworkSwitch(AtomicBool);

impl NetworkSwitch {
    /// A switch that says `online`.
    pub fn new(online: bool) -> Self {
        Self(AtomicBool::new(online))
    }

    /// The host was told of a change. Tell the wallet too: `Wallet::host_event`.
    pub fn set(&self, online: bool) {
        self.0.store(online, Ordering::SeqCst);
    }
}

impl Connectivity for NetworkSwitch {
    fn is_online(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
