//! The wallet as an object of the host: what is called, where it runs, and what closing does. Must not know what a view
//! shows.
//!
//! A host polls the futures on its own threads, so none of them touches the disk there: reads and taps are jobs on the
//! core's threads. The two calls for a first frame, `card_now` and `view_now`, say that they do not wait for one.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use member_core::ports::shared::Mutex;
use member_core::ports::{Clock, Ports, Work, native};
use member_core::text::Text;
use member_core::{Error, Home, OneTimeCode};
use tokio::sync::{oneshot, watch};

use crate::error::WalletError;
use crate::host::{HostConnectivity, HostSecrets, Network, Vault};
use crate::observe::{Observer, Subscription, WalletObserver};
use crate::session::{self, CardSession, Slot};
use crate::spending::{SpendLockSet, SpendingView};
use crate::views::{
    ActionFate, ActivityView, BalanceView, CardView, PendingView, RewardsView, TiersView, VouchersView,
};

/// Closing waits no longer than this for calls that do not end, such as an observer's that waits for the closing.
const CLOSING: Duration = Duration::from_secs(5);

/// How a wallet is opened.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WalletConfig {
    /// A folder of its own, kept out of device backups. It is open once at a time.
    pub home: String,
    /// The programme's address; without it, that of the member who is signed in.
    pub server: Option<String>,
    /// Language tag of the screen (BCP 47). Falls back to English.
    pub language: String,
}

/// Where a one-time code is sent.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum Address {
    /// An e-mail address.
    Email {
        /// Such as `ada@example.org`.
        address: String,
    },
    /// A telephone number.
    Phone {
        /// In E.164, with the leading `+`.
        number: String,
    },
}

/// Out of one field for both: with an `@` an e-mail address, else a telephone number, which people write with spaces, hyphens, dots,
/// brackets, and `00` for `+`. Whether it can be one is said by `request_code`.
#[uniffi::export]
pub fn parse_address(text: &str) -> Address {
    match member_core::Address::parse(text) {
        member_core::Address::Email(address) => Address::Email { address },
        member_core::Address::Phone(number) => Address::Phone { number },
    }
}

/// What joining needs beside the address.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct JoinDetails {
    /// The member's name, 1 to 100 characters.
    pub name: String,
    /// Language tag.
    pub language: String,
    /// Version of the terms that the member accepted.
    pub terms: String,
}

/// A one-time code is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct CodeSent {
    /// Seconds for which it is good.
    pub expires_in: u32,
    /// How many digits it has.
    pub digits: u8,
}

/// A claim that is safe on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Claimed {
    /// The action's key, for `fate` and `discard`.
    pub key: String,
    /// The reward's name.
    pub title: String,
    /// A sentence for the member.
    pub text: String,
}

/// A claim that is taken back, or will be.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Cancelled {
    /// The key of the cancellation; nothing where the claim had not been sent, so that nothing need be.
    pub key: Option<String>,
    /// The reward's name.
    pub title: String,
    /// A sentence for the member.
    pub text: String,
}

/// An action that is tried again.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Retried {
    /// Its key: a new one where the action is made anew.
    pub key: String,
    /// A sentence for the member.
    pub text: String,
}

/// Another wallet on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum WalletKind {
    /// Apple Wallet.
    Apple,
    /// Google Wallet.
    Google,
}

/// A pass for another wallet.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum WalletPass {
    /// For Apple Wallet.
    Apple {
        /// The bytes of a `.pkpass` file, for `PKPass(data:)`.
        file: Vec<u8>,
    },
    /// For Google Wallet.
    Google {
        /// A link on `pay.google.com` that the host opens. Whoever opens it can save the pass.
        save_url: String,
    },
}

/// What happens to the device, as the host hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HostEvent {
    /// There is a network (again).
    NetworkAvailable,
    /// The app came to the foreground.
    Foreground,
    /// The app went to the background, and may be ended without further word.
    Background,
    /// A push message said that something is new.
    Push,
    /// The time or the time zone of the device was set. Dates are shown anew.
    ClockChanged,
}

