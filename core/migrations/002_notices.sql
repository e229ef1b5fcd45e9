-- What the member is told until it is dismissed, and actions that were made while the time was unsure.

CREATE TABLE notice (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,                    -- server time
    value TEXT NOT NULL                        -- JSON of domain::Notice
) STRICT;

-- The device's clocks when the action was made at an unsure time (JSON of domain::ClockReading). Its created_at and
-- not_after are set anew by server time before the first byte leaves; then it is NULL.
ALTER TABLE outbox ADD COLUMN made_at TEXT;
