//! Rows of the outbox. When a row may be sent, and what an answer means, is decided in `outbox`, not here.

use jiff::Timestamp;
use rusqlite::Row;

use super::{Reader, StoreError, Writer, instant, parse_stored, to_stored};
use crate::domain::{ActionKey, ActionState, Effect, Lane, NewAction, QueuedAction, Reason, RequestBody, millis};

pub(super) const TABLE: &str = "outbox";

pub(super) const COLUMNS: &str = "sequence, action_key, body, lane, after, created_at, not_after, attempts, failures,
                       next_attempt_at, retry_floor, state, reason, effect, made_at";

impl Reader<'_> {
    /// All rows, oldest first.
    pub fn outbox(&self) -> Result<Vec<QueuedAction>, StoreError> {
        let mut statement =
            self.transaction.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox ORDER BY sequence"))?;
        let mut rows = statement.query([])?;
        let mut actions = Vec::new();
        while let Some(row) = rows.next()? {
            actions.push(queued_action(row)?);
        }
        Ok(actions)
    }

    /// The row with this key.
    pub fn queued(&self, key: ActionKey) -> Result<Option<QueuedAction>, StoreError> {
        let mut statement =
            self.transaction.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE action_key = ?1"))?;
        let mut rows = statement.query([key.to_string()])?;
        rows.next()?.map(queued_action).transpose()
    }
}

impl Writer<'_> {
    /// Adds an action at the end of its lane. Its bytes are made here, once.
    pub fn enqueue(&mut self, new: &NewAction) -> Result<(), StoreError> {
        let body = RequestBody { action: new.action.clone(), not_after: new.not_after };
        let after: Vec<String> = new.after.iter().map(ToString::to_string).collect();
        self.transaction.execute(
            "INSERT INTO outbox (action_key, body, lane, after, created_at, not_after, made_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                new.key.to_string(),
                to_stored(&body, "action")?.into_bytes(),
                new.action.lane().name(),
                to_stored(&after, "list of keys")?,
                millis(new.created_at),
                millis(new.not_after),
                new.made_at.as_ref().map(|made_at| to_stored(made_at, "reading of clocks")).transpose()?,
            ),
        )?;
        self.touched.outbox = true;
        Ok(())
    }

    /// The time is sure now: the instants and bytes of an action that was never sent are set anew. `false` where the row
    /// is gone or was sent.
    pub fn date_action(
        &mut self,
        row: &QueuedAction,
        created_at: Timestamp,
        not_after: Timestamp,
    ) -> Result<bool, StoreError> {
        let body = RequestBody { action: row.action.clone(), not_after };
        let body = to_stored(&body, "action")?.into_bytes();
        let changed = self.transaction.execute(
            "UPDATE outbox SET created_at = ?2, not_after = ?3, body = ?4, made_at = NULL
             WHERE action_key = ?1 AND state = 'queued' AND attempts = 0",
            (row.key.to_string(), millis(created_at), millis(not_after), body),
        )?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }

    /// Commits that the next bytes on the wire are this action's. `false` where the row is gone or not queued.
    pub fn mark_sending(&mut self, key: ActionKey) -> Result<bool, StoreError> {
        let changed = self.transaction.execute(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE action_key = ?1 AND state = 'queued'",
            [key.to_string()],
        )?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }

    /// Queues an action again, with the same key and bytes: nobody is sending it, or the server forgot that it did.
    pub fn requeue(&mut self, key: ActionKey) -> Result<(), StoreError> {
        let changed = self.transaction.execute(
            "UPDATE outbox SET state = 'queued', effect = NULL
             WHERE action_key = ?1 AND state IN ('sending', 'confirmed')",
            [key.to_string()],
        )?;
        self.touched.outbox |= changed > 0;
        Ok(())
    }

    /// An outage: queued again, not before `next_attempt_at`, and never before `retry_floor`. `sent` is whether bytes
    /// of it may have left; where none did, the attempt does not count.
    pub fn put_back(
        &mut self,
        key: ActionKey,
        sent: bool,
        next_attempt_at: i64,
        retry_floor: i64,
    ) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE outbox SET state = 'queued', attempts = attempts - ?2, failures = failures + 1,
                               next_attempt_at = ?3, retry_floor = ?4
             WHERE action_key = ?1 AND state = 'sending'",
            (key.to_string(), i64::from(!sent), next_attempt_at, retry_floor),
        )?;
        self.touched.outbox = true;
        Ok(())
    }

    /// No byte left: the row stays as it is and is looked at again not before `next_attempt_at`.
    pub fn postpone(&mut self, key: ActionKey, next_attempt_at: i64, retry_floor: i64) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE outbox SET failures = failures + 1, next_attempt_at = ?2, retry_floor = ?3
             WHERE action_key = ?1 AND state IN ('queued', 'outcome_unknown')",
            (key.to_string(), next_attempt_at, retry_floor),
        )?;
        Ok(())
    }

    /// The member asks for this action now: only the server's own `Retry-After` still holds. A parked one is queued again
    /// with its bytes. `false` where it neither waits nor is parked.
    pub fn wake_action(&mut self, key: ActionKey) -> Result<bool, StoreError> {
        let changed = self.transaction.execute(
            "UPDATE outbox SET next_attempt_at = retry_floor, failures = 0, reason = NULL,
                               state = CASE state WHEN 'parked' THEN 'queued' ELSE state END
             WHERE action_key = ?1 AND state IN ('queued', 'outcome_unknown', 'parked')",
            [key.to_string()],
        )?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }

    /// Something woke the outbox at this instant of the wall clock, in milliseconds since 1970: what waits for a delay of our own
    /// is due. Rows to which the server's own word still applies keep their place after it. The delay after the next failure is
    /// as after at most so many `failures` in a row, since others may have been woken in the same moment.
    pub fn wake_outbox(&mut self, wall: i64, failures: u32) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE outbox SET next_attempt_at = 0, failures = min(failures, ?2)
             WHERE state IN ('queued', 'outcome_unknown') AND next_attempt_at > 0 AND retry_floor <= ?1",
            (wall, failures),
        )?;
        Ok(())
    }

    /// The server took effect; the row waits for the page that carries it. `false` where the row is settled already.
    pub fn confirm(&mut self, key: ActionKey, effect: &Effect) -> Result<bool, StoreError> {
        let changed = self.transaction.execute(
            "UPDATE outbox SET state = 'confirmed', effect = ?2, reason = NULL
             WHERE action_key = ?1 AND state IN ('queued', 'sending', 'outcome_unknown')",
            (key.to_string(), to_stored(effect, "effect")?),
        )?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }

    /// The action stops here and stays listed until it is dismissed. `false` where the row is settled already.
    pub fn stop(&mut self, key: ActionKey, state: ActionState, reason: Option<&Reason>) -> Result<bool, StoreError> {
        let reason = reason.map(|reason| to_stored(reason, "reason")).transpose()?;
        let changed = self.transaction.execute(
            "UPDATE outbox SET state = ?2, reason = ?3
             WHERE action_key = ?1 AND state IN ('queued', 'sending', 'outcome_unknown')",
            (key.to_string(), state.name(), reason),
        )?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }

    /// The page with this key was applied, or the member dismissed or discarded the action.
    pub fn remove_action(&mut self, key: ActionKey) -> Result<bool, StoreError> {
        let changed = self.transaction.execute("DELETE FROM outbox WHERE action_key = ?1", [key.to_string()])?;
        self.touched.outbox |= changed > 0;
        Ok(changed > 0)
    }
}

