-- What PostgreSQL holds of a registry whose nodes share a log (Registry:Database=postgres): the log, and the rows of the operator that nothing
-- else can tell. Every node makes its own data file from it. Plain tables and one row lock: no advisory lock, no extension, no trigger.

-- Every statement, byte for byte as it was signed; seq counts from 0 without gaps.
CREATE TABLE entry (
  seq         BIGINT PRIMARY KEY,
  leaf        BYTEA  NOT NULL,             -- a compact JWS
  recorded_at BIGINT NOT NULL              -- milliseconds since 1970
);

-- One row. Whoever appends locks it first, so all appends have one order; whoever reads asks it how far to be.
CREATE TABLE head (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  size    BIGINT  NOT NULL,                -- entries
  version BIGINT  NOT NULL,                -- of the newest operator_row
  note    TEXT    NOT NULL                 -- the checkpoint over all entries, signed by the log's key; empty before the first, and while a copy fills the log
);
INSERT INTO head (one, size, version, note) VALUES (1, 0, 0, '');

-- The operator's own tables (api_key, idempotency, mark_seed, scan, report, answer), row by row as they stand in every node's file.
CREATE TABLE operator_row (
  name    TEXT   NOT NULL,                 -- of the table
  key     TEXT   NOT NULL,                 -- JSON array of its primary key
  content TEXT   NOT NULL,                 -- JSON object of its columns; bytes in hex
  version BIGINT NOT NULL,                 -- counts changes of rows: a node asks for what is newer than its own
  PRIMARY KEY (name, key)
);
CREATE INDEX operator_row_version ON operator_row (version);
