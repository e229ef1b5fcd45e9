//! Joining and signing in with a one-time code.

use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use tokio::sync::{oneshot, watch};

use super::{Inner, MemberScope, Wallet, parse_server};
use crate::api::{ApiError, CodeSent, MemberApi, ServerClock};
use crate::domain::{Action, Address, JoinDetails, Notice, OneTimeCode, SessionState};
use crate::error::{Error, InvalidInput};
use crate::observe::Topic;
use crate::ports::shared::atomic::Ordering;
use crate::ports::{Ports, new_key};
use crate::store::{IndexedMember, PendingSignIn, StoreError};

/// A name in the vault under which there is nothing: whether it can answer is the question.
const VAULT_ANSWERS: &str = "vault-answers";

/// Digits of a one-time code.
const CODE_DIGITS: u8 = 6;

impl Wallet {
    /// Asks for a one-time code. With `join`, an address that the programme does not know becomes a member when the
    /// code is entered. The answer is the same whether or not the address is known.
    pub async fn request_code(&self, address: Address, join: Option<JoinDetails>) -> Result<CodeSent, Error> {
        check_address(&address)?;
        if let Some(join) = &join {
            check_name(&join.name)?;
        }
        self.inner.run(|inner| async move { inner.request_code(address, join).await }).await
    }

    /// Enters the code that the member received, spaces and all. From then on this device is signed in.
    pub async fn sign_in(&self, code: OneTimeCode) -> Result<(), Error> {
        // Messages group the digits, and a paste brings what is around them.
        let code = OneTimeCode::new(code.reveal().split_whitespace().collect::<String>());
        let digits =
            code.reveal().len() == usize::from(CODE_DIGITS) && code.reveal().bytes().all(|b| b.is_ascii_digit());
        if !digits {
            return Err(Error::InvalidInput(InvalidInput::Code(CODE_DIGITS)));
        }
        self.inner.run(|inner| async move { inner.sign_in(code).await }).await
    }
}

impl Inner {
    /// Runs a call to its end on the core's own threads, also when the caller gives up waiting. Only closing the wallet
    /// ends it before.
    pub(super) async fn run<T, F>(self: &Arc<Self>, call: impl FnOnce(Arc<Inner>) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        // Counted first: closing says that it does, and then waits for those that are counted.
        let running = Running::count(&self.running);
        let closed = self.closed.subscribe();
        if *closed.borrow() {
            return Err(Error::Closed);
        }
        let (sender, receiver) = oneshot::channel();
        let call = call(Arc::clone(self));
        self.ports.work.spawn(Box::pin(async move {
            let result = unless_closed(call, closed).await;
            drop(running);
            // The caller may have given up waiting; the call has its effect all the same.
            let _ = sender.send(result);
        }));
        receiver.await.unwrap_or(Err(Error::Closed))
    }

    async fn request_code(self: Arc<Self>, address: Address, join: Option<JoinDetails>) -> Result<CodeSent, Error> {
        let wipes = self.wipes.load(Ordering::SeqCst);
        let server = match (&self.server, self.home.index()?) {
            (Some(server), _) => server.clone(),
            (None, index) => {
                let current = index.current.and_then(|name| index.databases.get(&name).cloned());
                parse_server(&current.ok_or(Error::InvalidInput(InvalidInput::Server))?.server)?
            }
        };
        let (api, _) = api_without_session(&self.ports, server.clone());
        let sent = api.request_code(&address, join.as_ref()).await?;
        let lifetime = SignedDuration::from_secs(i64::from(sent.expires_in));
        let asked = PendingSignIn {
            server: server.to_string(),
            request_id: sent.request_id.clone(),
            expires_at: self.ports.clock.read().wall.saturating_add(lifetime).unwrap_or(jiff::Timestamp::MAX),
        };
        let _changing = self.changing.lock().await;
        self.unless_wiped(wipes)?;
        self.home.change_index(|index| index.sign_in = Some(asked))?;
        self.observers.tell_topics(&[Topic::Session]);
        Ok(sent)
    }

