-- The sandbox's database. Times are milliseconds since 1970-01-01 UTC; texts in several languages are JSON objects.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Members ------------------------------------------------------------------------------------------------------------

CREATE TABLE member (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    language        TEXT NOT NULL,
    terms           TEXT NOT NULL,
    card_number     TEXT NOT NULL UNIQUE,
    card_revoked_at INTEGER,
    joined_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE address (
    address TEXT PRIMARY KEY,
    member  TEXT NOT NULL REFERENCES member (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    member   TEXT NOT NULL REFERENCES member (id),
    purpose  TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (member, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE standing (
    member         TEXT PRIMARY KEY REFERENCES member (id),
    tier           TEXT NOT NULL,
    points         INTEGER NOT NULL,
    period_ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Signing in ---------------------------------------------------------------------------------------------------------

CREATE TABLE code_request (
    id         TEXT PRIMARY KEY,
    address    TEXT NOT NULL,
    -- NULL where nothing was sent: then no code fits.
    code_hash  BLOB,
    join_form  TEXT,
    tries      INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL CHECK (state IN ('open', 'void', 'used')),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX code_request_address ON code_request (address) WHERE state = 'open';

CREATE TABLE sent (
    id      INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    code    TEXT,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX sent_address ON sent (address, id);

-- What is limited, counted by bucket (an address, a network).
CREATE TABLE attempt (
    bucket TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_bucket ON attempt (bucket, at);

CREATE TABLE token_family (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL REFERENCES member (id),
    device     TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_family_member ON token_family (member);

-- `current` is the newest and unused; `previous` was exchanged for `current`, which nobody has used yet; `spent` is
-- older than that; `void` was replaced unused, after a retry with its predecessor.
CREATE TABLE refresh_token (
    hash        BLOB PRIMARY KEY,
    family      TEXT NOT NULL REFERENCES token_family (id),
    predecessor BLOB,
    state       TEXT NOT NULL CHECK (state IN ('current', 'previous', 'spent', 'void')),
    -- The Idempotency-Key with which it was last exchanged.
    exchange    TEXT,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_family ON refresh_token (family, state);

CREATE TABLE access_token (
    hash       BLOB PRIMARY KEY,
    -- The refresh token issued beside it, for a member; the till, for a till.
    refresh    BLOB,
    family     TEXT REFERENCES token_family (id),
    till       TEXT,
    expires_at INTEGER NOT NULL,
    CHECK ((family IS NULL) = (refresh IS NULL) AND (family IS NULL) <> (till IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_refresh ON access_token (refresh);
CREATE INDEX access_token_family ON access_token (family);
CREATE INDEX access_token_expiry ON access_token (expires_at);

-- The ledger ---------------------------------------------------------------------------------------------------------

-- `owner` is a member's id, or '' for the programme's own accounts.
CREATE TABLE ledger_account (
    id    INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    role  TEXT NOT NULL CHECK (role IN ('available', 'issued', 'redeemed', 'adjustments')),
    unit  TEXT NOT NULL,
    UNIQUE (owner, role, unit)
) STRICT;

CREATE TABLE "transaction" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE posting (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id INTEGER NOT NULL REFERENCES "transaction" (id),
    account     INTEGER NOT NULL REFERENCES ledger_account (id),
    amount      INTEGER NOT NULL CHECK (amount <> 0)
) STRICT;
CREATE INDEX posting_transaction ON posting (transaction_id);
CREATE INDEX posting_account ON posting (account);

-- The members' balances, kept beside the postings that they are the sums of.
CREATE TABLE balance (
    member    TEXT NOT NULL REFERENCES member (id),
    unit      TEXT NOT NULL,
    available INTEGER NOT NULL DEFAULT 0,
    lifetime  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (member, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    id             TEXT PRIMARY KEY,
    transaction_id INTEGER NOT NULL REFERENCES "transaction" (id),
    member         TEXT NOT NULL REFERENCES member (id),
    number         INTEGER NOT NULL,
    unit           TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    balance        INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    at             INTEGER NOT NULL,
    place          TEXT,
    channel        TEXT NOT NULL,
    title          TEXT,
    key            TEXT,
    UNIQUE (member, number)
) STRICT, WITHOUT ROWID;

-- Rewards and actions ------------------------------------------------------------------------------------------------

CREATE TABLE reward (
    id              TEXT PRIMARY KEY,
    title           TEXT NOT NULL,
    description     TEXT NOT NULL,
    unit            TEXT NOT NULL,
    cost            INTEGER NOT NULL CHECK (cost > 0),
    revision        INTEGER NOT NULL,
    stock           INTEGER CHECK (stock >= 0),
    tier            TEXT,
    available_from  INTEGER,
    available_until INTEGER,
    voucher_days    INTEGER NOT NULL,
    deleted         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE voucher (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL REFERENCES member (id),
    reward     TEXT NOT NULL,
    title      TEXT NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('issued', 'expired')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    key        TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX voucher_open ON voucher (member, expires_at) WHERE state = 'issued';

CREATE TABLE outcome (
    member       TEXT NOT NULL REFERENCES member (id),
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    type         TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('confirmed', 'rejected')),
    http_status  INTEGER NOT NULL,
    body         TEXT NOT NULL,
    effect       TEXT,
    problem      TEXT,
    at           INTEGER NOT NULL,
    PRIMARY KEY (member, key)
) STRICT, WITHOUT ROWID;

-- The till -----------------------------------------------------------------------------------------------------------

CREATE TABLE scan (
    id          TEXT PRIMARY KEY,
    till        TEXT NOT NULL,
    sale        TEXT NOT NULL,
    card_number TEXT NOT NULL,
    member      TEXT NOT NULL REFERENCES member (id),
    at          INTEGER NOT NULL,
    UNIQUE (till, sale, card_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE accrual (
    id      TEXT PRIMARY KEY,
    scan    TEXT NOT NULL REFERENCES scan (id),
    store   TEXT NOT NULL,
    till    TEXT NOT NULL,
    receipt TEXT NOT NULL,
    points  INTEGER NOT NULL,
    key     TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accrual_line (
    store   TEXT NOT NULL,
    till    TEXT NOT NULL,
    receipt TEXT NOT NULL,
    line    INTEGER NOT NULL,
    accrual TEXT NOT NULL REFERENCES accrual (id),
    minor   INTEGER NOT NULL,
    text    TEXT,
    PRIMARY KEY (store, till, receipt, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE till_request (
    till         TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    http_status  INTEGER NOT NULL,
    body         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (till, key)
) STRICT, WITHOUT ROWID;

-- Sync ---------------------------------------------------------------------------------------------------------------

-- Append-only. `tx` is the `seq` of the first change of the same server transaction; `member` is '' for what concerns
-- everyone; a NULL value is a tombstone.
CREATE TABLE change (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    tx     INTEGER NOT NULL,
    member TEXT NOT NULL,
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    value  TEXT,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX change_member ON change (member, seq);
CREATE INDEX change_thing ON change (member, kind, id, seq);
CREATE INDEX change_at ON change (at);

-- The newest change that was pruned, for each member: a cursor below it has missed something.
CREATE TABLE pruned (
    member TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
