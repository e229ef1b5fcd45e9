-- What passes for wallets are signed with where the sandbox was given no credentials: made on the spot, and kept, so that passes
-- stay good over a restart.
CREATE TABLE pass_credential (
    name  TEXT PRIMARY KEY CHECK (name IN ('apple-key', 'apple-certificate', 'apple-authority', 'google-key')),
    -- DER: a key as PKCS #8, a certificate as X.509.
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A member has at most one good pass of each kind.
CREATE UNIQUE INDEX good_pass ON device (member, kind) WHERE kind <> 'app' AND revoked_at IS NULL;
