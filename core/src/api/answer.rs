//! What an answer means. Pure, and the only place that decides it.
//!
//! Only an answer that parses as ours is definitive. Everything else (a captive portal's page, a redirect, an
//! unregistered type, half a document, 5xx) is an outage, which is tried again and never decided on text.

use std::time::Duration;

use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::{Problem, refusal};
use crate::domain::{ActionKey, Change, Cursor, Effect, Known, Outcome, Refusal};
use crate::ports::{HttpAnswer, RandomUnavailable, TransportError};
use crate::store::StoreError;

/// Why a call of the API came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that decides nothing: not ours, or ours and not now.
    #[error("the server cannot answer now (status {status})")]
    Outage {
        /// HTTP status.
        status: u16,
        /// The server's own word on when to come again.
        retry_after: Option<Duration>,
    },
    /// An answer that is not the Member API's: a portal, a proxy, another program, a broken document.
    #[error("what answered is not a Member API (status {status})")]
    NotOurs {
        /// HTTP status.
        status: u16,
    },
    /// The access token is not accepted (any more).
    #[error("the access token is not accepted")]
    Unauthorized,
    /// The session is over; only signing in again helps.
    #[error("the session has ended")]
    SessionEnded,
    /// The code is wrong, expired or used.
    #[error("the code is not accepted")]
    CodeRefused,
    /// Too many tries; the server says when to come again.
    #[error("too many tries")]
    TooManyTries {
        /// When to come again.
        retry_after: Option<Duration>,
    },
    /// The server says that the request is wrong: bad input of the member, or our bug.
    #[error("the server does not accept the request ({problem})")]
    Refused {
        /// Name of the problem.
        problem: String,
    },
    /// The store failed under a call.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness for a delay or a key.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The wallet was closed during the call.
    #[error("the wallet was closed")]
    Closed,
}

impl ApiError {
    /// Whether bytes of the request may have left the device.
    pub fn may_have_been_sent(&self) -> bool {
        !matches!(self, ApiError::Transport(TransportError::NoConnection | TransportError::Cleartext))
    }

    /// The same error for another caller who waited for the same request.
    pub fn again(&self) -> ApiError {
        match self {
            ApiError::Transport(transport) => ApiError::Transport(transport.clone()),
            ApiError::Outage { status, retry_after } => ApiError::Outage { status: *status, retry_after: *retry_after },
            ApiError::NotOurs { status } => ApiError::NotOurs { status: *status },
            ApiError::Unauthorized => ApiError::Unauthorized,
            ApiError::SessionEnded => ApiError::SessionEnded,
            ApiError::CodeRefused => ApiError::CodeRefused,
            ApiError::TooManyTries { retry_after } => ApiError::TooManyTries { retry_after: *retry_after },
            ApiError::Refused { problem } => ApiError::Refused { problem: problem.clone() },
            ApiError::Random(error) => ApiError::Random(*error),
            // An error of the store is the first caller's to report; the others try on their own later.
            ApiError::Store(_) | ApiError::Closed => ApiError::Closed,
        }
    }

    /// The server's own word on when to come again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            ApiError::Outage { retry_after, .. } | ApiError::TooManyTries { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// What became of an action, by the answer to its request.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It took effect.
    Confirmed(Effect),
    /// It was refused, without effect.
    Refused(Refusal),
    /// The server is at it.
    InFlight,
    /// The server could not read it: our bug.
    Unreadable {
        /// HTTP status.
        status: u16,
        /// Name of the problem.
        problem: String,
    },
}

/// A page of changes.
#[derive(Debug, Clone)]
pub struct Page {
    /// Changes of kinds that this version knows, in order.
    pub changes: Vec<Known>,
    /// Where to go on.
    pub cursor: Cursor,
    /// Whether there is more now.
    pub more: bool,
}

