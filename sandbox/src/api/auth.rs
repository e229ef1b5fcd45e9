//! Signing in: one-time codes, and the OAuth 2.0 token and revocation endpoints (RFC 6749, RFC 7009).

use std::collections::{BTreeMap, BTreeSet};

use axum::Json as JsonAnswer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use super::extract::{self, Form, Json, Network, Object, require_text};
use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::engine::join::{self, JoinForm};
use crate::ids;
use crate::mail::{self, Letter};
use crate::programme::{Programme, is_id};
use crate::store::codes::{self, NewRequest, Sent};
use crate::store::tokens::{self, ACCESS_LIFE, Pair, Rotation};
use crate::store::{Tx, members};

const CODE_DIGITS: usize = 6;
const CODE_MINUTES: i64 = 10;
/// After so many wrong codes a request is void.
const CODE_TRIES: i64 = 5;
const MEMBER_CLIENT: &str = "member-app";
const CODE_GRANT: &str = "urn:member-core:grant:one-time-code";

#[derive(Deserialize)]
pub(super) struct CodeBody {
    address: Object<AddressBody>,
    #[serde(default)]
    join: Option<Object<JoinBody>>,
}

#[derive(Deserialize)]
struct AddressBody {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
}

#[derive(Deserialize)]
struct JoinBody {
    name: String,
    language: String,
    terms: String,
    #[serde(default)]
    consents: Option<Vec<String>>,
}

/// `POST /v1/auth/code`
pub(super) async fn code(
    State(sandbox): State<Sandbox>,
    Network(network): Network,
    Json(body): Json,
) -> Result<Response, Problem> {
    let body: CodeBody = extract::parse(&body)?;
    let address = address(&body.address.0)?;
    // Checked whoever asks, so that the answer does not tell whether the address is known.
    let form = body.join.map(|Object(join)| join_form(sandbox.programme(), join)).transpose()?;
    let request = sandbox.write(|tx| request_code(tx, &sandbox, &network, &address, form.as_ref()))?;
    let answer = json!({"request_id": request, "expires_in": CODE_MINUTES * 60, "digits": CODE_DIGITS});
    Ok((StatusCode::ACCEPTED, JsonAnswer(answer)).into_response())
}

fn request_code(
    tx: &Tx<'_>,
    sandbox: &Sandbox,
    network: &str,
    address: &str,
    form: Option<&JoinForm>,
) -> Result<String, Problem> {
    let programme = sandbox.programme();
    let by_address = (format!("code/address/{address}"), programme.limits.codes_per_address);
    let by_network = (format!("code/network/{network}"), programme.limits.codes_per_network);
    // Both are asked before either is counted: a refused request costs nothing.
    for (bucket, limit) in [&by_address, &by_network] {
        refuse_if_too_many(codes::must_wait(tx, bucket, *limit)?)?;
    }
    for (bucket, limit) in [&by_address, &by_network] {
        codes::attempt(tx, bucket, *limit)?;
    }

    let request = ids::id(tx.random, "request");
    let code = ids::digits(tx.random, CODE_DIGITS);
    let member = members::find_by_address(&tx.sql, address)?;
    let language = member.as_ref().map(|member| &member.language).or(form.map(|form| &form.language)).cloned();
    let form = form.filter(|_| member.is_none());
    let join_form = form.map(serde_json::to_string).transpose().map_err(crate::store::StoreError::from)?;
    codes::open(
        tx,
        &NewRequest {
            id: &request,
            address,
            code_hash: language.is_some().then(|| ids::code_hash(&request, &code)),
            join_form: join_form.as_deref(),
            expires_at: tx.now.saturating_add(SignedDuration::from_mins(CODE_MINUTES)).unwrap_or(tx.now),
        },
    )?;
    if let Some(language) = language {
        let text = mail::code_text(programme, &language, &code, CODE_MINUTES);
        if let Some(folder) = sandbox.mail_dir() {
            let letter =
                Letter { from: &programme.id, to: address, at: tx.now, request: &request, text: &text, code: &code };
            mail::write(folder, &letter).map_err(crate::store::StoreError::from)?;
        }
        let kind = "code".to_owned();
        codes::keep_sent(tx, &Sent { address: address.to_owned(), kind, text, code: Some(code), at: tx.now })?;
    }
    Ok(request)
}

fn refuse_if_too_many(wait: Option<SignedDuration>) -> Result<(), Problem> {
    match wait {
        None => Ok(()),
        Some(wait) => Err(Problem::new(Name::TooManyRequests, "the limit for one hour is reached")
            .retry_after(wait.as_secs().max(0) + 1)),
    }
}

/// The one address of a request, in the spelling under which it is known.
fn address(body: &AddressBody) -> Result<String, Problem> {
    match (&body.email, &body.phone) {
        (Some(email), None) => normal_email(email)
            .ok_or_else(|| Problem::malformed("address.email: expected an address such as ada@example.org")),
        (None, Some(phone)) => normal_phone(phone)
            .ok_or_else(|| Problem::malformed("address.phone: expected + and 8 to 15 digits (E.164)")),
        _ => Err(Problem::malformed("address: expected either email or phone")),
    }
}

