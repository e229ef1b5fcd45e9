//! Migrations: numbered SQL files, each applied once, together in one transaction.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each schema version is the number of its last file.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/001_wallet.sql"),
    include_str!("../../migrations/002_notices.sql"),
    include_str!("../../migrations/003_retry_floor.sql"),
    include_str!("../../migrations/004_card.sql"),
];

/// The newest schema that this version knows.
#[allow(clippy::cast_possible_wrap, reason = "a handful of files")]
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings the database to [`SCHEMA_VERSION`]. A newer one is refused and left as it is.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_to(connection, SCHEMA_VERSION)
}

/// Brings the database to the schema `known`, which is one of ours, or leaves it where it has that one.
pub(super) fn migrate_to(connection: &mut Connection, known: i64) -> Result<(), StoreError> {
    // Read before any lock is taken: an up-to-date file is opened without a write.
    if version(connection)? == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let pending = match (usize::try_from(found), usize::try_from(known)) {
        (Ok(done), Ok(known)) => MIGRATIONS.get(done..known),
        _ => None,
    };
    let Some(pending) = pending else {
        return Err(StoreError::NewerSchema { found, known });
    };
    for migration in pending {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Refuses a newer schema, before anything is done to the file.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > SCHEMA_VERSION { Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION }) } else { Ok(()) }
}

pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_and_left_as_it_is() {
        let mut connection = Connection::open_in_memory().expect("a database");
        migrate(&mut connection).expect("a fresh schema");
        migrate(&mut connection).expect("an up-to-date schema");
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("a version");
        let refused = migrate(&mut connection).expect_err("a newer schema was opened");
        assert!(matches!(refused, StoreError::NewerSchema { found, .. } if found == SCHEMA_VERSION + 1));
        assert_eq!(version(&connection).expect("a version"), SCHEMA_VERSION + 1);
    }
}