/// What `GET /v1/sync` answers.
#[derive(Debug, Clone)]
pub enum SyncAnswer {
    /// Nothing is new.
    NotModified,
    /// Changes.
    Page(Page),
    /// The cursor is unknown, too old or of another epoch.
    CursorGone,
}

/// The server's clock, by the `Date` header.
pub(super) fn date(answer: &HttpAnswer) -> Option<Timestamp> {
    let text = answer.headers.get(header::DATE)?.to_str().ok()?;
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

/// `Retry-After` in both forms (RFC 9110, section 10.2.3): seconds, or a date held against the server's own `Date`.
pub(super) fn retry_after(answer: &HttpAnswer) -> Option<Duration> {
    let text = answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
    // A date in the past is now.
    Some(Duration::try_from(until.duration_since(date(answer)?)).unwrap_or_default())
}

pub(super) fn is_media_type(answer: &HttpAnswer, expected: &str) -> bool {
    let value = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

/// The problem in the answer; `None` where it is none of ours.
pub(super) fn problem(answer: &HttpAnswer) -> Option<Problem> {
    if is_media_type(answer, "application/problem+json") { Problem::parse(&answer.body) } else { None }
}

/// The JSON of a successful answer.
pub(super) fn json<'a, T: Deserialize<'a>>(answer: &'a HttpAnswer) -> Result<T, ApiError> {
    let parsed =
        if is_media_type(answer, "application/json") { serde_json::from_slice(&answer.body).ok() } else { None };
    parsed.ok_or(ApiError::NotOurs { status: answer.status.as_u16() })
}

/// What an answer that is no success means, whatever was asked.
pub(super) fn failure(answer: &HttpAnswer) -> ApiError {
    let status = answer.status.as_u16();
    let retry_after = retry_after(answer);
    match (answer.status, problem(answer)) {
        (StatusCode::UNAUTHORIZED, Some(_)) => ApiError::Unauthorized,
        (StatusCode::TOO_MANY_REQUESTS, Some(_)) => ApiError::TooManyTries { retry_after },
        (status_code, Some(problem)) if status_code.is_client_error() => match problem.name() {
            "malformed" | "too-large" | "insufficient-scope" | "unsupported-media-type" => {
                ApiError::Refused { problem: problem.name().to_owned() }
            }
            _ => ApiError::Outage { status, retry_after },
        },
        (status_code, _) if status_code.is_server_error() => ApiError::Outage { status, retry_after },
        (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS, _) => {
            ApiError::Outage { status, retry_after }
        }
        _ => ApiError::NotOurs { status },
    }
}

#[derive(Deserialize)]
struct OutcomeBody {
    key: ActionKey,
    status: String,
    effect: Option<Effect>,
}

/// What became of the action `key`, by the answer to `POST /v1/actions`.
pub(super) fn verdict(key: ActionKey, answer: &HttpAnswer) -> Result<Verdict, ApiError> {
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        let body: OutcomeBody = json(answer)?;
        return match body.effect {
            Some(effect) if body.key == key && body.status == "confirmed" => Ok(Verdict::Confirmed(effect)),
            _ => Err(ApiError::NotOurs { status }),
        };
    }
    let Some(problem) = problem(answer) else { return Err(failure(answer)) };
    let unreadable = |problem: &Problem| Verdict::Unreadable { status, problem: problem.name().to_owned() };
    match (status, problem.name()) {
        (409, "in-flight") => Ok(Verdict::InFlight),
        (400, "malformed") | (413, "too-large") | (422, "key-reused") => Ok(unreadable(&problem)),
        (400..=499, _) => match refusal(&problem) {
            // A refusal names the key it is about, so that nobody else's answer is taken for ours.
            Some(refusal) if names_key(&problem, key) => Ok(Verdict::Refused(refusal)),
            _ => Err(failure(answer)),
        },
        _ => Err(failure(answer)),
    }
}

fn names_key(problem: &Problem, key: ActionKey) -> bool {
    problem.key().is_some_and(|named| named == key)
}

/// What became of an action, by the answer to `GET /v1/actions/{key}`; `None` where the server has no record of it.
pub(super) fn outcome(key: ActionKey, answer: &HttpAnswer) -> Result<Option<Outcome>, ApiError> {
    #[derive(Deserialize)]
    struct Body {
        key: ActionKey,
        #[serde(flatten)]
        outcome: Outcome,
    }
    if answer.status.is_success() {
        let body: Body = json(answer)?;
        return if body.key == key { Ok(Some(body.outcome)) } else { Err(ApiError::NotOurs { status: 200 }) };
    }
    match problem(answer) {
        Some(problem) if answer.status == StatusCode::NOT_FOUND && problem.name() == "unknown-action" => Ok(None),
        _ => Err(failure(answer)),
    }
}

#[derive(Deserialize)]
struct PageBody<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
    cursor: Cursor,
    more: bool,
}

