//! The phone: a program that holds the real wallet on the ports of a real device, and does all that a member does, as fast as
//! it can. It says what it is told to be safe, and knows nothing of who kills it.

use std::cell::Cell;
use std::fmt::{Debug, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::DateTime;
use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::simulated::World;
use member_core::ports::{Clock, Http, HttpAnswer, HttpRequest, Ports, Random, RandomUnavailable, TransportError};
use member_core::views::{PendingAction, RewardsView};
use member_core::{
    Address, CardSession, ClockReading, Error, Home, HostEvent, JoinDetails, Observer, OneTimeCode, SignInState, Topic,
    Wallet, WalletConfig,
};
use serde::{Deserialize, Serialize};
use tracing::field::Field;
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::said::{Phase, Said, during, say};

/// The test that is the program of a phone where [`ERRAND`] is set.
pub const PROGRAM: &str = "a_phone_that_nobody_kills_works_and_ends";
/// The variable with the errand.
pub const ERRAND: &str = "MEMBER_KILL_ERRAND";
pub const EMAIL: &str = "ada@example.org";

const REWARDS: [&str; 4] = ["coffee", "tote-bag", "free-delivery", "cooking-class"];

/// What a phone is started for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Errand {
    pub home: PathBuf,
    /// `None` takes the address of the member who is signed in.
    pub server: Option<String>,
    pub seed: u64,
    /// What it does oftener than the rest.
    pub favours: Option<Phase>,
    /// How often it opens its wallet before it ends by itself; `None` for ever.
    pub times: Option<u32>,
    /// Safe actions: the wallet must know what became of each, from its first moment on and without a network.
    pub safe: Vec<String>,
    /// Stays offline and only opens its wallet.
    pub only_opens: bool,
    /// A claim is said to be safe as soon as it has a key: the control.
    pub too_early: bool,
}

/// The errand of this process, where it is a phone.
pub fn errand() -> Option<Errand> {
    let errand = std::env::var(ERRAND).ok()?;
    Some(serde_json::from_str(&errand).expect("an errand"))
}

/// The program.
pub fn run(errand: Errand) -> ! {
    tracing::subscriber::set_global_default(Complaints).expect("nobody else listens");
    let result = Phone::new(errand).and_then(|phone| phone.live());
    if let Err(why) = &result {
        say(&Said::Failed { why: why.clone() });
    }
    std::process::exit(i32::from(result.is_err()));
}

struct Phone {
    errand: Errand,
    random: World,
    network: Arc<NetworkSwitch>,
    ports: Ports,
    digesting: Arc<Digesting>,
    /// Not watched: what a member does beside the app.
    web: Arc<dyn Http>,
}

fn failed(what: &str) -> impl Fn(Error) -> String {
    let what = what.to_owned();
    move |error| format!("{what}: {error:?}")
}

/// No kill loses a key or damages a file, and the member is not told that one did.
fn nothing_was_lost(wallet: &Wallet) -> Result<(), String> {
    wallet.take_notice().map_or(Ok(()), |notice| Err(format!("the wallet says: {notice}")))
}

/// The actions that the member sees; what she is told beside them is none.
fn listed(wallet: &Wallet) -> Result<Vec<PendingAction>, String> {
    match wallet.pending() {
        Ok(pending) => Ok(pending.actions.into_iter().filter(|action| action.state != "notice").collect()),
        Err(Error::SignedOut) => Ok(Vec::new()),
        Err(error) => Err(failed("what is pending")(error)),
    }
}

