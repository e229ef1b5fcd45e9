//! A small, real loyalty backend behind the Member API: for development, for tests (also inside a deterministic
//! simulation) and as the reference for others.
//!
//! Layers, each of which knows only those after it: `serve` (sockets) and `api` (HTTP) -> `engine` (the programme's
//! rules) -> `store` (SQLite) ; beside them `programme` (data), `wire` (JSON), `passes` (files for wallets), `ports` (time and randomness).
//! Knows nothing of the app, its core or its bindings.

mod api;
mod engine;
mod faults;
mod ids;
mod mail;
mod passes;
pub mod ports;
pub mod programme;
mod serve;
mod store;
mod wire;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

pub use crate::passes::{PassConfigError, PassIssuers};
pub use crate::programme::{Programme, ProgrammeError};

use crate::api::problem::Problem;
use crate::engine::catalogue;
use crate::faults::Faults;
use crate::ports::{Clock, Random};
use crate::store::meta::{self, Name};
use crate::store::{Store, StoreError, Tx, changes, codes, devices, tokens};

/// What a sandbox is made of.
pub struct Config {
    /// Where its data is.
    pub storage: Storage,
    /// The programme that it runs.
    pub programme: Programme,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub random: Arc<dyn Random>,
    /// A folder for messages with one-time codes, one file each; without it they are only in `/sandbox/v1/sent`.
    pub mail_dir: Option<PathBuf>,
}

/// Where a sandbox keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// A database file, made if it is not there. What was answered survives a crash of the machine.
    File(PathBuf),
    /// Private, in memory, gone with the last clone of the [`Sandbox`].
    Memory,
}

/// Why a sandbox cannot be opened or cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The database cannot be opened, read or written.
    #[error("the sandbox's database failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database belongs to another programme.
    #[error("the database is of the programme {found:?}, not {expected:?}")]
    OtherProgramme {
        /// The programme that was asked for.
        expected: String,
        /// The programme of the database.
        found: String,
    },
    /// Whoever reaches `/sandbox/v1` can do anything, so only this machine may.
    #[error("the sandbox serves on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// A backup needs a name of its own.
    #[error("a backup's name is 1 to 64 of a-z 0-9 -")]
    BackupName,
    /// No backup of this name was made, or not by this version of the sandbox.
    #[error("there is no backup of this name")]
    UnknownBackup,
    /// The listener failed.
    #[error("the sandbox's listener failed")]
    Listener(#[from] std::io::Error),
}

impl From<StoreError> for SandboxError {
    fn from(error: StoreError) -> SandboxError {
        SandboxError::Storage(Box::new(error))
    }
}

/// How a till of the programme signs in. For development: the programme's file is public.
#[derive(Clone, PartialEq, Eq)]
pub struct TillCredential {
    /// The till's id, which is its OAuth client id.
    pub id: String,
    /// Its client secret.
    pub secret: String,
    /// The name of its store, in English.
    pub store: String,
    /// The till's name within the store.
    pub till: String,
}

impl fmt::Debug for TillCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TillCredential")
            .field("id", &self.id)
            .field("store", &self.store)
            .field("till", &self.till)
            .finish_non_exhaustive()
    }
}

