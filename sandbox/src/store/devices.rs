//! The devices and passes of a card, what was taken of their codes, and how many wrong codes the card has met.
//!
//! Who tells a member's apps that a number is no longer good is here: each revocation is a change of the card.

use jiff::{SignedDuration, Timestamp};
use member_card::guesses::Guesses;
use member_card::marks::{Basket, Mark, Marks, Taken};
use member_card::totp::TotpKey;
use member_card::verify::KnownDevice;
use member_card::{CardNumber, DeviceNumber, Period, UnixTime};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::members::card_number_at;
use super::{StoreError, Tx, changes, millis};
use crate::wire::{self, kind};

/// The lowest number that no device ever has, so that all can be revoked.
const NO_DEVICE: u16 = u16::MAX;
/// So many devices and passes of a card are good at most: each is a key that a guesser may hit. The oldest makes room. So many
/// keys that devices had before are kept beside them.
const MOST: i64 = 50;
/// Revocations stay on the list of the tills for so long: the proofs have run out by then.
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(8 * 24);
/// How late the journal of an offline till may be. Until then it can be seen when a device was revoked.
pub(crate) const JOURNAL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// By so much numbers are raised after a restore: those given out since the backup are not given again.
const SKIPPED: i64 = 16;

/// What shows the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    App,
    ApplePass,
    GooglePass,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::App => "app",
            Kind::ApplePass => "apple-pass",
            Kind::GooglePass => "google-pass",
        }
    }

    /// The kind of a row: the schema knows no other words.
    pub(super) fn from_word(word: &str) -> Kind {
        match word {
            "apple-pass" => Kind::ApplePass,
            "google-pass" => Kind::GooglePass,
            _ => Kind::App,
        }
    }
}

/// The newest number of a session's app, if it is good: not revoked, and not refused by tills that are offline.
pub(crate) fn of_session(sql: &Connection, member: &str, family: &str) -> Result<Option<DeviceNumber>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT number FROM device WHERE member = ?1 AND family = ?2 AND revoked_at IS NULL ORDER BY number DESC",
    )?;
    let newest = statement.query_row([member, family], |row| row.get(0)).optional()?;
    let lowest = lowest_good(sql, member, Timestamp::MIN)?;
    Ok(newest.filter(|number| *number >= lowest).map(DeviceNumber))
}

/// Sets the key of a device.
pub(crate) fn set_key(tx: &Tx<'_>, member: &str, number: DeviceNumber, key: &TotpKey) -> Result<(), StoreError> {
    keep_keys(tx, member, "number = ?3 AND totp_key <> ?4", params![member, millis(tx.now), number.0, key.expose()])?;
    tx.sql.prepare_cached("UPDATE device SET totp_key = ?3 WHERE member = ?1 AND number = ?2")?.execute(params![
        member,
        number.0,
        key.expose()
    ])?;
    Ok(())
}

/// Keeps the keys that are about to go from a member's devices, for journals that tell of codes of theirs.
fn keep_keys(tx: &Tx<'_>, member: &str, which: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO former_key (member, number, totp_key, until)
         SELECT member, number, totp_key, ?2 FROM device WHERE member = ?1 AND totp_key IS NOT NULL AND {which}"
    );
    tx.sql.prepare_cached(&sql)?.execute(parameters)?;
    let oldest = tx.now.saturating_sub(JOURNAL).unwrap_or(Timestamp::MIN);
    tx.sql
        .prepare_cached(
            "DELETE FROM former_key WHERE member = ?1 AND (until <= ?2 OR rowid NOT IN (
                 SELECT rowid FROM former_key WHERE member = ?1 ORDER BY until DESC, rowid DESC LIMIT ?3))",
        )?
        .execute(params![member, millis(oldest), MOST])?;
    Ok(())
}

/// Gives the card a new device, with the session that it belongs to and the key of its codes, where it has them. A number that the session had before keeps
/// its proofs, as long as they last, and loses its key to the new one.
pub(crate) fn add(
    tx: &Tx<'_>,
    member: &str,
    what: Kind,
    family: Option<&str>,
    key: Option<&TotpKey>,
) -> Result<DeviceNumber, StoreError> {
    if let Some(family) = family {
        keep_keys(tx, member, "family = ?3", params![member, millis(tx.now), family])?;
        tx.sql
            .prepare_cached("UPDATE device SET totp_key = NULL WHERE member = ?1 AND family = ?2")?
            .execute([member, family])?;
    }
    let beyond = revoke_where(
        tx,
        "member = ?2 AND totp_key IS NOT NULL AND number <= (
             SELECT number FROM device WHERE member = ?2 AND revoked_at IS NULL AND totp_key IS NOT NULL
             ORDER BY number DESC LIMIT 1 OFFSET ?3)",
        params![millis(tx.now), member, MOST - 1],
    )?;
    if beyond > 0 {
        tell(tx, member)?;
    }
    let next: u16 = tx
        .sql
        .prepare_cached("SELECT MIN(next_device, 65535) FROM member WHERE id = ?1")?
        .query_row([member], |row| row.get(0))?;
    if next == NO_DEVICE {
        return Err(StoreError::Overflow);
    }
    tx.sql.prepare_cached("UPDATE member SET next_device = next_device + 1 WHERE id = ?1")?.execute([member])?;
    tx.sql
        .prepare_cached(
            "INSERT INTO device (member, number, kind, family, totp_key, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![member, next, what.as_str(), family, key.map(|key| key.expose()), millis(tx.now)])?;
    Ok(DeviceNumber(next))
}