/// Lower case; one `@`, a dot in the domain, no white space. Whether mail arrives is what the code finds out.
fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain = |part: &str| !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control());
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    (!local.is_empty() && plain(local) && plain(domain) && dotted && text.len() <= 254).then_some(text)
}

/// `+` and digits, without the spaces and hyphens that people write.
fn normal_phone(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let number = digits.strip_prefix('+')?;
    let valid = (8..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    (valid && !number.starts_with('0')).then_some(digits)
}

/// An address in the spelling under which it is known, of either kind.
pub(super) fn normal_address(text: &str) -> Option<String> {
    normal_email(text).or_else(|| normal_phone(text))
}

fn join_form(programme: &Programme, join: JoinBody) -> Result<JoinForm, Problem> {
    let name = join.name.trim().to_owned();
    require_text("join.name", &name, 1..=100)?;
    let is_tag = (2..=35).contains(&join.language.len())
        && join
            .language
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !is_tag {
        return Err(Problem::malformed("join.language: expected a language tag (BCP 47)"));
    }
    if join.terms != programme.terms {
        return Err(Problem::malformed(format!("join.terms: expected the current version, {}", programme.terms)));
    }
    let consents: BTreeSet<String> = join.consents.unwrap_or_default().into_iter().collect();
    if consents.len() > 16 || !consents.iter().all(|purpose| is_id(purpose)) {
        return Err(Problem::malformed("join.consents: expected at most 16 ids"));
    }
    Ok(JoinForm { name, language: join.language, terms: join.terms, consents })
}

/// Why the token endpoint gives no token.
pub(super) enum Denied {
    /// In the words of RFC 6749, section 5.2.
    OAuth(OAuthError, &'static str),
    /// As everywhere else.
    Problem(Problem),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum OAuthError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Denied {
        Denied::Problem(problem)
    }
}

impl From<crate::store::StoreError> for Denied {
    fn from(error: crate::store::StoreError) -> Denied {
        Denied::Problem(error.into())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (error, description) = match self {
            Denied::Problem(problem) => return problem.into_response(),
            Denied::OAuth(error, description) => (error, description),
        };
        let (status, error) = match error {
            OAuthError::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            OAuthError::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            OAuthError::InvalidGrant => (StatusCode::BAD_REQUEST, "invalid_grant"),
            OAuthError::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        };
        let body = JsonAnswer(json!({"error": error, "error_description": description}));
        let mut response = (status, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"member-api\""));
        }
        response
    }
}

type Fields = BTreeMap<String, String>;

/// `POST /v1/auth/token`
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    Network(network): Network,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Denied> {
    match fields.get("grant_type").map(String::as_str) {
        Some(CODE_GRANT) => redeem(&sandbox, &network, &fields),
        Some("refresh_token") => refresh(&sandbox, &headers, &fields),
        Some("client_credentials") => till(&sandbox, &network, &headers),
        Some(_) => Err(Denied::OAuth(OAuthError::UnsupportedGrantType, "the grant type is not known")),
        None => Err(Denied::OAuth(OAuthError::InvalidRequest, "grant_type is missing")),
    }
}

fn field<'a>(fields: &'a Fields, name: &str, missing: &'static str) -> Result<&'a str, Denied> {
    match fields.get(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(Denied::OAuth(OAuthError::InvalidRequest, missing)),
    }
}

fn require_member_client(fields: &Fields) -> Result<(), Denied> {
    if field(fields, "client_id", "client_id is missing")? == MEMBER_CLIENT {
        Ok(())
    } else {
        Err(Denied::OAuth(OAuthError::InvalidClient, "the client is not known"))
    }
}

fn redeem(sandbox: &Sandbox, network: &str, fields: &Fields) -> Result<Response, Denied> {
    require_member_client(fields)?;
    let request = field(fields, "request_id", "request_id is missing")?;
    let code = field(fields, "code", "code is missing")?;
    let device = fields.get("device").map(String::as_str).filter(|device| !device.is_empty());
    if let Some(device) = device {
        require_text("device", device, 1..=64)
            .map_err(|_| Denied::OAuth(OAuthError::InvalidRequest, "device is longer than 64 characters"))?;
    }
    let signed_in = sandbox.write(|tx| -> Result<_, Denied> {
        refuse_if_limited(tx, sandbox, network)?;
        let Some(member) = redeem_code(tx, sandbox.programme(), request, code)? else {
            count_failure(tx, sandbox, network)?;
            return Ok(None);
        };
        Ok(Some((tokens::start_family(tx, &member, device)?, member)))
    })?;
    match signed_in {
        Some((pair, member)) => Ok(member_tokens(sandbox, &pair, &member)),
        None => Err(Denied::OAuth(OAuthError::InvalidGrant, "the code is wrong, used, replaced or expired")),
    }
}