/// A loyalty backend. Clones are the same backend.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    store: Store,
    programme: Programme,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    mail_dir: Option<PathBuf>,
    pass_issuers: PassIssuers,
    clock_offset_seconds: AtomicI64,
    faults: Faults,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("programme", &self.0.programme.id).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Opens the database, makes it if it is not there, and brings it in line with the programme.
    pub fn open(config: Config) -> Result<Sandbox, SandboxError> {
        Sandbox::open_with_issuers(config, PassIssuers::default())
    }

    /// Opens the database, and issues passes for wallets with these credentials.
    pub fn open_with_issuers(config: Config, pass_issuers: PassIssuers) -> Result<Sandbox, SandboxError> {
        let Config { storage, programme, clock, random, mail_dir } = config;
        let store = match &storage {
            Storage::File(path) => Store::file(path)?,
            Storage::Memory => Store::memory()?,
        };
        let clock_offset_seconds = store.read(|sql| {
            let found = meta::get(sql, Name::Programme)?;
            if let Some(found) = found.filter(|found| *found != programme.id) {
                return Err(SandboxError::OtherProgramme { expected: programme.id.clone(), found });
            }
            let offset = meta::get(sql, Name::ClockOffset)?;
            Ok(offset.and_then(|offset| offset.parse().ok()).unwrap_or_default())
        })?;
        let clock_offset_seconds = AtomicI64::new(clock_offset_seconds);
        let faults = Faults::default();
        let sandbox = Sandbox(Arc::new(Inner {
            store,
            programme,
            clock,
            random,
            mail_dir,
            pass_issuers,
            clock_offset_seconds,
            faults,
        }));
        sandbox.write(|tx| sandbox.prepare(tx).map_err(SandboxError::from))?;
        sandbox.prune()?;
        Ok(sandbox)
    }

    fn prepare(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if meta::get(&tx.sql, Name::Programme)?.is_none() {
            meta::set(tx, Name::Programme, &self.0.programme.id)?;
            meta::new_epoch(tx)?;
        }
        catalogue::publish(tx, &self.0.programme)
    }

    /// The Member API and the sandbox's own routes, to be served or to be called in process. It needs no runtime: any
    /// executor can poll it.
    pub fn router(&self) -> axum::Router {
        api::router(self.clone())
    }

    /// Every method and path that [`Sandbox::router`] answers.
    pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
        api::ROUTES.iter().map(|route| (route.method, route.path))
    }

    /// Serves on `listener` until `shutdown` completes; then long polls answer at once and connections are closed
    /// within a moment.
    pub async fn serve(
        &self,
        listener: tokio::net::TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), SandboxError> {
        serve::serve(self.router(), listener, shutdown).await
    }

    /// How the tills of the programme sign in.
    pub fn till_credentials(&self) -> Vec<TillCredential> {
        let stores = self.0.programme.stores.iter();
        let tills = stores.flat_map(|store| store.tills.iter().map(move |till| (store, till)));
        tills
            .map(|(store, till)| TillCredential {
                id: till.id.clone(),
                secret: till.secret.clone(),
                store: store.name.get("en").cloned().unwrap_or_default(),
                till: till.name.clone(),
            })
            .collect()
    }

    /// Keeps everything that is known now under `name` (1 to 64 of `a-z 0-9 -`), in place of an earlier backup of that
    /// name. Beside a database file it outlives the sandbox; in memory there are at most 8.
    pub fn back_up(&self, name: &str) -> Result<(), SandboxError> {
        Ok(self.0.store.back_up(checked_backup_name(name)?)?)
    }

    /// Goes back to a backup: what happened since is gone, members, sessions and outcomes too, and every cursor with it.
    /// The server's clock and its faults stay as they are. Answers the new epoch.
    pub fn restore(&self, name: &str) -> Result<String, SandboxError> {
        let name = checked_backup_name(name)?;
        let restored = self.0.store.restore(name, self.now(), &*self.0.random, |tx| {
            // The programme's file may have been changed since.
            catalogue::publish(tx, &self.0.programme)?;
            devices::skip_numbers(tx)?;
            meta::new_epoch(tx)
        })?;
        restored.ok_or(SandboxError::UnknownBackup)
    }

    /// Drops what is older than 30 days and no snapshot needs from the log of changes, and sign-ins that can never be
    /// used again. Returns how many changes went. Opening a sandbox does this too.
    pub fn prune(&self) -> Result<usize, SandboxError> {
        let before = self.now().saturating_sub(changes::RETENTION).unwrap_or(Timestamp::MIN);
        self.write(|tx| {
            codes::forget_requests(tx, before)?;
            tokens::forget_families(tx, before)?;
            Ok(changes::prune(tx, before)?)
        })
    }

    /// The server's time, to the millisecond.
    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.0.clock_offset_seconds.load(Ordering::Relaxed));
        let now = self.0.clock.now();
        let now = now.saturating_add(offset).unwrap_or(now);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Sets how far the server's clock runs from the real one; kept over restarts.
    pub(crate) fn set_clock_offset(&self, offset: SignedDuration) -> Result<(), Problem> {
        self.write(|tx| meta::set(tx, Name::ClockOffset, &offset.as_secs().to_string()).map_err(Problem::from))?;
        self.0.clock_offset_seconds.store(offset.as_secs(), Ordering::Relaxed);
        Ok(())
    }

    /// Runs `work` in one write transaction at the server's time.
    pub(crate) fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.0.store.write(self.now(), &*self.0.random, work)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn programme(&self) -> &Programme {
        &self.0.programme
    }

    pub(crate) fn pass_issuers(&self) -> &PassIssuers {
        &self.0.pass_issuers
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(crate) fn mail_dir(&self) -> Option<&Path> {
        self.0.mail_dir.as_deref()
    }
}

/// Part of a file's name, on every system.
fn checked_backup_name(name: &str) -> Result<&str, SandboxError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) { Ok(name) } else { Err(SandboxError::BackupName) }
}
