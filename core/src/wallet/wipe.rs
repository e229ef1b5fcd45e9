//! What is left to do after somebody left: finishing a wipe that has its mark, and telling a server that a session has ended.
//!
//! A wipe is the mark in the index, then the key in the vault, then the files, then the mark goes. It is finished by whoever
//! comes next, wherever it was interrupted. Must not decide that anything is deleted: the mark says so.

use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::sign_in::{api_without_session, unless_closed};
use super::{Inner, Wallet, parse_server};
use crate::api::ApiError;
use crate::domain::RefreshToken;
use crate::error::Error;
use crate::outbox::{floor_delay, poll_delay};
use crate::ports::shared::Mutex;
use crate::ports::{Ports, Secrets, random_up_to};
use crate::store::{Home, OpenHome, Revocation, StoreError};

/// While the host says that there is no network, look again this often: it may forget to say that it is back.
const OFFLINE_LOOK: Duration = Duration::from_mins(1);

impl Wallet {
    /// Forgets everything in `home`, as [`wipe`](Wallet::wipe) does, where no wallet can be opened: its key is another one, or a
    /// newer version wrote it. What could not be deleted is deleted at the next start; then the answer is an error.
    pub fn forget(home: Home, secrets: &dyn Secrets) -> Result<(), Error> {
        let home = OpenHome::open(home)?;
        home.mark_all()?;
        home.index()?.wiping.iter().try_for_each(|name| finish_wipe(&home, secrets, name))
    }
}

/// Finishes one wipe that has its mark.
pub(super) fn finish_wipe(home: &OpenHome, secrets: &dyn Secrets, name: &str) -> Result<(), Error> {
    secrets.delete(name)?;
    home.delete(name)?;
    home.change_index(|index| index.wiping.remove(name))?;
    Ok(())
}

impl Inner {
    /// Finishes each wipe that has its mark. What cannot be deleted now keeps its mark, and is never read.
    pub(super) fn finish_wipes(&self) {
        let marked = self.home.index().map(|index| index.wiping);
        let finished = marked.map_err(Error::from).and_then(|marked| {
            let wipe = |name: &String| finish_wipe(&self.home, self.ports.secrets.as_ref(), name);
            // One that fails does not keep the others.
            marked.iter().map(wipe).fold(Ok(()), Result::and)
        });
        if let Err(error) = finished {
            tracing::warn!(%error, "what is to be deleted is still there; tried again later");
        }
    }

    /// Nothing is to be told any more, or not yet. A token that cannot be deleted now stays listed and is found again.
    pub(super) fn drop_token(&self, name: &str) {
        let gone = self.ports.secrets.delete(name).map_err(Error::from);
        let unlist = |()| Ok(self.home.change_index(|index| drop(index.revocations.remove(name)))?);
        if let Err(error) = gone.and_then(unlist) {
            tracing::warn!(%error, "a token is still there; it is deleted later");
        }
    }

    /// The sessions of which a server is to be told, each with its token.
    fn untold(&self) -> Result<Vec<Untold>, Error> {
        let index = self.home.index()?;
        let mut untold = Vec::new();
        for (name, Revocation { server, database }) in index.revocations {
            if index.databases.contains_key(&database) {
                // A sign-out that was interrupted before its mark: she is still here.
                self.drop_token(&name);
            } else if let Some(token) = self.ports.secrets.read(&name)? {
                let token = Zeroizing::new(String::from_utf8_lossy(&token).into_owned());
                untold.push(Untold { name, server, token: RefreshToken::new(token.as_str()) });
            } else {
                // Told already, or never written.
                self.drop_token(&name);
            }
        }
        Ok(untold)
    }

    fn has_to_tidy(&self) -> bool {
        // An index that cannot be read now is one more reason to look again.
        self.home.index().map_or(true, |index| !index.wiping.is_empty() || !index.revocations.is_empty())
    }

    /// Finishes what can be finished without a network, and says whether there is anything left.
    fn finish_and_look(&self) -> bool {
        self.finish_wipes();
        self.has_to_tidy()
    }

    /// Tidies up beside the calls, for as long as there is something left and the wallet is open. `failures` is how often it
    /// was tried in vain by now.
    pub(super) fn tidy_up(self: &Arc<Self>, failures: u32) {
        if self.has_to_tidy() {
            let tidying = Tidying::of(self);
            let closed = self.closed.subscribe();
            self.ports.work.spawn(Box::pin(async move {
                // Closed or done: either way it has ended.
                let _ = unless_closed(tidying.run(failures), closed).await;
            }));
        }
    }

    /// One attempt, beside those that are made anyway.
    pub(super) async fn tidy_up_now(self: Arc<Self>) -> Result<(), Error> {
        if self.has_to_tidy() {
            Tidying::of(&self).attempt().await;
        }
        Ok(())
    }
}

struct Untold {
    name: String,
    server: String,
    token: RefreshToken,
}

