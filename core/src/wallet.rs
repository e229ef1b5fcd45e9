//! The one object that a host holds.
//!
//! Reads are synchronous and wait for no network and no write; what goes out is asynchronous and runs to its end on
//! the core's own threads, whatever becomes of the caller. A member's tap is durable when its call returns.

mod act;
mod doctor;
mod mend;
mod pass;
mod scope;
mod sign_in;
mod sign_out;
mod wipe;

use std::sync::{Arc, PoisonError};

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::watch;
use url::Url;

use crate::domain::{ActionKey, NoticeId, SessionState};
use crate::error::{Error, InvalidInput};
use crate::observe::{Observer, Observers, Subscription, Topic};
use crate::ports::Ports;
use crate::ports::shared::Mutex;
use crate::ports::shared::atomic::{AtomicU64, AtomicUsize};
use crate::store::{Home, OpenHome, StoreError};
use crate::sync::fetch_down_to;
use crate::text::Text;
use crate::views::{
    self, ActionFate, ActivityView, BalanceView, CardView, Context, Drawn, PendingView, RewardsView, SpendingView,
    TiersView, VouchersView,
};

pub use act::{Cancelled, Claimed, Retried, SpendLockSet};
pub use doctor::{Did, Examination, ExaminedDatabase, Found, Holds, doctor};
pub use pass::{WalletKind, WalletPass};
pub use scope::CardSession;
use scope::MemberScope;
pub use sign_out::SignOutDone;

/// How a wallet is opened.
#[derive(Clone)]
pub struct WalletConfig {
    /// Where it keeps what it knows.
    pub home: Home,
    /// The programme's address. `None` takes the one of the member who is signed in.
    pub server: Option<String>,
    /// Language tag of the screen. Falls back to English.
    pub language: String,
}

/// The member's wallet.
pub struct Wallet {
    inner: Arc<Inner>,
}

struct Inner {
    ports: Ports,
    home: Arc<OpenHome>,
    server: Option<Url>,
    text: Text,
    observers: Arc<Observers>,
    /// A sentence about something that happened when the wallet was opened or somebody signed in.
    notice: Mutex<Option<String>>,
    /// The card's symbol, as it was drawn last.
    drawn: Drawn,
    /// How many screens want changes as they happen.
    live: AtomicUsize,
    /// True from the moment in which the wallet is closed, and then for good.
    closed: watch::Sender<bool>,
    /// How many calls run whether or not anybody waits for them. Each holds the wallet.
    running: watch::Sender<usize>,
    /// Held while somebody else becomes the member who is signed in, or nobody.
    changing: tokio::sync::Mutex<()>,
    /// How often everything was forgotten: what was begun before must not bring anybody back.
    wipes: AtomicU64,
    /// Whoever waits for a better time to tidy up hears here that it may be now.
    wakes: watch::Sender<()>,
    /// Held by whoever tidies up beside the calls, as long as it holds the wallet.
    tidying: Arc<Mutex<()>>,
    // Lock order: `changing`, then `scope`, then `left`, then anything of the store. Who has `scope` only tries `changing`. But for
    // `changing`, none is held while waiting or while an observer runs.
    scope: Mutex<Option<Arc<MemberScope>>>,
    /// Each ends when a store that was left is gone.
    left: Mutex<Vec<BoxFuture<'static, ()>>>,
}

/// What happens to the device, as the host hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostEvent {
    /// There is a network (again). What waits is sent at once, or within 20 seconds while the app is in the background: a train that
    /// leaves a tunnel has many phones in it.
    NetworkAvailable,
    /// The app came to the foreground. What waits is sent at once, and what is shown is read again: it may be another day, or the
    /// device in another time zone.
    Foreground,
    /// The app went to the background, and may be ended without further word.
    Background,
    /// A push message said that something is new. It is fetched within 20 seconds, since others were told in the same second. A
    /// phone whose requests fail keeps to the delays that it has.
    Push,
    /// The time or the time zone of the device was set, by its owner or by the network of the country in which it was switched on.
    /// Dates are shown anew. Nothing that is decided depends on it.
    ClockChanged,
}

/// Whether somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInState {
    /// Nobody.
    SignedOut,
    /// A code was asked for and is waited for.
    CodeSent,
    /// A member.
    SignedIn,
    /// A member whose session the server ended.
    Ended,
}

