//! The till's own file: keys and revocation list, the marks of codes that it took, and its journal. All of it is durable before it
//! is answered.
//!
//! The only SQL of the terminal app. Must not know what makes a code good, nor how anything is sent or said.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use member_card::issuer::{IssuerKey, PublicKey};
use member_card::marks::{Basket, Mark, Marks, Taken};
use member_card::payload::PayloadKind;
use member_card::revocation::{RevocationError, RevocationList};
use member_card::verify::{CardFormat, OfflineTill};
use member_card::{CardNumber, Day, DeviceNumber, Period};
use member_core::Anchor;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;

/// How long to wait for another program that has the file open.
const BUSY: Duration = Duration::from_secs(5);
const FILE: &str = "till.db";
/// Step N brings a file from version N to N + 1. Released steps are never edited.
const MIGRATIONS: &[&str] = &[include_str!("store/migrations/001_till.sql")];

/// Why the till's file did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("it is damaged, in use, or no file of a till: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("it is of a newer version of this program")]
    Newer,
    #[error("a value cannot be written: {0}")]
    Value(#[from] serde_json::Error),
    #[error("the revocation list in it cannot be used: {0}")]
    Revocations(#[from] RevocationError),
}

/// The open file.
pub struct Store {
    sql: Connection,
    path: PathBuf,
}

/// What the till has fetched.
pub struct Known {
    /// Its id.
    pub till: String,
    /// The programme's address.
    pub server: String,
    /// How long the programme takes what was written down.
    pub journal_days: i64,
    /// The server's time and this machine's at the last fetch.
    pub anchor: Anchor,
    /// The cards, the issuer's keys and the revocation list.
    pub offline: OfflineTill,
}

/// What is fetched.
pub struct Fetched<'a> {
    pub till: &'a str,
    pub server: &'a str,
    pub journal_days: i64,
    pub anchor: &'a Anchor,
    pub format: &'a CardFormat,
    pub keys: &'a [IssuerKey],
    /// The signed list as it came.
    pub revocations: &'a [u8],
}

/// What has become of an entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has to be sent.
    Waiting,
    /// The points are the member's.
    Accrued { answer: Value },
    /// It brings nothing, for this reason; the programme keeps it.
    Held { reason: String, answer: Value },
    /// The programme did not take it, for this reason.
    Refused { reason: String, answer: Value },
}

/// A purchase that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub receipt: String,
    pub sale: String,
    pub scanned_at: Timestamp,
    /// As the scanner read it.
    pub payload: String,
    /// The lines of the receipt.
    pub lines: Value,
    /// What the cashier was told.
    pub verdict: Value,
    /// The request's key and bytes.
    pub key: String,
    pub body: String,
    pub state: State,
}

impl State {
    /// Its name in the file and in documents.
    pub fn name(&self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Accrued { .. } => "accrued",
            State::Held { .. } => "held",
            State::Refused { .. } => "refused",
        }
    }

    /// Why it brought nothing.
    pub fn reason(&self) -> Option<&str> {
        match self {
            State::Held { reason, .. } | State::Refused { reason, .. } => Some(reason),
            State::Waiting | State::Accrued { .. } => None,
        }
    }

    /// What was answered.
    pub fn answer(&self) -> Option<&Value> {
        match self {
            State::Accrued { answer } | State::Held { answer, .. } | State::Refused { answer, .. } => Some(answer),
            State::Waiting => None,
        }
    }
}

