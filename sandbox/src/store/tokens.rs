//! Access and refresh tokens, kept as digests, in families: one family for each sign-in.
//!
//! Rotation (RFC 9700, section 4.14.2) with room for lost answers and late copies of a request: the previous refresh
//! token stays good until one of its successors, or an access token issued beside one, is first used; the other
//! successors are void from then on. A token that comes after its time is somebody's copy and revokes its family, unless
//! it comes under the key with which it was exchanged before: then the request is the copy.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{StoreError, Tx, devices, millis, time_at};
use crate::ids::{self, Hash};

/// How long an access token is good.
pub(crate) const ACCESS_LIFE: SignedDuration = SignedDuration::from_secs(900);
/// How long a refresh token is good after the last rotation.
pub(crate) const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Tokens as they are given out: the only place where they are in clear.
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Who an access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// A member, and the session.
    Member {
        /// The member's id.
        id: String,
        /// The session's.
        family: String,
    },
    /// A till, by id.
    Till(String),
}

/// What a refresh led to.
pub(crate) enum Rotation {
    /// New tokens for this member.
    Rotated {
        /// The tokens.
        pair: Pair,
        /// The member's id.
        member: String,
    },
    /// The token is not good. If it was ever ours, its family is revoked now.
    Refused,
}

/// Starts a family: a member has signed in on a device.
pub(crate) fn start_family(tx: &Tx<'_>, member: &str, device: Option<&str>) -> Result<Pair, StoreError> {
    let family = ids::id(tx.random, "session");
    tx.sql
        .prepare_cached("INSERT INTO token_family (id, member, device, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![family, member, device, millis(tx.now)])?;
    issue(tx, &family, None)
}

fn issue(tx: &Tx<'_>, family: &str, predecessor: Option<&Hash>) -> Result<Pair, StoreError> {
    let pair = Pair { access: ids::token(tx.random), refresh: ids::token(tx.random) };
    let refresh = ids::hash(pair.refresh.as_bytes());
    tx.sql
        .prepare_cached(
            "INSERT INTO refresh_token (hash, family, predecessor, state, expires_at)
             VALUES (?1, ?2, ?3, 'current', ?4)",
        )?
        .execute(params![refresh, family, predecessor, after(tx, REFRESH_LIFE)])?;
    forget_expired_access(tx)?;
    tx.sql
        .prepare_cached("INSERT INTO access_token (hash, refresh, family, expires_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![ids::hash(pair.access.as_bytes()), refresh, family, after(tx, ACCESS_LIFE)])?;
    Ok(pair)
}

/// Issues an access token for a till.
pub(crate) fn issue_till(tx: &Tx<'_>, till: &str) -> Result<String, StoreError> {
    let access = ids::token(tx.random);
    forget_expired_access(tx)?;
    tx.sql
        .prepare_cached("INSERT INTO access_token (hash, till, expires_at) VALUES (?1, ?2, ?3)")?
        .execute(params![ids::hash(access.as_bytes()), till, after(tx, ACCESS_LIFE)])?;
    Ok(access)
}

/// An expired token and an unknown one get the same answer, so expired ones are kept only while a long poll that began
/// with one may still ask whether its session [`stands`].
fn forget_expired_access(tx: &Tx<'_>) -> Result<(), StoreError> {
    let before = tx.now.saturating_sub(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MIN);
    tx.sql.prepare_cached("DELETE FROM access_token WHERE expires_at <= ?1")?.execute([millis(before)])?;
    Ok(())
}

fn after(tx: &Tx<'_>, life: SignedDuration) -> i64 {
    millis(tx.now.saturating_add(life).unwrap_or(Timestamp::MAX))
}

/// Exchanges a refresh token for the next pair. `exchange` is the request's `Idempotency-Key`, where it has one.
pub(crate) fn rotate(tx: &Tx<'_>, refresh: &str, exchange: Option<&str>) -> Result<Rotation, StoreError> {
    let hash = ids::hash(refresh.as_bytes());
    let found = tx
        .sql
        .prepare_cached(
            "SELECT family, member, state, exchange, refresh_token.expires_at, revoked_at IS NOT NULL
             FROM refresh_token JOIN token_family ON token_family.id = family WHERE hash = ?1",
        )?
        .query_row([hash], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<String>>(3)?,
                time_at(row, 4)?,
                row.get::<_, bool>(5)?,
            ))
        })
        .optional()?;
    let Some((family, member, state, before, expires_at, revoked)) = found else {
        return Ok(Rotation::Refused);
    };
    if revoked || expires_at <= tx.now {
        return Ok(Rotation::Refused);
    }
    match state.as_str() {
        "current" => {
            has_arrived(tx, &hash)?;
            set_state(tx, &hash, "previous")?;
        }
        // Its answer was lost, or this is a copy: whichever successor is used first is the one.
        "previous" => {}
        _ => {
            if exchange.is_none() || exchange != before.as_deref() {
                revoke_family(tx, &family)?;
            }
            return Ok(Rotation::Refused);
        }
    }
    tx.sql
        .prepare_cached("UPDATE refresh_token SET exchange = ?2 WHERE hash = ?1")?
        .execute(params![hash, exchange])?;
    Ok(Rotation::Rotated { pair: issue(tx, &family, Some(&hash))?, member })
}

