//! This installation's key and number, and its days: secrets that are made here and stay here. Must not know when they are made
//! or asked for.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::issuer::KeyId;
use member_card::proof::{SignedDay, Tier};
use member_card::totp::TotpKey;
use member_card::{CardNumber, ChainSecret, Day, DeviceNumber};
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Reader, StoreError, Writer, parse_stored, to_stored};
use crate::domain::{CardDay, Device};

const DEVICE: &str = "device";

/// Padded, so that names are in the order of the days.
fn name_of(day: Day) -> String {
    format!("day-{:05}", day.number())
}

/// A device as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredDevice {
    totp_key: Text,
    number: Option<u16>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    doubted: bool,
}

/// A day as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredDay {
    day: u16,
    card: String,
    device: u16,
    secret: Text,
    signed: Option<StoredSignature>,
}

#[derive(Serialize, Deserialize)]
struct StoredSignature {
    key: Text,
    tier: u8,
    signature: Text,
}

/// Bytes as base64url, wiped when they are dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Text(#[serde(with = "text")] Zeroizing<String>);

mod text {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(text: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(deserializer).map(Zeroizing::new)
    }
}

impl Text {
    fn of(bytes: &[u8]) -> Text {
        Text(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        URL_SAFE_NO_PAD.decode(self.0.as_bytes()).map(Zeroizing::new).ok()
    }

    fn array<const LENGTH: usize>(&self) -> Option<[u8; LENGTH]> {
        self.bytes()?.as_slice().try_into().ok()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Text(…)")
    }
}

impl StoredDevice {
    fn of(device: &Device) -> StoredDevice {
        StoredDevice {
            totp_key: Text::of(device.totp.expose()),
            number: device.number.map(|number| number.0),
            doubted: device.doubted,
        }
    }

    fn read(&self) -> Option<Device> {
        let totp = TotpKey::from_slice(&self.totp_key.bytes()?)?;
        Some(Device { totp, number: self.number.map(DeviceNumber), doubted: self.doubted })
    }
}

impl StoredDay {
    fn of(day: &CardDay) -> StoredDay {
        let signed = day.signed.as_ref().map(|signed| StoredSignature {
            key: Text::of(&signed.key.0),
            tier: signed.tier.0,
            signature: Text::of(&signed.signature),
        });
        let (card, secret) = (day.card.as_str().to_owned(), Text::of(day.secret.expose()));
        StoredDay { day: day.day.number(), card, device: day.device.0, secret, signed }
    }

    fn read(&self) -> Option<CardDay> {
        let signed = match &self.signed {
            None => None,
            Some(StoredSignature { key, tier, signature }) => {
                Some(SignedDay { key: KeyId(key.array()?), tier: Tier(*tier), signature: signature.array()? })
            }
        };
        Some(CardDay {
            day: Day::from_number(self.day),
            card: CardNumber::parse(&self.card).ok()?,
            device: DeviceNumber(self.device),
            secret: ChainSecret::from_slice(&self.secret.bytes()?)?,
            signed,
        })
    }
}

fn device(json: &str) -> Result<Device, StoreError> {
    parse_stored::<StoredDevice>(json, DEVICE)?.read().ok_or(StoreError::Malformed(DEVICE))
}

fn card_day(json: &str) -> Result<CardDay, StoreError> {
    parse_stored::<StoredDay>(json, "day of the card")?.read().ok_or(StoreError::Malformed("day of the card"))
}

impl Reader<'_> {
    fn secret(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT value FROM secret WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?.map(Zeroizing::new))
    }

    /// This installation; `None` where its card never needed a key.
    pub fn device(&self) -> Result<Option<Device>, StoreError> {
        self.secret(DEVICE)?.map(|json| device(&json)).transpose()
    }

    /// Its days, in order.
    pub fn card_days(&self) -> Result<Vec<CardDay>, StoreError> {
        let mut statement =
            self.transaction.prepare_cached("SELECT value FROM secret WHERE name LIKE 'day-%' ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut days = Vec::new();
        while let Some(row) = rows.next()? {
            days.push(card_day(&Zeroizing::new(row.get::<_, String>(0)?))?);
        }
        Ok(days)
    }

    /// One of its days.
    pub fn card_day(&self, day: Day) -> Result<Option<CardDay>, StoreError> {
        self.secret(&name_of(day))?.map(|json| card_day(&json)).transpose()
    }
}

