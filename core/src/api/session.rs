//! Tokens of a session: one refresh in flight, however many calls need it.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::{Mutex, oneshot};

use super::{ApiError, MemberApi, ServerClock};
use crate::domain::{AccessToken, SessionState, Tokens};
use crate::ports::shared::atomic::{AtomicU64, Ordering};
use crate::ports::{Ports, blocking, new_key};
use crate::store::Store;

/// An access token is renewed when less than this is left, so that it does not run out on the way.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// The session of the member whose store this is.
pub struct Session {
    api: Arc<MemberApi>,
    store: Arc<Store>,
    clock: Arc<ServerClock>,
    ports: Ports,
    /// Held by the task that refreshes, until the new tokens are stored. Holds how the last refresh failed.
    refreshing: Arc<Mutex<Option<ApiError>>>,
    /// Refreshes that have ended.
    ended: AtomicU64,
}

impl Session {
    /// The session of `store`.
    pub fn new(api: Arc<MemberApi>, store: Arc<Store>, clock: Arc<ServerClock>, ports: Ports) -> Arc<Self> {
        Arc::new(Self { api, store, clock, ports, refreshing: Arc::default(), ended: AtomicU64::new(0) })
    }

    /// A token to send now.
    pub async fn access(self: &Arc<Self>) -> Result<AccessToken, ApiError> {
        let tokens = self.tokens()?;
        let now = self.clock.now();
        // Unsure of the time, the token is tried: a 401 renews it.
        if now.sure && tokens.access_expires_at.duration_since(now.at) < MARGIN {
            self.renew(&tokens.access).await
        } else {
            Ok(tokens.access)
        }
    }

    /// A token in place of `refused`. Where another call renewed it meanwhile, that one; where another call failed to,
    /// its error.
    pub async fn renew(self: &Arc<Self>, refused: &AccessToken) -> Result<AccessToken, ApiError> {
        let ended = self.ended.load(Ordering::SeqCst);
        let mut turn = Arc::clone(&self.refreshing).lock_owned().await;
        let tokens = self.tokens()?;
        if &tokens.access != refused {
            return Ok(tokens.access);
        }
        if let Some(error) = turn.as_ref().filter(|_| self.ended.load(Ordering::SeqCst) != ended) {
            return Err(error.again());
        }
        // The refresh goes on when the caller is dropped: a rotated token must not be lost half way.
        let (sender, receiver) = oneshot::channel();
        let session = Arc::clone(self);
        self.ports.work.spawn(Box::pin(async move {
            let result = session.refresh(tokens).await;
            *turn = result.as_ref().err().map(ApiError::again);
            session.ended.fetch_add(1, Ordering::SeqCst);
            drop(turn);
            // Nobody may be waiting any more; the store has the tokens.
            let _ = sender.send(result);
        }));
        receiver.await.unwrap_or(Err(ApiError::Closed))
    }

    /// Ends when no refresh is under way.
    pub async fn settled(&self) {
        drop(self.refreshing.lock().await);
    }

    async fn refresh(&self, tokens: Tokens) -> Result<AccessToken, ApiError> {
        let fresh = self.api.refresh(&tokens, new_key(&self.ports)?).await;
        let store = Arc::clone(&self.store);
        match fresh {
            Ok(fresh) => {
                let access = fresh.access.clone();
                // Stored before it is used.
                blocking(&self.ports.work, move || store.write(|writer| writer.put_tokens(&fresh)))
                    .await
                    .ok_or(ApiError::Closed)??;
                Ok(access)
            }
            Err(ApiError::SessionEnded) => {
                blocking(&self.ports.work, move || store.write(|writer| writer.end_session()))
                    .await
                    .ok_or(ApiError::Closed)??;
                Err(ApiError::SessionEnded)
            }
            Err(error) => Err(error),
        }
    }

    fn tokens(&self) -> Result<Tokens, ApiError> {
        match self.store.read(|reader| reader.session())? {
            Some((SessionState::Active, tokens)) => Ok(tokens),
            Some((SessionState::Ended, _)) | None => Err(ApiError::SessionEnded),
        }
    }
}
