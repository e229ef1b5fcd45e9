//! Signing out: what waits is sent first, or listed and deleted with the member's consent; then nothing of her is left here.
//!
//! Nothing is half done. Up to the mark in the index everything is as it was, and from the mark on she is gone.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::mend::relatives;
use super::scope::MemberScope;
use super::wipe::Tidying;
use super::{Inner, Wallet, parse_server};

use crate::domain::SessionState;
use crate::error::{Error, InvalidInput};
use crate::observe::Topic;
use crate::ports::random_bytes;
use crate::ports::shared::atomic::Ordering;
use crate::store::{Reader, Revocation};
use crate::views::{self, Consent, SignOutView};

/// The member waits no longer than this for what is being sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// What signing out came to. In each case nobody is signed in any more, and nothing of the member will be shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOutDone {
    /// A sentence for the member.
    pub text: String,
    /// Whether nothing is left on this device. Otherwise its vault or its disk did not let go of it yet; that is tried again
    /// while the wallet is open and at each start.
    pub deleted: bool,
    /// Whether the programme knows. Otherwise it is told when there is a connection.
    pub told: bool,
}

impl Wallet {
    /// Sends what waits, for as long as a member waits, and answers what signing out would cost then. Where nothing waits it
    /// answers at once.
    pub async fn prepare_sign_out(&self) -> Result<SignOutView, Error> {
        self.inner.run(|inner| async move { Wallet { inner }.ask_to_sign_out().await }).await
    }

    async fn ask_to_sign_out(&self) -> Result<SignOutView, Error> {
        let view = self.inner.view(views::sign_out)?;
        if view.shown.is_empty() {
            return Ok(view);
        }
        {
            let sent = self.refresh().fuse();
            let enough = self.inner.ports.clock.sleep(PATIENCE).fuse();
            futures_util::pin_mut!(sent, enough);
            futures_util::select_biased! {
                result = sent => if let Err(error) = result {
                    tracing::debug!(%error, "what waits could not be sent before signing out");
                },
                () = enough => {}
            }
        }
        self.inner.view(views::sign_out)
    }

    /// Signs out, and deletes what this device keeps of the member. `shown` is that of the view which she agreed to: where
    /// something else waits by now, nothing is deleted, and the answer is the refusal `not-shown`. Also offline: then the
    /// server is told later.
    pub async fn sign_out(&self, shown: Vec<String>) -> Result<SignOutDone, Error> {
        let shown = Consent::parse(&shown).map_err(|_| Error::InvalidInput(InvalidInput::Key))?;
        self.inner.run(|inner| async move { inner.sign_out(shown).await }).await
    }

    /// Forgets everything on this device without asking anybody: every member, what waits, keys, tokens, and files that were
    /// set aside. No server is told: a session that is still open there ends by itself, or from another device.
    pub async fn wipe(&self) -> Result<SignOutDone, Error> {
        self.inner.run(|inner| async move { inner.wipe().await }).await
    }
}

impl Inner {
    async fn sign_out(self: Arc<Self>, shown: Consent) -> Result<SignOutDone, Error> {
        // A damaged file is mended before, since it is not meanwhile.
        self.scope()?;
        let changing = self.changing.lock().await;
        let scope = self.scope()?;
        // Seen before anything stops. It is looked at again when nothing can be added any more.
        scope.store().read(|reader| Ok(self.all_shown(reader, &shown)))??;
        let state = scope.store().read(|reader| reader.sync_state())?;
        let member = self.home.index()?.databases.remove(&scope.name).ok_or(Error::SignedOut)?;
        let server = parse_server(&member.server)?;

        // A refresh that is under way comes to its end: the token that is kept is the last one.
        scope.sync().stop().await;
        let token = match self.leave(&scope, &member.server, &shown) {
            Ok(token) => token,
            Err(error) => {
                // It goes on as before, unless a new file has taken the place of a damaged one meanwhile.
                if self.scope().is_ok_and(|now| Arc::ptr_eq(&now, &scope)) {
                    let state = scope.store().read(|reader| reader.sync_state()).unwrap_or(state);
                    let again = self.start(&scope.name, server, Arc::clone(&scope.engine().store), state);
                    self.put_scope(Arc::clone(&again));
                    again.sync().network_up();
                }
                return Err(error);
            }
        };
        self.forget_scope();
        drop(scope);
        self.finish_wipes();
        drop(changing);
        self.observers.tell_topics(&Topic::ALL);

        Tidying::of(&self).attempt().await;
        // She is gone, so there is no error any more; an index that cannot be read now has it all before it.
        let index = self.home.index().ok();
        let deleted = index.as_ref().is_some_and(|index| index.wiping.is_empty());
        let is_told = |token| index.as_ref().is_some_and(|index| !index.revocations.contains_key(token));
        let told = token.as_ref().is_none_or(is_told);
        self.tidy_up(1);
        let text = match (deleted, told) {
            (true, true) => "sign-out-done",
            (true, false) => "sign-out-done-untold",
            (false, _) => "sign-out-done-undeleted",
        };
        Ok(SignOutDone { text: self.text.say(text, &[]), deleted, told })
    }

