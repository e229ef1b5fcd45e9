-- What this installation shows codes with, as the JSON that store/device.rs reads: `device`, and `day-NNNNN` for each day since
-- 1970 UTC. One table, for the list of tables is to stay on the file's first page: damage elsewhere then leaves them to be found.

CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
