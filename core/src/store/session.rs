//! Tokens and the state of the session.

use rusqlite::OptionalExtension as _;

use super::{Reader, StoreError, Writer, instant};
use crate::domain::{AccessToken, RefreshToken, SessionState, Tokens, millis};

impl Reader<'_> {
    /// The session; `None` before the first sign-in was stored.
    pub fn session(&self) -> Result<Option<(SessionState, Tokens)>, StoreError> {
        let row = self
            .transaction
            .query_row(
                "SELECT state, access_token, access_expires_at, refresh_token, refresh_key FROM session",
                [],
                |row| {
                    let text = |column| row.get::<_, String>(column);
                    Ok((text(0)?, text(1)?, row.get(2)?, text(3)?, text(4)?))
                },
            )
            .optional()?;
        let Some((state, access, expires_at, refresh, refresh_key)) = row else { return Ok(None) };
        let state = if state == "active" { SessionState::Active } else { SessionState::Ended };
        let tokens = Tokens {
            access: AccessToken::new(access),
            access_expires_at: instant(expires_at)?,
            refresh: RefreshToken::new(refresh),
            refresh_key: refresh_key.parse().map_err(|_| StoreError::Malformed("session"))?,
        };
        Ok(Some((state, tokens)))
    }
}

impl Writer<'_> {
    /// Stores the tokens of an active session.
    pub fn put_tokens(&mut self, tokens: &Tokens) -> Result<(), StoreError> {
        let was_active = self.session()?.is_some_and(|(state, _)| state == SessionState::Active);
        self.transaction.execute(
            "INSERT OR REPLACE INTO session (only, state, access_token, access_expires_at, refresh_token, refresh_key)
             VALUES (1, 'active', ?1, ?2, ?3, ?4)",
            (
                tokens.access.reveal(),
                millis(tokens.access_expires_at),
                tokens.refresh.reveal(),
                tokens.refresh_key.to_string(),
            ),
        )?;
        // New tokens of a session that goes on are nothing to tell.
        self.touched.session |= !was_active;
        Ok(())
    }

    /// Notes that the server ended the session. Everything else stays.
    pub fn end_session(&mut self) -> Result<(), StoreError> {
        let changed = self.transaction.execute("UPDATE session SET state = 'ended' WHERE state = 'active'", [])?;
        self.touched.session |= changed > 0;
        Ok(())
    }
}
