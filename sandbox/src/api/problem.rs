//! Problem details (RFC 9457): every error answer of the server except those of the token endpoint.
//!
//! The registered names are all here, with their status. Details never repeat what a client sent in a field's value.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use member_card::verify;
use serde_json::{Map, Value};

use crate::SandboxError;
use crate::engine::{cancel, claim, till};
use crate::store::StoreError;

/// The prefix of a problem's `type`.
const TYPE_PREFIX: &str = "urn:member-core:problem:";

/// A registered kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Malformed,
    Unauthorized,
    InsufficientScope,
    NotFound,
    UnknownAction,
    MethodNotAllowed,
    CursorGone,
    TooLarge,
    UnsupportedMediaType,
    KeyReused,
    TooManyRequests,
    Internal,
    Unavailable,
    ActionExpired,
    InsufficientPoints,
    UnknownReward,
    RewardUnavailable,
    SoldOut,
    TierRequired,
    PriceChanged,
    UnknownClaim,
    VoucherClosed,
    CardMalformed,
    UnknownCard,
    CardRevoked,
    UnknownIssuer,
    CodeExpired,
    CodeFromFuture,
    TooManyGuesses,
    CodeForged,
    CodeUsed,
    MayNotSpend,
    SpendLocked,
    UnknownDevice,
    UnknownScan,
    ReceiptReused,
    UnknownVoucher,
    UnknownReceipt,
    RefundTooLarge,
    UnknownRedemption,
    RefundReused,
}

impl Name {
    /// Name, status and title.
    fn facts(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Name::Malformed => ("malformed", S::BAD_REQUEST, "The request is malformed"),
            Name::Unauthorized => ("unauthorized", S::UNAUTHORIZED, "No valid access token"),
            Name::InsufficientScope => ("insufficient-scope", S::FORBIDDEN, "The access token is not for this"),
            Name::NotFound => ("not-found", S::NOT_FOUND, "There is nothing here"),
            Name::UnknownAction => ("unknown-action", S::NOT_FOUND, "No action with this key has an outcome"),
            Name::MethodNotAllowed => ("method-not-allowed", S::METHOD_NOT_ALLOWED, "The path has other methods"),
            Name::CursorGone => ("cursor-gone", S::GONE, "The cursor is not good any more"),
            Name::TooLarge => ("too-large", S::PAYLOAD_TOO_LARGE, "The request is too large"),
            Name::UnsupportedMediaType => {
                ("unsupported-media-type", S::UNSUPPORTED_MEDIA_TYPE, "The body is of another type")
            }
            Name::KeyReused => ("key-reused", S::UNPROCESSABLE_ENTITY, "The key was used for another request"),
            Name::TooManyRequests => ("too-many-requests", S::TOO_MANY_REQUESTS, "Too many requests"),
            Name::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "The server failed"),
            Name::Unavailable => ("unavailable", S::SERVICE_UNAVAILABLE, "The server is not available"),
            Name::ActionExpired => ("action-expired", S::CONFLICT, "The action arrived too late"),
            Name::InsufficientPoints => ("insufficient-points", S::CONFLICT, "Not enough points"),
            Name::UnknownReward => ("unknown-reward", S::CONFLICT, "There is no such reward"),
            Name::RewardUnavailable => ("reward-unavailable", S::CONFLICT, "The reward is not available now"),
            Name::SoldOut => ("sold-out", S::CONFLICT, "The reward is sold out"),
            Name::TierRequired => ("tier-required", S::CONFLICT, "The reward is for a higher tier"),
            Name::PriceChanged => ("price-changed", S::CONFLICT, "The reward costs more now"),
            Name::UnknownClaim => ("unknown-claim", S::CONFLICT, "There is no such claim"),
            Name::VoucherClosed => ("voucher-closed", S::CONFLICT, "The voucher is not open any more"),
            Name::CardMalformed => ("card-malformed", S::CONFLICT, "This is not a card of the programme"),
            Name::UnknownCard => ("unknown-card", S::CONFLICT, "No member has this card"),
            Name::CardRevoked => ("card-revoked", S::CONFLICT, "The card was revoked"),
            Name::UnknownIssuer => ("unknown-issuer", S::CONFLICT, "The proof is signed with an unknown key"),
            Name::CodeExpired => ("code-expired", S::CONFLICT, "The code's time has passed"),
            Name::CodeFromFuture => ("code-from-future", S::CONFLICT, "The code's time is still to come"),
            Name::TooManyGuesses => ("too-many-guesses", S::CONFLICT, "Too many wrong codes for this card"),
            Name::CodeForged => ("code-forged", S::CONFLICT, "The code is not genuine"),
            Name::CodeUsed => ("code-used", S::CONFLICT, "The code was used already"),
            Name::MayNotSpend => ("may-not-spend", S::CONFLICT, "With this code points are earned, not spent"),
            Name::SpendLocked => ("spend-locked", S::CONFLICT, "The member has locked spending"),
            Name::UnknownDevice => ("unknown-device", S::CONFLICT, "The device has another number"),
            Name::UnknownScan => ("unknown-scan", S::CONFLICT, "This till made no such scan"),
            Name::ReceiptReused => ("receipt-reused", S::CONFLICT, "The receipt has brought points already"),
            Name::UnknownVoucher => ("unknown-voucher", S::CONFLICT, "The member has no such voucher"),
            Name::UnknownReceipt => ("unknown-receipt", S::CONFLICT, "The receipt brought nobody anything"),
            Name::RefundTooLarge => ("refund-too-large", S::CONFLICT, "More comes back than is left of the purchase"),
            Name::UnknownRedemption => ("unknown-redemption", S::CONFLICT, "No such use of a voucher stands"),
            Name::RefundReused => ("refund-reused", S::CONFLICT, "The refund was made already"),
        }
    }
}