    async fn sign_in(self: Arc<Self>, code: OneTimeCode) -> Result<(), Error> {
        // Before it is looked at what was asked for: a wipe in between forgets that too.
        let wipes = self.wipes.load(Ordering::SeqCst);
        let asked = self.home.index()?.sign_in.ok_or_else(|| self.refused("no-code-asked", "error-no-code-asked"))?;
        let server = parse_server(&asked.server)?;
        // A vault that cannot answer must not cost the code, which is good once.
        self.ports.secrets.read(VAULT_ANSWERS)?;
        let (api, clock) = api_without_session(&self.ports, server.clone());
        let signed_in =
            api.redeem_code(&asked.request_id, &code, new_key(&self.ports)?).await.map_err(|error| match error {
                ApiError::CodeRefused => self.refused("code-refused", "error-code"),
                other => Error::from(other),
            })?;
        let member = IndexedMember {
            server: asked.server,
            programme: signed_in.programme.clone(),
            member: signed_in.member.clone(),
        };
        // A damaged file is mended before, since it is not meanwhile.
        drop(self.scope());
        let _changing = self.changing.lock().await;
        self.unless_wiped(wipes)?;
        let old = match self.scope() {
            Err(Error::Closed) => return Err(Error::Closed),
            old => old.ok(),
        };
        let index = self.home.index()?;
        let (name, store) = match &old {
            // The same member again: the store is open, and what waits in it goes on.
            Some(old) if index.databases.get(&old.name) == Some(&member) && self.has_key(&old.name)? => {
                (old.name.clone(), Arc::clone(&old.engine().store))
            }
            _ => self.store_of(&member)?,
        };
        let left_behind = old.as_ref().filter(|old| old.name != name).map_or(Ok(None), |old| left_behind(old))?;
        let contact = clock.unsaved(true);
        store.write(|writer| {
            writer.put_tokens(&signed_in.tokens)?;
            // Each session has a number of its own on the card.
            writer.forget_device()?;
            if let Some(notice) = &left_behind
                && !writer.notices()?.iter().any(|(_, _, told)| told == notice)
            {
                writer.add_notice(clock.now().at, notice)?;
            }
            contact.as_ref().map_or(Ok(()), |(at, anchor)| writer.note_contact(*at, anchor))
        })?;
        self.home.change_index(|index| {
            index.current = Some(name.clone());
            index.sign_in = None;
        })?;
        let state = store.read(|reader| reader.sync_state())?;
        // From here on nothing fails, so the old driver is never missed.
        if let Some(old) = old {
            old.sync().stop().await;
        }
        let scope = self.start(&name, server, store, state);
        self.put_scope(Arc::clone(&scope));
        scope.sync().network_up();
        Ok(())
    }

    /// Whoever is signed out by everything being forgotten is not brought back by what was begun before.
    fn unless_wiped(&self, wipes: u64) -> Result<(), Error> {
        if self.wipes.load(Ordering::SeqCst) == wipes { Ok(()) } else { Err(Error::SignedOut) }
    }
}

/// A call that runs, whether or not anybody waits for it. Does not hold the wallet.
struct Running(watch::Sender<usize>);

impl Running {
    fn count(running: &watch::Sender<usize>) -> Self {
        running.send_modify(|count| *count += 1);
        Self(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// What waits of who was signed in until now, where her session has ended. The server may not know her any more, and then it is
/// another member who signs in with the same address.
fn left_behind(old: &MemberScope) -> Result<Option<Notice>, StoreError> {
    old.store().read(|reader| {
        let ended = reader.session()?.is_none_or(|(state, _)| state == SessionState::Ended);
        let open = reader.outbox()?.into_iter().filter(|row| row.state.is_open());
        let actions: Vec<Action> = open.map(|row| row.action).collect();
        Ok((ended && !actions.is_empty()).then_some(Notice::LeftBehind { actions }))
    })
}

/// The API for calls before a session, or after it.
pub(super) fn api_without_session(ports: &Ports, server: url::Url) -> (MemberApi, Arc<ServerClock>) {
    let clock = Arc::new(ServerClock::new(Arc::clone(&ports.clock), None, None));
    (MemberApi::new(server, Arc::clone(&ports.http), Arc::clone(&clock)), clock)
}

/// Drops the call, and what it holds of the wallet, before it answers.
pub(super) async fn unless_closed<T>(
    call: impl Future<Output = Result<T, Error>>,
    mut closed: watch::Receiver<bool>,
) -> Result<T, Error> {
    let call = call.fuse();
    let closed = closed.wait_for(|closed| *closed).fuse();
    futures_util::pin_mut!(call, closed);
    futures_util::select_biased! {
        result = call => result,
        _ = closed => Err(Error::Closed),
    }
}

/// As much as catches a slip of the finger; whether mail arrives is proven by the code.
fn check_address(address: &Address) -> Result<(), Error> {
    let plausible = match address {
        Address::Email(email) => email.split_once('@').is_some_and(|(local, domain)| {
            email.len() <= 254
                && !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !domain.contains('@')
                && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        }),
        Address::Phone(phone) => phone
            .strip_prefix('+')
            .is_some_and(|digits| (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())),
    };
    if plausible { Ok(()) } else { Err(Error::InvalidInput(InvalidInput::Address)) }
}

fn check_name(name: &str) -> Result<(), Error> {
    let length = name.trim().chars().count();
    if (1..=100).contains(&length) && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(Error::InvalidInput(InvalidInput::Name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_in_an_address_are_caught() {
        let email = |text: &str| check_address(&Address::Email(text.to_owned())).is_ok();
        let phone = |text: &str| check_address(&Address::Phone(text.to_owned())).is_ok();
        for good in ["ada@example.org", "a.b+c@sub.example.org", "ż@example.org"] {
            assert!(email(good), "{good}");
        }
        for bad in ["", "ada", "@example.org", "ada@", "ada@example", "a@b@c.d", "a b@c.d", "ada@.org", "ada@org."] {
            assert!(!email(bad), "{bad}");
        }
        assert!(phone("+48123456789"));
        for bad in ["", "48123456789", "+48 123 456 789", "+1234567", "+1234567890123456", "+48abc456789"] {
            assert!(!phone(bad), "{bad}");
        }
    }
}
