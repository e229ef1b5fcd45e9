//! This installation's key and number, and its days: secrets that are made here and stay here. Must not know when they are made
//! or asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::issuer::KeyId;
use member_card::proof::{SignedDay, Tier};
use member_card::totp::TotpKey;
use member_card::{CardNumber, ChainSecret, Day, DeviceNumber};
use rusqlite::{Connection, OptionalExtension as _, Row};
use zeroize::Zeroizing;

use super::{Reader, StoreError, Writer};
use crate::domain::{CardDay, Device};

impl Reader<'_> {
    /// This installation; `None` where its card never needed a key.
    pub fn device(&self) -> Result<Option<Device>, StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT only, totp_key, number FROM device")?;
        statement.query_row([], |row| Ok(device(row))).optional()?.transpose()
    }

    /// Its days, in order.
    pub fn card_days(&self) -> Result<Vec<CardDay>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT day, card_number, device, secret, issuer_key, tier, signature FROM card_day ORDER BY day",
        )?;
        let mut rows = statement.query([])?;
        let mut days = Vec::new();
        while let Some(row) = rows.next()? {
            days.push(card_day(row)?);
        }
        Ok(days)
    }

    /// One of its days.
    pub fn card_day(&self, day: Day) -> Result<Option<CardDay>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT day, card_number, device, secret, issuer_key, tier, signature FROM card_day WHERE day = ?1",
        )?;
        statement.query_row([day.number()], |row| Ok(card_day(row))).optional()?.transpose()
    }
}

impl Writer<'_> {
    /// This installation has this key, and the number that the server gave it for the key.
    pub fn put_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.touched.documents = true;
        self.transaction.execute(
            "INSERT OR REPLACE INTO device (only, totp_key, number) VALUES (1, ?1, ?2)",
            (&*encoded(device.totp.expose()), device.number.map(|number| number.0)),
        )?;
        Ok(())
    }

    /// Another session has another number and another key; the days of the old one are of no use.
    pub fn forget_device(&mut self) -> Result<(), StoreError> {
        self.touched.documents = true;
        self.transaction.execute_batch("DELETE FROM device; DELETE FROM card_day")?;
        Ok(())
    }

    /// Keeps a day, in place of what was kept of it.
    pub fn put_card_day(&mut self, day: &CardDay) -> Result<(), StoreError> {
        self.touched.documents = true;
        let signed = day.signed.as_ref();
        self.transaction.execute(
            "INSERT OR REPLACE INTO card_day (day, card_number, device, secret, issuer_key, tier, signature)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                day.day.number(),
                day.card.as_str(),
                day.device.0,
                &*encoded(day.secret.expose()),
                signed.map(|signed| URL_SAFE_NO_PAD.encode(signed.key.0)),
                signed.map(|signed| signed.tier.0),
                signed.map(|signed| URL_SAFE_NO_PAD.encode(signed.signature)),
            ),
        )?;
        Ok(())
    }

    /// Forgets the days before this one.
    pub fn forget_days_before(&mut self, day: Day) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM card_day WHERE day < ?1", [day.number()])?;
        Ok(())
    }
}

/// Deletes what no version ever wrote, after a rescue: a key or a day is made anew when it is needed.
pub(super) fn drop_malformed(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT only, totp_key, number FROM device")?;
    if statement.query_row([], |row| Ok(device(row))).optional()?.is_some_and(|device| device.is_err()) {
        connection.execute_batch("DELETE FROM device")?;
    }
    let mut statement =
        connection.prepare("SELECT day, card_number, device, secret, issuer_key, tier, signature FROM card_day")?;
    let mut rows = statement.query([])?;
    let mut malformed = Vec::new();
    while let Some(row) = rows.next()? {
        if card_day(row).is_err() {
            malformed.push(row.get::<_, i64>(0)?);
        }
    }
    for day in malformed {
        connection.execute("DELETE FROM card_day WHERE day = ?1", [day])?;
    }
    Ok(())
}

fn device(row: &Row<'_>) -> Result<Device, StoreError> {
    let key = TotpKey::from_slice(&decoded(row, 1)?).ok_or(MALFORMED)?;
    Ok(Device { totp: key, number: row.get::<_, Option<u16>>(2)?.map(DeviceNumber) })
}

fn card_day(row: &Row<'_>) -> Result<CardDay, StoreError> {
    let signed = match row.get::<_, Option<u8>>(5)? {
        None => None,
        Some(tier) => Some(SignedDay {
            key: KeyId(decoded(row, 4)?.as_slice().try_into().map_err(|_| MALFORMED)?),
            tier: Tier(tier),
            signature: decoded(row, 6)?.as_slice().try_into().map_err(|_| MALFORMED)?,
        }),
    };
    Ok(CardDay {
        day: Day::from_number(row.get(0)?),
        card: CardNumber::parse(&row.get::<_, String>(1)?).map_err(|_| MALFORMED)?,
        device: DeviceNumber(row.get(2)?),
        secret: ChainSecret::from_slice(&decoded(row, 3)?).ok_or(MALFORMED)?,
        signed,
    })
}

const MALFORMED: StoreError = StoreError::Malformed("card of this device");

fn encoded(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(secret))
}

fn decoded(row: &Row<'_>, column: usize) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let text = Zeroizing::new(row.get::<_, String>(column)?);
    URL_SAFE_NO_PAD.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| MALFORMED)
}