/// A problem on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    name: Name,
    detail: String,
    extensions: Map<String, Value>,
    retry_after: Option<i64>,
}

impl Problem {
    pub(crate) fn new(name: Name, detail: impl Into<String>) -> Problem {
        Problem { name, detail: detail.into(), extensions: Map::new(), retry_after: None }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(Name::Malformed, detail)
    }

    /// Adds an extension member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// Says after how many seconds to try again.
    pub(crate) fn retry_after(mut self, seconds: i64) -> Problem {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.name.facts().1
    }

    pub(crate) fn to_json(&self) -> Value {
        let (name, status, title) = self.name.facts();
        let mut body = self.extensions.clone();
        body.insert("type".to_owned(), format!("{TYPE_PREFIX}{name}").into());
        body.insert("title".to_owned(), title.into());
        body.insert("status".to_owned(), status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        Value::Object(body)
    }
}

/// An answer with a body of problem details.
pub(crate) fn response(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = response(self.status(), self.to_json().to_string());
        let headers = response.headers_mut();
        match self.name {
            Name::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
            }
            Name::InsufficientScope => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"insufficient_scope\""));
            }
            _ => {}
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Problem {
        match error {
            SandboxError::BackupName => Problem::malformed("name: expected 1 to 64 of a-z 0-9 -"),
            SandboxError::UnknownBackup => Problem::new(Name::NotFound, "there is no backup of this name"),
            SandboxError::Storage(error) => match error.downcast::<StoreError>() {
                Ok(error) => Problem::from(*error),
                Err(_) => Problem::new(Name::Internal, "the request had no effect"),
            },
            // Not of a sandbox that is open.
            _ => Problem::new(Name::Internal, "the request had no effect"),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::TooManyBackups(most) => {
                Problem::malformed(format!("name: there are {most} backups already; expected the name of one of them"))
            }
            StoreError::Overflow => Problem::malformed("an amount is too large"),
            // The source of an error of SQLite names a statement, never a value.
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
                Problem::new(Name::Internal, "the request had no effect")
            }
        }
    }
}

/// A refused claim, with what the client needs to say why.
pub(crate) fn of_claim(refusal: claim::Refusal, key: &str) -> Problem {
    use claim::Refusal;
    let problem = match refusal {
        Refusal::UnknownReward => Problem::new(Name::UnknownReward, "the catalogue has no reward of this id"),
        Refusal::RewardUnavailable => Problem::new(Name::RewardUnavailable, "the reward is outside its dates"),
        Refusal::SoldOut => Problem::new(Name::SoldOut, "nothing is left of the reward"),
        Refusal::TierRequired(tier) => {
            Problem::new(Name::TierRequired, "the reward is for members of a higher tier").with("tier", tier)
        }
        Refusal::PriceChanged { cost, revision } => {
            let cost = serde_json::json!({"unit": cost.unit, "amount": cost.amount});
            Problem::new(Name::PriceChanged, "the reward costs more than was shown")
                .with("cost", cost)
                .with("revision", revision)
        }
        Refusal::InsufficientPoints { available, needed } => {
            Problem::new(Name::InsufficientPoints, format!("{needed} are needed, {available} are available"))
                .with("available", available)
                .with("needed", needed)
        }
        Refusal::SpendLocked => spend_locked(),
    };
    problem.with("key", key)
}

