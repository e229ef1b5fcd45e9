-- What this installation shows codes with. Secrets and signatures are texts (base64url), as are all columns of this file that could
-- hold a zero byte: a damaged file is told from a whole one by them.

-- One row, once the card needs it.
CREATE TABLE device (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    totp_key TEXT NOT NULL,
    number   INTEGER                           -- NULL until the server has given one for this key
) STRICT;

CREATE TABLE card_day (
    day         INTEGER PRIMARY KEY,           -- days since 1970 UTC
    card_number TEXT NOT NULL,
    device      INTEGER NOT NULL,
    secret      TEXT NOT NULL,
    -- What the server signed; all NULL until then.
    issuer_key  TEXT,
    tier        INTEGER,
    signature   TEXT
) STRICT;