/// What the answer to `GET /v1/sync` means.
pub(super) fn sync_answer(answer: &HttpAnswer) -> Result<SyncAnswer, ApiError> {
    let status = answer.status.as_u16();
    match answer.status {
        StatusCode::NOT_MODIFIED => Ok(SyncAnswer::NotModified),
        StatusCode::OK => {
            let body: PageBody<'_> = json(answer)?;
            let mut changes = Vec::with_capacity(body.changes.len());
            for change in body.changes {
                match change.known() {
                    Ok(known) => changes.extend(known),
                    Err(error) => {
                        tracing::error!(%error, "the server breaks the Member API; the page is not applied");
                        return Err(ApiError::NotOurs { status });
                    }
                }
            }
            Ok(SyncAnswer::Page(Page { changes, cursor: body.cursor, more: body.more }))
        }
        StatusCode::GONE if problem(answer).is_some_and(|problem| problem.name() == "cursor-gone") => {
            Ok(SyncAnswer::CursorGone)
        }
        _ => Err(failure(answer)),
    }
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

/// What a failed answer of the token endpoint means (RFC 6749, section 5.2). Only `invalid_grant` is final.
pub(super) fn token_failure(answer: &HttpAnswer, invalid_grant: ApiError) -> ApiError {
    let is_json =
        is_media_type(answer, "application/json") && serde_json::from_slice::<IgnoredAny>(&answer.body).is_ok();
    let oauth = if is_json { serde_json::from_slice::<OAuthError>(&answer.body).ok() } else { None };
    match (answer.status, oauth) {
        (StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED, Some(oauth)) => match oauth.error.as_str() {
            "invalid_grant" => invalid_grant,
            _ => ApiError::Refused { problem: oauth.error },
        },
        _ => failure(answer),
    }
}

/// What the answer to a revocation means (RFC 7009, section 2.2). A portal says 200 too, but not without a page.
pub(super) fn revoked(answer: &HttpAnswer) -> Result<(), ApiError> {
    if answer.status == StatusCode::OK && (answer.body.is_empty() || is_media_type(answer, "application/json")) {
        Ok(())
    } else {
        Err(token_failure(answer, ApiError::Refused { problem: "invalid_grant".to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use bytes::Bytes;
    use expect_test::expect;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    const KEY: &str = "019b76da-a800-7707-8707-070707070707";

    fn answer(status: u16, content_type: &str, body: &str, headers: &[(header::HeaderName, &str)]) -> HttpAnswer {
        let mut map = HeaderMap::new();
        map.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header"));
        for (name, value) in headers {
            map.insert(name.clone(), HeaderValue::from_str(value).expect("a header"));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        HttpAnswer { status, headers: map, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn registered(name: &str, extensions: &str) -> String {
        format!(r#"{{"type":"urn:member-core:problem:{name}","title":"-","status":409{extensions}}}"#)
    }

    #[test]
    fn each_answer_to_an_action_and_what_it_decides() {
        const JSON: &str = "application/json";
        const PROBLEM: &str = "application/problem+json";
        let key: ActionKey = KEY.parse().expect("a key");
        let with_key = format!(r#","key":"{KEY}""#);
        let insufficient = registered("insufficient-points", &format!(r#","available":10,"needed":50{with_key}"#));
        let confirmed = format!(r#"{{"key":"{KEY}","status":"confirmed","effect":{{"entries":[],"accounts":[]}}}}"#);
        let of_another = confirmed.replace("019b", "019c");
        let table: Vec<(&str, u16, &str, String)> = vec![
            ("confirmed", 200, JSON, confirmed.clone()),
            ("created", 201, "application/json; charset=utf-8", confirmed.clone()),
            ("half a document", 200, JSON, confirmed[..confirmed.len() / 2].to_owned()),
            ("another key", 200, JSON, of_another),
            ("a page", 200, "text/html", "<html>".to_owned()),
            ("JSON as a page", 200, "text/html", confirmed),
            ("a redirect", 302, "text/html", String::new()),
            ("a portal", 403, "text/html", "<html>".to_owned()),
            ("refused", 409, PROBLEM, insufficient.clone()),
            ("refused for another key", 409, PROBLEM, insufficient.replace("019b", "019c")),
            ("refused, half", 409, PROBLEM, insufficient[..insufficient.len() / 2].to_owned()),
            ("refused, wrong type", 409, JSON, insufficient),
            ("refused, fields missing", 409, PROBLEM, registered("insufficient-points", &with_key)),
            ("unregistered", 409, PROBLEM, registered("sunspots", &with_key)),
            ("somebody's problem", 409, PROBLEM, r#"{"type":"about:blank"}"#.to_owned()),
            ("in flight", 409, PROBLEM, registered("in-flight", &with_key)),
            ("malformed", 400, PROBLEM, registered("malformed", "")),
            ("a bare 400", 400, "text/plain", "no".to_owned()),
            ("too large", 413, PROBLEM, registered("too-large", "")),
            ("other bytes", 422, PROBLEM, registered("key-reused", "")),
            ("unauthorized", 401, PROBLEM, registered("unauthorized", "")),
            ("a proxy's 401", 401, "text/html", String::new()),
            ("too many", 429, PROBLEM, registered("too-many-requests", "")),
            ("a proxy's 429", 429, "text/html", String::new()),
            ("unavailable", 503, PROBLEM, registered("unavailable", "")),
            ("a gateway's 502", 502, "text/html", String::new()),
        ];
        let mut shown = String::new();
        for (name, status, content_type, body) in table {
            let verdict = match verdict(key, &answer(status, content_type, &body, &[])) {
                Ok(verdict) => format!("{verdict:?}"),
                Err(error) => format!("- {error}"),
            };
            writeln!(shown, "{name}: {verdict}").expect("a string takes everything");
        }
        expect![[r#"
            confirmed: Confirmed(Effect { entries: [], voucher: None, accounts: [], card: None })
            created: Confirmed(Effect { entries: [], voucher: None, accounts: [], card: None })
            half a document: - what answered is not a Member API (status 200)
            another key: - what answered is not a Member API (status 200)
            a page: - what answered is not a Member API (status 200)
            JSON as a page: - what answered is not a Member API (status 200)
            a redirect: - what answered is not a Member API (status 302)
            a portal: - what answered is not a Member API (status 403)
            refused: Refused(InsufficientPoints { available: 10, needed: 50 })
            refused for another key: - the server cannot answer now (status 409)
            refused, half: - what answered is not a Member API (status 409)
            refused, wrong type: - what answered is not a Member API (status 409)
            refused, fields missing: - the server cannot answer now (status 409)
            unregistered: - the server cannot answer now (status 409)
            somebody's problem: - what answered is not a Member API (status 409)
            in flight: InFlight
            malformed: Unreadable { status: 400, problem: "malformed" }
            a bare 400: - what answered is not a Member API (status 400)
            too large: Unreadable { status: 413, problem: "too-large" }
            other bytes: Unreadable { status: 422, problem: "key-reused" }
            unauthorized: - the access token is not accepted
            a proxy's 401: - what answered is not a Member API (status 401)
            too many: - too many tries
            a proxy's 429: - the server cannot answer now (status 429)
            unavailable: - the server cannot answer now (status 503)
            a gateway's 502: - the server cannot answer now (status 502)
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn an_outcome_is_of_another_status_or_a_confirmation() {
        let key: ActionKey = KEY.parse().expect("a key");
        let read = |status: &str| {
            let body = format!(r#"{{"key":"{KEY}","status":"{status}","effect":{{"entries":[],"accounts":[]}}}}"#);
            verdict(key, &answer(200, "application/json", &body, &[]))
        };
        assert!(matches!(read("confirmed"), Ok(Verdict::Confirmed(_))));
        assert!(matches!(read("rejected"), Err(ApiError::NotOurs { status: 200 })));
    }

    #[test]
    fn the_record_of_outcomes_is_believed_where_it_is_ours() {
        const JSON: &str = "application/json";
        const PROBLEM: &str = "application/problem+json";
        let key: ActionKey = KEY.parse().expect("a key");
        let kept = format!(r#"{{"key":"{KEY}","status":"rejected","at":"2026-01-01T10:00:00Z"}}"#);
        let unknown = registered("unknown-action", "");
        let table = [
            ("kept", 200, JSON, kept.clone()),
            ("of another", 200, JSON, kept.replace("019b", "019c")),
            ("a page", 200, "text/html", kept),
            ("no record", 404, PROBLEM, unknown.clone()),
            ("no record, by a portal", 404, "text/html", unknown.clone()),
            ("no such thing", 404, PROBLEM, registered("sunspots", "")),
            ("gone for another reason", 409, PROBLEM, unknown),
            ("unavailable", 503, PROBLEM, registered("unavailable", "")),
        ];
        let mut shown = String::new();
        for (name, status, content_type, body) in table {
            let outcome = match outcome(key, &answer(status, content_type, &body, &[])) {
                Ok(Some(outcome)) => format!("{:?}", outcome.status),
                Ok(None) => "no effect".to_owned(),
                Err(error) => format!("- {error}"),
            };
            writeln!(shown, "{name}: {outcome}").expect("a string takes everything");
        }
        expect![[r#"
            kept: Rejected
            of another: - what answered is not a Member API (status 200)
            a page: - what answered is not a Member API (status 200)
            no record: no effect
            no record, by a portal: - what answered is not a Member API (status 404)
            no such thing: - the server cannot answer now (status 404)
            gone for another reason: - the server cannot answer now (status 409)
            unavailable: - the server cannot answer now (status 503)
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn a_failure_is_a_refusal_only_where_the_server_says_that_the_request_is_wrong() {
        let read = |status, name| failure(&answer(status, "application/problem+json", &registered(name, ""), &[]));
        for name in ["malformed", "too-large", "insufficient-scope", "unsupported-media-type"] {
            assert!(matches!(read(403, name), ApiError::Refused { problem } if problem == name), "{name}");
            assert!(matches!(read(503, name), ApiError::Outage { status: 503, .. }), "{name} of a server in trouble");
            assert!(matches!(read(302, name), ApiError::NotOurs { status: 302 }), "{name} beside a redirect");
        }
        assert!(matches!(read(403, "sunspots"), ApiError::Outage { status: 403, .. }));
    }

    #[test]
    fn an_error_knows_whether_bytes_left_and_what_the_server_said() {
        use TransportError::{Broken, Cleartext, NoConnection, TimedOut};
        for (error, left) in [(NoConnection, false), (Cleartext, false), (TimedOut, true), (Broken, true)] {
            assert_eq!(ApiError::Transport(error.clone()).may_have_been_sent(), left, "{error:?}");
        }
        assert!(ApiError::Unauthorized.may_have_been_sent());
        let retry_after = Some(Duration::from_secs(9));
        for error in [ApiError::Outage { status: 503, retry_after }, ApiError::TooManyTries { retry_after }] {
            assert_eq!(error.retry_after(), retry_after);
        }
        assert_eq!(ApiError::Unauthorized.retry_after(), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let at = |value: &str| {
            let headers = [(header::RETRY_AFTER, value), (header::DATE, "Thu, 01 Jan 2026 00:00:00 GMT")];
            retry_after(&answer(503, "text/html", "", &headers))
        };
        assert_eq!(at("120"), Some(Duration::from_secs(120)));
        assert_eq!(at("Thu, 01 Jan 2026 00:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(at("Wed, 31 Dec 2025 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(at("soon"), None);
        assert_eq!(at("-1"), None);
    }

    #[test]
    fn a_page_with_a_broken_change_is_not_applied_and_unknown_kinds_pass() {
        let page = |changes: &str| {
            let body = format!(r#"{{"changes":[{changes}],"cursor":"c","more":false}}"#);
            sync_answer(&answer(200, "application/json", &body, &[]))
        };
        assert!(matches!(page(""), Ok(SyncAnswer::Page(page)) if page.changes.is_empty()));
        assert!(
            matches!(page(r#"{"kind":"badge","id":"b","value":{}}"#), Ok(SyncAnswer::Page(p)) if p.changes.is_empty())
        );
        assert!(matches!(page(r#"{"kind":"reward","id":"r","value":{}}"#), Err(ApiError::NotOurs { .. })));
    }

    #[test]
    fn nothing_new_and_a_cursor_that_is_gone_are_told_from_failures() {
        let read = |status, body: &str| sync_answer(&answer(status, "application/problem+json", body, &[]));
        assert!(matches!(read(304, ""), Ok(SyncAnswer::NotModified)));
        assert!(matches!(read(410, &registered("cursor-gone", "")), Ok(SyncAnswer::CursorGone)));
        assert!(matches!(read(410, &registered("sunspots", "")), Err(ApiError::Outage { status: 410, .. })));
        assert!(matches!(read(410, "{}"), Err(ApiError::NotOurs { status: 410 })));
        assert!(matches!(read(409, &registered("cursor-gone", "")), Err(ApiError::Outage { status: 409, .. })));
    }

    #[test]
    fn only_invalid_grant_ends_a_session() {
        let ends = |status, content_type, body| {
            matches!(
                token_failure(&answer(status, content_type, body, &[]), ApiError::SessionEnded),
                ApiError::SessionEnded
            )
        };
        assert!(ends(400, "application/json", r#"{"error":"invalid_grant"}"#));
        assert!(!ends(400, "application/json", r#"{"error":"invalid_request"}"#));
        assert!(!ends(400, "text/html", r#"{"error":"invalid_grant"}"#));
        assert!(!ends(401, "text/html", ""));
        assert!(!ends(429, "application/json", r#"{"error":"invalid_grant"}"#));
        assert!(!ends(503, "application/json", r#"{"error":"invalid_grant"}"#));
    }

    #[test]
    fn a_page_of_a_portal_has_revoked_nothing() {
        let read = |status, content_type, body| revoked(&answer(status, content_type, body, &[]));
        assert!(read(200, "text/plain", "").is_ok());
        assert!(read(200, "application/json", "{}").is_ok());
        assert!(matches!(read(200, "text/html", "<html>"), Err(ApiError::NotOurs { .. })));
        assert!(matches!(read(302, "text/html", ""), Err(ApiError::NotOurs { .. })));
        assert!(matches!(read(503, "text/html", ""), Err(ApiError::Outage { .. })));
        let unsupported = read(400, "application/json", r#"{"error":"unsupported_token_type"}"#);
        assert!(matches!(unsupported, Err(ApiError::Refused { .. })));
    }
}