impl Writer<'_> {
    fn put_secret(&mut self, name: &str, value: &Zeroizing<String>) -> Result<(), StoreError> {
        self.touched.documents = true;
        let mut statement =
            self.transaction.prepare_cached("INSERT OR REPLACE INTO secret (name, value) VALUES (?1, ?2)")?;
        statement.execute((name, value.as_str()))?;
        Ok(())
    }

    /// This installation has this key, and the number that the server gave it for the key.
    pub fn put_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.put_secret(DEVICE, &Zeroizing::new(to_stored(&StoredDevice::of(device), DEVICE)?))
    }

    /// The server was restored, or has forgotten much: it may not know this installation any more.
    pub fn doubt_device(&mut self) -> Result<(), StoreError> {
        match self.device()? {
            Some(device) => self.put_device(&Device { doubted: true, ..device }),
            None => Ok(()),
        }
    }

    /// Another session has another number and another key; the days of the old one are of no use.
    pub fn forget_device(&mut self) -> Result<(), StoreError> {
        self.touched.documents = true;
        self.transaction.execute("DELETE FROM secret WHERE name = 'device' OR name LIKE 'day-%'", [])?;
        Ok(())
    }

    /// Keeps a day, in place of what was kept of it.
    pub fn put_card_day(&mut self, day: &CardDay) -> Result<(), StoreError> {
        self.put_secret(&name_of(day.day), &Zeroizing::new(to_stored(&StoredDay::of(day), "day of the card")?))
    }

    /// Forgets the days before this one.
    pub fn forget_days_before(&mut self, day: Day) -> Result<(), StoreError> {
        let first = name_of(day);
        self.transaction.execute("DELETE FROM secret WHERE name LIKE 'day-%' AND name < ?1", [first])?;
        Ok(())
    }
}

/// Deletes what no version ever wrote, after a rescue: a key or a day is made anew when it is needed.
pub(super) fn drop_malformed(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT name, value FROM secret")?;
    let mut rows = statement.query([])?;
    let mut malformed = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, json): (String, String) = (row.get(0)?, row.get(1)?);
        let json = Zeroizing::new(json);
        let good = if name == DEVICE { device(&json).is_ok() } else { card_day(&json).is_ok() };
        if !good {
            malformed.push(name);
        }
    }
    for name in malformed {
        connection.execute("DELETE FROM secret WHERE name = ?1", [name])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use member_card::Secret;

    use super::*;

    /// What an old version wrote goes on being read.
    #[test]
    fn frozen_samples_are_read_and_written_as_they_are() {
        let json = r#"{"totp_key":"BwcHBwcHBwcHBwcHBwcHBwcHBwc","number":3}"#;
        let read = device(json).expect("a device");
        assert_eq!(read, Device { totp: Secret::new([7; 20]), number: Some(DeviceNumber(3)), doubted: false });
        assert_eq!(serde_json::to_string(&StoredDevice::of(&read)).expect("JSON"), json);
        let json = r#"{"totp_key":"BwcHBwcHBwcHBwcHBwcHBwcHBwc","number":3,"doubted":true}"#;
        assert!(device(json).expect("a device").doubted);

        let signature = URL_SAFE_NO_PAD.encode([9; 64]);
        let json = format!(
            r#"{{"day":20779,"card":"9820000000000018","device":3,"secret":"BwcHBwcHBwcHBwcHBwcHBw","signed":{{"key":"AQID","tier":2,"signature":"{signature}"}}}}"#
        );
        let read = card_day(&json).expect("a day");
        assert_eq!((read.day, read.device), (Day::from_number(20779), DeviceNumber(3)));
        assert_eq!(read.signed.as_ref().map(|signed| (signed.key, signed.tier)), Some((KeyId([1, 2, 3]), Tier(2))));
        assert_eq!(serde_json::to_string(&StoredDay::of(&read)).expect("JSON"), json);
        card_day(r#"{"day":20779,"card":"9820000000000018","device":3,"secret":"BwcHBwcHBwcHBwcHBwcHBw"}"#)
            .expect("a day that is not signed");

        for bad in [r#"{"totp_key":"BwcH","number":3}"#, r#"{"totp_key":"?","number":3}"#, "{}", ""] {
            assert!(device(bad).is_err(), "{bad}");
        }
        assert!(card_day(&json.replace("AQID", "AQIDBA")).is_err());
    }
}
