//! The ledger of double entries: transactions, their postings, and what members see of them.
//!
//! A transaction's postings sum to zero for each unit: [`post`] refuses others, and no commit passes
//! [`ensure_balanced`]. Knows nothing of why points move.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, Tx, changes, json_at, millis, optional_json_at, time_at, word, word_at};
use crate::ids;
use crate::programme::LocalText;
use crate::wire::{Account, Channel, Entry, Reason, WithId, kind};

/// An account of the programme itself: the other side of what members get and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counterpart {
    /// Earned by members; counts as lifetime.
    Issued,
    /// Spent by members.
    Redeemed,
    /// Corrections by hand.
    Adjustments,
}

impl Counterpart {
    fn role(self) -> &'static str {
        match self {
            Counterpart::Issued => "issued",
            Counterpart::Redeemed => "redeemed",
            Counterpart::Adjustments => "adjustments",
        }
    }
}

/// A movement between a member and the programme, and how the member's activity shows it.
#[derive(Debug)]
pub(crate) struct Movement<'a> {
    pub(crate) member: &'a str,
    pub(crate) unit: &'a str,
    /// What the member gets; negative if the member gives.
    pub(crate) amount: i64,
    pub(crate) counterpart: Counterpart,
    pub(crate) reason: Reason,
    pub(crate) place: Option<&'a LocalText>,
    pub(crate) channel: Channel,
    pub(crate) title: Option<&'a LocalText>,
    pub(crate) key: Option<&'a str>,
}

/// One side of a transaction.
struct Posting<'a> {
    owner: &'a str,
    role: &'a str,
    unit: &'a str,
    amount: i64,
}

/// The owner of the programme's own accounts.
const PROGRAMME: &str = "";

/// Books a movement: two postings, the member's balance, an entry, and the changes that tell the member's devices.
/// An amount of 0 is refused by the schema.
pub(crate) fn book(tx: &Tx<'_>, movement: &Movement<'_>) -> Result<WithId<Entry>, StoreError> {
    book_as_of(tx, movement, tx.now)
}

/// As [`book`], with an entry that is dated `at`: when what it tells of happened, and nobody could say so yet.
pub(crate) fn book_as_of(tx: &Tx<'_>, movement: &Movement<'_>, at: Timestamp) -> Result<WithId<Entry>, StoreError> {
    let Movement { member, unit, amount, counterpart, .. } = *movement;
    let opposite = amount.checked_neg().ok_or(StoreError::Overflow)?;
    let transaction = post(
        tx,
        &[
            Posting { owner: member, role: "available", unit, amount },
            Posting { owner: PROGRAMME, role: counterpart.role(), unit, amount: opposite },
        ],
    )?;

    let before = account(&tx.sql, member, unit)?;
    let earned = if counterpart == Counterpart::Issued { amount } else { 0 };
    let after = Account {
        available: before.available.checked_add(amount).ok_or(StoreError::Overflow)?,
        lifetime: before.lifetime.checked_add(earned).ok_or(StoreError::Overflow)?,
        ..before
    };
    let mut statement = tx.sql.prepare_cached(
        "INSERT INTO balance (member, unit, available, lifetime) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (member, unit) DO UPDATE SET available = excluded.available, lifetime = excluded.lifetime",
    )?;
    statement.execute(params![member, unit, after.available, after.lifetime])?;

    let entry = insert_entry(tx, movement, transaction, after.available, at)?;
    changes::put(tx, member, kind::ACCOUNT, unit, &after)?;
    changes::put(tx, member, kind::ENTRY, &entry.id, &entry.value)?;
    Ok(entry)
}

/// Opens a member's account in `unit`, at zero.
pub(crate) fn open_account(tx: &Tx<'_>, member: &str, unit: &str) -> Result<(), StoreError> {
    tx.sql.prepare_cached("INSERT INTO balance (member, unit) VALUES (?1, ?2)")?.execute([member, unit])?;
    changes::put(tx, member, kind::ACCOUNT, unit, &account(&tx.sql, member, unit)?)
}

