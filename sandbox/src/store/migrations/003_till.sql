-- Vouchers are used at the till, and purchases are returned.

ALTER TABLE voucher RENAME TO voucher_before;
DROP INDEX voucher_open;
DROP INDEX voucher_of_claim;
CREATE TABLE voucher (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL REFERENCES member (id),
    reward     TEXT NOT NULL,
    title      TEXT NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('issued', 'used', 'expired', 'cancelled')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    key        TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO voucher SELECT id, member, reward, title, code, state, issued_at, expires_at, key FROM voucher_before;
DROP TABLE voucher_before;
CREATE INDEX voucher_open ON voucher (member, expires_at) WHERE state = 'issued';
CREATE INDEX voucher_of_claim ON voucher (member, key);

CREATE TABLE redemption (
    id        TEXT PRIMARY KEY,
    voucher   TEXT NOT NULL REFERENCES voucher (id),
    scan      TEXT NOT NULL REFERENCES scan (id),
    store     TEXT NOT NULL,
    till      TEXT NOT NULL,
    receipt   TEXT NOT NULL,
    key       TEXT NOT NULL,
    at        INTEGER NOT NULL,
    undone_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX redemption_of_voucher ON redemption (voucher) WHERE undone_at IS NULL;

-- What of a purchase came back: of a line its price or a part of it, of an accrual its points.
ALTER TABLE accrual_line ADD COLUMN refunded_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accrual ADD COLUMN refunded_points INTEGER NOT NULL DEFAULT 0;

-- `receipt` is the refund's own.
CREATE TABLE refund (
    id      TEXT PRIMARY KEY,
    store   TEXT NOT NULL,
    till    TEXT NOT NULL,
    receipt TEXT NOT NULL,
    points  INTEGER NOT NULL,
    key     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    UNIQUE (store, till, receipt)
) STRICT, WITHOUT ROWID;