impl Wallet {
    /// Opens the wallet of `config.home` without any network: what was kept can be shown at once.
    pub fn open(config: WalletConfig, ports: Ports) -> Result<Wallet, Error> {
        let server = config.server.as_deref().map(parse_server).transpose()?;
        let home = Arc::new(OpenHome::open(config.home)?);
        let inner = Arc::new(Inner {
            ports,
            home,
            server,
            text: Text::new(&config.language),
            observers: Arc::default(),
            notice: Mutex::default(),
            drawn: Drawn::default(),
            live: AtomicUsize::new(0),
            closed: watch::Sender::new(false),
            running: watch::Sender::new(0),
            changing: tokio::sync::Mutex::default(),
            wipes: AtomicU64::new(0),
            wakes: watch::Sender::new(()),
            tidying: Arc::default(),
            scope: Mutex::default(),
            left: Mutex::default(),
        });
        // What is marked is gone, whatever is still there of it.
        inner.finish_wipes();
        inner.open_current()?;
        inner.tidy_up(0);
        Ok(Wallet { inner })
    }

    /// The wallet's texts, for what a host says itself.
    pub fn text(&self) -> &Text {
        &self.inner.text
    }

    /// A sentence about something that happened when the wallet was opened or somebody signed in, once.
    pub fn take_notice(&self) -> Option<String> {
        self.inner.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether somebody is signed in.
    pub fn sign_in_state(&self) -> Result<SignInState, Error> {
        match self.inner.scope() {
            Ok(scope) => {
                let read = |scope: &MemberScope| scope.store().read(|reader| reader.session());
                let session = self.inner.with_this(&scope, read)?;
                let active = session.is_some_and(|(state, _)| state == SessionState::Active);
                Ok(if active { SignInState::SignedIn } else { SignInState::Ended })
            }
            Err(Error::Closed) => Err(Error::Closed),
            Err(_) => {
                let now = self.inner.ports.clock.read().wall;
                let waits = self.inner.home.index()?.sign_in.is_some_and(|asked| now < asked.expires_at);
                Ok(if waits { SignInState::CodeSent } else { SignInState::SignedOut })
            }
        }
    }

    /// Sends what waits, and pulls until nothing is new. Where nobody is signed in, a server is told of a session that ended
    /// here, if it does not know yet.
    pub async fn refresh(&self) -> Result<(), Error> {
        loop {
            let scope = match self.inner.scope() {
                Err(Error::SignedOut) => {
                    self.inner.run(|inner| async move { inner.tidy_up_now().await }).await?;
                    return Err(Error::SignedOut);
                }
                scope => scope?,
            };
            match scope.sync().clone().refresh().await.map_err(Error::from) {
                Err(Error::Closed) => {
                    // The driver has ended. Another may take over, when it is known who is signed in.
                    let changed = self.inner.changing.lock().await;
                    drop(changed);
                    let now = self.inner.scope()?;
                    if now.name != scope.name {
                        return Err(Error::SignedOut);
                    }
                    if Arc::ptr_eq(&now, &scope) {
                        return Err(Error::Closed);
                    }
                }
                result => return result,
            }
        }
    }

    /// Tells the wallet what happens to the device.
    pub fn host_event(&self, event: HostEvent) {
        if !matches!(event, HostEvent::Background | HostEvent::ClockChanged) {
            self.inner.wakes.send_replace(());
        }
        if matches!(event, HostEvent::Foreground | HostEvent::ClockChanged) {
            self.inner.ports.clock.zone_may_have_changed();
            self.inner.observers.tell_topics(&Topic::ALL);
        }
        let Ok(scope) = self.inner.scope() else { return };
        match event {
            HostEvent::NetworkAvailable => scope.sync().network_up(),
            HostEvent::Foreground => scope.sync().foreground(true),
            HostEvent::Push => scope.sync().push_message(),
            HostEvent::ClockChanged => {}
            HostEvent::Background => {
                scope.sync().foreground(false);
                let engine = Arc::clone(scope.engine());
                self.inner.ports.work.spawn(Box::pin(async move {
                    if let Err(error) = engine.save_contact(true).await {
                        tracing::warn!(%error, "the time of the last contact was not saved");
                    }
                }));
            }
        }
    }

    /// `observer` hears of changes until the subscription is dropped.
    pub fn observe(&self, observer: Arc<dyn Observer>) -> Subscription {
        self.inner.observers.add(observer)
    }

    /// The card is on screen: changes arrive as they happen until the session is dropped.
    pub fn show_card(&self) -> Result<CardSession, Error> {
        CardSession::begin(&self.inner)
    }

    /// The card.
    pub fn card(&self) -> Result<CardView, Error> {
        self.inner.view(|context| views::card(context, None, &self.inner.drawn))
    }

    /// The balances.
    pub fn balance(&self) -> Result<BalanceView, Error> {
        self.inner.view(views::balance)
    }

    /// The tiers.
    pub fn tiers(&self) -> Result<TiersView, Error> {
        self.inner.view(views::tiers)
    }

    /// The catalogue.
    pub fn rewards(&self) -> Result<RewardsView, Error> {
        self.inner.view(views::rewards)
    }

    /// The voucher wallet.
    pub fn vouchers(&self) -> Result<VouchersView, Error> {
        self.inner.view(views::vouchers)
    }

    /// A page of the ledger: lines before `before`, at most `limit` (1 to 500).
    pub fn activity(&self, before: Option<i64>, limit: u32) -> Result<ActivityView, Error> {
        self.inner.view(|context| views::activity(context, before, limit.clamp(1, 500)))
    }

    /// As [`activity`](Self::activity) before the line `before`, with what the device does not have fetched from the programme
    /// and kept. Where that is impossible now, what the device has.
    ///
    /// # Errors
    ///
    /// Where it has nothing of that page: why the programme cannot be reached.
    pub async fn older_activity(&self, before: i64, limit: u32) -> Result<ActivityView, Error> {
        let last = before.saturating_sub(i64::from(limit.clamp(1, 500)));
        let fetched = self.inner.run(move |inner| async move {
            let engine = Arc::clone(inner.scope()?.engine());
            Ok(fetch_down_to(&engine, last).await?)
        });
        let fetched = fetched.await;
        let here = self.activity(Some(before), limit)?;
        match fetched {
            Err(error) if here.lines.is_empty() => Err(error),
            _ => Ok(here),
        }
    }

    /// The member's pass for another wallet on her phone, from the programme: it is a network call, and nothing of it is kept. She has
    /// one for each wallet, and is given the same one each time.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] without a network; [`Error::Refused`] with `card-revoked` where the card is blocked, and with `no-pass`
    /// where the programme makes none.
    pub async fn wallet_pass(&self, kind: WalletKind) -> Result<WalletPass, Error> {
        self.inner.run(move |inner| inner.wallet_pass(kind)).await
    }

    /// What waits, and what stopped.
    pub fn pending(&self) -> Result<PendingView, Error> {
        self.inner.view(views::pending)
    }

    /// Claims a reward: durable when this returns, sent when there is a connection, effective exactly once.
    pub fn claim(&self, reward: &str) -> Result<Claimed, Error> {
        act::claim(&self.inner, reward)
    }

    /// Takes back the claim `key`: at once where it was never sent, else by an action that is durable when this returns.
    pub fn cancel(&self, key: &str) -> Result<Cancelled, Error> {
        act::cancel(&self.inner, parse_key(key)?)
    }

    /// The spend lock.
    pub fn spending(&self) -> Result<SpendingView, Error> {
        self.inner.view(views::spending)
    }

    /// Locks spending, or unlocks it: durable when this returns, in force at the tills once the programme has confirmed it. What was
    /// claimed before a lock goes first, where it goes at once; what is claimed after an unlocking waits for that. The opposite that was
    /// never sent is taken back instead.
    pub fn set_spend_lock(&self, locked: bool) -> Result<SpendLockSet, Error> {
        act::set_spend_lock(&self.inner, locked)
    }

    /// Tries an action again. One that waits is sent now, though not before the server's own `Retry-After`; one that stopped
    /// without effect is made anew, under a new key and at the price that is shown now; one that the server could not read
    /// is sent again as it is, for after an update.
    pub fn retry(&self, key: &str) -> Result<Retried, Error> {
        act::retry(&self.inner, parse_key(key)?)
    }

    /// What became of an action.
    pub fn fate(&self, key: &str) -> Result<ActionFate, Error> {
        let key = parse_key(key)?;
        let fate = self.inner.view(|context| views::fate(context, key))?;
        fate.ok_or_else(|| self.inner.refused("unknown-action", "error-unknown-action"))
    }

    /// Takes back an action that was never sent, or dismisses one that has stopped, or a notice.
    pub fn discard(&self, key: &str) -> Result<(), Error> {
        match NoticeId::parse(key) {
            Some(id) => act::dismiss(&self.inner, id),
            None => act::discard(&self.inner, parse_key(key)?),
        }
    }

    /// Leaves off: what is under way is given up safely, and the next start goes on with it.
    pub async fn close(self) {
        self.shut_down().await;
    }

    /// As [`close`](Self::close), for a host that cannot give the wallet away because calls are under way. They end with
    /// [`Error::Closed`], as every later one does. The home is free again once the wallet is dropped.
    pub async fn shut_down(&self) {
        if let Some(scope) = self.inner.take_scope() {
            scope.sync().stop().await;
            // A job that was given up may still be at work on another thread, and holds the home.
            let gone = scope.store().gone();
            drop(scope);
            gone.await;
        }
        // Calls hear that the wallet is closed, and let go of it. The sender is the wallet's own, so there is an answer.
        let _ = self.inner.running.subscribe().wait_for(|count| *count == 0).await;
        let left = std::mem::take(&mut *self.inner.left.lock().unwrap_or_else(PoisonError::into_inner));
        join_all(left).await;
        // Whoever tidies up lets go of the wallet and sees that it is closed.
        drop(self.inner.tidying.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Inner {
    fn scope(self: &Arc<Self>) -> Result<Arc<MemberScope>, Error> {
        let (scope, mended) = {
            let mut current = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
            let suspect = current.as_ref().is_some_and(|scope| scope.store().take_suspicion());
            // Whoever asks meanwhile waits for it, and finds the mended one.
            let mended = suspect && self.look_at(&mut current);
            (current.clone(), mended)
        };
        if mended {
            self.observers.tell_topics(&Topic::ALL);
        }
        scope.ok_or_else(|| self.nobody())
    }

    /// Why there is no member.
    fn nobody(&self) -> Error {
        if *self.closed.borrow() { Error::Closed } else { Error::SignedOut }
    }

    /// Closes the wallet: from now on there is no member in it, and calls that are under way hear of it.
    fn take_scope(&self) -> Option<Arc<MemberScope>> {
        let mut scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.send_replace(true);
        scope.take()
    }

    fn view<T>(self: &Arc<Self>, view: impl Fn(&Context<'_>) -> Result<T, StoreError>) -> Result<T, Error> {
        self.with_member(|scope| self.view_of(scope, &view))
    }

    /// Reads something of the member who is signed in.
    fn with_member<T>(self: &Arc<Self>, read: impl Fn(&MemberScope) -> Result<T, StoreError>) -> Result<T, Error> {
        self.with_this(&self.scope()?, read)
    }

    /// As [`with_member`](Self::with_member), beginning with `scope`.
    fn with_this<T>(
        self: &Arc<Self>,
        scope: &Arc<MemberScope>,
        read: impl Fn(&MemberScope) -> Result<T, StoreError>,
    ) -> Result<T, Error> {
        match read(scope) {
            // Where the file was damaged, another one has taken its place by now.
            Err(error) if error.is_suspicious() || matches!(error, StoreError::Retired) => {
                let again = self.scope()?;
                if Arc::ptr_eq(scope, &again) { Err(error.into()) } else { Ok(read(&again)?) }
            }
            result => Ok(result?),
        }
    }

    fn view_of<T>(
        &self,
        scope: &MemberScope,
        view: impl FnOnce(&Context<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let clock = &scope.engine().clock;
        let (now, contact) = (clock.now(), clock.last_contact());
        scope.store().read(|reader| view(&Context::new(reader, &self.text, self.ports.clock.as_ref(), now, contact)?))
    }

    fn refused(&self, code: &'static str, id: &str) -> Error {
        Error::Refused { code, text: self.text.say(id, &[]) }
    }

    /// To be told when no lock is held.
    fn put_notice(&self, text: &str) {
        let mut notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        *notice = Some(notice.take().map_or_else(|| text.to_owned(), |before| format!("{before} {text}")));
    }

    fn set_notice(&self, notice: &str) {
        self.put_notice(notice);
        self.observers.tell_topics(&[Topic::Session]);
    }
}

/// A server's address: http or https, with a host. Whether cleartext is allowed is decided by the HTTP port.
fn parse_server(text: &str) -> Result<Url, Error> {
    let url: Url = text.parse().map_err(|_| Error::InvalidInput(InvalidInput::Server))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        Ok(url)
    } else {
        Err(Error::InvalidInput(InvalidInput::Server))
    }
}

fn parse_key(text: &str) -> Result<ActionKey, Error> {
    text.parse().map_err(|_| Error::InvalidInput(InvalidInput::Key))
}
