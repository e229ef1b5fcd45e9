//! A sandbox in process, with a clock that the test moves and randomness from a seed; no runtime, no sockets.
//!
//! Requests are polled by hand: one that is not answered at once waits for something, and says so.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use member_sandbox::ports::{BoxFuture, Clock, Random};
use member_sandbox::{Config, PassIssuers, Programme, Sandbox, Storage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

/// A clock that stands still until a test moves it.
pub(crate) struct ManualClock(Mutex<Time>);

struct Time {
    now: Timestamp,
    sleepers: Vec<(Timestamp, oneshot::Sender<()>)>,
}

impl ManualClock {
    pub(crate) fn new() -> Arc<ManualClock> {
        let now = "2026-11-22T10:00:00Z".parse().expect("a time");
        Arc::new(ManualClock(Mutex::new(Time { now, sleepers: Vec::new() })))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut time = self.0.lock().expect("not poisoned");
        time.now = time.now.checked_add(by).expect("within time");
        let now = time.now;
        let (due, later) = time.sleepers.drain(..).partition(|(at, _)| *at <= now);
        time.sleepers = later;
        drop(time);
        let due: Vec<(Timestamp, oneshot::Sender<()>)> = due;
        for (_, sleeper) in due {
            // A sleeper that has been dropped does not wait any more.
            let _ = sleeper.send(());
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().expect("not poisoned").now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (sender, receiver) = oneshot::channel();
        let mut time = self.0.lock().expect("not poisoned");
        let at = time.now.checked_add(duration).expect("within time");
        time.sleepers.push((at, sender));
        Box::pin(receiver.map(|_| ()))
    }
}

/// Randomness that is the same in each run.
pub(crate) struct SeededRandom(Mutex<ChaCha8Rng>);

impl SeededRandom {
    pub(crate) fn new(seed: u64) -> Arc<SeededRandom> {
        Arc::new(SeededRandom(Mutex::new(ChaCha8Rng::seed_from_u64(seed))))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("not poisoned").fill_bytes(buffer);
    }
}

/// The issuers of passes of all worlds: making their keys takes longer than most tests.
fn issuers() -> PassIssuers {
    static MADE: OnceLock<PassIssuers> = OnceLock::new();
    let make = || {
        let market = Programme::named("market").expect("valid");
        PassIssuers::for_tests(&market, ManualClock::new().now(), &*SeededRandom::new(1)).expect("made")
    };
    MADE.get_or_init(make).clone()
}

/// An answer that has arrived.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `None` if the body broke off.
    pub(crate) body: Option<Bytes>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        let body = self.body.as_ref().expect("a whole body");
        serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {body:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The status and the short name of the problem, for example `409 sold-out`; of an OAuth error its code.
    pub(crate) fn verdict(&self) -> String {
        let status = self.status.as_u16();
        if self.status.is_success() || self.body.as_ref().is_none_or(Bytes::is_empty) {
            return status.to_string();
        }
        let body = self.json();
        if let Some(error) = body["error"].as_str() {
            assert_eq!(self.header("content-type"), "application/json");
            return format!("{status} {error}");
        }
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        let name = body["type"].as_str().expect("a type");
        format!("{status} {}", name.strip_prefix("urn:member-core:problem:").expect("registered"))
    }

    #[track_caller]
    pub(crate) fn expect(self, verdict: &str) -> Reply {
        assert_eq!(self.verdict(), verdict, "{:?}", self.body);
        self
    }
}

/// A request that is being made.
pub(crate) struct Call {
    request: http::request::Builder,
    body: Body,
}

impl Call {
    pub(crate) fn new(method: &str, path: &str) -> Call {
        Call { request: Request::builder().method(method).uri(path), body: Body::empty() }
    }

    pub(crate) fn get(path: &str) -> Call {
        Call::new("GET", path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Call {
        Call::new("POST", path).raw("application/json", body.to_string())
    }

    pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Call {
        let body = serde_urlencoded::to_string(fields).expect("encodes");
        Call::new("POST", path).raw("application/x-www-form-urlencoded", body)
    }

    pub(crate) fn refresh(token: &str) -> Call {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "member-app")];
        Call::form("/v1/auth/token", &fields)
    }

    pub(crate) fn raw(self, content_type: &str, body: impl Into<Body>) -> Call {
        Call { body: body.into(), ..self.header("content-type", content_type) }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Call {
        let name = HeaderName::try_from(name).expect("a name");
        let value = HeaderValue::try_from(value).expect("a value");
        Call { request: self.request.header(name, value), ..self }
    }

    pub(crate) fn bearer(self, token: &str) -> Call {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn key(self, key: &str) -> Call {
        self.header("idempotency-key", key)
    }
}

/// A request on its way, polled by hand.
pub(crate) struct Waiting {
    future: Pin<Box<dyn Future<Output = Reply>>>,
    wakes: Arc<Wakes>,
}

struct Wakes {
    count: AtomicUsize,
    /// The number of the last wake among all of its world.
    last: AtomicUsize,
    of_world: Arc<AtomicUsize>,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.last.store(self.of_world.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
    }
}

impl Waiting {
    /// The answer, if it is there now.
    pub(crate) fn poll(&mut self) -> Option<Reply> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => None,
        }
    }

    /// How often the request asked to be polled again: an executor that nobody wakes never polls.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.count.load(Ordering::SeqCst)
    }

    /// When it last asked for that, as a number that grows with each wake in its world.
    pub(crate) fn woken(&self) -> usize {
        self.wakes.last.load(Ordering::SeqCst)
    }
}

/// A member with a session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) member: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A sandbox and what a test needs to talk to it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ManualClock>,
    random: Arc<SeededRandom>,
    router: Router,
    wakes: Arc<AtomicUsize>,
}

