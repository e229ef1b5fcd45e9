//! A phone and a backend in one simulated world: the real core over the sandbox's own router, no socket, no real time.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod scanner;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use member_core::ports::simulated::{Device, Faults, Server, World};
use member_core::ports::{HttpAnswer, HttpRequest};
use member_core::{Address, Error, Home, JoinDetails, MemoryHome, OneTimeCode, Wallet, WalletConfig};
use member_sandbox::programme::Programme;
use member_sandbox::{Config, Sandbox, Storage};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub const EMAIL: &str = "ada@example.org";
pub const COFFEE: &str = "coffee";

struct WorldClock(World);

impl member_sandbox::ports::Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> futures_util::future::BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }
}

struct WorldRandom(World);

impl member_sandbox::ports::Random for WorldRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}

/// The backend, and the till beside it, whose way to it never fails.
#[derive(Clone)]
pub struct Backend {
    world: World,
    sandbox: Sandbox,
    /// Each request that arrived from the phone, as `METHOD /path`.
    pub log: Arc<Mutex<Vec<String>>>,
    /// Whose tokens the server gave out last.
    pub member: Arc<Mutex<Option<String>>>,
    /// What its answers say, and what the phone hears instead: a backend of another version.
    pub instead: Arc<Mutex<Option<(&'static str, &'static str)>>>,
}

impl Backend {
    pub fn new(world: &World) -> Backend {
        Backend::of(world, Programme::named("market").expect("the programme"))
    }

    pub fn of(world: &World, programme: Programme) -> Backend {
        let sandbox = Sandbox::open(Config {
            storage: Storage::Memory,
            programme,
            clock: Arc::new(WorldClock(world.clone())),
            random: Arc::new(WorldRandom(world.clone())),
            mail_dir: None,
        })
        .expect("a sandbox");
        Backend { world: world.clone(), sandbox, log: Arc::default(), member: Arc::default(), instead: Arc::default() }
    }

    /// The way in for phones.
    pub fn server(&self) -> Server {
        let (router, log, member) = (self.sandbox.router(), Arc::clone(&self.log), Arc::clone(&self.member));
        let instead = Arc::clone(&self.instead);
        Arc::new(move |request: HttpRequest| {
            let (router, member) = (router.clone(), Arc::clone(&member));
            let instead = *instead.lock().expect("one thread");
            let is_token = request.url.path() == "/v1/auth/token";
            log.lock().expect("one thread").push(format!("{} {}", request.method, request.url.path()));
            Box::pin(async move {
                let mut built = Request::new(Body::from(request.body));
                *built.method_mut() = request.method;
                *built.uri_mut() = request.url.as_str().parse().expect("a URI");
                *built.headers_mut() = request.headers;
                let answer = router.oneshot(built).await.expect("the router never fails");
                let (parts, body) = answer.into_parts();
                // A body that breaks off is half a body.
                let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                if is_token && parts.status.is_success() {
                    let tokens: Value = serde_json::from_slice(&body).expect("tokens");
                    *member.lock().expect("one thread") = tokens["member"].as_str().map(str::to_owned);
                }
                let body = match instead {
                    Some((from, to)) => String::from_utf8_lossy(&body).replace(from, to).into(),
                    None => body,
                };
                HttpAnswer { status: parts.status, headers: parts.headers, body }
            })
        })
    }

    /// Requests of the phone to `path` so far.
    pub fn requests(&self, line: &str) -> usize {
        self.log.lock().expect("one thread").iter().filter(|logged| *logged == line).count()
    }

    /// Whose tokens the server gave out last.
    pub fn member_id(&self) -> String {
        self.member.lock().expect("one thread").clone().expect("a member")
    }

