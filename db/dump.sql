-- The SQLite file of a dump (Registry:Dumps, `registry dump`): what the public may read of every certificate, as of one entry of the log
-- and one day. It is no data file of a registry, and nothing is read back from it. Days are calendar days in Asia/Shanghai (YYYY-MM-DD),
-- instants are of UTC. Optional texts of a certificate, such as its standard, are further columns at the end. The next version of
-- this form, if ever there is one, has another user_version.
PRAGMA user_version = 1;

-- What the dump is: day, madeAt, origin and key of the log, size, root, checkpoint, licence, and where changes are read from.
CREATE TABLE about (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE body (
  approval_number TEXT PRIMARY KEY,        -- such as CNCA-R-2099-901
  name            TEXT NOT NULL,
  name_en         TEXT
) WITHOUT ROWID;

CREATE TABLE category (
  no      INTEGER PRIMARY KEY,             -- catalogue number
  name    TEXT NOT NULL,
  name_en TEXT NOT NULL
);

CREATE TABLE certificate (
  log_index        INTEGER PRIMARY KEY,    -- of the statement that issued it: the newest is the last
  id               TEXT NOT NULL,          -- 13 characters: /c/ID is its page
  number           TEXT NOT NULL,          -- unique for each body
  status           TEXT NOT NULL,          -- on the day: valid, suspended, revoked, cancelled, expired, not-yet-valid
  status_code      TEXT,                   -- national code 01 to 05
  holder_name      TEXT NOT NULL,
  holder_name_en   TEXT,
  uscc             TEXT,                   -- unified social credit code
  region           TEXT,                   -- GB/T 2260
  region_name      TEXT,
  address          TEXT,
  body             TEXT NOT NULL REFERENCES body,
  category         INTEGER NOT NULL REFERENCES category,
  level            TEXT,                   -- qualified, three-star, four-star, five-star, or the scheme's own
  scope            TEXT NOT NULL,
  sites            TEXT,                   -- JSON array of text
  issued_on        TEXT NOT NULL,
  first_issued_on  TEXT,
  expires_on       TEXT NOT NULL,          -- the last day, itself still valid
  surveyed_on      TEXT,                   -- latest surveillance
  suspended_on     TEXT,                   -- of the suspension in force
  suspended_until  TEXT,
  suspended_reason TEXT,
  ended_as         TEXT,                   -- revoked, cancelled
  ended_on         TEXT,                   -- takes effect
  ended_at         TEXT,                   -- was recorded
  ended_reason     TEXT,
  replaces         TEXT,                   -- id of the predecessor
  replaced_by      TEXT,                   -- id of the successor
  recorded_at      TEXT NOT NULL,          -- the statement that decides the status
  signed_by        TEXT NOT NULL           -- the newest statement: body, set-key, registry
);

-- Made when all rows are in.
CREATE UNIQUE INDEX certificate_id ON certificate (id);
CREATE INDEX certificate_number ON certificate (number);
CREATE INDEX certificate_holder ON certificate (holder_name);
CREATE INDEX certificate_uscc ON certificate (uscc) WHERE uscc IS NOT NULL;
