//! The real sandbox on a port of its own, in this process, and what the test asks of it beside the phone's network. Must not
//! know of phones or kills.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use member_sandbox::ports::{SystemClock, SystemRandom};
use member_sandbox::{Config, Programme, Sandbox, Storage};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// A backend in memory. It keeps its port and its data while it is away.
pub struct Backend {
    threads: Runtime,
    sandbox: Sandbox,
    address: SocketAddr,
    /// Bound, and never listening: nobody else is given the port while the server is away.
    _port: TcpSocket,
    serving: Option<JoinHandle<()>>,
}

/// What the true ledger of a member says.
pub struct Ledger {
    /// How often each action took effect.
    pub effects: BTreeMap<String, usize>,
    /// What each of them moved: negative where the member gave.
    pub amounts: BTreeMap<String, i64>,
    pub entries: usize,
    pub points: i64,
}

impl Backend {
    pub fn start() -> Backend {
        let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a thread");
        let sandbox = Sandbox::open(Config {
            storage: Storage::Memory,
            programme: programme(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            mail_dir: None,
        });
        let port = socket_on(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = port.local_addr().expect("an address");
        let mut backend =
            Backend { threads, sandbox: sandbox.expect("a sandbox"), address, _port: port, serving: None };
        backend.come();
        backend
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Nobody listens any more, and connections break.
    pub fn go_away(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // Ends by being given up.
            let _ = self.threads.block_on(serving);
        }
    }

    /// Listens, where it does not.
    pub fn come(&mut self) {
        if self.serving.is_none() {
            let listener = self.threads.block_on(async { socket_on(self.address).listen(1024) }).expect("the port");
            let sandbox = self.sandbox.clone();
            self.serving = Some(self.threads.spawn(async move {
                sandbox.serve(listener, std::future::pending()).await.expect("a listener");
            }));
        }
    }

    fn ask(&self, method: Method, path: &str, body: &Value) -> Option<Value> {
        let request = Request::builder().method(method).uri(format!("http://sandbox{path}"));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        let router = self.sandbox.router();
        let (status, body) = self.threads.block_on(async move {
            let answer = router.oneshot(request.expect("a request")).await.expect("the router never fails");
            let status = answer.status();
            (status, answer.into_body().collect().await.expect("a body").to_bytes())
        });
        status.is_success().then(|| serde_json::from_slice(&body).expect("JSON"))
    }

    pub fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, &Value::Null).unwrap_or_else(|| panic!("GET {path} was refused"))
    }

    pub fn post(&self, path: &str, body: &Value) {
        self.ask(Method::POST, path, body).unwrap_or_else(|| panic!("POST {path} was refused: {body}"));
    }

    /// Whoever has this address, once somebody has.
    pub fn member(&self, email: &str) -> Option<String> {
        let found = self.ask(Method::GET, &format!("/sandbox/v1/members?address={email}"), &Value::Null)?;
        found["member"].as_str().map(str::to_owned)
    }

    pub fn set_faults(&self, rules: &Value) {
        self.post("/sandbox/v1/faults", &json!({"rules": rules}));
    }

    pub fn ledger(&self, member: &str) -> Ledger {
        let ledger = self.get(&format!("/sandbox/v1/members/{member}/ledger"));
        let entries = ledger["entries"].as_array().expect("entries");
        let (mut effects, mut amounts) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            let Some(key) = entry["key"].as_str() else { continue };
            *effects.entry(key.to_owned()).or_default() += 1;
            *amounts.entry(key.to_owned()).or_default() += entry["amount"].as_i64().expect("points");
        }
        let points = ledger["accounts"][0]["available"].as_i64().expect("points");
        Ledger { effects, amounts, entries: entries.len(), points }
    }
}

fn socket_on(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseport(true).and_then(|()| socket.bind(address)).expect("a port");
    socket
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.go_away();
    }
}

/// The market, where nobody is told to come again later for a code: a phone that is killed while it signs in asks again.
fn programme() -> Programme {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/programmes/market/programme.toml");
    let text = std::fs::read_to_string(file).expect("the programme");
    let generous = ["codes_per_address", "codes_per_network", "failed_grants_per_network"];
    let lines = text.lines().map(|line| match generous.iter().find(|limit| line.starts_with(*limit)) {
        Some(limit) => format!("{limit} = 100000\n"),
        None => format!("{line}\n"),
    });
    Programme::parse(&lines.collect::<String>()).expect("the programme")
}
