-- Serialised marks, print runs, GS1 document keys; what the operator keeps of scans and reports.

-- ---------------------------------------------------------------- projections
ALTER TABLE mark ADD COLUMN gdti TEXT;            -- GS1 document type identifier
ALTER TABLE mark ADD COLUMN run TEXT;             -- label of the print run
ALTER TABLE mark ADD COLUMN items BIGINT;         -- of a serialised mark: serials 1 to items; null where one design is printed any number of times
ALTER TABLE mark ADD COLUMN seed_hash TEXT;       -- SHA-256 of the seed its items' codes derive from, lower-case hex
ALTER TABLE mark ADD COLUMN withdrawn_by TEXT;    -- at whose wish: holder | body
CREATE INDEX mark_gtin ON mark (gtin) WHERE gtin IS NOT NULL;
CREATE INDEX mark_gdti ON mark (gdti) WHERE gdti IS NOT NULL;

-- Ranges of a serialised mark that were withdrawn.
CREATE TABLE mark_range (
  seq          INTEGER PRIMARY KEY,        -- of the statement that withdrew it
  mark         BIGINT NOT NULL,            -- mark.seq
  first_serial BIGINT NOT NULL,
  last_serial  BIGINT NOT NULL,
  withdrawn_at BIGINT NOT NULL,
  withdrawn_by TEXT
);
CREATE INDEX mark_range_mark ON mark_range (mark, first_serial);

-- ---------------------------------------------------------------- the operator's own: neither in the log nor made from it
-- What the codes of a serialised mark's items derive from. The log holds its hash only.
CREATE TABLE mark_seed (
  mark TEXT  PRIMARY KEY,                  -- code of the mark
  seed BLOB  NOT NULL                      -- 32 random bytes
);

-- How often a page of a mark or an item was opened. No address, no device, no time but the first and the last day.
CREATE TABLE scan (
  code     TEXT   PRIMARY KEY,             -- of the mark, 13 characters, or of the item, 26
  first_at BIGINT NOT NULL,
  last_on  DATE   NOT NULL,
  days     BIGINT NOT NULL,                -- different days on which it was opened
  total    BIGINT NOT NULL
);

-- What the public reports about marks.
CREATE TABLE report (
  id          TEXT   PRIMARY KEY,
  reported_at BIGINT NOT NULL,
  code        TEXT,                        -- as typed or scanned, whether or not this registry knows it
  body        TEXT,                        -- approval number of the body whose mark it is; null when it is nobody's
  kind        TEXT   NOT NULL,
  place       TEXT,                        -- where it was seen
  text        TEXT
);
CREATE INDEX report_body ON report (body, reported_at);