/// The first use of a refresh token, or of an access token beside it: it has arrived. The one before is spent, and what
/// else was issued for that one is void.
fn has_arrived(tx: &Tx<'_>, hash: &Hash) -> Result<(), StoreError> {
    const OTHERS: &str = "SELECT hash FROM refresh_token WHERE hash <> ?1 AND state = 'current'
        AND predecessor = (SELECT predecessor FROM refresh_token WHERE hash = ?1)";
    tx.sql.prepare_cached(&format!("DELETE FROM access_token WHERE refresh IN ({OTHERS})"))?.execute([hash])?;
    tx.sql
        .prepare_cached(&format!("UPDATE refresh_token SET state = 'void' WHERE hash IN ({OTHERS})"))?
        .execute([hash])?;
    tx.sql
        .prepare_cached(
            "UPDATE refresh_token SET state = 'spent' WHERE state = 'previous'
             AND hash = (SELECT predecessor FROM refresh_token WHERE hash = ?1)",
        )?
        .execute([hash])?;
    Ok(())
}

fn set_state(tx: &Tx<'_>, hash: &Hash, state: &str) -> Result<(), StoreError> {
    tx.sql.prepare_cached("UPDATE refresh_token SET state = ?2 WHERE hash = ?1")?.execute(params![hash, state])?;
    Ok(())
}

/// Who an access token speaks for, and whether this is its first use beside a predecessor that is still good.
pub(crate) fn bearer(sql: &Connection, access: &str, now: Timestamp) -> Result<Option<(Bearer, bool)>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT member, till, family, EXISTS (
             SELECT 1 FROM refresh_token AS own JOIN refresh_token AS before ON before.hash = own.predecessor
             WHERE own.hash = access_token.refresh AND before.state = 'previous')
         FROM access_token LEFT JOIN token_family ON token_family.id = access_token.family
         WHERE hash = ?1 AND expires_at > ?2 AND revoked_at IS NULL",
    )?;
    let found = statement
        .query_row(params![ids::hash(access.as_bytes()), millis(now)], |row| {
            let text = |column| row.get::<_, Option<String>>(column);
            Ok((text(0)?.zip(text(2)?), text(1)?, row.get::<_, bool>(3)?))
        })
        .optional()?;
    Ok(match found {
        Some((Some((id, family)), _, first)) => Some((Bearer::Member { id, family }, first)),
        Some((None, Some(till), _)) => Some((Bearer::Till(till), false)),
        _ => None,
    })
}

/// The access token was used, so the refresh token beside it has arrived.
pub(crate) fn confirm_successor(tx: &Tx<'_>, access: &str) -> Result<(), StoreError> {
    let refresh = tx
        .sql
        .prepare_cached("SELECT refresh FROM access_token WHERE hash = ?1 AND refresh IS NOT NULL")?
        .query_row([ids::hash(access.as_bytes())], |row| row.get::<_, Hash>(0))
        .optional()?;
    refresh.map_or(Ok(()), |refresh| has_arrived(tx, &refresh))
}

/// Whether the session of a member's access token still stands, even if the token itself has run out since.
pub(crate) fn stands(sql: &Connection, access: &str) -> Result<bool, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM access_token JOIN token_family ON token_family.id = access_token.family
                        WHERE hash = ?1 AND revoked_at IS NULL)",
    )?;
    Ok(statement.query_row([ids::hash(access.as_bytes())], |row| row.get(0))?)
}

/// Revokes the family of a refresh or access token; nothing happens if it is not ours.
pub(crate) fn revoke_by_token(tx: &Tx<'_>, token: &str) -> Result<(), StoreError> {
    let family = tx
        .sql
        .prepare_cached(
            "SELECT family FROM refresh_token WHERE hash = ?1
             UNION SELECT family FROM access_token WHERE hash = ?1 AND family IS NOT NULL",
        )?
        .query_row([ids::hash(token.as_bytes())], |row| row.get::<_, String>(0))
        .optional()?;
    match family {
        Some(family) => revoke_family(tx, &family),
        None => Ok(()),
    }
}

fn revoke_family(tx: &Tx<'_>, family: &str) -> Result<(), StoreError> {
    end_session(tx, family).map(drop)
}

/// Ends one session, and says whether it stood.
pub(crate) fn end_session(tx: &Tx<'_>, family: &str) -> Result<bool, StoreError> {
    let ended = tx
        .sql
        .prepare_cached("UPDATE token_family SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
        .execute(params![family, millis(tx.now)])?;
    devices::revoke_of_session(tx, family)?;
    Ok(ended > 0)
}

/// Ends all sessions of a member; says how many.
pub(crate) fn revoke_member(tx: &Tx<'_>, member: &str) -> Result<usize, StoreError> {
    let mut statement =
        tx.sql.prepare_cached("UPDATE token_family SET revoked_at = ?2 WHERE member = ?1 AND revoked_at IS NULL")?;
    let ended = statement.execute(params![member, millis(tx.now)])?;
    devices::revoke_apps(tx, member)?;
    Ok(ended)
}

/// Makes a member's access tokens run out now; says how many.
pub(crate) fn expire_access(tx: &Tx<'_>, member: &str) -> Result<usize, StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "UPDATE access_token SET expires_at = ?2
         WHERE expires_at > ?2 AND family IN (SELECT id FROM token_family WHERE member = ?1)",
    )?;
    Ok(statement.execute(params![member, millis(tx.now)])?)
}

/// Forgets sessions that can never be used again since `before`.
pub(crate) fn forget_families(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    const DEAD: &str = "SELECT id FROM token_family WHERE revoked_at < ?1 OR NOT EXISTS (
        SELECT 1 FROM refresh_token WHERE family = token_family.id AND expires_at >= ?1)";
    for table in ["access_token", "refresh_token"] {
        tx.sql.execute(&format!("DELETE FROM {table} WHERE family IN ({DEAD})"), [millis(before)])?;
    }
    tx.sql.execute(&format!("DELETE FROM token_family WHERE id IN ({DEAD})"), [millis(before)])?;
    // A session that ran out takes its device with it.
    devices::revoke_without_session(tx)
}
