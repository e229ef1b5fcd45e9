//! A sandbox on a free port of this machine, and a client for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Once};
use std::time::Duration;

use jiff::Timestamp;
use member_sandbox::ports::{BoxFuture, Clock, SystemClock, SystemRandom};
use member_sandbox::programme::Payload;
use member_sandbox::{Config, Programme, Sandbox, Storage};
use reqwest::redirect::Policy;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Always the same moment, so that offers of a season are what the tests expect; waiting takes its real time.
struct OneDay;

impl Clock for OneDay {
    fn now(&self) -> Timestamp {
        "2026-11-22T10:00:00Z".parse().expect("a time")
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

/// A running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
}

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Opens a sandbox, serves it while `work` runs, and closes it.
pub(crate) fn with_server<F: Future<Output = ()>>(work: impl FnOnce(Server) -> F) {
    run(async {
        let (server, listener) = open().await;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server.sandbox.clone();
        let serve = serving.serve(listener, async { stopped.await.unwrap_or_default() });
        let work = async {
            work(server).await;
            stop.send(()).expect("the server still runs");
        };
        let (result, ()) = tokio::join!(serve, work);
        result.expect("served");
    });
}

/// A sandbox in memory and a listener for it.
pub(crate) async fn open() -> (Server, TcpListener) {
    let config = Config {
        storage: Storage::Memory,
        // With the payload that has most to describe.
        programme: Programme::named("market").expect("valid").with_payload(Payload::Proof),
        clock: Arc::new(OneDay),
        random: Arc::new(SystemRandom),
        mail_dir: None,
    };
    let sandbox = Sandbox::open(config).expect("opens");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    (Server { sandbox, base, client: client() }, listener)
}

/// Runs a test's future to its end.
pub(crate) fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work);
}

/// A client that goes straight to the server and follows nothing.
fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    });
    reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client")
}

/// Reads the whole of an answer.
pub(crate) async fn read(response: reqwest::Response) -> Result<Reply, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().expect("text").to_owned()))
        .collect();
    Ok(Reply { status, headers, body: response.text().await? })
}
