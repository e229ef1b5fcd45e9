//! `/sandbox/v1`: what a developer or a test asks of the server beside the Member API. No authentication: the
//! listener is on loopback addresses only.

use std::collections::BTreeMap;

use axum::Json as JsonAnswer;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use jiff::SignedDuration;
use member_card::DeviceNumber;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::auth::normal_address;
use super::extract::{self, Json, Object, require_range};
use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::engine::catalogue::{self as offers, Revision, Stock};
use crate::engine::standing;
use crate::faults::Rule;
use crate::store::devices::Revoked;
use crate::store::ledger::{Counterpart, Movement};
use crate::store::meta;
use crate::store::{StoreError, Tx, actions, catalogue, codes, devices, journal, ledger as book, members, tokens};
use crate::wire::{Channel, Reason, Status, WithId};

/// Far from where sums overflow, and more than any test needs.
const MAX_GRANT: i64 = 1_000_000_000_000;
/// Ten years.
const MAX_OFFSET: i64 = 315_360_000;
const MAX_RULES: usize = 100;

type Answer = Result<JsonAnswer<Value>, Problem>;

/// `GET /sandbox/v1/sent`
pub(super) async fn sent(State(sandbox): State<Sandbox>, RawQuery(query): RawQuery) -> Answer {
    let address = asked_address(query.as_deref())?;
    let sent = sandbox.store().read(|sql| codes::sent(sql, address.as_deref()))?;
    Ok(JsonAnswer(json!({"sent": sent})))
}

/// `GET /sandbox/v1/members`
pub(super) async fn member(State(sandbox): State<Sandbox>, RawQuery(query): RawQuery) -> Answer {
    let address = asked_address(query.as_deref())?.ok_or_else(|| Problem::malformed("address: it is missing"))?;
    let (member, devices) = sandbox.store().read(|sql| {
        let member = members::find_by_address(sql, &address)?;
        let member = member.ok_or_else(|| Problem::new(Name::NotFound, "there is no member of this address"))?;
        let devices = devices::known(sql, &member.id, sandbox.now())?;
        Ok::<_, Problem>((member.id, devices))
    })?;
    let devices: Vec<Value> =
        devices.iter().map(|device| json!({"number": device.number.0, "revoked": device.revoked})).collect();
    Ok(JsonAnswer(json!({"member": member, "devices": devices})))
}

/// The address in a query, in the spelling under which it is known.
fn asked_address(query: Option<&str>) -> Result<Option<String>, Problem> {
    let query: BTreeMap<String, String> = serde_urlencoded::from_str(query.unwrap_or_default())
        .map_err(|_| Problem::malformed("the query is not valid"))?;
    let Some(text) = query.get("address") else { return Ok(None) };
    // An unescaped + of a phone number arrives as a space.
    let text = if text.starts_with(' ') { format!("+{}", text.trim_start()) } else { text.clone() };
    let address =
        normal_address(&text).ok_or_else(|| Problem::malformed("address: expected an e-mail address or phone"))?;
    Ok(Some(address))
}

/// `GET /sandbox/v1/members/{id}/ledger`
pub(super) async fn ledger(State(sandbox): State<Sandbox>, path: Result<Path<String>, PathRejection>) -> Answer {
    let Path(id) = path.map_err(|_| unknown_member())?;
    let (entries, accounts) = sandbox.store().read(|sql| {
        members::find(sql, &id)?.ok_or_else(unknown_member)?;
        Ok::<_, Problem>((book::entries(sql, &id)?, book::accounts(sql, &id)?))
    })?;
    Ok(JsonAnswer(json!({"entries": entries, "accounts": accounts})))
}

fn unknown_member() -> Problem {
    Problem::new(Name::NotFound, "there is no member of this id")
}

