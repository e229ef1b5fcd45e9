//! The till's side: reading a card, points for a receipt, vouchers and refunds, each exactly once for its key.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json as JsonAnswer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::replay;
use super::extract::{self, IdempotencyKey, Json, Object, Till, require_id, require_range, require_text};
use super::problem::{self, Name, Problem};
use crate::Sandbox;
use crate::engine::card;
use crate::engine::earn::{self, Accrued, Receipt};
use crate::engine::journal::{self, Entry, Journalled};
use crate::engine::redeem::{self, Use};
use crate::engine::refund::{self, Back};
use crate::engine::till::{self as engine, AtTill, Refusal};
use crate::faults::IgnoreIdempotency;
use crate::ids;
use crate::programme::Programme;
use crate::store::actions::Answer;
use crate::store::devices;
use crate::store::till::{self, Line};
use crate::store::{StoreError, Tx};

const MAX_LINES: usize = 200;
/// A line costs at most a million in the currency's main unit.
const MAX_MINOR: i64 = 100_000_000;

#[derive(Deserialize)]
struct ScanBody {
    payload: String,
    sale: String,
}

#[derive(Deserialize)]
struct AccrualBody {
    scan: String,
    receipt: String,
    lines: Vec<Object<LineBody>>,
}

#[derive(Deserialize)]
struct LineBody {
    line: i64,
    amount: Object<Money>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Money {
    minor: i64,
    currency: String,
}

#[derive(Deserialize)]
struct JournalBody {
    payload: String,
    scanned_at: Timestamp,
    receipt: String,
    lines: Vec<Object<LineBody>>,
}

#[derive(Deserialize)]
struct RedemptionBody {
    scan: String,
    voucher: String,
    receipt: String,
}

#[derive(Deserialize)]
struct RefundBody {
    refund: String,
    receipt: String,
    #[serde(default)]
    till: Option<String>,
    #[serde(default)]
    lines: Vec<Object<LineBody>>,
    #[serde(default)]
    redemptions: Vec<String>,
}

/// One request of a till under its key.
struct Keyed {
    till: String,
    key: String,
    path: &'static str,
    body: Bytes,
    ignore: bool,
}

/// `POST /v1/till/scans`
pub(super) async fn scan(
    State(sandbox): State<Sandbox>,
    Till(till): Till,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let parsed = parse_scan(&body);
    let keyed = Keyed { till, key, path: "/v1/till/scans", body, ignore: ignore.is_some() };
    once(&sandbox, &keyed, |tx, at| {
        let ScanBody { payload, sale } = parsed?;
        let scanned = engine::scan(tx, sandbox.programme(), at, &sale, &payload)?;
        Ok(scanned.map(|scanned| {
            json!({
                "scan": scanned.scan,
                "member": {"first_name": scanned.first_name, "tier": scanned.tier},
                "card": scanned.card_end,
                "payload": scanned.payload.name(),
                "verified": scanned.verified,
                "again": scanned.again,
                "spend_locked": scanned.spend_locked,
                "may_spend": scanned.may_spend,
            })
        }))
    })
}

/// `GET /v1/till/keys`
pub(super) async fn keys(State(sandbox): State<Sandbox>, Till(_): Till) -> Result<JsonAnswer<Value>, Problem> {
    let (format, keys) = sandbox.write(|tx| card::keys(tx, sandbox.programme()).map_err(Problem::from))?;
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "programme": key.programme,
                "public": URL_SAFE_NO_PAD.encode(key.public.to_bytes()),
                "first": key.first.number(),
                "last": key.last.number(),
            })
        })
        .collect();
    Ok(JsonAnswer(json!({
        "format": {
            "programme": format.programme,
            "number_length": format.number_length,
            "prefix": format.prefix,
            "payload": format.payload.name(),
        },
        "keys": keys,
        "journal_days": devices::JOURNAL.as_hours() / 24,
    })))
}

/// `GET /v1/till/revocations`
pub(super) async fn revocations(State(sandbox): State<Sandbox>, Till(_): Till) -> Result<JsonAnswer<Value>, Problem> {
    let list = sandbox.write(|tx| card::revocations(tx).map_err(Problem::from))?;
    let list = list.map_err(|error| {
        tracing::error!(%error, "the revocation list cannot be made");
        Problem::new(Name::Internal, "the revocation list cannot be made")
    })?;
    Ok(JsonAnswer(json!({"list": URL_SAFE_NO_PAD.encode(list)})))
}

fn parse_scan(body: &[u8]) -> Result<ScanBody, Problem> {
    let scan: ScanBody = extract::parse(body)?;
    require_id("sale", &scan.sale)?;
    require_payload(&scan.payload)?;
    Ok(scan)
}

/// Scanners may add Enter or Tab, so control characters are not refused here; what is no card is a refusal.
fn require_payload(payload: &str) -> Result<(), Problem> {
    require_range("length of payload", i64::try_from(payload.len()).unwrap_or(i64::MAX), 1..=512)
}

