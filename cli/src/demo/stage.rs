//! What the demo plays on: a backend that can be stopped and started again, and a watch for changes that nobody asked
//! for. Must not know the steps.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use member_core::ports::Clock;
use member_core::{Observer, Subscription, Topic, Wallet};
use member_sandbox::{Programme, Sandbox, SandboxError};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::sandbox;
use crate::till::Credential;

/// How long the demo waits for something that takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// A backend that is running.
pub struct Backend {
    sandbox: Sandbox,
    address: SocketAddr,
    folder: PathBuf,
    terms: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), SandboxError>>,
}

impl Backend {
    /// Opens what is in `folder` and listens: on a free port, or where it was before.
    pub async fn start(folder: &Path, programme: Programme, again: Option<SocketAddr>) -> Result<Self, Failure> {
        let terms = programme.terms().to_owned();
        let sandbox = sandbox::open(folder, programme)?;
        let wanted = again.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        let cannot = |error| Failure::failed("listen", format!("The backend cannot listen on {wanted}: {error}."));
        let listener = TcpListener::bind(wanted).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let (stop, stopped) = oneshot::channel();
        let server = sandbox.clone();
        #[allow(clippy::disallowed_methods, reason = "a server beside the phone, as on another machine")]
        let serving = tokio::spawn(async move {
            let shutdown = async {
                // Dropped is stopped too.
                let _ = stopped.await;
            };
            server.serve(listener, shutdown).await
        });
        Ok(Self { sandbox, address, folder: folder.to_owned(), terms, stop, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The version of its terms.
    pub fn terms(&self) -> &str {
        &self.terms
    }

    /// Closes the listener and the database. What was answered is on the disk.
    pub async fn stop(self) -> Result<(), Failure> {
        // A server that has ended already is what is wanted.
        let _ = self.stop.send(());
        let ended = self.serving.await.map_err(|error| Failure::failed("backend", error.to_string()))?;
        ended.map_err(|error| Failure::failed("backend", error.to_string()))
    }

    /// A till of the programme.
    pub fn till(&self) -> Result<Credential, Failure> {
        let till = self.sandbox.till_credentials().into_iter().next();
        till.map(Credential::from).ok_or_else(|| Failure::failed("backend", "The programme has no tills."))
    }

    /// The code in the newest mail, as its receiver reads it.
    pub fn newest_code(&self) -> Result<String, Failure> {
        let mail = self.folder.join("mail");
        let cannot = |error: &std::io::Error| Failure::of_file("read", &mail, error);
        let mut letters = std::fs::read_dir(&mail)
            .and_then(|letters| letters.map(|letter| letter.map(|letter| letter.path())).collect::<Result<Vec<_>, _>>())
            .map_err(|error| cannot(&error))?;
        // Their names begin with the time.
        letters.sort();
        let letter = letters.last().ok_or_else(|| Failure::failed("backend", "No mail has come."))?;
        let text = std::fs::read_to_string(letter).map_err(|error| cannot(&error))?;
        let code = text.lines().find_map(|line| line.strip_prefix("Code: "));
        code.map(str::to_owned).ok_or_else(|| Failure::failed("backend", "The mail has no code in it."))
    }
}

/// Hears of changes, and looks again after each.
pub struct Watch {
    changes: watch::Receiver<()>,
    _subscription: Subscription,
}

struct Bell(watch::Sender<()>);

impl Observer for Bell {
    fn changed(&self, _: &[Topic]) {
        self.0.send_replace(());
    }
}

impl Watch {
    /// From now on.
    pub fn on(wallet: &Wallet) -> Self {
        let (bell, changes) = watch::channel(());
        Self { changes, _subscription: wallet.observe(Arc::new(Bell(bell))) }
    }

    /// Waits until `look` finds something. `None` where it did not in time.
    pub async fn until<T>(
        &mut self,
        clock: &dyn Clock,
        mut look: impl FnMut() -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Failure> {
        let mut patience = clock.sleep(PATIENCE);
        loop {
            self.changes.mark_unchanged();
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            tokio::select! {
                biased;
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        return Ok(None);
                    }
                }
                () = &mut patience => return Ok(None),
            }
        }
    }
}