impl Store {
    /// Opens the file in `folder`, which only its owner reads, and makes it if it is not there.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let store = Self::open_file(folder, &path);
        store.map_err(|error| failure(&path, &error))
    }

    /// As [`open`](Self::open), where there is such a file.
    pub fn open_existing(folder: &Path) -> Result<Option<Self>, Failure> {
        let there = folder.join(FILE).try_exists().map_err(|error| Failure::of_file("read", folder, &error))?;
        if there { Self::open(folder).map(Some) } else { Ok(None) }
    }

    fn open_file(folder: &Path, path: &Path) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // SQLite gives the files beside it the same permissions.
        OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let mut sql = Connection::open(path)?;
        sql.busy_timeout(BUSY)?;
        sql.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        sql.execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON")?;
        migrate(&mut sql)?;
        Ok(Self { sql, path: path.to_owned() })
    }

    /// What was fetched last; none before the first time.
    pub fn known(&self) -> Result<Option<Known>, Failure> {
        known(&self.sql).map_err(|error| failure(&self.path, &error))
    }

    /// Runs `work` in one IMMEDIATE transaction, which is on the disk when this returns. A failure leaves nothing of it.
    pub fn write<T>(&mut self, work: impl FnOnce(&mut Work<'_>) -> Result<T, WorkError>) -> Result<T, Failure> {
        let path = &self.path;
        let run = || {
            let mut tx = Work(self.sql.transaction_with_behavior(TransactionBehavior::Immediate)?);
            let result = work(&mut tx)?;
            tx.0.commit()?;
            Ok(result)
        };
        run().map_err(|error: WorkError| match error {
            WorkError::Store(error) => failure(path, &error),
            WorkError::Refused(failure) => failure,
        })
    }

    /// What has to be sent, oldest first.
    pub fn waiting(&self) -> Result<Vec<Entry>, Failure> {
        self.entries("state = 'waiting'")
    }

    /// What was sent and brought nothing, oldest first.
    pub fn without_effect(&self) -> Result<Vec<Entry>, Failure> {
        self.entries("state IN ('held', 'refused')")
    }

    fn entries(&self, which: &str) -> Result<Vec<Entry>, Failure> {
        let read = || {
            let sql = format!("SELECT {COLUMNS} FROM journal WHERE {which} ORDER BY scanned_at, receipt");
            let mut statement = self.sql.prepare(&sql)?;
            let entries = statement.query_map([], entry_from)?.collect::<Result<_, _>>()?;
            Ok(entries)
        };
        read().map_err(|error| failure(&self.path, &error))
    }
}

/// Why a transaction came to nothing.
pub enum WorkError {
    Store(StoreError),
    Refused(Failure),
}

impl<E: Into<StoreError>> From<E> for WorkError {
    fn from(error: E) -> Self {
        WorkError::Store(error.into())
    }
}

/// An open transaction.
pub struct Work<'a>(Transaction<'a>);

impl Work<'_> {
    /// What was fetched last.
    pub fn known(&self) -> Result<Option<Known>, StoreError> {
        known(&self.0)
    }

    /// Puts what was fetched in the place of what was there.
    pub fn set_known(&self, new: &Fetched<'_>) -> Result<(), StoreError> {
        let CardFormat { programme, number_length, prefix, payload } = new.format;
        self.0.execute(
            "INSERT OR REPLACE INTO till (only, till, server, programme, number_length, prefix, payload, journal_days,
                                          revocations, anchor)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                new.till,
                new.server,
                programme,
                integer(*number_length),
                prefix,
                payload.name(),
                new.journal_days,
                new.revocations,
                serde_json::to_string(new.anchor)?,
            ],
        )?;
        self.0.execute("DELETE FROM issuer_key", [])?;
        for key in new.keys {
            self.0.execute(
                "INSERT OR REPLACE INTO issuer_key (programme, public, first_day, last_day) VALUES (?1, ?2, ?3, ?4)",
                params![key.programme, key.public.to_bytes(), key.first.number(), key.last.number()],
            )?;
        }
        Ok(())
    }

    /// The list that is held, as it came.
    pub fn revocations(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.query_row("SELECT revocations FROM till", [], |row| row.get(0)).optional()?)
    }

    /// The entry of a receipt.
    pub fn entry(&self, receipt: &str) -> Result<Option<Entry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE receipt = ?1");
        Ok(self.0.query_row(&sql, [receipt], entry_from).optional()?)
    }

    /// Writes a purchase down.
    pub fn write_down(&self, entry: &Entry) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO journal (receipt, sale, scanned_at, payload, lines, verdict, key, body, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting')",
            params![
                entry.receipt,
                entry.sale,
                entry.scanned_at.as_millisecond(),
                entry.payload,
                entry.lines.to_string(),
                entry.verdict.to_string(),
                entry.key,
                entry.body,
            ],
        )?;
        Ok(())
    }

    /// Notes what has become of an entry that was sent.
    pub fn settle(&self, receipt: &str, state: &State) -> Result<(), StoreError> {
        self.0.execute(
            "UPDATE journal SET state = ?2, reason = ?3, answer = ?4 WHERE receipt = ?1",
            params![receipt, state.name(), state.reason(), state.answer().map(Value::to_string)],
        )?;
        Ok(())
    }

    /// Forgets what was sent and scanned before `before`.
    pub fn forget_sent(&self, before: Timestamp) -> Result<(), StoreError> {
        self.0
            .execute("DELETE FROM journal WHERE state <> 'waiting' AND scanned_at < ?1", [before.as_millisecond()])?;
        Ok(())
    }
}

