//! The requests of the Member API, each as one function.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::answer::{self, ApiError, SyncAnswer, Verdict};
use super::clock::ServerClock;
use crate::domain::{
    AccessToken, ActionKey, Address, Cursor, Entry, JoinDetails, MemberId, OneTimeCode, Outcome, ProgrammeId,
    RefreshToken, Tokens,
};
use crate::ports::{Http, HttpAnswer, HttpRequest};

const TIMEOUT: Duration = Duration::from_secs(15);
/// A held request may take its wait and this much more.
const WAIT_MARGIN: Duration = Duration::from_secs(10);
const MAX_BODY: usize = 1024 * 1024;
/// One server transaction is never split, so a page may exceed what was asked for.
const MAX_PAGE_BODY: usize = 8 * 1024 * 1024;
/// Lines of the ledger asked for in one page.
const PAGE_LIMIT: u32 = 500;

const CLIENT_ID: &str = "member-app";
const GRANT_ONE_TIME_CODE: &str = "urn:member-core:grant:one-time-code";
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The backend behind the Member API.
pub struct MemberApi {
    server: Url,
    http: Arc<dyn Http>,
    clock: Arc<ServerClock>,
}

/// A code is on its way to the member.
#[derive(Debug, Clone, Deserialize)]
pub struct CodeSent {
    /// Binds the code to this device.
    pub request_id: String,
    /// Seconds for which the code is good.
    pub expires_in: u32,
    /// How many digits it has.
    pub digits: u8,
}

/// A session has begun.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Its tokens.
    pub tokens: Tokens,
    /// Whose it is.
    pub member: MemberId,
    /// In which programme.
    pub programme: ProgrammeId,
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: AccessToken,
    expires_in: u32,
    refresh_token: RefreshToken,
    member: MemberId,
    programme: ProgrammeId,
}

#[derive(Serialize)]
struct CodeBody<'a> {
    address: &'a Address,
    join: Option<&'a JoinDetails>,
}

impl MemberApi {
    /// The API of `server`, which notes the server's time in `clock` at each answer.
    pub fn new(server: Url, http: Arc<dyn Http>, clock: Arc<ServerClock>) -> Self {
        Self { server, http, clock }
    }

    /// Asks for a one-time code. The answer is the same whether or not the address is known.
    pub async fn request_code(&self, address: &Address, join: Option<&JoinDetails>) -> Result<CodeSent, ApiError> {
        let body = serde_json::to_vec(&CodeBody { address, join })
            .map_err(|_| ApiError::Refused { problem: "malformed".to_owned() })?;
        let request = self.post("v1/auth/code", "application/json", body);
        let answer = self.send(request).await?;
        if answer.status.is_success() {
            self.ours(&answer, answer::json(&answer))
        } else {
            Err(answer::failure(&answer))
        }
    }

    /// Trades a one-time code for a session. `refresh_key` will name its first refresh.
    pub async fn redeem_code(
        &self,
        request_id: &str,
        code: &OneTimeCode,
        refresh_key: ActionKey,
    ) -> Result<SignedIn, ApiError> {
        let form = [
            ("grant_type", GRANT_ONE_TIME_CODE),
            ("request_id", request_id),
            ("code", code.reveal()),
            ("client_id", CLIENT_ID),
        ];
        self.token(&form, None, refresh_key, ApiError::CodeRefused).await
    }

    /// Trades a refresh token for its successor. `refresh_key` will name the next refresh.
    pub async fn refresh(&self, tokens: &Tokens, refresh_key: ActionKey) -> Result<Tokens, ApiError> {
        let token = tokens.refresh.reveal();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", CLIENT_ID)];
        Ok(self.token(&form, Some(tokens.refresh_key), refresh_key, ApiError::SessionEnded).await?.tokens)
    }

    /// Ends the session of a refresh token, whether or not the server still knows it.
    pub async fn revoke(&self, token: &RefreshToken) -> Result<(), ApiError> {
        let form = [("token", token.reveal()), ("client_id", CLIENT_ID)];
        let body = serde_urlencoded::to_string(form)
            .map_err(|_| ApiError::Refused { problem: "malformed".to_owned() })?
            .into_bytes();
        let answer = self.send(self.post("v1/auth/revoke", "application/x-www-form-urlencoded", body)).await?;
        answer::revoked(&answer)
    }

