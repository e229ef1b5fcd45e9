//! The device's side of the card: its number and key, and the signatures for its days.

use axum::Json as JsonAnswer;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::totp::TotpKey;
use member_card::{ChainStart, Day, DeviceNumber};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::{self, Json, Member, Object};
use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::engine::card;

/// Starts of days in one request.
const MOST_STARTS: usize = 7;

#[derive(Deserialize)]
struct DeviceBody {
    totp_key: String,
}

#[derive(Deserialize)]
struct ProofsBody {
    device: u16,
    starts: Vec<Object<StartBody>>,
}

#[derive(Deserialize)]
struct StartBody {
    day: u16,
    start: String,
}

/// `PUT /v1/card/device`
pub(super) async fn device(
    State(sandbox): State<Sandbox>,
    member: Member,
    Json(body): Json,
) -> Result<JsonAnswer<Value>, Problem> {
    let DeviceBody { totp_key } = extract::parse(&body)?;
    let key = URL_SAFE_NO_PAD.decode(totp_key).ok().and_then(|bytes| TotpKey::from_slice(&bytes));
    let key = key.ok_or_else(|| Problem::malformed("totp_key: expected 20 bytes as base64url without padding"))?;
    let number = sandbox.write(|tx| {
        member.ensure_stands(&tx.sql)?;
        Ok::<_, Problem>(card::register(tx, &member.id, &member.session, &key)?)
    })?;
    Ok(JsonAnswer(json!({"device": number.0})))
}

/// `POST /v1/card/proofs`
pub(super) async fn proofs(
    State(sandbox): State<Sandbox>,
    member: Member,
    Json(body): Json,
) -> Result<JsonAnswer<Value>, Problem> {
    let ProofsBody { device, starts } = extract::parse(&body)?;
    if !(1..=MOST_STARTS).contains(&starts.len()) {
        return Err(Problem::malformed(format!("starts: expected 1 to {MOST_STARTS}")));
    }
    let starts = starts.into_iter().enumerate().map(|(index, Object(StartBody { day, start }))| {
        let bytes = URL_SAFE_NO_PAD.decode(start).ok().and_then(|bytes| bytes.try_into().ok());
        let start = bytes.map(ChainStart).ok_or_else(|| {
            Problem::malformed(format!("starts[{index}].start: expected 16 bytes as base64url without padding"))
        })?;
        Ok((Day::from_number(day), start))
    });
    let starts = starts.collect::<Result<Vec<_>, Problem>>()?;
    let signed = sandbox.write(|tx| {
        member.ensure_stands(&tx.sql)?;
        let device = DeviceNumber(device);
        Ok::<_, Problem>(card::sign(tx, sandbox.programme(), &member.id, &member.session, device, &starts)?)
    })?;
    let proofs: Vec<Value> = signed
        .ok_or_else(|| Problem::new(Name::UnknownDevice, "ask for this installation's number again"))?
        .into_iter()
        .map(|(day, signed)| {
            json!({
                "day": day.number(),
                "key": URL_SAFE_NO_PAD.encode(signed.key.0),
                "tier": signed.tier.0,
                "signature": URL_SAFE_NO_PAD.encode(signed.signature),
            })
        })
        .collect();
    Ok(JsonAnswer(json!({"proofs": proofs})))
}