/// The devices of a card as they were at `at`, in the order of their numbers; those that were revoked long before are left out.
/// One that had another key then is there once more, with that key.
pub(crate) fn known(sql: &Connection, member: &str, at: Timestamp) -> Result<Vec<KnownDevice>, StoreError> {
    let oldest = at.saturating_sub(JOURNAL).unwrap_or(Timestamp::MIN);
    let mut statement = sql.prepare_cached(
        "WITH key (number, totp_key) AS (
             SELECT number, totp_key FROM device WHERE member = ?1
             UNION ALL SELECT number, totp_key FROM former_key WHERE member = ?1 AND until > ?2)
         SELECT number, key.totp_key, COALESCE(revoked_at <= ?2, 0) FROM key JOIN device USING (number)
         WHERE member = ?1 AND (revoked_at IS NULL OR revoked_at > ?3) ORDER BY number",
    )?;
    let devices = statement.query_map(params![member, millis(at), millis(oldest)], |row| {
        Ok(KnownDevice {
            number: DeviceNumber(row.get(0)?),
            totp: row.get::<_, Option<[u8; 20]>>(1)?.map(TotpKey::new),
            revoked: row.get(2)?,
        })
    })?;
    Ok(devices.collect::<Result<_, _>>()?)
}

/// What was revoked.
pub(crate) enum Revoked {
    /// An app, with its session.
    App(String),
    /// A pass.
    Pass,
    /// The card has no such device.
    Unknown,
}

/// Revokes one device.
pub(crate) fn revoke(tx: &Tx<'_>, member: &str, number: DeviceNumber) -> Result<Revoked, StoreError> {
    let family = tx
        .sql
        .prepare_cached("SELECT family FROM device WHERE member = ?1 AND number = ?2")?
        .query_row(params![member, number.0], |row| row.get::<_, Option<String>>(0))
        .optional()?;
    let Some(family) = family else { return Ok(Revoked::Unknown) };
    revoke_where(tx, "member = ?2 AND number = ?3", params![millis(tx.now), member, number.0])?;
    tell(tx, member)?;
    Ok(family.map_or(Revoked::Pass, Revoked::App))
}

/// The session has ended, and its numbers with it.
pub(super) fn revoke_of_session(tx: &Tx<'_>, family: &str) -> Result<(), StoreError> {
    let member = tx
        .sql
        .prepare_cached("SELECT member FROM device WHERE family = ?1 AND revoked_at IS NULL")?
        .query_row([family], |row| row.get::<_, String>(0))
        .optional()?;
    let Some(member) = member else { return Ok(()) };
    revoke_where(tx, "family = ?2", params![millis(tx.now), family])?;
    tell(tx, &member)
}

/// All sessions have ended; passes stay good.
pub(super) fn revoke_apps(tx: &Tx<'_>, member: &str) -> Result<(), StoreError> {
    let revoked = revoke_where(tx, "member = ?2 AND kind = 'app'", params![millis(tx.now), member])?;
    if revoked > 0 { tell(tx, member) } else { Ok(()) }
}

/// Sessions that nobody remembers any more have no device.
pub(super) fn revoke_without_session(tx: &Tx<'_>) -> Result<(), StoreError> {
    const LEFT: &str = "family IS NOT NULL AND family NOT IN (SELECT id FROM token_family)";
    let members = tx
        .sql
        .prepare_cached(&format!("SELECT DISTINCT member FROM device WHERE revoked_at IS NULL AND {LEFT}"))?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    revoke_where(tx, LEFT, params![millis(tx.now)])?;
    members.iter().try_for_each(|member| tell(tx, member))
}

fn revoke_where(tx: &Tx<'_>, which: &str, parameters: impl rusqlite::Params) -> Result<usize, StoreError> {
    let sql = format!("UPDATE device SET revoked_at = ?1 WHERE revoked_at IS NULL AND {which}");
    Ok(tx.sql.prepare_cached(&sql)?.execute(parameters)?)
}