/// `GET /sandbox/v1/audit`
pub(super) async fn audit(State(sandbox): State<Sandbox>) -> Answer {
    let answer = sandbox.store().read(|sql| {
        let audit = book::audit(sql)?;
        Ok::<_, StoreError>(json!({
            "ledger_sum": audit.units.values().sum::<i64>(),
            "units": audit.units,
            "postings": audit.postings,
            "unbalanced": audit.unbalanced,
            "drifted": audit.drifted,
            "members": members::count(sql)?,
            "actions": {
                "confirmed": actions::count(sql, Status::Confirmed)?,
                "rejected": actions::count(sql, Status::Rejected)?,
            },
            "vouchers": catalogue::count_vouchers(sql)?,
        }))
    })?;
    Ok(JsonAnswer(answer))
}

/// `GET /sandbox/v1/held`
pub(super) async fn held(State(sandbox): State<Sandbox>) -> Answer {
    let held = sandbox.store().read(journal::held)?;
    Ok(JsonAnswer(json!({"held": held})))
}

#[derive(Deserialize)]
struct FaultsBody {
    rules: Vec<Object<Rule>>,
}

/// `POST /sandbox/v1/faults`
pub(super) async fn faults(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let FaultsBody { rules } = extract::parse(&body)?;
    let rules: Vec<Rule> = rules.into_iter().map(|Object(rule)| rule).collect();
    if rules.len() > MAX_RULES {
        return Err(Problem::malformed(format!("rules: expected at most {MAX_RULES}")));
    }
    for (index, rule) in rules.iter().enumerate() {
        if let Some(fault) = rule.fault() {
            return Err(Problem::malformed(format!("rules[{index}].{fault}")));
        }
    }
    let count = rules.len();
    sandbox.faults().replace(rules);
    Ok(JsonAnswer(json!({"rules": count})))
}

#[derive(Deserialize)]
struct ClockBody {
    offset_seconds: i64,
}

/// `POST /sandbox/v1/clock`
pub(super) async fn clock(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let ClockBody { offset_seconds } = extract::parse(&body)?;
    require_range("offset_seconds", offset_seconds, -MAX_OFFSET..=MAX_OFFSET)?;
    sandbox.set_clock_offset(SignedDuration::from_secs(offset_seconds))?;
    Ok(JsonAnswer(json!({"offset_seconds": offset_seconds, "now": sandbox.now()})))
}

#[derive(Deserialize)]
struct BackupBody {
    name: String,
}

/// `POST /sandbox/v1/backup`
pub(super) async fn back_up(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let BackupBody { name } = extract::parse(&body)?;
    sandbox.back_up(&name)?;
    Ok(JsonAnswer(json!({"name": name})))
}

#[derive(Deserialize)]
struct RestoreBody {
    /// Absent: a backup that was made this moment.
    #[serde(default)]
    name: Option<String>,
}

/// `POST /sandbox/v1/restore`
pub(super) async fn restore(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let RestoreBody { name } = extract::parse(&body)?;
    let epoch = match name {
        Some(name) => sandbox.restore(&name)?,
        None => sandbox.write(|tx| meta::new_epoch(tx).map_err(Problem::from))?,
    };
    Ok(JsonAnswer(json!({"epoch": epoch})))
}

#[derive(Deserialize)]
struct MemberBody {
    member: String,
}

#[derive(Deserialize)]
struct RevokeBody {
    member: String,
    /// This device and its session, and no others.
    #[serde(default)]
    device: Option<u16>,
    /// The card, whichever device shows it.
    #[serde(default)]
    card: bool,
    /// Absent: all, unless a device is named.
    #[serde(default)]
    sessions: Option<bool>,
}

/// `POST /sandbox/v1/expire-access`
pub(super) async fn expire_access(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let MemberBody { member } = extract::parse(&body)?;
    let tokens = sandbox.write(|tx| {
        require_member(tx, &member)?;
        Ok::<_, Problem>(tokens::expire_access(tx, &member)?)
    })?;
    Ok(JsonAnswer(json!({"tokens": tokens})))
}

