//! What the member is told, each until it is dismissed. What is worth telling is decided elsewhere.

use jiff::Timestamp;

use super::{Reader, StoreError, Writer, instant, parse_stored, to_stored};
use crate::domain::{Notice, NoticeId, millis};

impl Reader<'_> {
    /// Everything to tell, oldest first.
    pub fn notices(&self) -> Result<Vec<(NoticeId, Timestamp, Notice)>, StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT id, at, value FROM notice ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut notices = Vec::new();
        while let Some(row) = rows.next()? {
            notices.push(read(row)?);
        }
        Ok(notices)
    }
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<(NoticeId, Timestamp, Notice), StoreError> {
    let notice = parse_stored(&row.get::<_, String>(2)?, "notice")?;
    Ok((NoticeId(row.get(0)?), instant(row.get(1)?)?, notice))
}

impl Writer<'_> {
    /// Adds something to tell.
    pub fn add_notice(&mut self, at: Timestamp, notice: &Notice) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT INTO notice (at, value) VALUES (?1, ?2)")?
            .execute((millis(at), to_stored(notice, "notice")?))?;
        self.touched.outbox = true;
        Ok(())
    }

    /// It was read. `false` where there is none of this number.
    pub fn dismiss_notice(&mut self, id: NoticeId) -> Result<bool, StoreError> {
        let changed = self.transaction.execute("DELETE FROM notice WHERE id = ?1", [id.0])?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }
}