/// Does something about an action; `None` where the wallet refuses, since it was sent or settled, or the programme says no.
fn change<T>(phase: Phase, key: &str, call: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, String> {
    say(&Said::Changes { key: key.to_owned() });
    match during(phase, call) {
        Ok(done) => Ok(Some(done)),
        Err(Error::Refused { .. } | Error::SignedOut) => {
            say(&Said::Kept { key: key.to_owned() });
            Ok(None)
        }
        Err(error) => Err(failed("a change")(error)),
    }
}

impl Phone {
    fn new(errand: Errand) -> Result<Phone, String> {
        let network = Arc::new(NetworkSwitch::new(!errand.only_opens));
        let connectivity = Arc::clone(&network);
        let ports = native::ports(errand.home.join("vault"), connectivity).map_err(|error| error.to_string())?;
        let web = Arc::clone(&ports.http);
        let digesting = Arc::<Digesting>::default();
        let http = Arc::new(Watched { inner: Arc::clone(&web), digesting: Arc::clone(&digesting) });
        let mut watched = Ports { http, ..ports };
        if errand.too_early {
            watched.random = Arc::new(TooEarly(Arc::clone(&watched.random)));
            watched.clock = Arc::new(Remembered(Arc::clone(&watched.clock)));
        }
        Ok(Phone { random: World::new(errand.seed), errand, network, ports: watched, digesting, web })
    }

    /// Opens the wallet, lives with it for a while and closes it, again and again.
    fn live(&self) -> Result<(), String> {
        for time in 0..self.errand.times.unwrap_or(u32::MAX) {
            let config = WalletConfig {
                home: Home::Folder(self.errand.home.clone()),
                server: self.errand.server.clone(),
                language: "en".to_owned(),
            };
            let opened = during(Phase::Opening, || Wallet::open(config, self.ports.clone()));
            let wallet = Arc::new(opened.map_err(failed("the wallet does not open"))?);
            nothing_was_lost(&wallet)?;
            let observer = Committed { digesting: Arc::clone(&self.digesting), taps: thread::current().id() };
            let heard = wallet.observe(Arc::new(observer));
            Self::say_what_is_there(&wallet)?;
            // Later the member may have dismissed some.
            for key in self.errand.safe.iter().filter(|_| time == 0) {
                match wallet.fate(key) {
                    Ok(_) | Err(Error::SignedOut) => {}
                    Err(error) => return Err(format!("the wallet does not know of {key}: it is lost, {error:?}")),
                }
            }
            if !self.errand.only_opens {
                self.sign_in_where_needed(&wallet)?;
                let mut screen = None;
                for _ in 0..3 + self.random.below(15) {
                    self.step(&wallet, &mut screen)?;
                }
            }
            drop(heard);
            during(Phase::Closing, || {
                self.wait(async move { wallet.shut_down().await });
            });
        }
        Ok(())
    }

    /// Runs a call to its end on the core's own threads, as a host does.
    fn wait<T: Send + 'static>(&self, call: impl Future<Output = T> + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        self.ports.work.spawn(Box::pin(async move {
            drop(sender.send(call.await));
        }));
        receiver.recv().expect("it ends")
    }

    fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from(self.random.below(bound)).expect("a small number")
    }

    fn say_what_is_there(wallet: &Wallet) -> Result<(), String> {
        let state = wallet.sign_in_state().map_err(failed("whether somebody is signed in"))?;
        if !matches!(state, SignInState::SignedIn | SignInState::Ended) {
            return Ok(());
        }
        let rows = listed(wallet)?.into_iter().map(|action| (action.key, action.state.to_owned())).collect();
        say(&Said::Opened { rows });
        Ok(())
    }

    /// As a member does who finds herself signed out. Where the network does not let her, she tries again next time.
    fn sign_in_where_needed(&self, wallet: &Arc<Wallet>) -> Result<(), String> {
        let state = wallet.sign_in_state().map_err(failed("whether somebody is signed in"))?;
        if state == SignInState::SignedIn {
            return Ok(());
        }
        if state == SignInState::Ended {
            say(&Said::SessionEnded);
        }
        during(Phase::SigningIn, || {
            // A code that was asked for before the end is still good, unless it was entered.
            if state == SignInState::CodeSent && self.enter_code(wallet)? {
                return Ok(());
            }
            let details =
                JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
            let asking = Arc::clone(wallet);
            let address = Address::Email(EMAIL.to_owned());
            match self.wait(async move { asking.request_code(address, Some(details)).await }) {
                Ok(_) => self.enter_code(wallet).map(drop),
                Err(Error::Unreachable(_)) => Ok(()),
                Err(error) => Err(failed("a code was asked for")(error)),
            }
        })
    }

    fn enter_code(&self, wallet: &Arc<Wallet>) -> Result<bool, String> {
        let Some(code) = self.newest_code() else { return Ok(false) };
        let entering = Arc::clone(wallet);
        match self.wait(async move { entering.sign_in(OneTimeCode::new(code)).await }) {
            Ok(()) => {
                say(&Said::SignedIn);
                nothing_was_lost(wallet)?;
                Ok(true)
            }
            Err(Error::Unreachable(_) | Error::Refused { code: "code-refused", .. }) => Ok(false),
            Err(error) => Err(failed("a code was entered")(error)),
        }
    }

    /// As she reads it in her mail.
    fn newest_code(&self) -> Option<String> {
        let url = format!("{}/sandbox/v1/sent?address={EMAIL}", self.errand.server.as_ref()?);
        let request = HttpRequest {
            method: http::Method::GET,
            url: url.parse().ok()?,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
            timeout: Duration::from_secs(10),
            max_body: 1024 * 1024,
        };
        let answer = self.wait(self.web.send(request)).ok()?;
        let sent: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        Some(sent["sent"][0]["code"].as_str()?.to_owned())
    }

    fn step(&self, wallet: &Arc<Wallet>, screen: &mut Option<CardSession>) -> Result<(), String> {
        let favoured = self.errand.favours.filter(|_| self.random.below(2) == 0);
        match self.random.below(100) {
            _ if favoured == Some(Phase::Discarding) => self.discard(wallet),
            _ if favoured == Some(Phase::Changing) => self.cancel(wallet),
            0..45 => (0..=self.below(4)).try_for_each(|_| self.claim(wallet)),
            45..53 => self.discard(wallet),
            53..58 => self.cancel(wallet),
            58..62 => self.retry(wallet),
            62..72 => {
                let fetching = Arc::clone(wallet);
                match self.wait(async move { fetching.refresh().await }) {
                    Ok(()) | Err(Error::Unreachable(_) | Error::SignedOut) => Ok(()),
                    Err(error) => Err(failed("a refresh")(error)),
                }
            }
            72..79 => {
                let online = self.random.below(3) > 0;
                self.network.set(online);
                if online {
                    wallet.host_event(HostEvent::NetworkAvailable);
                }
                Ok(())
            }
            79..85 => {
                *screen = match screen.take() {
                    Some(_) => None,
                    None => wallet.show_card().ok(),
                };
                Ok(())
            }
            85..92 => {
                let events = [HostEvent::Foreground, HostEvent::Background, HostEvent::Push];
                wallet.host_event(events[self.below(events.len())]);
                Ok(())
            }
            _ => Self::look(wallet, screen.as_ref()),
        }
    }

    fn claim(&self, wallet: &Wallet) -> Result<(), String> {
        let mut reward = REWARDS[self.below(REWARDS.len())];
        if self.errand.too_early {
            // A claim that the programme refuses was never made: the control loses nothing by it.
            reward = REWARDS[0];
            let may = |view: RewardsView| view.rewards.iter().any(|line| line.id == reward && line.can_claim);
            if !wallet.rewards().is_ok_and(may) {
                return Ok(());
            }
        }
        say(&Said::Begins { phase: Phase::Claiming });
        CLAIMING.set(true);
        let claimed = wallet.claim(reward);
        CLAIMING.set(false);
        match claimed {
            Ok(_) if self.errand.too_early => {}
            Ok(claimed) => say(&Said::Claimed { key: claimed.key }),
            // The programme's rules, or nobody there yet.
            Err(Error::Refused { .. } | Error::SignedOut) => {}
            Err(error) => return Err(failed("a claim")(error)),
        }
        say(&Said::Ends { phase: Phase::Claiming });
        Ok(())
    }

    /// An action that fits; now and then any, from a screen that was drawn before something was sent.
    fn one_of(&self, wallet: &Wallet, fits: impl Fn(&PendingAction) -> bool) -> Result<Option<String>, String> {
        let listed = listed(wallet)?;
        let old_screen = self.random.below(3) == 0;
        let may: Vec<_> = listed.into_iter().filter(|action| old_screen || fits(action)).collect();
        Ok(may.get(self.below(may.len())).map(|action| action.key.clone()))
    }

    fn discard(&self, wallet: &Wallet) -> Result<(), String> {
        let Some(key) = self.one_of(wallet, |action| action.can_discard || action.can_dismiss)? else { return Ok(()) };
        if change(Phase::Discarding, &key, || wallet.discard(&key))?.is_some() {
            say(&Said::Discarded { key });
        }
        Ok(())
    }

    fn cancel(&self, wallet: &Wallet) -> Result<(), String> {
        let vouchers = match wallet.vouchers() {
            Ok(view) => view.vouchers,
            Err(Error::SignedOut) => return Ok(()),
            Err(error) => return Err(failed("the vouchers")(error)),
        };
        let may: Vec<_> =
            vouchers.into_iter().filter(|voucher| voucher.can_cancel).filter_map(|line| line.key).collect();
        let key = match self.random.below(2) {
            0 => may.get(self.below(may.len())).cloned(),
            _ => self.one_of(wallet, |action| action.can_cancel)?,
        };
        let Some(key) = key else { return Ok(()) };
        if let Some(cancelled) = change(Phase::Changing, &key, || wallet.cancel(&key))? {
            say(&Said::Cancelled { key, by: cancelled.key });
        }
        Ok(())
    }

    fn retry(&self, wallet: &Wallet) -> Result<(), String> {
        let Some(key) = self.one_of(wallet, |action| action.can_retry)? else { return Ok(()) };
        if let Some(retried) = change(Phase::Changing, &key, || wallet.retry(&key))? {
            say(&Said::Retried { key, by: retried.key });
        }
        Ok(())
    }

    /// Every screen, which must be right in itself.
    fn look(wallet: &Wallet, screen: Option<&CardSession>) -> Result<(), String> {
        let views = || {
            screen.map_or_else(|| wallet.card(), CardSession::view)?;
            wallet.activity(None, 20)?;
            wallet.rewards()?;
            let vouchers = wallet.vouchers()?.vouchers;
            let mut keys: Vec<_> = vouchers.iter().filter_map(|voucher| voucher.key.as_ref()).collect();
            keys.sort_unstable();
            let doubled = keys.windows(2).any(|pair| pair[0] == pair[1]);
            // What comes back can be spent once it is there.
            let units = wallet.balance()?.units;
            let sums = units.iter().all(|unit| unit.spendable <= unit.confirmed + unit.pending.min(0));
            Ok((doubled, sums))
        };
        match views() {
            Ok((false, true)) | Err(Error::SignedOut) => Ok(()),
            Ok((doubled, _)) => Err(format!("a screen is wrong: {}", if doubled { "two vouchers" } else { "a sum" })),
            Err(error) => Err(failed("a view")(error)),
        }
    }
}