impl World {
    pub(crate) fn new() -> World {
        World::open(Storage::Memory, ManualClock::new(), 1)
    }

    pub(crate) fn seeded(seed: u64) -> World {
        World::open(Storage::Memory, ManualClock::new(), seed)
    }

    pub(crate) fn open(storage: Storage, clock: Arc<ManualClock>, seed: u64) -> World {
        World::with(storage, clock, seed, Programme::named("market").expect("valid"))
    }

    pub(crate) fn at_file(path: &std::path::Path) -> World {
        World::open(Storage::File(path.to_owned()), ManualClock::new(), 1)
    }

    /// That makes the credentials of its passes itself.
    pub(crate) fn issuing(path: &std::path::Path) -> World {
        let (storage, programme) = (Storage::File(path.to_owned()), Programme::named("market").expect("valid"));
        World::build(storage, ManualClock::new(), 1, programme, None, PassIssuers::default())
    }

    /// With the market's programme, changed as text.
    pub(crate) fn with_market(change: impl Fn(&str) -> String) -> World {
        let text = include_str!("../../programmes/market/programme.toml");
        let programme = Programme::parse(&change(text)).expect("valid");
        World::with(Storage::Memory, ManualClock::new(), 1, programme)
    }

    /// That writes its messages into a folder.
    pub(crate) fn with_mail(folder: &std::path::Path) -> World {
        let programme = Programme::named("market").expect("valid");
        World::build(Storage::Memory, ManualClock::new(), 1, programme, Some(folder.to_owned()), issuers())
    }

    pub(crate) fn with(storage: Storage, clock: Arc<ManualClock>, seed: u64, programme: Programme) -> World {
        World::build(storage, clock, seed, programme, None, issuers())
    }

    fn build(
        storage: Storage,
        clock: Arc<ManualClock>,
        seed: u64,
        programme: Programme,
        mail_dir: Option<PathBuf>,
        issuers: PassIssuers,
    ) -> World {
        let port = Arc::clone(&clock) as Arc<dyn Clock>;
        let config = Config { storage, programme, clock: port, random: SeededRandom::new(seed), mail_dir };
        World { clock, ..World::over_seeded(Sandbox::open_with_issuers(config, issuers).expect("opens"), !seed) }
    }

    /// Around a sandbox that has a clock of its own.
    pub(crate) fn over(sandbox: Sandbox) -> World {
        World::over_seeded(sandbox, 0)
    }

    fn over_seeded(sandbox: Sandbox, seed: u64) -> World {
        let (clock, random) = (ManualClock::new(), SeededRandom::new(seed));
        World { router: sandbox.router(), sandbox, clock, random, wakes: Arc::default() }
    }