/// Numbers below this one are refused by tills that are offline: one above the highest that was revoked after `since`.
fn lowest_good(sql: &Connection, member: &str, since: Timestamp) -> Result<u16, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT CASE WHEN card_revoked_at > ?2 THEN 65535 ELSE COALESCE(
             (SELECT MAX(number) + 1 FROM device WHERE member = member.id AND revoked_at > ?2), 1) END
         FROM member WHERE id = ?1",
    )?;
    Ok(statement.query_row(params![member, millis(since)], |row| row.get(0)).optional()?.unwrap_or(1))
}

/// Tells a member's apps how her card stands.
pub(crate) fn tell(tx: &Tx<'_>, member: &str) -> Result<(), StoreError> {
    changes::put(tx, member, kind::CARD, kind::CARD, &card(&tx.sql, member)?)
}

/// How a member's card stands.
pub(super) fn card(sql: &Connection, member: &str) -> Result<wire::Card, StoreError> {
    let (revoked, spend_locked) = sql
        .prepare_cached("SELECT card_revoked_at IS NOT NULL, spend_locked_at IS NOT NULL FROM member WHERE id = ?1")?
        .query_row([member], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let lowest_device = lowest_good(sql, member, Timestamp::MIN)?;
    Ok(wire::Card { revoked, spend_locked, lowest_device })
}

/// Each card of which devices were revoked lately, with its lowest number that is still good: what tills are told.
pub(crate) fn revoked(sql: &Connection, now: Timestamp) -> Result<Vec<(CardNumber, DeviceNumber)>, StoreError> {
    let since = now.saturating_sub(LISTED_FOR).unwrap_or(Timestamp::MIN);
    let mut statement = sql.prepare_cached(
        "SELECT card_number, CASE WHEN card_revoked_at > ?1 THEN 65535 ELSE
             (SELECT MAX(number) + 1 FROM device WHERE member = member.id AND revoked_at > ?1) END AS lowest
         FROM member WHERE lowest IS NOT NULL ORDER BY card_number",
    )?;
    let revoked =
        statement.query_map([millis(since)], |row| Ok((card_number_at(row, 0)?, DeviceNumber(row.get(1)?))))?;
    Ok(revoked.collect::<Result<_, _>>()?)
}

/// After a restore: what was given out since the backup is given to nobody else.
pub(crate) fn skip_numbers(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.sql.execute("UPDATE member SET next_device = MIN(next_device + ?1, 65535)", [SKIPPED])?;
    Ok(())
}

/// SQLite's integers have a sign; times and periods are far from where that matters.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The wrong codes of a card that still count.
pub(crate) fn guesses(sql: &Connection, member: &str) -> Result<Guesses, StoreError> {
    let mut statement = sql.prepare_cached("SELECT guesses_clear_at FROM member WHERE id = ?1")?;
    let seconds: i64 = statement.query_row([member], |row| row.get(0))?;
    Ok(Guesses { clear_at: UnixTime::from_seconds(seconds.unsigned_abs()) })
}

pub(crate) fn set_guesses(tx: &Tx<'_>, member: &str, guesses: Guesses) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("UPDATE member SET guesses_clear_at = ?2 WHERE id = ?1")?
        .execute(params![member, integer(guesses.clear_at.seconds())])?;
    Ok(())
}

/// The marks of one member's devices, within a transaction: durable with it.
pub(crate) struct CodesOf<'a> {
    pub(crate) tx: &'a Tx<'a>,
    pub(crate) member: &'a str,
}

impl Marks for CodesOf<'_> {
    type Error = StoreError;

    fn take(
        &mut self,
        _: &CardNumber,
        device: DeviceNumber,
        period: Period,
        basket: &Basket,
    ) -> Result<Taken, StoreError> {
        let mark = self
            .tx
            .sql
            .prepare_cached(
                "SELECT period, till, receipt FROM take WHERE member = ?1 AND device = ?2 ORDER BY period DESC",
            )?
            .query_row(params![self.member, device.0], |row| {
                let basket = Basket { till: row.get(1)?, receipt: row.get(2)? };
                Ok(Mark { period: Period::from_number(row.get::<_, i64>(0)?.unsigned_abs()), basket })
            })
            .optional()?;
        let taken = Mark::judge(mark.as_ref(), period, basket);
        if taken == Taken::New {
            self.tx
                .sql
                .prepare_cached(
                    "INSERT INTO take (member, device, period, till, receipt, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    self.member,
                    device.0,
                    integer(period.number()),
                    basket.till,
                    basket.receipt,
                    millis(self.tx.now)
                ])?;
            // The phone shows the next code at once.
            let code = wire::Code { period: period.number() };
            changes::put(self.tx, self.member, kind::CODE, &device.0.to_string(), &code)?;
        }
        Ok(taken)
    }
}
