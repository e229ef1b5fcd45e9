//! HTTP by reqwest over rustls with ring. No redirects, no cookies, no proxies taken from the environment.

use std::path::Path;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use reqwest::redirect;
use rustls::ClientConfig;
use url::{Host, Url};

use super::{NativeError, TokioWork, tls};
use crate::ports::{Http, HttpAnswer, HttpRequest, TransportError};

/// A connection that does not come about within this time is given up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// reqwest on the core's own threads, so that any executor may poll the answer.
pub struct ReqwestHttp {
    client: reqwest::Client,
    threads: tokio::runtime::Handle,
}

impl ReqwestHttp {
    /// A client whose connections live on `work`, and which trusts whom the platform trusts.
    pub fn new(work: &TokioWork) -> Result<Self, NativeError> {
        Self::with(work, tls::of_platform()?)
    }

    /// As [`new`](Self::new), but it trusts the certificate authorities in `folder` and nobody else: PEM files, each named by the
    /// hash of its subject (`00673b5b.0`).
    ///
    /// # Errors
    /// [`NativeError::Authorities`] where there is none.
    pub fn trusting(work: &TokioWork, folder: &Path) -> Result<Self, NativeError> {
        Self::with(work, tls::of_folder(folder)?)
    }

    fn with(work: &TokioWork, tls: ClientConfig) -> Result<Self, NativeError> {
        let _context = work.handle().enter();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|_| NativeError::Http(TransportError::Broken))?;
        Ok(Self { client, threads: work.handle().clone() })
    }
}

impl Http for ReqwestHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpAnswer, TransportError>> {
        if request.url.scheme() != "https" && !is_loopback(&request.url) {
            return Box::pin(async { Err(TransportError::Cleartext) });
        }
        let client = self.client.clone();
        let threads = self.threads.clone();
        Box::pin(async move {
            #[allow(clippy::disallowed_methods, reason = "this is the port of HTTP; sockets live on its threads")]
            let task = threads.spawn(exchange(client, request));
            let given_up = AbortOnDrop(task.abort_handle());
            let answer = task.await.unwrap_or(Err(TransportError::Broken));
            drop(given_up);
            answer
        })
    }
}

/// Gives up the exchange when the caller does.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn exchange(client: reqwest::Client, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
    let answer = client
        .request(request.method, request.url)
        .headers(request.headers)
        .body(request.body)
        .timeout(request.timeout)
        .send()
        .await
        .map_err(|error| transport_error(&error))?;
    let status = answer.status();
    let headers = answer.headers().clone();
    let mut body = BytesMut::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| transport_error(&error))?;
        if body.len() + chunk.len() > request.max_body {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpAnswer { status, headers, body: body.freeze() })
}

fn transport_error(error: &reqwest::Error) -> TransportError {
    if let Some(tls) = tls_error(error) {
        let dates = matches!(
            tls,
            rustls::Error::InvalidCertificate(
                rustls::CertificateError::Expired
                    | rustls::CertificateError::ExpiredContext { .. }
                    | rustls::CertificateError::NotValidYet
                    | rustls::CertificateError::NotValidYetContext { .. }
            )
        );
        if matches!(tls, rustls::Error::InvalidCertificate(_)) {
            return TransportError::Certificate { dates };
        }
    }
    if error.is_connect() {
        TransportError::NoConnection
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Broken
    }
}

/// The TLS fault among the causes of `error`, if there is one. It stands inside of I/O errors, which leave what they hold out of
/// their chain of sources.
fn tls_error(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        let held = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match held {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleartext_is_for_loopback_only() {
        for (url, loopback) in [
            ("http://127.0.0.1:8080/v1", true),
            ("http://[::1]/v1", true),
            ("http://localhost/v1", true),
            ("http://localhost.example.org/v1", false),
            ("http://10.0.0.1/v1", false),
            ("http://example.org/v1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().expect("a URL")), loopback, "{url}");
        }
    }
}