/// Says what goes over the wire, around the real port.
struct Watched {
    inner: Arc<dyn Http>,
    /// What the core does with the last answer.
    digesting: Arc<Digesting>,
}

#[derive(Default)]
struct Digesting(Mutex<Option<Phase>>);

impl Digesting {
    fn is(&self, next: Option<Phase>) {
        let mut now = self.0.lock().expect("nobody panics here");
        if let Some(phase) = now.take() {
            say(&Said::Ends { phase });
        }
        if let Some(phase) = next {
            say(&Said::Begins { phase });
        }
        *now = next;
    }
}

impl Http for Watched {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpAnswer, TransportError>> {
        let (inner, digesting) = (Arc::clone(&self.inner), Arc::clone(&self.digesting));
        Box::pin(async move {
            // What came of the answer before this request is written.
            digesting.is(None);
            let (acts, then) = match request.url.path() {
                "/v1/actions" => (true, Some(Phase::Settling)),
                "/v1/sync" => (false, Some(Phase::Applying)),
                "/v1/auth/token" if String::from_utf8_lossy(&request.body).contains("refresh_token") => {
                    (false, Some(Phase::Renewing))
                }
                "/v1/auth/token" => (false, Some(Phase::Making)),
                _ => (false, None),
            };
            if acts {
                let key = request.headers["idempotency-key"].to_str().expect("a key").to_owned();
                say(&Said::Sends { key });
                say(&Said::Begins { phase: Phase::Sending });
            }
            let ended = EndsSending(acts);
            let answer = inner.send(request).await;
            drop(ended);
            if answer.as_ref().is_ok_and(|answer| answer.status == http::StatusCode::OK) {
                digesting.is(then);
            }
            answer
        })
    }
}

