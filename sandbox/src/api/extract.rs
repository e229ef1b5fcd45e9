//! What handlers take from a request, checked at the edge: bodies of a bounded size and a known type, fields with
//! their bounds, access tokens, idempotency keys.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use http_body_util::BodyExt as _;
use rusqlite::Connection;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::programme::is_id;
use crate::store::tokens::{self, Bearer};

/// The largest body of a request, in bytes.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;
/// How much of a body that is too large is read and thrown away, so that the client gets to read the answer.
const DRAIN_LIMIT: usize = 1024 * 1024;

/// The header that names an action or a till's request.
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A JSON body, as it came.
pub(crate) struct Json(pub(crate) Bytes);

/// The fields of a form, each at most once.
pub(crate) struct Form(pub(crate) BTreeMap<String, String>);

/// A member with a valid access token.
pub(crate) struct Member {
    pub(crate) id: String,
    /// The session, which is one installation of the app.
    pub(crate) session: String,
    /// The access token, to ask later whether its session still stands.
    token: String,
}

impl Member {
    /// Refuses a session that was ended since the request came, or that the server does not know any more because it was
    /// restored from a backup: asked in the transaction that answers.
    pub(crate) fn ensure_stands(&self, sql: &Connection) -> Result<(), Problem> {
        if tokens::stands(sql, &self.token)? {
            Ok(())
        } else {
            Err(Problem::new(Name::Unauthorized, "the session was ended while the request was answered"))
        }
    }
}

/// A till with a valid access token, by its id.
pub(crate) struct Till(pub(crate) String);

/// The key of an action or of a till's request, in its canonical spelling.
pub(crate) struct IdempotencyKey(pub(crate) String);

/// Where a request came from; in process there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The network that a request counts towards.
pub(crate) struct Network(pub(crate) String);

impl FromRequestParts<Sandbox> for Network {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Network, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>();
        Ok(Network(peer.map_or_else(|| "in-process".to_owned(), |peer| peer.0.to_string())))
    }
}

impl FromRequest<Sandbox> for Json {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Json, Problem> {
        require_type(request.headers(), "application/json")?;
        Ok(Json(read(request).await?))
    }
}

impl FromRequest<Sandbox> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Form, Problem> {
        require_type(request.headers(), "application/x-www-form-urlencoded")?;
        let body = read(request).await?;
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&body).map_err(|_| Problem::malformed("the body is not a form in UTF-8"))?;
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if fields.insert(name, value).is_some() {
                return Err(Problem::malformed("a field of the form is there twice"));
            }
        }
        Ok(Form(fields))
    }
}

/// Refuses a body that is not declared as `expected`; parameters such as a charset are passed over.
fn require_type(headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expected) {
        Ok(())
    } else {
        Err(Problem::new(Name::UnsupportedMediaType, format!("the body must be {expected}")))
    }
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Name::TooLarge, format!("a body has at most {BODY_LIMIT} bytes"));
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > DRAIN_LIMIT) {
        return Err(too_large());
    }
    let mut body = request.into_body();
    let mut collected = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::malformed("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= BODY_LIMIT {
            collected.extend_from_slice(&data);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length > BODY_LIMIT { Err(too_large()) } else { Ok(collected.freeze()) }
}

impl FromRequestParts<Sandbox> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Member, Problem> {
        let token = bearer_token(&parts.headers)?;
        match authorise(sandbox, token)? {
            Bearer::Member { id, family } => Ok(Member { id, session: family, token: token.to_owned() }),
            Bearer::Till(_) => Err(Problem::new(Name::InsufficientScope, "this needs the scope member")),
        }
    }
}

impl FromRequestParts<Sandbox> for Till {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Till, Problem> {
        match authorise(sandbox, bearer_token(&parts.headers)?)? {
            Bearer::Till(id) => Ok(Till(id)),
            Bearer::Member { .. } => Err(Problem::new(Name::InsufficientScope, "this needs the scope till")),
        }
    }
}

fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        Ok(token.trim())
    } else {
        Err(Problem::new(Name::Unauthorized, "the request has no access token"))
    }
}

fn authorise(sandbox: &Sandbox, token: &str) -> Result<Bearer, Problem> {
    let now = sandbox.now();
    let found = sandbox.store().read(|sql| tokens::bearer(sql, token, now))?;
    let Some((bearer, first_use)) = found else {
        return Err(Problem::new(Name::Unauthorized, "the access token is unknown, expired or revoked"));
    };
    if first_use {
        sandbox.write(|tx| tokens::confirm_successor(tx, token))?;
    }
    Ok(bearer)
}

impl FromRequestParts<Sandbox> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<IdempotencyKey, Problem> {
        optional_key(&parts.headers)?.map(IdempotencyKey).ok_or_else(bad_key)
    }
}

fn bad_key() -> Problem {
    Problem::malformed("the header Idempotency-Key must be there once and be a UUID")
}