/// Tidying up. Holds the wallet only while it works on the disk, so that a host can let go of it at any time.
pub(super) struct Tidying {
    inner: Weak<Inner>,
    lock: Arc<Mutex<()>>,
    ports: Ports,
    closed: watch::Receiver<bool>,
    wakes: watch::Receiver<()>,
}

/// How an attempt ended.
pub(super) enum Left {
    Nothing,
    /// The server may have said when to come again.
    Something(Option<Duration>),
}

impl Tidying {
    pub(super) fn of(inner: &Arc<Inner>) -> Self {
        Self {
            inner: Arc::downgrade(inner),
            lock: Arc::clone(&inner.tidying),
            ports: inner.ports.clone(),
            closed: inner.closed.subscribe(),
            wakes: inner.wakes.subscribe(),
        }
    }

    async fn run(mut self, mut failures: u32) -> Result<(), Error> {
        let mut floor = Duration::ZERO;
        loop {
            self.rest(failures, floor).await;
            match self.attempt().await {
                Left::Nothing => return Ok(()),
                Left::Something(retry_after) => {
                    failures = failures.saturating_add(1);
                    let word =
                        retry_after.map(|word| floor_delay(word, failures, |bound| self.draw(bound)).unwrap_or(word));
                    floor = self.up().saturating_add(word.unwrap_or_default());
                }
            }
        }
    }

    /// Until the next attempt: after a delay that grows, or when the host says that now is a good time, and never before the
    /// server's word.
    async fn rest(&mut self, failures: u32, floor: Duration) {
        if failures > 0 {
            let delay = poll_delay(failures, |bound| self.draw(bound)).unwrap_or(OFFLINE_LOOK);
            let timer = self.sleep(delay).fuse();
            let woken = self.wakes.changed().fuse();
            futures_util::pin_mut!(timer, woken);
            futures_util::select_biased! {
                () = timer => {}
                // Where the wallet is gone there is no sender; the attempt sees that.
                _ = woken => {}
            }
        }
        let left = floor.saturating_sub(self.up());
        if !left.is_zero() {
            self.sleep(left).await;
        }
        // Files can be deleted without a network.
        while !self.ports.connectivity.is_online() && self.with_wallet(Inner::finish_and_look) == Some(true) {
            let look = self.sleep(OFFLINE_LOOK).fuse();
            let woken = self.wakes.changed().fuse();
            futures_util::pin_mut!(look, woken);
            futures_util::select_biased! {
                () = look => {}
                gone = woken => if gone.is_err() { return },
            }
        }
    }

    /// One attempt at everything.
    pub(super) async fn attempt(&self) -> Left {
        let untold = self.with_wallet(|inner| {
            inner.finish_wipes();
            inner.untold()
        });
        let untold = match untold {
            // The wallet is gone: the next one goes on.
            None => return Left::Nothing,
            Some(Ok(untold)) => untold,
            Some(Err(error)) => {
                tracing::warn!(%error, "who is to be told of an end of a session cannot be read now");
                return Left::Something(None);
            }
        };
        let mut retry_after = None;
        if self.ports.connectivity.is_online() {
            for (name, told) in join_all(untold.iter().map(|untold| self.tell(untold))).await {
                match told {
                    Ok(()) => drop(self.with_wallet(|inner| inner.drop_token(name))),
                    Err(error @ (ApiError::Refused { .. } | ApiError::CodeRefused)) => {
                        tracing::error!(%error, "the server cannot be told of the end of a session");
                        self.with_wallet(|inner| inner.drop_token(name));
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the server is told of the end of a session later");
                        retry_after = retry_after.max(error.retry_after());
                    }
                }
            }
        }
        match self.with_wallet(Inner::has_to_tidy) {
            Some(true) => Left::Something(retry_after),
            Some(false) | None => Left::Nothing,
        }
    }

    async fn tell<'a>(&self, untold: &'a Untold) -> (&'a str, Result<(), ApiError>) {
        let told = match parse_server(&untold.server) {
            Ok(server) => api_without_session(&self.ports, server).0.revoke(&untold.token).await,
            // Was an address when it was written.
            Err(_) => Err(ApiError::from(StoreError::Malformed("address"))),
        };
        (untold.name.as_str(), told)
    }

    /// Works on the wallet, where it is still open. Closing waits for it.
    fn with_wallet<T>(&self, work: impl FnOnce(&Inner) -> T) -> Option<T> {
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if *self.closed.borrow() {
            return None;
        }
        let inner = self.inner.upgrade()?;
        Some(work(&inner))
    }

    fn up(&self) -> Duration {
        self.ports.clock.read().since_boot
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.ports.clock.sleep(duration)
    }

    fn draw(&self, bound: u64) -> Result<u64, Error> {
        Ok(random_up_to(self.ports.random.as_ref(), bound)?)
    }
}