/// Writes a transaction whose postings sum to zero for each unit; any other is [`StoreError::Unbalanced`].
fn post(tx: &Tx<'_>, postings: &[Posting<'_>]) -> Result<i64, StoreError> {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for posting in postings {
        *sums.entry(posting.unit).or_default() += i128::from(posting.amount);
    }
    if sums.values().any(|sum| *sum != 0) {
        return Err(StoreError::Unbalanced);
    }
    tx.sql.prepare_cached("INSERT INTO \"transaction\" (at) VALUES (?1)")?.execute([millis(tx.now)])?;
    let transaction = tx.sql.last_insert_rowid();
    for posting in postings {
        tx.sql
            .prepare_cached("INSERT OR IGNORE INTO ledger_account (owner, role, unit) VALUES (?1, ?2, ?3)")?
            .execute([posting.owner, posting.role, posting.unit])?;
        let mut statement = tx.sql.prepare_cached(
            "INSERT INTO posting (transaction_id, account, amount)
             SELECT ?1, id, ?2 FROM ledger_account WHERE owner = ?3 AND role = ?4 AND unit = ?5",
        )?;
        statement.execute(params![transaction, posting.amount, posting.owner, posting.role, posting.unit])?;
    }
    Ok(transaction)
}

fn insert_entry(
    tx: &Tx<'_>,
    movement: &Movement<'_>,
    transaction: i64,
    balance: i64,
    at: Timestamp,
) -> Result<WithId<Entry>, StoreError> {
    let number: i64 = tx
        .sql
        .prepare_cached("SELECT COALESCE(MAX(number), 0) + 1 FROM entry WHERE member = ?1")?
        .query_row([movement.member], |row| row.get(0))?;
    let id = ids::id(tx.random, "entry");
    let entry = Entry {
        number,
        unit: movement.unit.to_owned(),
        amount: movement.amount,
        balance,
        reason: movement.reason,
        at,
        place: movement.place.cloned(),
        channel: movement.channel,
        title: movement.title.cloned(),
        key: movement.key.map(str::to_owned),
    };
    let mut statement = tx.sql.prepare_cached(
        "INSERT INTO entry (id, transaction_id, member, number, unit, amount, balance, reason, at, place, channel,
                            title, key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    statement.execute(params![
        id,
        transaction,
        movement.member,
        entry.number,
        entry.unit,
        entry.amount,
        entry.balance,
        word(&entry.reason)?,
        millis(entry.at),
        entry.place.as_ref().map(serde_json::to_string).transpose()?,
        word(&entry.channel)?,
        entry.title.as_ref().map(serde_json::to_string).transpose()?,
        entry.key,
    ])?;
    Ok(WithId { id, value: entry })
}

/// A member's account in `unit`; at zero where there is none yet.
pub(crate) fn account(sql: &Connection, member: &str, unit: &str) -> Result<Account, StoreError> {
    let found = accounts(sql, member)?.into_iter().find(|account| account.unit == unit);
    Ok(found.unwrap_or_else(|| Account { unit: unit.to_owned(), available: 0, pending: 0, reserved: 0, lifetime: 0 }))
}

/// A member's accounts, by unit.
pub(crate) fn accounts(sql: &Connection, member: &str) -> Result<Vec<Account>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT unit, available, lifetime FROM balance WHERE member = ?1 ORDER BY unit")?;
    let rows = statement.query_map([member], |row| {
        // Nothing in this programme waits or is set aside: what is earned can be spent at once.
        Ok(Account { unit: row.get(0)?, available: row.get(1)?, pending: 0, reserved: 0, lifetime: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The unit and amount that the member's action `key` took.
pub(crate) fn taken_by(sql: &Connection, member: &str, key: &str) -> Result<Option<(String, i64)>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT unit, -amount FROM entry WHERE member = ?1 AND key = ?2 AND amount < 0")?;
    Ok(statement.query_row([member, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Every entry of a member, oldest first.
pub(crate) fn entries(sql: &Connection, member: &str) -> Result<Vec<WithId<Entry>>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, number, unit, amount, balance, reason, at, place, channel, title, key
         FROM entry WHERE member = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([member], entry_from)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The member's entries with a number below `before`, newest first, at most `limit`.
pub(crate) fn entries_before(
    sql: &Connection,
    member: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<WithId<Entry>>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, number, unit, amount, balance, reason, at, place, channel, title, key
         FROM entry WHERE member = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![member, before, limit], entry_from)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn entry_from(row: &Row<'_>) -> rusqlite::Result<WithId<Entry>> {
    let value = Entry {
        number: row.get(1)?,
        unit: row.get(2)?,
        amount: row.get(3)?,
        balance: row.get(4)?,
        reason: word_at(row, 5)?,
        at: time_at(row, 6)?,
        place: optional_json_at(row, 7)?,
        channel: word_at(row, 8)?,
        title: optional_json_at(row, 9)?,
        key: row.get(10)?,
    };
    Ok(WithId { id: row.get(0)?, value })
}

/// The newest ledger transaction; 0 if there is none.
pub(super) fn newest(sql: &Connection) -> Result<i64, StoreError> {
    let mut statement = sql.prepare_cached("SELECT COALESCE(MAX(id), 0) FROM \"transaction\"")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Refuses a database in which a ledger transaction after `before` does not sum to zero for each unit.
pub(super) fn ensure_balanced(sql: &Connection, before: i64) -> Result<(), StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (
            SELECT 1 FROM posting JOIN ledger_account ON ledger_account.id = posting.account
            WHERE transaction_id > ?1 GROUP BY transaction_id, unit HAVING SUM(amount) <> 0)",
    )?;
    let unbalanced: bool = statement.query_row([before], |row| row.get(0))?;
    if unbalanced { Err(StoreError::Unbalanced) } else { Ok(()) }
}

/// The whole ledger in numbers.
#[derive(Debug)]
pub(crate) struct Audit {
    /// For each unit, the sum over all postings; anything but 0 is a fault.
    pub(crate) units: BTreeMap<String, i64>,
    pub(crate) postings: i64,
    /// Ledger transactions that do not sum to zero.
    pub(crate) unbalanced: i64,
    /// Members' balances that are not the sum of their postings, and entries that do not continue the one before.
    pub(crate) drifted: i64,
}

pub(crate) fn audit(sql: &Connection) -> Result<Audit, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT unit, SUM(amount) FROM posting JOIN ledger_account ON ledger_account.id = posting.account
         GROUP BY unit ORDER BY unit",
    )?;
    let units = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let count = |query: &str| sql.prepare_cached(query)?.query_row([], |row| row.get::<_, i64>(0));
    let postings = count("SELECT COUNT(*) FROM posting")?;
    let unbalanced = count(
        "SELECT COUNT(*) FROM (
            SELECT 1 FROM posting JOIN ledger_account ON ledger_account.id = posting.account
            GROUP BY transaction_id, unit HAVING SUM(amount) <> 0)",
    )?;
    let balances = count(
        "SELECT COUNT(*) FROM balance WHERE available <> (
            SELECT COALESCE(SUM(amount), 0) FROM posting JOIN ledger_account ON ledger_account.id = posting.account
            WHERE owner = balance.member AND role = 'available' AND unit = balance.unit)",
    )?;
    let entries = count(
        "SELECT COUNT(*) FROM (
            SELECT balance - amount - LAG(balance, 1, 0) OVER (PARTITION BY member, unit ORDER BY number) AS gap
            FROM entry) WHERE gap <> 0",
    )?;
    Ok(Audit { units, postings, unbalanced, drifted: balances + entries })
}

/// A title or place as the database holds it, for other tables.
pub(super) fn local_text_at(row: &Row<'_>, column: usize) -> rusqlite::Result<LocalText> {
    json_at(row, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;
    use crate::store::Store;

    fn amounts(store: &Store, postings: &[(&str, i64)]) -> Result<(), StoreError> {
        store.write(Timestamp::UNIX_EPOCH, &SystemRandom, |tx| {
            let postings: Vec<_> = postings
                .iter()
                .map(|(unit, amount)| Posting { owner: PROGRAMME, role: "issued", unit, amount: *amount })
                .collect();
            post(tx, &postings).map(|_| ())
        })
    }

    #[test]
    fn postings_must_sum_to_zero_for_each_unit() {
        let store = Store::memory().expect("opens");
        amounts(&store, &[("points", 5), ("points", -5)]).expect("balances");
        assert!(matches!(amounts(&store, &[("points", 5), ("points", -4)]), Err(StoreError::Unbalanced)));
        assert!(matches!(amounts(&store, &[("points", 5), ("stamps", -5)]), Err(StoreError::Unbalanced)));
    }

    #[test]
    fn a_commit_with_an_unbalanced_transaction_is_refused_even_when_post_was_bypassed() {
        let store = Store::memory().expect("opens");
        amounts(&store, &[("points", 5), ("points", -5)]).expect("balances");
        let result: Result<(), StoreError> = store.write(Timestamp::UNIX_EPOCH, &SystemRandom, |tx| {
            tx.sql.execute("INSERT INTO \"transaction\" (at) VALUES (0)", [])?;
            tx.sql.execute("INSERT INTO posting (transaction_id, account, amount) VALUES (2, 1, 7)", [])?;
            Ok(())
        });
        assert!(matches!(result, Err(StoreError::Unbalanced)));
        let audit = store.read(audit).expect("audits");
        assert_eq!((audit.postings, audit.unbalanced), (2, 0));
    }
}
