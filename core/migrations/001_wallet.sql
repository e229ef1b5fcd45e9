-- The wallet of one member. Instants are milliseconds since 1970 UTC, amounts whole points.
--
-- Base tables carry a generation: a new base is built beside the one that is shown, and swapped in one transaction.

-- One row each; the row is there from the start.
CREATE TABLE session (
    only              INTEGER PRIMARY KEY CHECK (only = 1),
    state             TEXT NOT NULL CHECK (state IN ('active', 'ended')),
    access_token      TEXT NOT NULL,
    access_expires_at INTEGER NOT NULL,
    refresh_token     TEXT NOT NULL,
    refresh_key       TEXT NOT NULL              -- Idempotency-Key of each attempt to refresh with it
) STRICT;

CREATE TABLE sync_state (
    only           INTEGER PRIMARY KEY CHECK (only = 1),
    generation     INTEGER NOT NULL,           -- the base that is shown
    cursor         TEXT,                       -- NULL: nothing of it has come yet
    building       INTEGER,                    -- the base that is being built, where one is
    build_cursor   TEXT,
    last_contact   INTEGER,                    -- server time of the last answer that was noted
    anchor         TEXT                        -- JSON of domain::Anchor
) STRICT;
INSERT INTO sync_state (only, generation) VALUES (1, 1);

-- Small kinds, as the JSON of their domain type.
CREATE TABLE document (
    generation INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (generation, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    generation INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    id         TEXT NOT NULL,
    unit       TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    balance    INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    channel    TEXT NOT NULL,
    place      TEXT,                           -- JSON of domain::LocalText
    title      TEXT,                           -- JSON of domain::LocalText
    action_key TEXT,
    PRIMARY KEY (generation, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_by_id ON entry (generation, id);

CREATE TABLE outcome (
    generation INTEGER NOT NULL,
    action_key TEXT NOT NULL,
    value      TEXT NOT NULL,                  -- JSON of domain::Outcome
    PRIMARY KEY (generation, action_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
    action_key      TEXT NOT NULL UNIQUE,
    body            BLOB NOT NULL,             -- the exact bytes of each request
    lane            TEXT NOT NULL,
    after           TEXT NOT NULL,             -- JSON array of keys
    created_at      INTEGER NOT NULL,
    not_after       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0, -- how often bytes of it may have left
    failures        INTEGER NOT NULL DEFAULT 0, -- in a row, for the delay of the next attempt
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    retry_floor     INTEGER NOT NULL DEFAULT 0,
    state           TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
        ('queued', 'sending', 'confirmed', 'rejected', 'expired', 'outcome_unknown', 'parked')),
    reason          TEXT,                      -- JSON of domain::Reason
    effect          TEXT                       -- JSON of domain::Effect
) STRICT;