/// Also where the request is given up.
struct EndsSending(bool);

impl Drop for EndsSending {
    fn drop(&mut self) {
        if self.0 {
            say(&Said::Ends { phase: Phase::Sending });
        }
    }
}

/// What the core logs as an error is one: a store that cannot be read, an action that the server cannot.
struct Complaints;

impl Subscriber for Complaints {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, event: &Event<'_>) {
        let mut why = format!("{}:", event.metadata().target());
        event.record(&mut |field: &Field, value: &dyn Debug| {
            let _ = write!(why, " {field} {value:?}");
        });
        say(&Said::Failed { why });
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Hears of each commit: what the core does with an answer has come to its end.
struct Committed {
    digesting: Arc<Digesting>,
    /// The thread whose commits are the member's taps.
    taps: ThreadId,
}

impl Observer for Committed {
    fn changed(&self, _: &[Topic]) {
        if thread::current().id() != self.taps {
            self.digesting.is(None);
        }
    }
}

thread_local! {
    /// Whether this thread is in a claim.
    static CLAIMING: Cell<bool> = const { Cell::new(false) };
    static LAST_READING: Cell<Option<Timestamp>> = const { Cell::new(None) };
}

/// The clock of the control, which remembers what it said: a key is made of it.
struct Remembered(Arc<dyn Clock>);

impl Clock for Remembered {
    fn read(&self) -> ClockReading {
        let reading = self.0.read();
        LAST_READING.set(Some(reading.wall));
        reading
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }

    fn local(&self, at: Timestamp) -> DateTime {
        self.0.local(at)
    }

    fn zone_may_have_changed(&self) {
        self.0.zone_may_have_changed();
    }
}

/// The control's randomness. When a claim draws its key, nothing is on the disk yet, and it is said to be safe.
struct TooEarly(Arc<dyn Random>);

impl Random for TooEarly {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
        self.0.fill(buffer)?;
        if let (true, Some(at), Ok(random)) = (CLAIMING.get(), LAST_READING.get(), <&[u8; 10]>::try_from(&*buffer)) {
            let millis = u64::try_from(at.as_millisecond()).expect("after 1970");
            let key = uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid();
            say(&Said::Claimed { key: key.to_string() });
        }
        Ok(())
    }
}