    async fn wipe(self: Arc<Self>) -> Result<SignOutDone, Error> {
        let changing = self.changing.lock().await;
        let scope = self.scope().ok();
        match &scope {
            // From the mark on nobody reads or writes.
            Some(scope) => scope.store().close_with(|_| self.home.mark_all().map_err(Error::from))?,
            None => self.home.mark_all()?,
        }
        self.wipes.fetch_add(1, Ordering::SeqCst);
        self.forget_scope();
        // Its driver ends when nobody holds it; what it does until then reaches no store.
        drop(scope);
        self.finish_wipes();
        drop(changing);
        self.observers.tell_topics(&Topic::ALL);
        let deleted = self.home.index().is_ok_and(|index| index.wiping.is_empty());
        self.tidy_up(1);
        let text = if deleted { "wipe-done" } else { "sign-out-done-undeleted" };
        Ok(SignOutDone { text: self.text.say(text, &[]), deleted, told: false })
    }

    /// Whether everything that counts was shown to the member.
    fn all_shown(&self, reader: &Reader<'_>, shown: &Consent) -> Result<(), Error> {
        let now = Consent::to(&reader.outbox()?);
        if shown.covers(&now) { Ok(()) } else { Err(self.refused("not-shown", "error-not-shown")) }
    }

    /// Up to the mark: the token, if there is a session, then the mark and the end of the store in one. Answers the name under
    /// which the token is kept.
    fn leave(&self, scope: &MemberScope, server: &str, shown: &Consent) -> Result<Option<String>, Error> {
        let token = self.keep_token(scope, server)?;
        let left = scope.store().close_with(|reader| {
            self.all_shown(reader, shown)?;
            Ok(self.home.change_index(|index| index.mark(&scope.name, relatives))?)
        });
        if left.is_err()
            && let Some(token) = &token
        {
            self.drop_token(token);
        }
        left.map(|()| token)
    }

    /// Keeps the refresh token alone, in the vault. The index lists it first, so that it is never there without anybody
    /// knowing; as long as the member's database is listed too, the session has not ended.
    fn keep_token(&self, scope: &MemberScope, server: &str) -> Result<Option<String>, Error> {
        let session = scope.store().read(|reader| reader.session())?;
        let Some((SessionState::Active, tokens)) = session else { return Ok(None) };
        let random = u64::from_be_bytes(random_bytes(self.ports.random.as_ref())?);
        let name = format!("revoke-{random:016x}");
        let revocation = Revocation { server: server.to_owned(), database: scope.name.clone() };
        self.home.change_index(|index| index.revocations.insert(name.clone(), revocation))?;
        if let Err(error) = self.ports.secrets.write(&name, tokens.refresh.reveal().as_bytes()) {
            self.drop_token(&name);
            return Err(error.into());
        }
        Ok(Some(name))
    }

    fn forget_scope(&self) {
        let scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Without the lock: it may be the last to hold the store.
        if let Some(scope) = scope {
            self.note_left(&scope);
        }
    }
}
