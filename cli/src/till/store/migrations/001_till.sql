-- What a till needs without a network, and what it did without one. Times are milliseconds since 1970-01-01 UTC, by the server's time
-- as well as the till knew it.

-- One row, or none before the first fetch.
CREATE TABLE till (
    only          INTEGER PRIMARY KEY CHECK (only = 1),
    till          TEXT NOT NULL,
    server        TEXT NOT NULL,
    programme     TEXT NOT NULL,
    number_length INTEGER NOT NULL CHECK (number_length BETWEEN 1 AND 18),
    prefix        TEXT NOT NULL,
    payload       TEXT NOT NULL CHECK (payload IN ('static', 'rotating', 'proof')),
    journal_days  INTEGER NOT NULL CHECK (journal_days > 0),
    -- The signed list, as it came.
    revocations   BLOB NOT NULL,
    -- What the server's clock and this machine's said at the last fetch, as JSON.
    anchor        TEXT NOT NULL
) STRICT;

CREATE TABLE issuer_key (
    programme TEXT NOT NULL,
    public    BLOB NOT NULL CHECK (length(public) = 32),
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    PRIMARY KEY (programme, public)
) STRICT, WITHOUT ROWID;

-- Of each device of a card, the last code that was taken, and for which sale.
CREATE TABLE mark (
    card   TEXT NOT NULL,
    device INTEGER NOT NULL,
    period INTEGER NOT NULL,
    till   TEXT NOT NULL,
    sale   TEXT NOT NULL,
    PRIMARY KEY (card, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    receipt    TEXT PRIMARY KEY,
    sale       TEXT NOT NULL,
    scanned_at INTEGER NOT NULL,
    payload    TEXT NOT NULL,
    -- The lines of the receipt, as JSON.
    lines      TEXT NOT NULL,
    -- What the cashier was told, as JSON.
    verdict    TEXT NOT NULL,
    -- The request that is sent, in the same bytes each time.
    key        TEXT NOT NULL UNIQUE,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'accrued', 'held', 'refused')),
    -- What was answered, as JSON; of what was held or refused, the reason.
    answer     TEXT,
    reason     TEXT,
    CHECK ((state = 'waiting') = (answer IS NULL)),
    CHECK ((state IN ('held', 'refused')) = (reason IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_waiting ON journal (scanned_at, receipt) WHERE state = 'waiting';