pub(super) fn queued_action(row: &Row<'_>) -> Result<QueuedAction, StoreError> {
    const WHAT: &str = "queued action";
    let body: Vec<u8> = row.get(2)?;
    let parsed: RequestBody = serde_json::from_slice(&body).map_err(|_| StoreError::Malformed(WHAT))?;
    let key = |text: &str| text.parse::<ActionKey>().map_err(|_| StoreError::Malformed(WHAT));
    let after: Vec<String> = parse_stored(&row.get::<_, String>(4)?, WHAT)?;
    let optional = |column| row.get::<_, Option<String>>(column);
    Ok(QueuedAction {
        sequence: row.get(0)?,
        key: key(&row.get::<_, String>(1)?)?,
        action: parsed.action,
        body,
        lane: Lane::named(&row.get::<_, String>(3)?).ok_or(StoreError::Malformed(WHAT))?,
        after: after.iter().map(|text| key(text)).collect::<Result<_, _>>()?,
        created_at: instant(row.get(5)?)?,
        not_after: instant(row.get(6)?)?,
        attempts: row.get(7)?,
        failures: row.get(8)?,
        next_attempt_at: row.get(9)?,
        retry_floor: row.get(10)?,
        state: ActionState::named(&row.get::<_, String>(11)?).ok_or(StoreError::Malformed(WHAT))?,
        reason: optional(12)?.map(|json| parse_stored(&json, WHAT)).transpose()?,
        effect: optional(13)?.map(|json| parse_stored(&json, WHAT)).transpose()?,
        made_at: optional(14)?.map(|json| parse_stored(&json, WHAT)).transpose()?,
    })
}
