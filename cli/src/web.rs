//! A small client of JSON over HTTP, for the till and for what the demo asks of the sandbox.
//!
//! The connection is the core's own HTTP port: no cleartext beyond this machine, no redirects, every answer bounded.
//! Must not know what is sent. Says why there is no answer; whether that matters, the caller knows.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use member_core::ports::{HttpRequest, Ports, TransportError};
use serde_json::Value;
use url::Url;

/// What problems of the Member API begin with.
const PROBLEM: &str = "urn:member-core:problem:";

const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_BODY: usize = 1024 * 1024;
/// The largest revocation list, in base64, and what is around it.
const MAX_LARGE_BODY: usize = 3 * 1024 * 1024;

/// One server.
pub struct Web {
    ports: Ports,
    server: Url,
}

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    #[error("{0}")]
    Transport(#[from] TransportError),
    /// The programme says no: 409 with a registered problem.
    #[error("{title}")]
    Refused {
        /// Its registered name.
        name: String,
        title: String,
        /// What its reason says of time.
        seconds: Option<u64>,
    },
    /// Another error of the programme's own: its name, or OAuth's.
    #[error("the programme answered: {what}")]
    Problem { status: StatusCode, what: String },
    /// 408, 425, 429, 5xx.
    #[error("the programme cannot answer now ({0})")]
    Outage(StatusCode),
    /// Something other than the programme answered.
    #[error("something other than the programme answered, such as a Wi-Fi sign-in page")]
    NotOurs,
}

impl WebError {
    /// Whether the same request may work a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self, WebError::Transport(TransportError::Broken | TransportError::TimedOut) | WebError::Outage(_))
    }
}

impl Web {
    /// A client of the server at `address`.
    pub fn new(ports: Ports, address: &str) -> Option<Self> {
        let server: Url = address.parse().ok()?;
        (matches!(server.scheme(), "http" | "https") && server.has_host()).then_some(Self { ports, server })
    }

    /// Where it is.
    pub fn server(&self) -> &Url {
        &self.server
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Result<Value, WebError> {
        Ok(self.send(Method::GET, path, &[], Bytes::new(), MAX_BODY).await?.0)
    }

    /// `GET` of what may be large, with the server's time.
    pub async fn get_dated(
        &self,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<(Value, Option<Timestamp>), WebError> {
        self.send(Method::GET, path, headers, Bytes::new(), MAX_LARGE_BODY).await
    }

    /// `POST`, with a body of the type that `headers` say.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: impl Into<Bytes>,
    ) -> Result<Value, WebError> {
        Ok(self.send(Method::POST, path, headers, body.into(), MAX_BODY).await?.0)
    }

    /// Waits.
    pub async fn pause(&self, duration: Duration) {
        self.ports.clock.sleep(duration).await;
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        max_body: usize,
    ) -> Result<(Value, Option<Timestamp>), WebError> {
        let mut url = self.server.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}{path}", self.server.path().trim_end_matches('/')));
        url.set_query(query);
        let mut all = HeaderMap::new();
        all.insert(ACCEPT, HeaderValue::from_static("application/json, application/problem+json"));
        all.extend(headers.iter().cloned());
        let request = HttpRequest { method, url, headers: all, body, timeout: TIMEOUT, max_body };
        let answer = self.ports.http.send(request).await?;
        let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp());
        Ok((understand(answer.status, &answer.headers, &answer.body)?, date))
    }
}

/// Only what parses as the programme's own counts; everything else is an outage or somebody else.
fn understand(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Value, WebError> {
    let outage = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let parsed: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
    match (content_type, parsed) {
        _ if outage => Err(WebError::Outage(status)),
        ("application/json", Some(document)) if status.is_success() => Ok(document),
        // The errors of the token endpoint are OAuth's (RFC 6749, 5.2).
        ("application/json", Some(document)) => match document["error"].as_str() {
            Some(error) => Err(WebError::Problem { status, what: error.to_owned() }),
            None => Err(WebError::NotOurs),
        },
        ("application/problem+json", Some(problem)) => {
            let name = problem["type"].as_str().and_then(|name| name.strip_prefix(PROBLEM)).ok_or(WebError::NotOurs)?;
            let title = problem["title"].as_str().unwrap_or(name).to_owned();
            match (status, problem["detail"].as_str()) {
                (StatusCode::CONFLICT, _) => {
                    Err(WebError::Refused { name: name.to_owned(), title, seconds: problem["seconds"].as_u64() })
                }
                (_, Some(detail)) => Err(WebError::Problem { status, what: format!("{title}: {detail}") }),
                (_, None) => Err(WebError::Problem { status, what: title }),
            }
        }
        _ => Err(WebError::NotOurs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programmes_own_answers_count() {
        let check = |status: u16, content_type: &'static str, body: &str| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            match understand(StatusCode::from_u16(status).expect("a status"), &headers, body.as_bytes()) {
                Ok(document) => document.to_string(),
                Err(error) => error.to_string(),
            }
        };
        let not_ours = "something other than the programme answered, such as a Wi-Fi sign-in page";
        assert_eq!(check(200, "application/json", r#"{"scan":"s"}"#), r#"{"scan":"s"}"#);
        assert_eq!(check(200, "application/json; charset=utf-8", "{}"), "{}");
        assert_eq!(check(200, "application/json", r#"{"scan":"#), not_ours);
        assert_eq!(check(200, "text/html", "<html>"), not_ours);
        assert_eq!(check(302, "text/html", ""), not_ours);
        assert_eq!(check(403, "text/html", "<html>"), not_ours);
        assert_eq!(check(409, "application/problem+json", r#"{"type":"urn:other","title":"No"}"#), not_ours);
        assert_eq!(check(503, "text/html", ""), "the programme cannot answer now (503 Service Unavailable)");
        let problem = r#"{"type":"urn:member-core:problem:unknown-card","title":"No member has this card"}"#;
        assert_eq!(check(409, "application/problem+json", problem), "No member has this card");
        assert_eq!(
            check(401, "application/json", r#"{"error":"invalid_client"}"#),
            "the programme answered: invalid_client"
        );
    }
}
