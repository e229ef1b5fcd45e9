-- What tills wrote down while they were offline: each entry whole, also those that bring nothing.

CREATE TABLE journal (
    id         TEXT PRIMARY KEY,
    store      TEXT NOT NULL,
    till       TEXT NOT NULL,
    receipt    TEXT NOT NULL,
    payload    TEXT NOT NULL,
    -- By the till's clock.
    scanned_at INTEGER NOT NULL,
    -- The receipt's lines, as JSON.
    lines      TEXT NOT NULL,
    key        TEXT NOT NULL,
    arrived_at INTEGER NOT NULL,
    -- What it brought, also where that was taken back since.
    accrual    TEXT REFERENCES accrual (id),
    -- Why it brings nothing, and since when.
    held       TEXT,
    held_at    INTEGER,
    UNIQUE (store, till, receipt),
    CHECK ((held IS NULL) = (held_at IS NULL) AND (accrual IS NOT NULL OR held IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_held ON journal (held_at, id) WHERE held IS NOT NULL;

-- NULL where the code was read online: nobody takes that back.
ALTER TABLE take ADD COLUMN journal TEXT REFERENCES journal (id);
