-- Cards whose codes can be checked: a number and a key for each device, what was taken of their codes, the issuer's keys.

-- The number that the card's next device gets: numbers only grow.
ALTER TABLE member ADD COLUMN next_device INTEGER NOT NULL DEFAULT 1;
-- When no wrong code of the card counts any more, in seconds.
ALTER TABLE member ADD COLUMN guesses_clear_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN spend_locked_at INTEGER;

CREATE TABLE device (
    member     TEXT NOT NULL REFERENCES member (id),
    number     INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65534),
    kind       TEXT NOT NULL CHECK (kind IN ('app', 'apple-pass', 'google-pass')),
    -- The session of an app; ended with it.
    family     TEXT,
    totp_key   BLOB CHECK (length(totp_key) = 20),
    made_at    INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (member, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of_family ON device (family);

-- Each code that counted, and for whom. The newest of a device is its mark.
CREATE TABLE take (
    member  TEXT NOT NULL REFERENCES member (id),
    device  INTEGER NOT NULL,
    period  INTEGER NOT NULL,
    till    TEXT NOT NULL,
    receipt TEXT NOT NULL,
    -- When it was scanned, by the clock of the till where that was offline.
    at      INTEGER NOT NULL,
    PRIMARY KEY (member, device, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE issuer_key (
    id          INTEGER PRIMARY KEY,
    seed        BLOB NOT NULL CHECK (length(seed) = 32),
    first_day   INTEGER NOT NULL,
    -- The last day on which it signs; what it signs then is good for six more.
    signs_until INTEGER NOT NULL
) STRICT;

-- What the code that was read is good for, beside earning.
ALTER TABLE scan ADD COLUMN may_spend INTEGER NOT NULL DEFAULT 1;
