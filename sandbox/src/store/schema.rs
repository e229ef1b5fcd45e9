//! Brings a database to the schema of this program, by `user_version`, all steps in one transaction.
//!
//! A file of a newer program is refused and left as it is.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Step N brings a database from version N to N + 1. Released steps are never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001_base.sql"),
    include_str!("migrations/002_cancel.sql"),
    include_str!("migrations/003_till.sql"),
    include_str!("migrations/004_card.sql"),
    include_str!("migrations/005_journal.sql"),
    include_str!("migrations/006_passes.sql"),
    include_str!("migrations/007_former_keys.sql"),
];

/// The version that databases have now.
pub(super) const VERSION: usize = MIGRATIONS.len();

pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let from = usize::try_from(found).ok().filter(|version| *version <= MIGRATIONS.len());
    let Some(from) = from else {
        return Err(StoreError::NewerSchema { found, known: MIGRATIONS.len() });
    };
    for step in &MIGRATIONS[from..] {
        tx.execute_batch(step)?;
    }
    tx.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_program_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().expect("opens");
        connection.execute_batch("PRAGMA user_version = 99").expect("sets");
        let error = migrate(&mut connection).expect_err("newer");
        assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }));
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("counts");
        assert_eq!(tables, 0);
    }

    #[test]
    fn what_was_claimed_before_vouchers_could_be_taken_back_is_kept() {
        let mut connection = Connection::open_in_memory().expect("opens");
        connection.execute_batch(MIGRATIONS[0]).expect("the first version");
        connection
            .execute_batch(
                "PRAGMA user_version = 1; PRAGMA foreign_keys = OFF;
                 INSERT INTO voucher VALUES ('voucher-1', 'member-1', 'coffee', '{}', 'CODE', 'issued', 1, 2, 'key-1')",
            )
            .expect("a voucher");
        migrate(&mut connection).expect("migrates");
        let kept = "SELECT member || ' ' || state || ' ' || key FROM voucher";
        let kept: String = connection.query_row(kept, [], |row| row.get(0)).expect("a voucher");
        assert_eq!(kept, "member-1 issued key-1");
        connection.execute("UPDATE voucher SET state = 'cancelled'", []).expect("it can be taken back");
        connection.execute("UPDATE voucher SET state = 'used'", []).expect("it can be used");
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().expect("opens");
        migrate(&mut connection).expect("migrates");
        migrate(&mut connection).expect("migrates again");
    }
}
