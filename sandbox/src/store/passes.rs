//! The credentials that were made on the spot for passes, and the passes that were given out.

use member_card::DeviceNumber;
use member_card::totp::TotpKey;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::devices::Kind;
use super::{StoreError, Tx};

/// What a credential is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name {
    AppleKey,
    AppleCertificate,
    AppleAuthority,
    GoogleKey,
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Name::AppleKey => "apple-key",
            Name::AppleCertificate => "apple-certificate",
            Name::AppleAuthority => "apple-authority",
            Name::GoogleKey => "google-key",
        }
    }
}

/// A credential in DER, if one was made.
pub(crate) fn credential(sql: &Connection, name: Name) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT value FROM pass_credential WHERE name = ?1")?;
    Ok(statement.query_row([name.as_str()], |row| row.get(0)).optional()?)
}

pub(crate) fn set_credential(tx: &Tx<'_>, name: Name, der: &[u8]) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT INTO pass_credential (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name.as_str(), der])?;
    Ok(())
}

/// A pass that was given out.
pub(crate) struct Given {
    pub(crate) member: String,
    pub(crate) number: DeviceNumber,
    pub(crate) kind: Kind,
    /// Of a pass whose code changes.
    pub(crate) key: Option<TotpKey>,
    pub(crate) revoked: bool,
}

/// A member's pass of this kind that is good.
pub(crate) fn good(sql: &Connection, member: &str, kind: Kind) -> Result<Option<Given>, StoreError> {
    let given =
        given_where(sql, "member = ?1 AND kind = ?2 AND revoked_at IS NULL", params![member, kind.as_str()], 1)?;
    Ok(given.into_iter().next())
}

/// The passes that were given out last, newest first.
pub(crate) fn given(sql: &Connection, most: u32) -> Result<Vec<Given>, StoreError> {
    given_where(sql, "kind <> 'app'", [], most)
}

fn given_where(
    sql: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
    most: u32,
) -> Result<Vec<Given>, StoreError> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT member, number, kind, totp_key, revoked_at IS NOT NULL FROM device
         WHERE {which} ORDER BY made_at DESC, member, number DESC LIMIT {most}"
    ))?;
    let given = statement.query_map(parameters, |row| {
        Ok(Given {
            member: row.get(0)?,
            number: DeviceNumber(row.get(1)?),
            kind: Kind::from_word(&row.get::<_, String>(2)?),
            key: row.get::<_, Option<[u8; 20]>>(3)?.map(TotpKey::new),
            revoked: row.get(4)?,
        })
    })?;
    Ok(given.collect::<Result<_, _>>()?)
}