/// `POST /v1/till/accruals`
pub(super) async fn accrue(
    State(sandbox): State<Sandbox>,
    Till(till): Till,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let parsed = parse_accrual(sandbox.programme(), &body);
    let keyed = Keyed { till, key, path: "/v1/till/accruals", body, ignore: ignore.is_some() };
    once(&sandbox, &keyed, |tx, at| {
        let (scan, id, lines) = parsed?;
        let receipt = Receipt { scan: &scan, id: &id, lines: &lines, key: &keyed.key, again: keyed.ignore };
        let accrued = earn::accrue(tx, sandbox.programme(), at, &receipt)?;
        Ok(accrued.map(|accrued| accrual(&accrued)))
    })
}

fn accrual(accrued: &Accrued) -> Value {
    json!({
        "accrual": accrued.accrual,
        "entries": accrued.entries,
        "points": accrued.points,
        "available": accrued.available,
    })
}

fn parse_accrual(programme: &Programme, body: &[u8]) -> Result<(String, String, Vec<Line>), Problem> {
    let AccrualBody { scan, receipt, lines } = extract::parse(body)?;
    require_id("scan", &scan)?;
    require_id("receipt", &receipt)?;
    Ok((scan, receipt, parse_receipt(programme, lines)?))
}

fn parse_receipt(programme: &Programme, lines: Vec<Object<LineBody>>) -> Result<Vec<Line>, Problem> {
    if (1..=MAX_LINES).contains(&lines.len()) {
        parse_lines(programme, lines)
    } else {
        Err(Problem::malformed(format!("lines: expected 1 to {MAX_LINES}")))
    }
}

/// `POST /v1/till/journal`
pub(super) async fn journal(
    State(sandbox): State<Sandbox>,
    Till(till): Till,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let parsed = parse_journal(sandbox.programme(), &body);
    let keyed = Keyed { till, key, path: "/v1/till/journal", body, ignore: ignore.is_some() };
    once(&sandbox, &keyed, |tx, at| {
        let (payload, scanned_at, receipt, lines) = parsed?;
        let (payload, receipt, key) = (payload.as_str(), receipt.as_str(), keyed.key.as_str());
        let entry = Entry { payload, scanned_at, receipt, lines: &lines, key, again: keyed.ignore };
        let journalled = journal::journal(tx, sandbox.programme(), at, &entry)?;
        Ok(journalled.map(|journalled| match journalled {
            Journalled::Accrued(accrued) => {
                let mut answer = accrual(&accrued);
                answer["status"] = json!("accrued");
                answer
            }
            Journalled::Held(reason) => json!({"status": "held", "reason": reason}),
        }))
    })
}

fn parse_journal(programme: &Programme, body: &[u8]) -> Result<(String, Timestamp, String, Vec<Line>), Problem> {
    let JournalBody { payload, scanned_at, receipt, lines } = extract::parse(body)?;
    require_payload(&payload)?;
    require_id("receipt", &receipt)?;
    // As the database holds times: which of two scans came first must not depend on what is not kept.
    let scanned_at = Timestamp::from_millisecond(scanned_at.as_millisecond()).unwrap_or(scanned_at);
    Ok((payload, scanned_at, receipt, parse_receipt(programme, lines)?))
}

fn parse_lines(programme: &Programme, lines: Vec<Object<LineBody>>) -> Result<Vec<Line>, Problem> {
    let mut numbers = BTreeSet::new();
    let mut checked = Vec::with_capacity(lines.len());
    for (index, Object(LineBody { line, amount: Object(amount), text })) in lines.into_iter().enumerate() {
        require_range(&format!("lines[{index}].line"), line, 1..=10_000)?;
        if !numbers.insert(line) {
            return Err(Problem::malformed(format!("lines[{index}].line: it is there twice")));
        }
        require_range(&format!("lines[{index}].amount.minor"), amount.minor, 1..=MAX_MINOR)?;
        if amount.currency != programme.currency {
            let expected = &programme.currency;
            return Err(Problem::malformed(format!("lines[{index}].amount.currency: expected {expected}")));
        }
        if let Some(text) = &text {
            require_text(&format!("lines[{index}].text"), text, 0..=200)?;
        }
        checked.push(Line { number: line, minor: amount.minor, text });
    }
    Ok(checked)
}

/// `POST /v1/till/redemptions`
pub(super) async fn redeem(
    State(sandbox): State<Sandbox>,
    Till(till): Till,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let parsed = parse_redemption(&body);
    let keyed = Keyed { till, key, path: "/v1/till/redemptions", body, ignore: ignore.is_some() };
    once(&sandbox, &keyed, |tx, at| {
        let RedemptionBody { scan, voucher, receipt } = parsed?;
        let wanted = Use { scan: &scan, code: voucher.trim_ascii(), receipt: &receipt, key: &keyed.key };
        let redeemed = redeem::redeem(tx, sandbox.programme(), at, &wanted)?;
        Ok(redeemed.map(|redeemed| json!({"redemption": redeemed.redemption, "voucher": redeemed.voucher})))
    })
}