/// Whether somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

/// The member's wallet.
#[derive(uniffi::Object)]
pub struct Wallet {
    pub(crate) calls: Arc<Calls>,
}

/// The open wallet. Calls hold it while they run; the home is free once the last one let go of it.
pub(crate) struct Open {
    // Dropped in this order: whoever hears of the end finds the home free.
    pub(crate) wallet: member_core::Wallet,
    _end: watch::Sender<()>,
    work: Arc<dyn Work>,
    clock: Arc<dyn Clock>,
}

impl Open {
    pub(crate) fn explain(&self, error: &Error) -> WalletError {
        WalletError::of(error, self.wallet.text())
    }
}

/// Runs calls while the wallet is open, and says so when it is not.
pub(crate) struct Calls {
    open: Mutex<Option<Arc<Open>>>,
    /// Cards on screen, which end with the wallet; nothing once it is closed.
    sessions: Mutex<Option<Vec<Weak<Slot>>>>,
    end: watch::Receiver<()>,
    closed: WalletError,
    failed: WalletError,
}

impl Calls {
    pub(crate) fn open(&self) -> Result<Arc<Open>, WalletError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(|| self.closed.clone())
    }

    /// From now on closing the wallet ends this session, unless it has ended all of them already.
    fn add_session(&self, slot: &Arc<Slot>) -> Result<(), Error> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = sessions.as_mut().ok_or(Error::Closed)?;
        sessions.retain(|slot| slot.strong_count() > 0);
        sessions.push(Arc::downgrade(slot));
        Ok(())
    }

    /// A call on the caller's thread.
    pub(crate) fn now<T>(&self, call: impl FnOnce(&Open) -> Result<T, Error>) -> Result<T, WalletError> {
        let open = self.open()?;
        call(&open).map_err(|error| open.explain(&error))
    }

    /// A call that blocks on the disk, on the core's own threads.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Open) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, WalletError> {
        let open = self.open()?;
        let work = Arc::clone(&open.work);
        let (sender, receiver) = oneshot::channel();
        work.block(Box::new(move || {
            let result = call(&open).map_err(|error| open.explain(&error));
            drop(open);
            // The host may have given up waiting; what was committed stays.
            let _ = sender.send(result);
        }));
        drop(work);
        // No answer: the threads have ended with the wallet, or the call has panicked.
        receiver.await.unwrap_or_else(|_| Err(self.open().map_or_else(|closed| closed, |_| self.failed.clone())))
    }
}

#[uniffi::export]
impl Wallet {
    /// Opens the wallet of `config.home` without any network: what was kept can be shown at once. Reads the disk on the
    /// caller's thread.
    #[uniffi::constructor]
    pub fn open(
        config: WalletConfig,
        secrets: Arc<dyn HostSecrets>,
        connectivity: Arc<dyn HostConnectivity>,
    ) -> Result<Arc<Self>, WalletError> {
        // The wallet's own text is made with it; this one is for when it is not.
        let language = config.language.clone();
        let explain = |error: &Error| WalletError::of(error, &Text::new(&language));
        let mut ports = native::ports(PathBuf::new(), Arc::new(Network(connectivity)))
            .map_err(|error| explain(&Error::Internal(error.to_string())))?;
        ports.secrets = Arc::new(Vault(secrets));
        Self::over(config, ports)
    }

    /// A sentence about something that happened when the wallet was opened or somebody signed in, once.
    pub fn take_notice(&self) -> Result<Option<String>, WalletError> {
        self.calls.now(|open| Ok(open.wallet.take_notice()))
    }

    /// Whether somebody is signed in.
    pub async fn sign_in_state(&self) -> Result<SignInState, WalletError> {
        self.calls.run(|open| Ok(open.wallet.sign_in_state()?.into())).await
    }

