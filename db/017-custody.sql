-- ---------------------------------------------------------------- projection
-- Checkpoints that the log's key signed and that the registry has lost, as the log itself states (accept-loss).
CREATE TABLE loss (
  seq  INTEGER PRIMARY KEY,                -- of the statement
  size BIGINT NOT NULL,                    -- entries that the lost checkpoint covers
  root BLOB   NOT NULL,
  note TEXT   NOT NULL                     -- the checkpoint, signed
);

-- ---------------------------------------------------------------- of this file alone
-- How often everything that the log makes was made anew beside the work (registry rebuild): who keeps some of it in memory reads it again then. One row.
CREATE TABLE generation (
  no INTEGER NOT NULL
);
INSERT INTO generation (no) VALUES (1);
