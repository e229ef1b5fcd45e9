//! The listener: HTTP/1.1 on loopback addresses.
//!
//! All connections are driven by the one future that `serve` is, so dropping it drops them. Knows nothing of what the
//! router answers, except the mark of an answer that must not reach the client.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::SandboxError;
use crate::api::Closing;
use crate::api::extract::Peer;
use crate::faults::Aborted;
use crate::ports::{Clock as _, SystemClock};

/// More connections than this wait in the listener's queue.
const MAX_CONNECTIONS: usize = 1024;
/// How long answers that are on their way may take once the listener closes.
const GRACE: Duration = Duration::from_millis(500);
/// How long to pause when the system has no more files for connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost on purpose")]
struct Lost;

pub(crate) async fn serve(
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), SandboxError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(address));
    }
    let (close, closing) = watch::channel(false);
    let mut connections = FuturesUnordered::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(()) = connections.next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, peer)) => connections.push(connection(stream, peer, router.clone(), closing.clone())),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    SystemClock.sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    close.send_replace(true);
    let drained = async { while connections.next().await.is_some() {} };
    tokio::select! {
        biased;
        () = drained => {}
        () = SystemClock.sleep(GRACE) => {}
    }
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut closing: watch::Receiver<bool>) {
    // Answers are small and complete; waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let requests_closing = closing.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), request, peer, Closing(requests_closing.clone()))
    });
    // The date is the sandbox's own, so hyper must not add the machine's.
    let connection = http1::Builder::new().auto_date_header(false).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => Some(ended),
        _ = closing.wait_for(|closing| *closing) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    closing: Closing,
) -> Result<Response<Body>, Lost> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer.ip()));
    request.extensions_mut().insert(closing);
    let response = router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
    if response.extensions().get::<Aborted>().is_some() { Err(Lost) } else { Ok(response) }
}