    /// Asks for a one-time code. With `join`, an address that the programme does not know becomes a member when the code
    /// is entered. The answer is the same whether or not the address is known.
    pub async fn request_code(&self, address: Address, join: Option<JoinDetails>) -> Result<CodeSent, WalletError> {
        let open = self.calls.open()?;
        let sent = open.wallet.request_code(address.into(), join.map(Into::into)).await;
        Ok(sent.map_err(|error| open.explain(&error))?.into())
    }

    /// Enters the code that the member received, spaces and all. From then on this device is signed in.
    pub async fn sign_in(&self, code: String) -> Result<(), WalletError> {
        let code = OneTimeCode::new(code);
        let open = self.calls.open()?;
        open.wallet.sign_in(code).await.map_err(|error| open.explain(&error))
    }

    /// Sends what waits, and pulls until nothing is new.
    pub async fn refresh(&self) -> Result<(), WalletError> {
        let open = self.calls.open()?;
        open.wallet.refresh().await.map_err(|error| open.explain(&error))
    }

    /// Tells the wallet what happens to the device. Does nothing once it is closed.
    pub fn host_event(&self, event: HostEvent) {
        if let Ok(open) = self.calls.open() {
            open.wallet.host_event(event.into());
        }
    }

    /// `observer` hears of changes until the subscription is cancelled or freed.
    pub fn observe(&self, observer: Arc<dyn WalletObserver>) -> Result<Arc<Subscription>, WalletError> {
        self.calls.now(|open| Ok(Arc::new(Subscription::new(open.wallet.observe(Arc::new(Observer(observer)))))))
    }

    /// The card is on screen: changes arrive as they happen until the session is ended or freed.
    pub async fn show_card(&self) -> Result<Arc<CardSession>, WalletError> {
        let calls = Arc::clone(&self.calls);
        self.calls
            .run(move |open| {
                let slot = Arc::new(Slot::new(Some(Arc::new(open.wallet.show_card()?))));
                calls.add_session(&slot)?;
                Ok(Arc::new(CardSession::new(calls, slot)))
            })
            .await
    }