    pub(crate) fn start(&self, call: Call) -> Waiting {
        let request = call.request.body(call.body).expect("a request");
        let router = self.router.clone();
        let future = async move {
            let response = router.oneshot(request).await.expect("infallible");
            let (head, body) = response.into_parts();
            let body = body.collect().await.ok().map(http_body_util::Collected::to_bytes);
            Reply { status: head.status, headers: head.headers, body }
        };
        let wakes = Wakes { count: AtomicUsize::new(0), last: AtomicUsize::new(0), of_world: Arc::clone(&self.wakes) };
        Waiting { future: Box::pin(future), wakes: Arc::new(wakes) }
    }

    /// Sends a request that must be answered without waiting for anything.
    pub(crate) fn send(&self, call: Call) -> Reply {
        self.start(call).poll().expect("an answer at once")
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new key.
    pub(crate) fn key(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    pub(crate) fn ask_code(&self, address: &str, join: Option<&str>) -> Reply {
        let join = join.map(|name| json!({"name": name, "language": "en", "terms": "2026-01"}));
        self.send(Call::post("/v1/auth/code", &json!({"address": {"email": address}, "join": join})))
    }

    /// The newest code that was sent to an address.
    pub(crate) fn last_code(&self, address: &str) -> Option<String> {
        let sent = self.send(Call::get(&format!("/sandbox/v1/sent?address={address}"))).expect("200").json();
        sent["sent"][0]["code"].as_str().map(str::to_owned)
    }

    pub(crate) fn redeem(&self, request: &str, code: &str) -> Reply {
        self.send(Call::form(
            "/v1/auth/token",
            &[
                ("grant_type", "urn:member-core:grant:one-time-code"),
                ("request_id", request),
                ("code", code),
                ("client_id", "member-app"),
                ("device", "a phone"),
            ],
        ))
    }

    pub(crate) fn refresh(&self, token: &str) -> Reply {
        self.send(Call::refresh(token))
    }

    /// Joins, or signs in if the address is known.
    pub(crate) fn join(&self, name: &str) -> Session {
        let address = format!("{}@example.org", name.to_lowercase());
        let request = self.ask_code(&address, Some(name)).expect("202").json();
        let code = self.last_code(&address).expect("a code was sent");
        session(&self.redeem(request["request_id"].as_str().expect("an id"), &code).expect("200"))
    }

    /// An access token of a till.
    pub(crate) fn till(&self, id: &str) -> String {
        let credentials = self.sandbox.till_credentials();
        let credential = credentials.iter().find(|credential| credential.id == id).expect("a till");
        let basic = STANDARD.encode(format!("{}:{}", credential.id, credential.secret));
        let call = Call::form("/v1/auth/token", &[("grant_type", "client_credentials")])
            .header("authorization", &format!("Basic {basic}"));
        let reply = self.send(call).expect("200").json();
        reply["access_token"].as_str().expect("a token").to_owned()
    }

    /// Every change from the start, in pages of `limit`; the cursor at the end.
    pub(crate) fn snapshot(&self, session: &Session, limit: usize) -> (Vec<Value>, String) {
        let (pages, cursor) = self.pages(session, None, limit);
        (pages.into_iter().flatten().collect(), cursor)
    }

    /// Every page from `cursor` on.
    pub(crate) fn pages(&self, session: &Session, cursor: Option<&str>, limit: usize) -> (Vec<Vec<Value>>, String) {
        let mut cursor = cursor.map(str::to_owned);
        let mut pages = Vec::new();
        loop {
            let query = cursor.as_ref().map_or(String::new(), |cursor| format!("&cursor={cursor}"));
            let call = Call::get(&format!("/v1/sync?limit={limit}{query}")).bearer(&session.access);
            let page = self.send(call).expect("200").json();
            pages.push(page["changes"].as_array().expect("changes").clone());
            let next = page["cursor"].as_str().expect("a cursor").to_owned();
            if page["more"] == false {
                return (pages, next);
            }
            cursor = Some(next);
        }
    }

    /// The changes after a cursor.
    pub(crate) fn since(&self, session: &Session, cursor: &str) -> Vec<Value> {
        self.pages(session, Some(cursor), 1000).0.into_iter().flatten().collect()
    }

    pub(crate) fn card_number(&self, session: &Session) -> String {
        let (changes, _) = self.snapshot(session, 1000);
        value_of(&changes, "member", &session.member)["card_number"].as_str().expect("a number").to_owned()
    }

    pub(crate) fn points(&self, session: &Session) -> i64 {
        let (changes, _) = self.snapshot(session, 1000);
        value_of(&changes, "account", "points")["available"].as_i64().expect("a number")
    }

    /// Taking back the claim `claim` of a coffee.
    pub(crate) fn cancel_body(&self, claim: &str) -> Value {
        let refund = json!({"unit": "points", "amount": 50});
        let not_after = self.claim_of("coffee", 50, 1)["not_after"].take();
        json!({"type": "cancel-claim", "claim": claim, "reward": "coffee", "refund": refund, "not_after": not_after})
    }

    /// Locking or unlocking what a member spends.
    pub(crate) fn lock_body(&self, locked: bool) -> Value {
        let not_after = self.claim_of("coffee", 50, 1)["not_after"].take();
        json!({"type": "set-spend-lock", "locked": locked, "not_after": not_after})
    }

    /// A claim of `reward` as the catalogue shows it to this member now.
    pub(crate) fn claim_body(&self, session: &Session, reward: &str) -> Value {
        let (changes, _) = self.snapshot(session, 1000);
        let value = value_of(&changes, "reward", reward);
        self.claim_of(
            reward,
            value["cost"]["amount"].as_i64().expect("a cost"),
            value["revision"].as_i64().expect("a revision"),
        )
    }

    pub(crate) fn claim_of(&self, reward: &str, cost: i64, revision: i64) -> Value {
        let not_after = self.now().saturating_add(SignedDuration::from_hours(7 * 24)).expect("within time");
        json!({
            "type": "claim-reward",
            "reward": reward,
            "cost": {"unit": "points", "amount": cost},
            "revision": revision,
            "not_after": not_after,
        })
    }

    pub(crate) fn act(&self, session: &Session, key: &str, body: &Value) -> Reply {
        self.send(Call::post("/v1/actions", body).bearer(&session.access).key(key))
    }

    pub(crate) fn scan(&self, till: &str, key: &str, payload: &str, sale: &str) -> Reply {
        let body = json!({"payload": payload, "sale": sale});
        self.send(Call::post("/v1/till/scans", &body).bearer(till).key(key))
    }

    pub(crate) fn accrue(&self, till: &str, key: &str, scan: &str, receipt: &str, minor: i64) -> Reply {
        let lines = json!([{"line": 1, "amount": {"minor": minor, "currency": "EUR"}}]);
        let body = json!({"scan": scan, "receipt": receipt, "lines": lines});
        self.send(Call::post("/v1/till/accruals", &body).bearer(till).key(key))
    }

    /// A whole purchase: scan and accrual. Returns the accrual's answer.
    pub(crate) fn buy(&self, session: &Session, receipt: &str, minor: i64) -> Value {
        let till = self.till("old-town-1");
        let scan = self.scan(&till, &self.key(), &self.card_number(session), receipt).expect("200").json();
        let scan = scan["scan"].as_str().expect("an id").to_owned();
        self.accrue(&till, &self.key(), &scan, receipt, minor).expect("200").json()
    }

    pub(crate) fn grant(&self, session: &Session, amount: i64) -> Value {
        let body = json!({"member": session.member, "unit": "points", "amount": amount, "reason": "adjustment"});
        self.sandbox_post("/sandbox/v1/grant", &body)
    }

    pub(crate) fn sandbox_post(&self, path: &str, body: &Value) -> Value {
        self.send(Call::post(path, body)).expect("200").json()
    }

    pub(crate) fn audit(&self) -> Value {
        self.send(Call::get("/sandbox/v1/audit")).expect("200").json()
    }
}

/// The session of an answer of the token endpoint.
pub(crate) fn session(reply: &Reply) -> Session {
    let body = reply.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned();
    Session { member: text("member"), access: text("access_token"), refresh: text("refresh_token") }
}

/// The value that some changes end with for a thing.
#[track_caller]
pub(crate) fn value_of<'a>(changes: &'a [Value], kind: &str, id: &str) -> &'a Value {
    let found = changes.iter().rev().find(|change| change["kind"] == kind && change["id"] == id);
    &found.unwrap_or_else(|| panic!("no {kind} {id}"))["value"]
}

/// The changes of one kind.
pub(crate) fn of_kind<'a>(changes: &'a [Value], kind: &str) -> Vec<&'a Value> {
    changes.iter().filter(|change| change["kind"] == kind).collect()
}

/// The kinds of some changes, in their order.
pub(crate) fn kinds(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["kind"].as_str().expect("a kind")).collect()
}

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
