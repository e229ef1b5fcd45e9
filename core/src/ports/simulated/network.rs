//! A network between one device and the server's own router, with faults drawn from the seed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};

use super::World;
use crate::ports::{Connectivity, Http, HttpAnswer, HttpRequest, TransportError};

/// The server: a function from request to answer, called in the same process.
pub type Server = Arc<dyn Fn(HttpRequest) -> BoxFuture<'static, HttpAnswer> + Send + Sync>;

/// How often, in a thousand requests, each fault happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The request never arrives.
    pub lose_request: u64,
    /// The request takes effect and its answer never arrives.
    pub lose_answer: u64,
    /// The request arrives twice.
    pub duplicate: u64,
    /// Half of the answer's body arrives.
    pub truncate: u64,
    /// A server between answers 503 with `Retry-After`.
    pub unavailable: u64,
    /// A captive portal answers with a page of its own.
    pub portal: u64,
    /// The most that one way takes.
    pub delay: Duration,
}

impl Faults {
    /// A bad day: about a third of the requests go wrong.
    pub fn bad_day() -> Self {
        Faults {
            lose_request: 60,
            lose_answer: 80,
            duplicate: 60,
            truncate: 50,
            unavailable: 50,
            portal: 30,
            delay: Duration::from_secs(8),
        }
    }
}

/// The way from a device to the server.
pub struct SimulatedNetwork {
    world: World,
    server: Mutex<Server>,
    faults: Mutex<Faults>,
    online: AtomicBool,
}

impl SimulatedNetwork {
    /// A network without faults.
    pub fn new(world: &World, server: Server) -> Self {
        Self {
            world: world.clone(),
            server: Mutex::new(server),
            faults: Mutex::new(Faults::default()),
            online: AtomicBool::new(true),
        }
    }

    /// From now on these faults happen.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The signal goes or comes back.
    pub fn set_online(&self, online: bool) {
        self.online.store(online, Ordering::SeqCst);
    }

    /// Another server answers from now on, as after its restart.
    pub fn set_server(&self, server: Server) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = server;
    }
}

impl Connectivity for SimulatedNetwork {
    fn is_online(&self) -> bool {
        self.online.load(Ordering::SeqCst)
    }
}

impl Http for SimulatedNetwork {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpAnswer, TransportError>> {
        if !self.is_online() {
            return Box::pin(async { Err(TransportError::NoConnection) });
        }
        let world = self.world.clone();
        let faults = *self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let server = Arc::clone(&self.server.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move {
            let timeout = world.sleep(request.timeout).fuse();
            let exchange = exchange(world.clone(), faults, server, request).fuse();
            futures_util::pin_mut!(timeout, exchange);
            futures_util::select_biased! {
                answer = exchange => answer,
                () = timeout => Err(TransportError::TimedOut),
            }
        })
    }
}

async fn exchange(
    world: World,
    faults: Faults,
    server: Server,
    request: HttpRequest,
) -> Result<HttpAnswer, TransportError> {
    let happens = |per_mille: u64| world.below(1000) < per_mille;
    let way = || world.sleep(Duration::from_millis(world.below(1 + duration_millis(faults.delay))));
    let max_body = request.max_body;
    way().await;
    if happens(faults.lose_request) {
        return Err(if happens(500) { TransportError::NoConnection } else { forever().await });
    }
    if happens(faults.portal) {
        return Ok(page_of_a_portal());
    }
    if happens(faults.unavailable) {
        return Ok(unavailable(world.below(30)));
    }
    if happens(faults.duplicate) {
        // The copy arrives at some later time, whatever became of the first.
        let (copy, server, late) = (request.clone(), Arc::clone(&server), way());
        world.spawn(Box::pin(async move {
            late.await;
            drop(server(copy).await);
        }));
    }
    // The server goes on when the client gives up.
    let (sender, receiver) = tokio::sync::oneshot::channel();
    world.spawn(Box::pin(async move {
        // Nobody may be waiting any more.
        let _ = sender.send(server(request).await);
    }));
    let Ok(mut answer) = receiver.await else { return Err(TransportError::Broken) };
    way().await;
    if happens(faults.lose_answer) {
        return Err(if happens(500) { TransportError::Broken } else { forever().await });
    }
    if happens(faults.truncate) && !answer.body.is_empty() {
        answer.body.truncate(answer.body.len() / 2);
    }
    if answer.body.len() > max_body { Err(TransportError::TooLarge) } else { Ok(answer) }
}

/// Silence: only the caller's own timeout ends it.
async fn forever() -> TransportError {
    futures_util::future::pending().await
}

fn page_of_a_portal() -> HttpAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/html"));
    HttpAnswer {
        status: StatusCode::FORBIDDEN,
        headers,
        body: Bytes::from_static(b"<html>Please sign in to the Wi-Fi</html>"),
    }
}

fn unavailable(retry_after: u64) -> HttpAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from(retry_after));
    HttpAnswer { status: StatusCode::SERVICE_UNAVAILABLE, headers, body: Bytes::new() }
}

fn duration_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX - 1)
}