    /// The card.
    pub async fn card(&self) -> Result<CardView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.card()?.into())).await
    }

    /// The card, read on the caller's thread: for the first frame of a screen.
    pub fn card_now(&self) -> Result<CardView, WalletError> {
        self.calls.now(|open| Ok(open.wallet.card()?.into()))
    }

    /// The balances.
    pub async fn balance(&self) -> Result<BalanceView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.balance()?.into())).await
    }

    /// The tiers.
    pub async fn tiers(&self) -> Result<TiersView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.tiers()?.into())).await
    }

    /// The catalogue.
    pub async fn rewards(&self) -> Result<RewardsView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.rewards()?.into())).await
    }

    /// The voucher wallet.
    pub async fn vouchers(&self) -> Result<VouchersView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.vouchers()?.into())).await
    }

    /// A page of the ledger: lines before `before`, at most `limit` (1 to 500). What the device does not have of an older page is
    /// fetched from the programme and kept; where that is impossible now, it is what the device has.
    pub async fn activity(&self, before: Option<i64>, limit: u32) -> Result<ActivityView, WalletError> {
        let Some(before) = before else {
            return self.calls.run(move |open| Ok(open.wallet.activity(None, limit)?.into())).await;
        };
        let open = self.calls.open()?;
        Ok(open.wallet.older_activity(before, limit).await.map_err(|error| open.explain(&error))?.into())
    }

    /// The member's pass for another wallet on her phone, from the programme: it is a network call, and nothing of it is kept. She has
    /// one for each wallet, and is given the same one each time. Refused with `card-revoked` where the card is blocked, and with
    /// `no-pass` where the programme makes none.
    pub async fn wallet_pass(&self, kind: WalletKind) -> Result<WalletPass, WalletError> {
        let open = self.calls.open()?;
        Ok(open.wallet.wallet_pass(kind.into()).await.map_err(|error| open.explain(&error))?.into())
    }

    /// What waits, and what stopped.
    pub async fn pending(&self) -> Result<PendingView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.pending()?.into())).await
    }

    /// Claims a reward: durable when this returns, sent when there is a connection, effective exactly once.
    pub async fn claim(&self, reward: String) -> Result<Claimed, WalletError> {
        self.calls.run(move |open| Ok(open.wallet.claim(&reward)?.into())).await
    }

    /// Takes back the claim `key`: at once where it was never sent, else by an action that is durable when this returns.
    pub async fn cancel(&self, key: String) -> Result<Cancelled, WalletError> {
        self.calls.run(move |open| Ok(open.wallet.cancel(&key)?.into())).await
    }

    /// The spend lock.
    pub async fn spending(&self) -> Result<SpendingView, WalletError> {
        self.calls.run(|open| Ok(open.wallet.spending()?.into())).await
    }

    /// Locks spending, or unlocks it: durable when this returns, in force at the tills once the programme has confirmed it. The card
    /// goes on earning. What is claimed after an unlocking waits for that.
    pub async fn set_spend_lock(&self, locked: bool) -> Result<SpendLockSet, WalletError> {
        self.calls.run(move |open| Ok(open.wallet.set_spend_lock(locked)?.into())).await
    }

    /// Tries an action again. One that waits is sent now, though not before the server's own `Retry-After`; one that stopped
    /// without effect is made anew, under a new key and at the price that is shown now; one that the server could not read
    /// is sent again as it is, for after an update.
    pub async fn retry(&self, key: String) -> Result<Retried, WalletError> {
        self.calls.run(move |open| Ok(open.wallet.retry(&key)?.into())).await
    }

    /// What became of an action.
    pub async fn fate(&self, key: String) -> Result<ActionFate, WalletError> {
        self.calls.run(move |open| Ok(open.wallet.fate(&key)?.into())).await
    }

    /// Takes back an action that was never sent, or dismisses one that has stopped, or a notice.
    pub async fn discard(&self, key: String) -> Result<(), WalletError> {
        self.calls.run(move |open| open.wallet.discard(&key)).await
    }

    /// Leaves off: what is under way is given up safely, and the next start goes on with it. Calls that run meanwhile and
    /// all later ones end with `Closed`. When this returns the home is free. A second time does nothing.
    pub async fn close(&self) {
        let open = self.calls.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let sessions = self.calls.sessions.lock().unwrap_or_else(PoisonError::into_inner).take();
        for slot in sessions.iter().flatten().filter_map(Weak::upgrade) {
            session::end(&slot);
        }
        let Some(open) = open else { return };
        // Held to the end of this call: a timer does not outlive the threads that it is on.
        let work = Arc::clone(&open.work);
        let given_up = open.clock.sleep(CLOSING);
        // To its end, whether or not the host waits for it.
        work.spawn(Box::pin(async move {
            open.wallet.shut_down().await;
        }));
        let mut end = self.calls.end.clone();
        tokio::select! {
            biased;
            // Nothing is ever sent: it ends when the sender is dropped, with the wallet.
            _ = end.changed() => {}
            () = given_up => tracing::warn!("a call of the closed wallet does not end"),
        }
        drop(work);
    }
}