/// The `Idempotency-Key` of a request that may have none.
pub(super) fn optional_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().ok().and_then(uuid).map(Some).ok_or_else(bad_key),
        (Some(_), Some(_)) => Err(bad_key()),
    }
}

/// The canonical spelling of a UUID that is written with hyphens.
pub(crate) fn uuid(text: &str) -> Option<String> {
    let is_hyphenated = text.len() == 36;
    Uuid::try_parse(text).ok().filter(|_| is_hyphenated).map(|uuid| uuid.hyphenated().to_string())
}

/// A `T` from a JSON object: derived code would take an array of the fields as well.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Reads a JSON object; a problem names the field that is wrong, not its value.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        Problem::malformed(describe(&path, error.inner()))
    })?;
    json.end().map_err(|_| Problem::malformed("there is more after the JSON document"))?;
    Ok(value)
}

fn describe(path: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!("the body is not JSON in UTF-8: line {}, column {}", error.line(), error.column());
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let within = if path == "." { String::new() } else { format!("{path}: ") };
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{within}the field {field} is missing");
    }
    // Only serde's own words end with what was expected and not with a piece of the value.
    let is_own = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if is_own.iter().any(|start| message.starts_with(start)) => {
            format!("{within}expected {expected}")
        }
        _ => format!("{within}the value is not valid"),
    }
}

/// Refuses a field that is not an id of the Member API.
pub(crate) fn require_id(field: &str, value: &str) -> Result<(), Problem> {
    if is_id(value) {
        Ok(())
    } else {
        Err(Problem::malformed(format!("{field}: expected 1 to 64 of A-Z a-z 0-9 . _ : -")))
    }
}

/// Refuses a field whose length in characters is not in `range`, or that has control characters.
pub(crate) fn require_text(field: &str, value: &str, range: std::ops::RangeInclusive<usize>) -> Result<(), Problem> {
    let length = value.chars().count();
    if range.contains(&length) && !value.chars().any(char::is_control) {
        Ok(())
    } else {
        let (least, most) = range.into_inner();
        Err(Problem::malformed(format!("{field}: expected {least} to {most} characters without control characters")))
    }
}

/// Refuses a field whose number is not in `range`.
pub(crate) fn require_range(field: &str, value: i64, range: std::ops::RangeInclusive<i64>) -> Result<(), Problem> {
    if range.contains(&value) {
        Ok(())
    } else {
        let (least, most) = range.into_inner();
        Err(Problem::malformed(format!("{field}: expected {least} to {most}")))
    }
}

/// The fields `names` of a query, each at most once. Others are passed over.
pub(super) fn query<const N: usize>(query: &str, names: [&str; N]) -> Result<[Option<String>; N], Problem> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| Problem::malformed("the query is not valid"))?;
    let mut fields = [const { None }; N];
    for (name, value) in pairs {
        let Some(index) = names.iter().position(|known| *known == name) else { continue };
        if fields[index].replace(value).is_some() {
            return Err(Problem::malformed(format!("{name}: it is there twice")));
        }
    }
    Ok(fields)
}

/// The number in a field of a query.
pub(super) fn number(
    name: &str,
    text: Option<&str>,
    default: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(default) };
    // What is no number is out of range too.
    let value = text.parse().unwrap_or(i64::MIN);
    require_range(name, value, range)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only the errors are of interest")]
    struct Outer {
        inner: Object<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only the errors are of interest")]
    struct Inner {
        count: i64,
        at: Option<jiff::Timestamp>,
    }

    fn check(body: &str, expected: &str) {
        let problem = parse::<Outer>(body.as_bytes()).expect_err("malformed");
        assert_eq!(problem.to_json()["detail"], expected);
    }

    #[test]
    fn a_detail_names_the_field_and_never_the_value() {
        check("{}", "the field `inner` is missing");
        check(r#"{"inner":{}}"#, "inner: the field `count` is missing");
        check(r#"{"inner":{"count":"my secret"}}"#, "inner.count: expected i64");
        check(r#"{"inner":{"count":1.5}}"#, "inner.count: expected i64");
        check(r#"{"inner":{"count":1,"at":"my secret"}}"#, "inner.at: the value is not valid");
        check(r#"{"inner":"#, "the body is not JSON in UTF-8: line 1, column 9");
        check(r#"{"inner":{"count":1}} x"#, "there is more after the JSON document");
        check("[]", "expected an object");
        check(r#"{"inner":[1,null]}"#, "inner: expected an object");
    }

    #[test]
    fn a_key_is_a_uuid_with_hyphens_in_any_case() {
        let canonical = "0190b0c0-7a5e-7d3a-9c4e-2f1a6b8d0e55";
        assert_eq!(uuid(canonical).as_deref(), Some(canonical));
        assert_eq!(uuid(&canonical.to_uppercase()).as_deref(), Some(canonical));
        assert_eq!(uuid(&canonical.replace('-', "")), None);
        assert_eq!(uuid("{0190b0c0-7a5e-7d3a-9c4e-2f1a6b8d0e5}"), None);
        assert_eq!(uuid(""), None);
    }
}
