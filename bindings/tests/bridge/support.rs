//! A backend on loopback, a till, and a host with a folder. Must not know what a test is about.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use member_ffi::{
    Address, HostConnectivity, HostFault, HostSecrets, JoinDetails, Topic, Wallet, WalletConfig, WalletError,
    WalletObserver, file_secrets,
};
use member_sandbox::ports::{SystemClock, SystemRandom};
use member_sandbox::{Config, Programme, Sandbox, Storage, TillCredential};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub const NAME: &str = "Ada Lovelace";
pub const COFFEE: &str = "coffee";

/// Polls a future on this thread, as a host's executor does: no runtime of tokio is there.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}

/// Looks again until `found` finds something.
pub fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = found() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: not within 30 s");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A real backend in a thread of its own.
pub struct Backend {
    address: SocketAddr,
    till: TillCredential,
    sandbox: Sandbox,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Backend {
    pub fn start() -> Backend {
        let sandbox = Sandbox::open(Config {
            storage: Storage::Memory,
            programme: Programme::named("market").expect("the programme"),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            mail_dir: None,
        })
        .expect("a sandbox");
        let till = sandbox.till_credentials().into_iter().next().expect("a till");
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut backend = Backend { address, till, sandbox, stop: None, thread: None };
        backend.up();
        backend
    }

    /// Serves, on the same port as before.
    pub fn up(&mut self) {
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, bound) = mpsc::channel();
        let (sandbox, address) = (self.sandbox.clone(), self.address);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind(address).await.expect("the port");
                sender.send(listener.local_addr().expect("an address")).expect("somebody who waits");
                let stopped = async {
                    // A dropped sender stops it as well.
                    let _ = stopped.await;
                };
                sandbox.serve(listener, stopped).await.expect("an end in order");
            });
        });
        self.address = bound.recv().expect("a server");
        (self.stop, self.thread) = (Some(stop), Some(thread));
    }

    /// Nobody answers any more. Everything is kept.
    pub fn down(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("an end in order");
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One request beside the wallet.
    fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Value {
        let mut stream = TcpStream::connect(self.address).expect("the sandbox");
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}", self.address);
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(body).expect("JSON")
    }

    pub fn get(&self, path: &str) -> Value {
        self.call("GET", path, &[], "")
    }

    /// The code that was sent to this address last.
    pub fn code(&self, email: &str) -> String {
        let sent = self.get(&format!("/sandbox/v1/sent?address={email}"));
        sent["sent"][0]["code"].as_str().expect("a code").to_owned()
    }

    /// A till scans the card and sells for `minor` cents.
    pub fn accrue(&self, card_number: &str, minor: i64) {
        static RECEIPT: AtomicU32 = AtomicU32::new(0);
        let receipt = format!("receipt-{}", RECEIPT.fetch_add(1, Ordering::Relaxed));
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.till.id, self.till.secret));
        let form = ("content-type", "application/x-www-form-urlencoded");
        let basic = format!("Basic {basic}");
        let token =
            self.call("POST", "/v1/auth/token", &[form, ("authorization", &basic)], "grant_type=client_credentials");
        let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        let keyed = |path: &str, part: u32, body: Value| {
            let number = receipt.trim_start_matches("receipt-").parse::<u32>().expect("a number");
            let key = format!("00000000-0000-4000-8000-{number:011}{part}");
            let headers = [
                ("content-type", "application/json"),
                ("authorization", bearer.as_str()),
                ("idempotency-key", key.as_str()),
            ];
            self.call("POST", path, &headers, &body.to_string())
        };
        let scan = keyed("/v1/till/scans", 0, json!({"payload": card_number, "sale": receipt}));
        let lines = json!([{"line": 1, "amount": {"minor": minor, "currency": "EUR"}}]);
        keyed("/v1/till/accruals", 1, json!({"scan": scan["scan"], "receipt": receipt, "lines": lines}));
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.down();
    }
}

/// What the host knows of the network.
pub struct Switch(pub AtomicBool);

impl HostConnectivity for Switch {
    fn is_online(&self) -> Result<bool, HostFault> {
        Ok(self.0.load(Ordering::SeqCst))
    }
}

/// A vault in memory that can be locked.
#[derive(Default)]
pub struct Vault {
    secrets: Mutex<BTreeMap<String, Vec<u8>>>,
    pub locked: AtomicBool,
}

impl Vault {
    fn open(&self) -> Result<std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>>, HostFault> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(HostFault::Unavailable { reason: "the device is locked".to_owned() });
        }
        Ok(self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn names(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl HostSecrets for Vault {
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, HostFault> {
        Ok(self.open()?.get(&name).cloned())
    }

    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), HostFault> {
        self.open()?.insert(name, secret);
        Ok(())
    }

    fn delete(&self, name: String) -> Result<(), HostFault> {
        self.open()?.remove(&name);
        Ok(())
    }
}

/// A host: a folder, a vault and a network.
pub struct Host {
    folder: tempfile::TempDir,
    pub server: String,
    pub network: Arc<Switch>,
    pub email: String,
}

impl Host {
    pub fn new(server: String) -> Host {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Host {
            folder: tempfile::tempdir().expect("a folder"),
            server,
            network: Arc::new(Switch(AtomicBool::new(true))),
            email: format!("ada-{}@example.org", NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    pub fn config(&self) -> WalletConfig {
        WalletConfig {
            home: self.folder.path().join("home").to_str().expect("UTF-8").to_owned(),
            server: Some(self.server.clone()),
            language: "en".to_owned(),
        }
    }

    pub fn open(&self) -> Result<Arc<Wallet>, WalletError> {
        self.open_as(self.config())
    }

    pub fn open_as(&self, config: WalletConfig) -> Result<Arc<Wallet>, WalletError> {
        let vault = self.folder.path().join("vault");
        let vault = file_secrets(vault.to_str().expect("UTF-8").to_owned());
        Wallet::open(config, vault, Arc::clone(&self.network) as Arc<dyn HostConnectivity>)
    }

    pub fn open_with(&self, secrets: Arc<dyn HostSecrets>) -> Result<Arc<Wallet>, WalletError> {
        Wallet::open(self.config(), secrets, Arc::clone(&self.network) as Arc<dyn HostConnectivity>)
    }

    pub fn join_details() -> JoinDetails {
        JoinDetails { name: NAME.to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() }
    }

    /// Joins, and waits for the first sync.
    pub fn join(&self, wallet: &Wallet, backend: &Backend) {
        let address = Address::Email { address: self.email.clone() };
        wait(wallet.request_code(address, Some(Host::join_details()))).expect("a code on its way");
        wait(wallet.sign_in(backend.code(&self.email))).expect("a session");
        wait(wallet.refresh()).expect("a sync");
    }
}

pub fn card_number(wallet: &Wallet) -> String {
    wallet.card_now().expect("a view").card.expect("a card").number.replace(' ', "")
}

/// Confirmed, pending and spendable points.
pub fn points(wallet: &Wallet) -> (i64, i64, i64) {
    let view = wait(wallet.balance()).expect("a view");
    let unit = view.units.first().expect("a unit");
    (unit.confirmed, unit.pending, unit.spendable)
}

/// Calls a function for each change.
pub struct Hears<F>(pub F);

impl<F: Fn(Vec<Topic>) -> Result<(), HostFault> + Send + Sync> WalletObserver for Hears<F> {
    fn changed(&self, topics: Vec<Topic>) -> Result<(), HostFault> {
        (self.0)(topics)
    }
}
