-- Vouchers can be taken back.
ALTER TABLE voucher RENAME TO voucher_before;
DROP INDEX voucher_open;
CREATE TABLE voucher (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL REFERENCES member (id),
    reward     TEXT NOT NULL,
    title      TEXT NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('issued', 'expired', 'cancelled')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    key        TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO voucher SELECT id, member, reward, title, code, state, issued_at, expires_at, key FROM voucher_before;
DROP TABLE voucher_before;
CREATE INDEX voucher_open ON voucher (member, expires_at) WHERE state = 'issued';
CREATE INDEX voucher_of_claim ON voucher (member, key);