    /// One request beside the phone's network.
    pub fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        self.world.run(self.exchange(method, path, headers, body))
    }

    /// As [`call`](Self::call), for a task of the world.
    pub fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> impl Future<Output = (StatusCode, Value)> + Send + 'static {
        let mut request = Request::builder().method(method).uri(format!("http://sandbox{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let router = self.sandbox.router();
        async move {
            let answer = router.oneshot(request).await.expect("the router never fails");
            let status = answer.status();
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
        }
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &[], Body::empty());
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, &[("content-type", "application/json")], body.to_string());
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The code that was sent last to [`EMAIL`].
    pub fn last_code(&self) -> OneTimeCode {
        self.last_code_of(EMAIL)
    }

    pub fn last_code_of(&self, email: &str) -> OneTimeCode {
        let sent = self.get(&format!("/sandbox/v1/sent?address={email}"));
        OneTimeCode::new(sent["sent"][0]["code"].as_str().expect("a code"))
    }

    /// A till reads what the phone shows, for a sale. The status and the answer.
    pub fn scan(&self, till: &str, payload: &str, sale: &str) -> (StatusCode, Value) {
        let bearer = self.world.run({
            let (backend, till) = (self.clone(), till.to_owned());
            async move { backend.token_of(&till).await }
        });
        let key = self.new_key();
        let headers = [("content-type", "application/json"), ("authorization", &*bearer), ("idempotency-key", &*key)];
        let body = json!({"payload": payload, "sale": sale});
        self.call(Method::POST, "/v1/till/scans", &headers, body.to_string())
    }

    /// What a till asks for with its token.
    pub fn till_get(&self, path: &str) -> Value {
        let bearer = self.world.run({
            let backend = self.clone();
            async move { backend.till_token().await }
        });
        let (status, body) = self.call(Method::GET, path, &[("authorization", &bearer)], Body::empty());
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// A till scans the card and sells for `minor` cents.
    pub fn accrue(&self, card_number: &str, minor: i64) -> Value {
        let sale = self.sale(card_number, minor, 1, Duration::ZERO);
        self.world.run(sale).expect("a sale")
    }

    /// A sale that asks for its points `times` times, as after lost answers, with up to `pause` before each request. `None`
    /// where the server refuses the card or has forgotten the scan.
    pub fn sale(
        &self,
        card_number: &str,
        minor: i64,
        times: u32,
        pause: Duration,
    ) -> impl Future<Output = Option<Value>> + Send + 'static {
        let (backend, card_number) = (self.clone(), card_number.to_owned());
        let receipt = format!("receipt-{}", self.world.below(u64::MAX));
        let (scan_key, mut accrual_key) = (self.new_key(), self.new_key());
        async move {
            let mut last = None;
            let mut sold_before = None;
            for _ in 0..times {
                // Where the answer was lost on its way, the till asks for all of it again.
                let ask = async |path: &str, key: &str, body: Value| {
                    let most = u64::try_from(pause.as_millis()).expect("a short pause");
                    backend.world.sleep(Duration::from_millis(backend.world.below(most + 1))).await;
                    // A restored server may have forgotten the one before.
                    let bearer = backend.till_token().await;
                    let headers =
                        [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", key)];
                    let (status, answer) = backend.exchange(Method::POST, path, &headers, body.to_string()).await;
                    assert!(status.is_success() || status == StatusCode::CONFLICT, "{path}: {status} {answer}");
                    status.is_success().then_some(answer)
                };
                let scan = ask("/v1/till/scans", &scan_key, json!({"payload": card_number, "sale": receipt})).await?;
                let lines = json!([{"line": 1, "amount": {"minor": minor, "currency": "EUR"}}]);
                let sold = json!({"scan": scan["scan"], "receipt": receipt, "lines": lines});
                // A key is never used for other bytes: where a restored server had forgotten the scan, there is a new one.
                if sold_before.replace(sold.clone()).is_some_and(|before| before != sold) {
                    accrual_key = backend.new_key();
                }
                last = Some(ask("/v1/till/accruals", &accrual_key, sold).await?);
            }
            last
        }
    }

    pub async fn till_token(&self) -> String {
        self.token_of("old-town-1").await
    }

    async fn token_of(&self, till: &str) -> String {
        let tills = self.sandbox.till_credentials();
        let till = tills.into_iter().find(|credential| credential.id == till).expect("a till");
        let basic = base64_of(&format!("{}:{}", till.id, till.secret));
        let headers =
            [("content-type", "application/x-www-form-urlencoded"), ("authorization", &format!("Basic {basic}"))];
        let (status, token) =
            self.exchange(Method::POST, "/v1/auth/token", &headers, "grant_type=client_credentials").await;
        assert!(status.is_success(), "{token}");
        format!("Bearer {}", token["access_token"].as_str().expect("a token"))
    }

    pub fn new_key(&self) -> String {
        let mut bytes = [0; 16];
        self.world.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Keeps everything that the server knows now.
    pub fn back_up(&self, name: &str) {
        self.sandbox.back_up(name).expect("a backup");
    }

    /// The server knows what it knew then, and nothing of what came after.
    pub fn restore(&self, name: &str) {
        self.sandbox.restore(name).expect("a restore");
    }

    pub fn audit(&self) -> Value {
        self.get("/sandbox/v1/audit")
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A phone with the app on it.
pub struct Phone {
    pub world: World,
    pub backend: Backend,
    pub device: Device,
    /// Whose phone it is.
    pub email: &'static str,
    home: Home,
    /// `None` while the app is not running.
    wallet: Option<Arc<Wallet>>,
}

impl Phone {
    pub fn new(seed: u64) -> Phone {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        Phone::of(&world, &backend)
    }

    pub fn of(world: &World, backend: &Backend) -> Phone {
        Phone::in_home(world, backend, Home::Memory(MemoryHome::new()))
    }

    pub fn in_home(world: &World, backend: &Backend, home: Home) -> Phone {
        let device = Device::new(world, backend.server());
        let (world, backend) = (world.clone(), backend.clone());
        let mut phone = Phone { world, backend, device, email: EMAIL, home, wallet: None };
        phone.start();
        phone
    }

    /// Starts the app, after ending it the hard way where it runs.
    pub fn start(&mut self) {
        self.kill();
        let config = WalletConfig {
            home: self.home.clone(),
            server: Some("http://sandbox".to_owned()),
            language: "en".to_owned(),
        };
        self.wallet = Some(Arc::new(Wallet::open(config, self.device.ports()).expect("a wallet")));
    }

    /// Ends the app without a word to it.
    pub fn kill(&mut self) {
        self.wallet = None;
        self.device.kill_app();
    }

    /// Ends the app and keeps the device.
    pub fn into_device(mut self) -> Device {
        self.kill();
        std::mem::replace(&mut self.device, Device::new(&self.world, self.backend.server()))
    }

    pub fn wallet(&self) -> &Arc<Wallet> {
        self.wallet.as_ref().expect("the app runs")
    }

    /// Runs a call of the wallet to its end.
    pub fn call<T, F>(&self, call: impl FnOnce(Arc<Wallet>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.world.run(call(Arc::clone(self.wallet())))
    }

    pub fn refresh(&self) -> Result<(), Error> {
        self.call(|wallet| async move { wallet.refresh().await })
    }

    /// Joins or signs in, as often as the network makes it necessary.
    pub fn join(&self) {
        for _ in 0..50 {
            if self.try_to_join() {
                return;
            }
            self.world.pass(Duration::from_mins(20));
        }
        panic!("joining never worked");
    }

    /// Joins or signs in, if the network lets it.
    pub fn try_to_join(&self) -> bool {
        let join = JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
        let email = self.email;
        let address = Address::Email(email.to_owned());
        let asked = self.call(|wallet| async move { wallet.request_code(address, Some(join)).await });
        asked.is_ok() && {
            let code = self.backend.last_code_of(email);
            self.call(|wallet| async move { wallet.sign_in(code).await }).is_ok()
        }
    }

    /// Lets time pass until `condition` holds.
    pub fn wait(&self, what: &str, bound: Duration, condition: impl Fn(&Wallet) -> bool) -> Duration {
        let begin = self.world.elapsed();
        while !condition(self.wallet()) {
            assert!(self.world.elapsed().saturating_sub(begin) < bound, "{what}: not within {bound:?}");
            self.world.pass(Duration::from_millis(100));
        }
        self.world.elapsed().saturating_sub(begin)
    }

    pub fn card_number(&self) -> String {
        let card = self.wallet().card().expect("a view").card.expect("a card");
        card.number.replace(' ', "")
    }

    /// Confirmed, pending and spendable points.
    pub fn points(&self) -> (i64, i64, i64) {
        let view = self.wallet().balance().expect("a view");
        let unit = view.units.first().expect("a unit");
        (unit.confirmed, unit.pending, unit.spendable)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.kill();
        self.world.end();
    }
}

/// A network on which everything arrives.
pub fn good() -> Faults {
    Faults { delay: Duration::from_millis(50), ..Faults::default() }
}
