//! What the server remembers about itself: the epoch of its cursors, the offset of its clock, its programme.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{StoreError, Tx};

/// What is remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name {
    /// Made anew by a restore: cursors of another epoch are void.
    Epoch,
    /// How far the server's clock runs from the real one, in seconds.
    ClockOffset,
    /// The id of the programme that this database belongs to.
    Programme,
    /// The digest of the programme's file that the catalogue was last brought in line with.
    ProgrammeDigest,
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Name::Epoch => "epoch",
            Name::ClockOffset => "clock_offset_seconds",
            Name::Programme => "programme",
            Name::ProgrammeDigest => "programme_digest",
        }
    }
}

pub(crate) fn get(sql: &Connection, name: Name) -> Result<Option<String>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name.as_str()], |row| row.get(0)).optional()?)
}

pub(crate) fn set(tx: &Tx<'_>, name: Name, value: &str) -> Result<(), StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?;
    statement.execute(params![name.as_str(), value])?;
    Ok(())
}

/// The epoch of the server's cursors. [`new_epoch`] ran when the database was made, so there is one.
pub(crate) fn epoch(sql: &Connection) -> Result<u64, StoreError> {
    let text = get(sql, Name::Epoch)?.unwrap_or_default();
    Ok(u64::from_str_radix(&text, 16).unwrap_or_default())
}

/// Draws a new epoch: cursors that were given out before are void.
pub(crate) fn new_epoch(tx: &Tx<'_>) -> Result<String, StoreError> {
    let mut bytes = [0; 8];
    tx.random.fill(&mut bytes);
    let epoch = format!("{:016x}", u64::from_be_bytes(bytes));
    set(tx, Name::Epoch, &epoch)?;
    Ok(epoch)
}