    async fn token(
        &self,
        form: &[(&str, &str)],
        key: Option<ActionKey>,
        refresh_key: ActionKey,
        invalid_grant: ApiError,
    ) -> Result<SignedIn, ApiError> {
        let body = serde_urlencoded::to_string(form)
            .map_err(|_| ApiError::Refused { problem: "malformed".to_owned() })?
            .into_bytes();
        let mut request = self.post("v1/auth/token", "application/x-www-form-urlencoded", body);
        if let Some(key) = key {
            request.headers.insert(IDEMPOTENCY_KEY, key_header(key)?);
        }
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            return Err(answer::token_failure(&answer, invalid_grant));
        }
        let body: TokenBody = self.ours(&answer, answer::json(&answer))?;
        let lifetime = SignedDuration::from_secs(i64::from(body.expires_in));
        let access_expires_at = self.clock.now().at.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        Ok(SignedIn {
            tokens: Tokens { access: body.access_token, access_expires_at, refresh: body.refresh_token, refresh_key },
            member: body.member,
            programme: body.programme,
        })
    }

    /// Changes since `cursor`, `limit` (1 to 1000) in a page. With `wait`, the server holds the request until something is new.
    pub async fn sync(
        &self,
        access: &AccessToken,
        cursor: Option<&Cursor>,
        limit: u32,
        wait: Duration,
    ) -> Result<SyncAnswer, ApiError> {
        let mut request = self.request(Method::GET, "v1/sync");
        {
            let mut query = request.url.query_pairs_mut();
            query.append_pair("limit", &limit.to_string());
            if let Some(cursor) = cursor {
                query.append_pair("cursor", cursor.as_str());
            }
            if !wait.is_zero() {
                query.append_pair("wait", &wait.as_secs().to_string());
            }
        }
        // The tag of "nothing new after this cursor" is the cursor (docs/member-api.yaml, `GET /v1/sync`).
        if let Some(tag) = cursor.and_then(|cursor| HeaderValue::from_str(&format!("\"{}\"", cursor.as_str())).ok()) {
            request.headers.insert(header::IF_NONE_MATCH, tag);
        }
        authorize(&mut request, access)?;
        request.max_body = MAX_PAGE_BODY;
        if !wait.is_zero() {
            request.timeout = wait + WAIT_MARGIN;
        }
        let answer = self.send(request).await?;
        self.ours(&answer, answer::sync_answer(&answer))
    }

    /// Lines of the ledger with a number below `before`, newest first; empty where there are none.
    pub async fn entries(&self, access: &AccessToken, before: i64) -> Result<Vec<Entry>, ApiError> {
        #[derive(Deserialize)]
        struct Body {
            entries: Vec<Entry>,
        }
        let mut request = self.request(Method::GET, "v1/entries");
        let (before, limit) = (before.to_string(), PAGE_LIMIT.to_string());
        request.url.query_pairs_mut().append_pair("before", &before).append_pair("limit", &limit);
        authorize(&mut request, access)?;
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            return Err(answer::failure(&answer));
        }
        let body: Body = self.ours(&answer, answer::json(&answer))?;
        Ok(body.entries)
    }

    /// Sends one action: these bytes, under this key.
    pub async fn act(&self, access: &AccessToken, key: ActionKey, body: Vec<u8>) -> Result<Verdict, ApiError> {
        let mut request = self.post("v1/actions", "application/json", body);
        request.headers.insert(IDEMPOTENCY_KEY, key_header(key)?);
        authorize(&mut request, access)?;
        let answer = self.send(request).await?;
        self.ours(&answer, answer::verdict(key, &answer))
    }

    /// What became of an action; `None` where the server has no record of it.
    pub async fn outcome(&self, access: &AccessToken, key: ActionKey) -> Result<Option<Outcome>, ApiError> {
        let mut request = self.request(Method::GET, &format!("v1/actions/{key}"));
        authorize(&mut request, access)?;
        let answer = self.send(request).await?;
        self.ours(&answer, answer::outcome(key, &answer))
    }

    pub(super) fn request(&self, method: Method, path: &str) -> HttpRequest {
        let mut url = self.server.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        HttpRequest { method, url, headers: HeaderMap::new(), body: Bytes::new(), timeout: TIMEOUT, max_body: MAX_BODY }
    }

    pub(super) fn put(&self, path: &str, content_type: &'static str, body: Vec<u8>) -> HttpRequest {
        HttpRequest { method: Method::PUT, ..self.post(path, content_type, body) }
    }

    pub(super) fn post(&self, path: &str, content_type: &'static str, body: Vec<u8>) -> HttpRequest {
        let mut request = self.request(Method::POST, path);
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        request.body = body.into();
        request
    }

    pub(super) async fn send(&self, mut request: HttpRequest) -> Result<HttpAnswer, ApiError> {
        let json = HeaderValue::from_static("application/json, application/problem+json");
        request.headers.entry(header::ACCEPT).or_insert(json);
        Ok(self.http.send(request).await?)
    }

    /// Passes on what an answer means. One that is ours sets the clock; a portal's `Date` is nobody's business.
    pub(super) fn ours<T>(&self, answer: &HttpAnswer, meaning: Result<T, ApiError>) -> Result<T, ApiError> {
        if meaning.is_ok()
            && let Some(date) = answer::date(answer)
        {
            self.clock.note(date);
        }
        meaning
    }
}

fn key_header(key: ActionKey) -> Result<HeaderValue, ApiError> {
    // A UUID is letters, digits and hyphens.
    HeaderValue::from_str(&key.to_string()).map_err(|_| ApiError::Refused { problem: "malformed".to_owned() })
}

pub(super) fn authorize(request: &mut HttpRequest, access: &AccessToken) -> Result<(), ApiError> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", access.reveal())).map_err(|_| ApiError::Unauthorized)?;
    value.set_sensitive(true);
    request.headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
