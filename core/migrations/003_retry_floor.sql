-- The server's word on when to come again, on a request that no queued action keeps it for. As an instant of the wall clock in
-- milliseconds since 1970, like the word on an action.

ALTER TABLE sync_state ADD COLUMN retry_floor INTEGER NOT NULL DEFAULT 0;
