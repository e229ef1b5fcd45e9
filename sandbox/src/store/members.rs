//! Members, their addresses, consents and standing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use member_card::CardNumber;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, Tx, changes, devices, millis, optional_time_at, time_at};
use crate::wire::{self, Standing, kind};

/// A member.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) card_revoked_at: Option<Timestamp>,
    /// The card earns, and spends nothing.
    pub(crate) spend_locked: bool,
}

impl Member {
    /// Whether the card was revoked at `at`.
    pub(crate) fn card_revoked(&self, at: Timestamp) -> bool {
        self.card_revoked_at.is_some_and(|revoked_at| revoked_at <= at)
    }
}

/// What a new member is made of.
pub(crate) struct NewMember<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) language: &'a str,
    pub(crate) terms: &'a str,
    pub(crate) card_number: &'a str,
    pub(crate) address: &'a str,
    pub(crate) consents: &'a BTreeSet<String>,
}

fn member_from(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: row.get(0)?,
        name: row.get(1)?,
        language: row.get(2)?,
        card_revoked_at: optional_time_at(row, 3)?,
        spend_locked: row.get(4)?,
    })
}

pub(crate) fn find(sql: &Connection, id: &str) -> Result<Option<Member>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name, language, card_revoked_at, spend_locked_at IS NOT NULL FROM member WHERE id = ?1",
    )?;
    Ok(statement.query_row([id], member_from).optional()?)
}

pub(crate) fn find_by_card(sql: &Connection, number: &str) -> Result<Option<Member>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name, language, card_revoked_at, spend_locked_at IS NOT NULL FROM member WHERE card_number = ?1",
    )?;
    Ok(statement.query_row([number], member_from).optional()?)
}

pub(crate) fn find_by_address(sql: &Connection, address: &str) -> Result<Option<Member>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name, language, card_revoked_at, spend_locked_at IS NOT NULL
         FROM member JOIN address ON address.member = member.id WHERE address = ?1",
    )?;
    Ok(statement.query_row([address], member_from).optional()?)
}

pub(crate) fn count(sql: &Connection) -> Result<i64, StoreError> {
    Ok(sql.prepare_cached("SELECT COUNT(*) FROM member")?.query_row([], |row| row.get(0))?)
}

/// Writes a new member, and the change that tells their devices.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewMember<'_>) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT INTO member (id, name, language, terms, card_number, joined_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![new.id, new.name, new.language, new.terms, new.card_number, millis(tx.now)])?;
    tx.sql.prepare_cached("INSERT INTO address (address, member) VALUES (?1, ?2)")?.execute([new.address, new.id])?;
    for purpose in new.consents {
        tx.sql
            .prepare_cached("INSERT INTO consent (member, purpose, given_at) VALUES (?1, ?2, ?3)")?
            .execute(params![new.id, purpose, millis(tx.now)])?;
    }
    let value =
        wire::Member { name: new.name, joined_at: tx.now, card_number: new.card_number, language: new.language };
    changes::put(tx, new.id, kind::MEMBER, new.id, &value)
}

/// From now on the card is refused at the till.
pub(crate) fn revoke_card(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    let mut statement =
        tx.sql.prepare_cached("UPDATE member SET card_revoked_at = COALESCE(card_revoked_at, ?2) WHERE id = ?1")?;
    statement.execute(params![id, millis(tx.now)])?;
    devices::tell(tx, id)
}

/// From now on the card spends nothing, or spends again; answers how it stands then.
pub(crate) fn set_spend_lock(tx: &Tx<'_>, id: &str, locked: bool) -> Result<wire::Card, StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "UPDATE member SET spend_locked_at = iif(?2, ?3, NULL) WHERE id = ?1 AND (spend_locked_at IS NOT NULL) <> ?2",
    )?;
    if statement.execute(params![id, locked, millis(tx.now)])? > 0 {
        devices::tell(tx, id)?;
    }
    devices::card(&tx.sql, id)
}

/// The number of a member's card.
pub(crate) fn card_number(sql: &Connection, id: &str) -> Result<CardNumber, StoreError> {
    let mut statement = sql.prepare_cached("SELECT card_number FROM member WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| card_number_at(row, 0))?)
}

/// A card number that the database holds.
pub(super) fn card_number_at(row: &Row<'_>, column: usize) -> rusqlite::Result<CardNumber> {
    CardNumber::parse(&row.get::<_, String>(column)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

pub(crate) fn standing(sql: &Connection, member: &str) -> Result<Option<Standing>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT tier, points, period_ends_at FROM standing WHERE member = ?1")?;
    let found = statement.query_row([member], |row| {
        Ok(Standing { tier: row.get(0)?, points: row.get(1)?, period_ends_at: time_at(row, 2)? })
    });
    Ok(found.optional()?)
}

/// Sets a member's standing, and tells their devices.
pub(crate) fn set_standing(tx: &Tx<'_>, member: &str, standing: &Standing) -> Result<(), StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "INSERT INTO standing (member, tier, points, period_ends_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (member) DO UPDATE
         SET tier = excluded.tier, points = excluded.points, period_ends_at = excluded.period_ends_at",
    )?;
    statement.execute(params![member, standing.tier, standing.points, millis(standing.period_ends_at)])?;
    changes::put(tx, member, kind::STANDING, "standing", standing)
}

/// Whether time has made something of this member's out of date: a tier period or a voucher that has run out.
pub(crate) fn is_overdue(sql: &Connection, member: &str, now: Timestamp) -> Result<bool, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM standing WHERE member = ?1 AND period_ends_at <= ?2)
             OR EXISTS (SELECT 1 FROM voucher WHERE member = ?1 AND state = 'issued' AND expires_at <= ?2)",
    )?;
    Ok(statement.query_row(params![member, millis(now)], |row| row.get(0))?)
}