fn parse_redemption(body: &[u8]) -> Result<RedemptionBody, Problem> {
    let redemption: RedemptionBody = extract::parse(body)?;
    require_id("scan", &redemption.scan)?;
    require_id("receipt", &redemption.receipt)?;
    // As with a card: a scanner may add Enter or Tab, and what is no voucher is a refusal.
    require_range("length of voucher", i64::try_from(redemption.voucher.len()).unwrap_or(i64::MAX), 1..=64)?;
    Ok(redemption)
}

/// `POST /v1/till/refunds`
pub(super) async fn refund(
    State(sandbox): State<Sandbox>,
    Till(till): Till,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let parsed = parse_refund(sandbox.programme(), &body);
    let keyed = Keyed { till, key, path: "/v1/till/refunds", body, ignore: ignore.is_some() };
    once(&sandbox, &keyed, |tx, at| {
        let (RefundBody { refund, receipt, till, redemptions, .. }, lines) = parsed?;
        // It may have been bought at another till; one that the programme does not have sold nothing.
        let bought_at = till.as_deref().unwrap_or(at.till);
        let store = sandbox.programme().till(bought_at).map_or("", |(store, _)| store.id.as_str());
        let back = Back {
            bought: (store, bought_at, &receipt),
            lines: &lines,
            redemptions: &redemptions,
            receipt: &refund,
            key: &keyed.key,
            again: keyed.ignore,
        };
        let refunded = refund::refund(tx, sandbox.programme(), at, &back)?;
        Ok(refunded.map(|refunded| {
            json!({
                "refund": refunded.refund,
                "entries": refunded.entries,
                "vouchers": refunded.vouchers,
                "points": refunded.points,
            })
        }))
    })
}

fn parse_refund(programme: &Programme, body: &[u8]) -> Result<(RefundBody, Vec<Line>), Problem> {
    let mut refund: RefundBody = extract::parse(body)?;
    require_id("refund", &refund.refund)?;
    require_id("receipt", &refund.receipt)?;
    if let Some(till) = &refund.till {
        require_id("till", till)?;
    }
    let lines = std::mem::take(&mut refund.lines);
    if !(1..=MAX_LINES).contains(&(lines.len() + refund.redemptions.len())) {
        return Err(Problem::malformed(format!("lines and redemptions: expected 1 to {MAX_LINES} together")));
    }
    let mut known = BTreeSet::new();
    for (index, redemption) in refund.redemptions.iter().enumerate() {
        require_id(&format!("redemptions[{index}]"), redemption)?;
        if !known.insert(redemption) {
            return Err(Problem::malformed(format!("redemptions[{index}]: it is there twice")));
        }
    }
    let lines = parse_lines(programme, lines)?;
    Ok((refund, lines))
}

/// Runs `work` unless the key has an answer already, and records the answer, all in one transaction.
fn once(
    sandbox: &Sandbox,
    keyed: &Keyed,
    work: impl FnOnce(&Tx<'_>, &AtTill<'_>) -> Result<Result<Value, Refusal>, Problem>,
) -> Result<Response, Problem> {
    let Keyed { till, key, path, body, ignore } = keyed;
    // A token outlives its till only when the programme has been changed since.
    let Some((store, _)) = sandbox.programme().till(till) else {
        return Err(Problem::new(Name::Unauthorized, "the till is not one of the programme any more"));
    };
    let at = AtTill { store: &store.id, store_name: &store.name, till };
    let hash = ids::request_hash(path, body);
    let answer = sandbox.write(|tx| -> Result<Answer, Problem> {
        if !ignore && let Some((recorded, answer)) = till::recorded(&tx.sql, till, key)? {
            return if ids::same(&recorded, &hash) {
                Ok(answer)
            } else {
                Err(Problem::new(Name::KeyReused, "the key names a request with other bytes").with("key", key.as_str()))
            };
        }
        let done = work(tx, &at)?;
        // The member unlocks at the till, and the same request is good.
        let passes = matches!(done, Err(Refusal::SpendLocked));
        let answer = match done {
            Ok(value) => Answer { status: StatusCode::OK.as_u16(), body: value.to_string() },
            Err(refusal) => {
                let problem = problem::of_till(&refusal).with("key", key.as_str());
                Answer { status: problem.status().as_u16(), body: problem.to_json().to_string() }
            }
        };
        if !passes {
            till::record(tx, till, key, &hash, &answer)?;
        }
        Ok::<_, StoreError>(answer).map_err(Problem::from)
    })?;
    Ok(replay(answer))
}