impl Marks for Work<'_> {
    type Error = StoreError;

    /// Durable when the transaction is, and that is before anybody is answered.
    fn take(
        &mut self,
        card: &CardNumber,
        device: DeviceNumber,
        period: Period,
        basket: &Basket,
    ) -> Result<Taken, StoreError> {
        let mark = self.0.query_row(
            "SELECT period, till, sale FROM mark WHERE card = ?1 AND device = ?2",
            params![card.as_str(), device.0],
            |row| {
                let basket = Basket { till: row.get(1)?, receipt: row.get(2)? };
                Ok(Mark { period: Period::from_number(row.get::<_, i64>(0)?.unsigned_abs()), basket })
            },
        );
        let taken = Mark::judge(mark.optional()?.as_ref(), period, basket);
        if taken == Taken::New {
            self.0.execute(
                "INSERT OR REPLACE INTO mark (card, device, period, till, sale) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![card.as_str(), device.0, integer(period.number()), basket.till, basket.receipt],
            )?;
        }
        Ok(taken)
    }
}

fn migrate(sql: &mut Connection) -> Result<(), StoreError> {
    let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let steps = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..)).ok_or(StoreError::Newer)?;
    for step in steps {
        tx.execute_batch(step)?;
    }
    if !steps.is_empty() {
        tx.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))?;
    }
    Ok(tx.commit()?)
}

fn known(sql: &Connection) -> Result<Option<Known>, StoreError> {
    let found = sql.query_row(
        "SELECT till, server, programme, number_length, prefix, payload, journal_days, revocations, anchor FROM till",
        [],
        |row| {
            let payload: String = row.get(5)?;
            let format = CardFormat {
                programme: row.get(2)?,
                number_length: usize::from(row.get::<_, u8>(3)?),
                prefix: row.get(4)?,
                payload: PayloadKind::from_name(&payload).unwrap_or(PayloadKind::Static),
            };
            let list: Vec<u8> = row.get(7)?;
            Ok((row.get(0)?, row.get(1)?, row.get(6)?, json_at(row, 8)?, format, list))
        },
    );
    let Some((till, server, journal_days, anchor, format, list)) = found.optional()? else { return Ok(None) };
    let keys = keys(sql)?;
    let revocations = Some(RevocationList::read(&list, &keys, &format.programme)?);
    Ok(Some(Known { till, server, journal_days, anchor, offline: OfflineTill { format, keys, revocations } }))
}

fn keys(sql: &Connection) -> Result<Vec<IssuerKey>, StoreError> {
    let mut statement =
        sql.prepare("SELECT programme, public, first_day, last_day FROM issuer_key ORDER BY first_day, public")?;
    let keys = statement.query_map([], |row| {
        // They were checked before they were written.
        let public = PublicKey::from_bytes(&row.get(1)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Blob, Box::new(error)))?;
        let (first, last) = (Day::from_number(row.get(2)?), Day::from_number(row.get(3)?));
        Ok(IssuerKey { programme: row.get(0)?, public, first, last })
    })?;
    Ok(keys.collect::<Result<_, _>>()?)
}

const COLUMNS: &str = "receipt, sale, scanned_at, payload, lines, verdict, key, body, state, reason, answer";

fn entry_from(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let state: String = row.get(8)?;
    let state = match state.as_str() {
        "waiting" => State::Waiting,
        "accrued" => State::Accrued { answer: json_at(row, 10)? },
        "held" => State::Held { reason: row.get(9)?, answer: json_at(row, 10)? },
        _ => State::Refused { reason: row.get(9)?, answer: json_at(row, 10)? },
    };
    let scanned_at = Timestamp::from_millisecond(row.get(2)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Integer, Box::new(error)))?;
    Ok(Entry {
        receipt: row.get(0)?,
        sale: row.get(1)?,
        scanned_at,
        payload: row.get(3)?,
        lines: json_at(row, 4)?,
        verdict: json_at(row, 5)?,
        key: row.get(6)?,
        body: row.get(7)?,
        state,
    })
}

fn json_at<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(&row.get::<_, String>(column)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// SQLite's integers have a sign; lengths and periods are far from where that matters.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn failure(path: &Path, error: &StoreError) -> Failure {
    Failure::failed("till-file", format!("The till's file {} cannot be used: {error}.", path.display()))
}