/// The member whom a code signs in; who is new joins now.
fn redeem_code(tx: &Tx<'_>, programme: &Programme, id: &str, code: &str) -> Result<Option<String>, Denied> {
    let Some(request) = codes::find_open(&tx.sql, id)? else {
        return Ok(None);
    };
    if request.expires_at <= tx.now || request.tries >= CODE_TRIES {
        return Ok(None);
    }
    let given = ids::code_hash(id, code);
    if !request.code_hash.is_some_and(|expected| ids::same(&expected, &given)) {
        codes::count_wrong(tx, id, CODE_TRIES)?;
        return Ok(None);
    }
    codes::mark_used(tx, id)?;
    if let Some(member) = members::find_by_address(&tx.sql, &request.address)? {
        return Ok(Some(member.id));
    }
    let Some(form) = request.join_form else {
        return Ok(None);
    };
    let form: JoinForm = serde_json::from_str(&form).map_err(crate::store::StoreError::from)?;
    Ok(Some(join::join(tx, programme, &request.address, &form)?))
}

fn failures(sandbox: &Sandbox, network: &str) -> (String, u32) {
    (format!("grant/network/{network}"), sandbox.programme().limits.failed_grants_per_network)
}

fn refuse_if_limited(tx: &Tx<'_>, sandbox: &Sandbox, network: &str) -> Result<(), Denied> {
    let (bucket, limit) = failures(sandbox, network);
    Ok(refuse_if_too_many(codes::must_wait(tx, &bucket, limit)?)?)
}

fn count_failure(tx: &Tx<'_>, sandbox: &Sandbox, network: &str) -> Result<(), Denied> {
    let (bucket, limit) = failures(sandbox, network);
    codes::attempt(tx, &bucket, limit)?;
    Ok(())
}

fn refresh(sandbox: &Sandbox, headers: &HeaderMap, fields: &Fields) -> Result<Response, Denied> {
    require_member_client(fields)?;
    let refresh = field(fields, "refresh_token", "refresh_token is missing")?;
    let exchange = extract::optional_key(headers)
        .map_err(|_| Denied::OAuth(OAuthError::InvalidRequest, "Idempotency-Key is not a UUID"))?;
    match sandbox.write(|tx| tokens::rotate(tx, refresh, exchange.as_deref()).map_err(Denied::from))? {
        Rotation::Rotated { pair, member } => Ok(member_tokens(sandbox, &pair, &member)),
        Rotation::Refused => {
            Err(Denied::OAuth(OAuthError::InvalidGrant, "the refresh token is unknown, replaced, expired or revoked"))
        }
    }
}

fn member_tokens(sandbox: &Sandbox, pair: &Pair, member: &str) -> Response {
    JsonAnswer(json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE.as_secs(),
        "refresh_token": pair.refresh,
        "scope": "member",
        "member": member,
        "programme": sandbox.programme().id,
    }))
    .into_response()
}

fn till(sandbox: &Sandbox, network: &str, headers: &HeaderMap) -> Result<Response, Denied> {
    let unknown = || Denied::OAuth(OAuthError::InvalidClient, "the till or its secret is not known");
    let (id, secret) = basic_credentials(headers).ok_or_else(unknown)?;
    let found = sandbox.programme().till(&id).map(|(_, till)| till);
    // Hashed first, so that neither length nor content shows in the time that the comparison takes.
    let expected = ids::hash(found.map_or("", |till| till.secret.as_str()).as_bytes());
    let matches = ids::same(&expected, &ids::hash(secret.as_bytes()));
    let access = sandbox.write(|tx| -> Result<_, Denied> {
        refuse_if_limited(tx, sandbox, network)?;
        match found {
            Some(till) if matches => Ok(Some(tokens::issue_till(tx, &till.id)?)),
            _ => {
                count_failure(tx, sandbox, network)?;
                Ok(None)
            }
        }
    })?;
    let access = access.ok_or_else(unknown)?;
    let answer = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE.as_secs(),
        "scope": "till",
        "programme": sandbox.programme().id,
    });
    Ok(JsonAnswer(answer).into_response())
}

/// Id and secret of HTTP Basic (RFC 7617).
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// `POST /v1/auth/revoke`
pub(super) async fn revoke(State(sandbox): State<Sandbox>, Form(fields): Form) -> Result<StatusCode, Denied> {
    let token = field(&fields, "token", "token is missing")?;
    sandbox.write(|tx| tokens::revoke_by_token(tx, token).map_err(Denied::from))?;
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(normal_email(" Ada@Example.ORG ").as_deref(), Some("ada@example.org"));
        assert_eq!(normal_phone("+48 600-700-800").as_deref(), Some("+48600700800"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "ada", "@example.org", "ada@", "ada@example", "a da@example.org", "ada@b@c.org", "a@b..org"] {
            assert_eq!(normal_email(text), None, "{text:?}");
        }
        for text in ["", "600700800", "+123", "+48 600 x00 800", "+1234567890123456", "+0123456789"] {
            assert_eq!(normal_phone(text), None, "{text:?}");
        }
    }
}