impl Wallet {
    /// A wallet over these ports.
    pub(crate) fn over(config: WalletConfig, ports: Ports) -> Result<Arc<Self>, WalletError> {
        let language = config.language.clone();
        let explain = |error: &Error| WalletError::of(error, &Text::new(&language));
        let (work, clock) = (Arc::clone(&ports.work), Arc::clone(&ports.clock));
        let wallet = member_core::Wallet::open(config.into(), ports).map_err(|error| explain(&error))?;
        let closed = WalletError::of(&Error::Closed, wallet.text());
        let failed = Error::Internal("a call has panicked".to_owned());
        let failed = WalletError::Internal { code: failed.code().to_owned(), text: failed.explain(wallet.text()) };
        let (sender, end) = watch::channel(());
        let open = Mutex::new(Some(Arc::new(Open { wallet, work, clock, _end: sender })));
        let sessions = Mutex::new(Some(Vec::new()));
        Ok(Arc::new(Self { calls: Arc::new(Calls { open, sessions, end, closed, failed }) }))
    }
}

impl From<WalletConfig> for member_core::WalletConfig {
    fn from(WalletConfig { home, server, language }: WalletConfig) -> Self {
        Self { home: Home::Folder(PathBuf::from(home)), server, language }
    }
}

impl From<Address> for member_core::Address {
    fn from(address: Address) -> Self {
        match address {
            Address::Email { address } => Self::Email(address),
            Address::Phone { number } => Self::Phone(number),
        }
    }
}

/// An address names a person and stays out of logs.
impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Address::Email { .. } => "Email(…)",
            Address::Phone { .. } => "Phone(…)",
        })
    }
}

impl From<JoinDetails> for member_core::JoinDetails {
    fn from(JoinDetails { name, language, terms }: JoinDetails) -> Self {
        Self { name, language, terms }
    }
}

/// A name stays out of logs.
impl std::fmt::Debug for JoinDetails {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("JoinDetails").field("terms", &self.terms).finish_non_exhaustive()
    }
}

impl From<member_core::CodeSent> for CodeSent {
    // The request's id stays in the core, which keeps it over restarts.
    fn from(sent: member_core::CodeSent) -> Self {
        Self { expires_in: sent.expires_in, digits: sent.digits }
    }
}

impl From<member_core::Claimed> for Claimed {
    fn from(member_core::Claimed { key, title, text }: member_core::Claimed) -> Self {
        Self { key, title, text }
    }
}

impl From<member_core::Cancelled> for Cancelled {
    fn from(member_core::Cancelled { key, title, text }: member_core::Cancelled) -> Self {
        Self { key, title, text }
    }
}

impl From<WalletKind> for member_core::WalletKind {
    fn from(kind: WalletKind) -> Self {
        match kind {
            WalletKind::Apple => Self::Apple,
            WalletKind::Google => Self::Google,
        }
    }
}

/// Without the pass: a log of the host is no place for it.
impl std::fmt::Debug for WalletPass {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            WalletPass::Apple { .. } => "Apple(…)",
            WalletPass::Google { .. } => "Google(…)",
        })
    }
}

impl From<member_core::WalletPass> for WalletPass {
    fn from(pass: member_core::WalletPass) -> Self {
        match pass {
            member_core::WalletPass::Apple(file) => Self::Apple { file },
            member_core::WalletPass::Google(save_url) => Self::Google { save_url },
        }
    }
}

impl From<member_core::Retried> for Retried {
    fn from(member_core::Retried { key, text }: member_core::Retried) -> Self {
        Self { key, text }
    }
}

impl From<HostEvent> for member_core::HostEvent {
    fn from(event: HostEvent) -> Self {
        match event {
            HostEvent::NetworkAvailable => Self::NetworkAvailable,
            HostEvent::Foreground => Self::Foreground,
            HostEvent::Background => Self::Background,
            HostEvent::Push => Self::Push,
            HostEvent::ClockChanged => Self::ClockChanged,
        }
    }
}

impl From<member_core::SignInState> for SignInState {
    fn from(state: member_core::SignInState) -> Self {
        match state {
            member_core::SignInState::SignedOut => Self::SignedOut,
            member_core::SignInState::CodeSent => Self::CodeSent,
            member_core::SignInState::SignedIn => Self::SignedIn,
            member_core::SignInState::Ended => Self::Ended,
        }
    }
}