fn spend_locked() -> Problem {
    Problem::new(Name::SpendLocked, "the member unlocks spending in the app")
}

/// A claim that cannot be taken back, with what the client needs to say why.
pub(crate) fn of_cancel(refusal: &cancel::Refusal, key: &str) -> Problem {
    let problem = match refusal {
        cancel::Refusal::UnknownClaim => {
            Problem::new(Name::UnknownClaim, "no claim of this member with this key took effect")
        }
        cancel::Refusal::VoucherClosed(state) => {
            let state = serde_json::json!(state);
            Problem::new(Name::VoucherClosed, "the voucher of the claim is not open any more").with("state", state)
        }
    };
    problem.with("key", key)
}

/// A refusal at the till.
pub(crate) fn of_till(refusal: &till::Refusal) -> Problem {
    use till::Refusal;
    match refusal {
        Refusal::Card(refusal) => of_code(refusal),
        Refusal::MayNotSpend => {
            Problem::new(Name::MayNotSpend, "a card number alone proves nothing; let the code on the phone be scanned")
        }
        Refusal::SpendLocked => spend_locked(),
        Refusal::UnknownScan => Problem::new(Name::UnknownScan, "the scan is not one of this till"),
        Refusal::ReceiptReused(line) => {
            Problem::new(Name::ReceiptReused, format!("line {line} of the receipt was accrued under another key"))
        }
        Refusal::UnknownVoucher => Problem::new(Name::UnknownVoucher, "the member has no voucher of this code"),
        Refusal::VoucherClosed(state) => {
            let state = serde_json::json!(state);
            Problem::new(Name::VoucherClosed, "the voucher is not open any more").with("state", state)
        }
        Refusal::UnknownReceipt(line) => {
            Problem::new(Name::UnknownReceipt, format!("line {line} of the receipt was never accrued"))
        }
        Refusal::RefundTooLarge(line) => {
            Problem::new(Name::RefundTooLarge, format!("less than that is left of line {line} of the receipt"))
        }
        Refusal::UnknownRedemption => {
            Problem::new(Name::UnknownRedemption, "there was no such use of a voucher, or it was undone")
        }
        Refusal::RefundReused => {
            Problem::new(Name::RefundReused, "the till made a refund with this receipt under another key")
        }
    }
}

/// A code that is not good, with the seconds that belong to the reason.
fn of_code(refusal: &verify::Refusal) -> Problem {
    use verify::Refusal;
    let (name, detail) = match refusal {
        Refusal::UnknownIssuer { .. } => (Name::UnknownIssuer, "no key of its name was good on the day of the proof"),
        Refusal::UnknownCard => (Name::UnknownCard, "no member has this card number"),
        Refusal::Expired { .. } => (Name::CodeExpired, "let the code that the phone shows now be scanned"),
        Refusal::Future { .. } => (Name::CodeFromFuture, "often it is the till's clock that is behind"),
        Refusal::TooManyGuesses { .. } => (Name::TooManyGuesses, "the code was not looked at"),
        Refusal::Forged => (Name::CodeForged, "no device of the card shows this code now"),
        Refusal::Revoked => (Name::CardRevoked, "the card, or the device that shows it, may not be used any more"),
        Refusal::Used { .. } => (Name::CodeUsed, "it, or a later one, was taken in another sale"),
        // Malformed, of another programme, and what a later version of the verifier may refuse.
        _ => (Name::CardMalformed, "the code is none of the programme's"),
    };
    let problem = Problem::new(name, detail);
    match refusal.seconds() {
        Some(seconds) => problem.with("seconds", seconds),
        None => problem,
    }
}

/// The registered problem that a bare status stands for, if there is exactly one.
pub(crate) fn registered(status: StatusCode) -> Option<Name> {
    match status {
        StatusCode::UNAUTHORIZED => Some(Name::Unauthorized),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Name::TooLarge),
        StatusCode::TOO_MANY_REQUESTS => Some(Name::TooManyRequests),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Name::Internal),
        StatusCode::SERVICE_UNAVAILABLE => Some(Name::Unavailable),
        _ => None,
    }
}