/// `POST /sandbox/v1/revoke`
pub(super) async fn revoke(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let RevokeBody { member, device, card, sessions } = extract::parse(&body)?;
    let ended = sandbox.write(|tx| {
        require_member(tx, &member)?;
        if card {
            members::revoke_card(tx, &member)?;
        }
        let mut ended = 0;
        if let Some(number) = device {
            match devices::revoke(tx, &member, DeviceNumber(number))? {
                Revoked::App(session) => ended += usize::from(tokens::end_session(tx, &session)?),
                Revoked::Pass => {}
                Revoked::Unknown => {
                    return Err(Problem::new(Name::NotFound, "the member's card has no device of this number"));
                }
            }
        }
        if sessions.unwrap_or(device.is_none()) {
            ended += tokens::revoke_member(tx, &member)?;
        }
        Ok::<_, Problem>(ended)
    })?;
    Ok(JsonAnswer(json!({"sessions": ended, "card": card})))
}

fn require_member(tx: &Tx<'_>, member: &str) -> Result<(), Problem> {
    members::find(&tx.sql, member)?.map(|_| ()).ok_or_else(unknown_member)
}

#[derive(Deserialize)]
struct GrantBody {
    member: String,
    unit: String,
    amount: i64,
    #[serde(default)]
    reason: Option<String>,
}

/// `POST /sandbox/v1/grant`
pub(super) async fn grant(State(sandbox): State<Sandbox>, Json(body): Json) -> Answer {
    let GrantBody { member, unit, amount, reason } = extract::parse(&body)?;
    require_range("amount", amount, -MAX_GRANT..=MAX_GRANT)?;
    if amount == 0 {
        return Err(Problem::malformed("amount: expected a number other than 0"));
    }
    if !sandbox.programme().units.iter().any(|known| known.id == unit) {
        return Err(Problem::malformed("unit: expected a unit of the programme"));
    }
    if reason.is_some_and(|reason| reason != "adjustment") {
        return Err(Problem::malformed("reason: expected adjustment"));
    }
    let entry = sandbox.write(|tx| {
        require_member(tx, &member)?;
        standing::settle(tx, sandbox.programme(), &member)?;
        let movement = Movement {
            member: &member,
            unit: &unit,
            amount,
            counterpart: Counterpart::Adjustments,
            reason: Reason::Adjustment,
            place: None,
            channel: Channel::Web,
            title: None,
            key: None,
        };
        Ok::<_, Problem>(book::book(tx, &movement)?)
    })?;
    Ok(JsonAnswer(json!({"entry": entry})))
}

#[derive(Deserialize)]
struct RewardBody {
    #[serde(default)]
    cost: Option<i64>,
    /// Absent: as it is. `null`: without limit.
    #[serde(default, deserialize_with = "stock")]
    stock: Stock,
    #[serde(default)]
    deleted: Option<bool>,
}

/// Only asked where the field is there, so that a `null` is told from its absence.
fn stock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Stock, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map_or(Stock::Unlimited, Stock::Left))
}

/// `POST /sandbox/v1/rewards/{id}`
pub(super) async fn reward(
    State(sandbox): State<Sandbox>,
    path: Result<Path<String>, PathRejection>,
    Json(body): Json,
) -> Answer {
    let unknown = || Problem::new(Name::NotFound, "there is no reward of this id");
    let Path(id) = path.map_err(|_| unknown())?;
    let RewardBody { cost, stock, deleted } = extract::parse(&body)?;
    if let Some(cost) = cost {
        require_range("cost", cost, 1..=1_000_000_000)?;
    }
    if let Stock::Left(stock) = stock {
        require_range("stock", stock, 0..=1_000_000_000)?;
    }
    let listed = sandbox
        .write(|tx| offers::change(tx, &id, &Revision { cost, stock, deleted }).map_err(Problem::from))?
        .ok_or_else(unknown)?;
    Ok(JsonAnswer(json!({"reward": WithId { id, value: listed.reward }, "deleted": listed.deleted})))
}
