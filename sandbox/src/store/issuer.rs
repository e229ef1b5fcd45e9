//! The issuer's keys: with which proofs and revocation lists are signed. Made when they are first needed, and followed by the next
//! one in time for tills to have it.

use member_card::issuer::{IssuerKey, IssuerSecret};
use member_card::{Day, Secret, UnixTime};
use rusqlite::params;

use super::{StoreError, Tx};

/// A key signs for so many days.
const SIGNS_FOR: u16 = 90;
/// And what it signs is good for so many days more: proofs are made ahead.
const AHEAD: u16 = 6;
/// Tills get a key so many days before its first use.
const EARLY: u16 = 8;
/// The backend keeps a key so many days after its last: as long as the journal of an offline till may be late.
const KEPT: u16 = 30;

struct Row {
    secret: IssuerSecret,
    first: u16,
    signs_until: u16,
}

impl Row {
    fn last(&self) -> u16 {
        self.signs_until.saturating_add(AHEAD)
    }
}

/// The server's time as cards count it.
pub(crate) fn unix_time(at: jiff::Timestamp) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(at.as_second()).unwrap_or_default())
}

/// The day by which cards count. The sandbox's clock does not reach the days that there are none for.
pub(crate) fn today(tx: &Tx<'_>) -> Day {
    Day::at(unix_time(tx.now)).unwrap_or(Day::from_number(u16::MAX))
}

/// What signs today.
pub(crate) fn signing(tx: &Tx<'_>) -> Result<IssuerSecret, StoreError> {
    let today = today(tx).number();
    let rows = rows(tx, today)?;
    let current = rows.into_iter().find(|row| (row.first..=row.signs_until).contains(&today));
    match current {
        Some(row) => Ok(row.secret),
        None => Ok(add(tx, today)?.secret),
    }
}

/// The public keys that may have signed something which is still good, and the one that comes next.
pub(crate) fn public(tx: &Tx<'_>, programme: &str) -> Result<Vec<IssuerKey>, StoreError> {
    let today = today(tx).number();
    let mut rows = rows(tx, today)?;
    let signs_today = |row: &&Row| (row.first..=row.signs_until).contains(&today);
    let current = rows.iter().find(signs_today).map(|row| row.signs_until);
    let until = if let Some(until) = current {
        until
    } else {
        rows.push(add(tx, today)?);
        today.saturating_add(SIGNS_FOR - 1)
    };
    if until.saturating_sub(today) < EARLY && !rows.iter().any(|row| row.first > until) {
        rows.push(add(tx, until.saturating_add(1))?);
    }
    let key = |row: &Row| IssuerKey {
        programme: programme.to_owned(),
        public: row.secret.public(),
        first: Day::from_number(row.first),
        last: Day::from_number(row.last()),
    };
    Ok(rows.iter().map(key).collect())
}

fn rows(tx: &Tx<'_>, today: u16) -> Result<Vec<Row>, StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "SELECT seed, first_day, signs_until FROM issuer_key WHERE signs_until + ?2 >= ?1 ORDER BY first_day",
    )?;
    let rows = statement.query_map([today, AHEAD + KEPT], |row| {
        let seed = Secret::new(row.get(0)?);
        Ok(Row { secret: IssuerSecret::from_seed(&seed), first: row.get(1)?, signs_until: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn add(tx: &Tx<'_>, first: u16) -> Result<Row, StoreError> {
    let mut seed = [0; 32];
    tx.random.fill(&mut seed);
    let signs_until = first.saturating_add(SIGNS_FOR - 1);
    tx.sql
        .prepare_cached("INSERT INTO issuer_key (seed, first_day, signs_until) VALUES (?1, ?2, ?3)")?
        .execute(params![seed, first, signs_until])?;
    Ok(Row { secret: IssuerSecret::from_seed(&Secret::new(seed)), first, signs_until })
}
