//! The requests of the card: a number for this installation, and signatures for its days.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use member_card::issuer::KeyId;
use member_card::proof::{SignedDay, Tier};
use member_card::totp::TotpKey;
use member_card::{ChainStart, Day, DeviceNumber};
use serde::Deserialize;
use serde_json::json;

use super::answer::{self, ApiError};
use super::client::{MemberApi, authorize};
use crate::domain::AccessToken;

#[derive(Deserialize)]
struct DeviceBody {
    device: u16,
}

#[derive(Deserialize)]
struct ProofsBody {
    proofs: Vec<ProofBody>,
}

#[derive(Deserialize)]
struct ProofBody {
    day: u16,
    key: String,
    tier: u8,
    signature: String,
}

impl ProofBody {
    /// `None` where it is not what the Member API describes.
    fn read(&self) -> Option<(Day, SignedDay)> {
        let key = KeyId(URL_SAFE_NO_PAD.decode(&self.key).ok()?.try_into().ok()?);
        let signature = URL_SAFE_NO_PAD.decode(&self.signature).ok()?.try_into().ok()?;
        Some((Day::from_number(self.day), SignedDay { key, tier: Tier(self.tier), signature }))
    }
}

impl MemberApi {
    /// The number of this installation, whose rotating codes have this key from now on.
    pub async fn register_device(&self, access: &AccessToken, key: &TotpKey) -> Result<DeviceNumber, ApiError> {
        let body = json!({"totp_key": URL_SAFE_NO_PAD.encode(key.expose())}).to_string();
        let mut request = self.put("v1/card/device", "application/json", body.into_bytes());
        authorize(&mut request, access)?;
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            return Err(answer::failure(&answer));
        }
        let body: DeviceBody = self.ours(&answer, answer::json(&answer))?;
        Ok(DeviceNumber(body.device))
    }

    /// Signatures for days of this device, by their starts; those of days that the server does not sign now are missing. `None` where
    /// this installation has another number by now.
    pub async fn sign_days(
        &self,
        access: &AccessToken,
        device: DeviceNumber,
        starts: &[(Day, ChainStart)],
    ) -> Result<Option<Vec<(Day, SignedDay)>>, ApiError> {
        let starts: Vec<_> = starts
            .iter()
            .map(|(day, start)| json!({"day": day.number(), "start": URL_SAFE_NO_PAD.encode(start.0)}))
            .collect();
        let body = json!({"device": device.0, "starts": starts}).to_string();
        let mut request = self.post("v1/card/proofs", "application/json", body.into_bytes());
        authorize(&mut request, access)?;
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            let unknown = answer::problem(&answer).is_some_and(|problem| problem.name() == "unknown-device");
            return if answer.status == StatusCode::CONFLICT && unknown {
                Ok(None)
            } else {
                Err(answer::failure(&answer))
            };
        }
        let body: ProofsBody = self.ours(&answer, answer::json(&answer))?;
        let signed = body.proofs.iter().map(ProofBody::read).collect::<Option<Vec<_>>>();
        signed.map(Some).ok_or(ApiError::NotOurs { status: answer.status.as_u16() })
    }
}
