//! Misbehaviour on demand: rules that make the server lose, spoil or delay answers, as a middleware before the Member
//! API.
//!
//! Knows paths and methods, not what they mean. The sandbox's own routes are never affected, so rules can always be
//! taken back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use serde::Deserialize;

use crate::Sandbox;
use crate::api::problem;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// The request never arrives: nothing is done, the connection breaks.
    LoseRequest,
    /// Everything is done, then the connection breaks.
    LoseResponse,
    /// Nothing is done; the answer is a problem of the rule's status.
    Status,
    /// Everything is done; the answer's body ends halfway, without a sign of it.
    Truncate,
    /// Nothing is done; the answer is a captive portal's page.
    Html,
    /// Nothing is done; the answer sends the client to a captive portal.
    Redirect,
    /// The request waits; rules after this one are looked at too.
    Delay,
    /// A repeat under the same key is executed again: a server that breaks its promise, as a control for tests.
    IgnoreIdempotency,
}

/// When something goes wrong.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rule {
    /// This path and everything below it; absent: all of `/v1`.
    #[serde(default)]
    path: Option<String>,
    /// Absent: every method.
    #[serde(default)]
    method: Option<String>,
    fault: Fault,
    /// For `status`; 503 if absent.
    #[serde(default)]
    status: Option<u16>,
    /// `Retry-After` for `status`, in seconds.
    #[serde(default)]
    retry_after: Option<u32>,
    /// For `delay`.
    #[serde(default)]
    delay_ms: Option<u32>,
    /// How many requests it still strikes; absent: all.
    #[serde(default)]
    times: Option<u32>,
}

impl Rule {
    /// What is wrong with the rule itself, if anything.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        match (self.fault, self.status, self.delay_ms) {
            (Fault::Status, Some(status), _) if !(400..=599).contains(&status) => Some("status: expected 400 to 599"),
            (Fault::Delay, _, None) => Some("delay_ms: a delay needs it"),
            (Fault::Delay, _, Some(delay)) if delay > 600_000 => Some("delay_ms: expected at most 600000"),
            _ => None,
        }
    }

    fn strikes(&self, method: &str, path: &str) -> bool {
        let method_fits = self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let path_fits = self.path.as_ref().is_none_or(|wanted| {
            path.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        method_fits && path_fits && self.times != Some(0)
    }
}

/// The rules that are in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    pub(crate) fn replace(&self, rules: Vec<Rule>) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// What strikes a request: delays, and at most one other rule. Counts down `times`.
    fn draw(&self, method: &str, path: &str) -> (Duration, Option<Rule>) {
        let mut delay = Duration::ZERO;
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        for rule in rules.iter_mut().filter(|rule| rule.strikes(method, path)) {
            rule.times = rule.times.map(|times| times - 1);
            if rule.fault != Fault::Delay {
                return (delay, Some(rule.clone()));
            }
            delay += Duration::from_millis(rule.delay_ms.unwrap_or_default().into());
        }
        (delay, None)
    }
}

/// Marks a request whose key is to be ignored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IgnoreIdempotency;

/// Marks an answer that must not reach the client: the listener breaks the connection without a byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aborted;

/// The error of a body that breaks off.
#[derive(Debug, thiserror::Error)]
#[error("the connection broke")]
struct Broken;

/// The middleware.
pub(crate) async fn strike(State(sandbox): State<Sandbox>, mut request: Request, next: Next) -> Response {
    let (delay, rule) = sandbox.faults().draw(request.method().as_str(), request.uri().path());
    if !delay.is_zero() {
        sandbox.clock().sleep(delay).await;
    }
    let Some(rule) = rule else {
        return next.run(request).await;
    };
    match rule.fault {
        Fault::Delay => next.run(request).await,
        Fault::LoseRequest => aborted(),
        Fault::LoseResponse => {
            next.run(request).await;
            aborted()
        }
        Fault::Status => failed(&rule),
        Fault::Truncate => truncated(next.run(request).await).await,
        Fault::Html => portal(StatusCode::OK),
        Fault::Redirect => {
            let mut response = portal(StatusCode::FOUND);
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("http://portal.invalid/login"));
            response
        }
        Fault::IgnoreIdempotency => {
            request.extensions_mut().insert(IgnoreIdempotency);
            next.run(request).await
        }
    }
}

/// In process: a head that promises an answer, and a body that breaks off before its first byte. Over a socket the
/// listener sees the mark and sends nothing at all.
fn aborted() -> Response {
    let body = futures_util::stream::once(async { Err::<Bytes, _>(Broken) });
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.extensions_mut().insert(Aborted);
    response
}

fn failed(rule: &Rule) -> Response {
    let status =
        rule.status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = match problem::registered(status) {
        Some(name) => problem::Problem::new(name, "a fault was asked for").into_response(),
        None => {
            problem::response(status, serde_json::json!({"type": "about:blank", "status": status.as_u16()}).to_string())
        }
    };
    if let Some(seconds) = rule.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn truncated(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(whole) = body.collect().await else {
        return aborted();
    };
    let whole = whole.to_bytes();
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(whole.slice(..whole.len() / 2)))
}

fn portal(status: StatusCode) -> Response {
    const PAGE: &str = "<!doctype html><title>Free Wi-Fi</title><h1>Welcome</h1><p>Accept the terms to go online.";
    let mut response = (status, PAGE).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
