-- Keys that devices of the card had before: a till that was offline may have read a code of one, and tells of it weeks later.
CREATE TABLE former_key (
    member   TEXT NOT NULL,
    number   INTEGER NOT NULL,
    totp_key BLOB NOT NULL CHECK (length(totp_key) = 20),
    -- From then on it was the device's key no more.
    until    INTEGER NOT NULL,
    FOREIGN KEY (member, number) REFERENCES device (member, number)
) STRICT;
CREATE INDEX former_key_of_member ON former_key (member, until);
