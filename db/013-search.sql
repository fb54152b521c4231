-- The search index: src/Registry/Search/README.md. It replaces the text index of the engine and what was counted beside it.
DROP TABLE search;
DROP TABLE term_sample;
DROP TABLE coverage;
DROP TABLE zone;
DROP TABLE validity;
DROP TABLE spelling;
DROP INDEX certificate_suspended;
DROP INDEX certificate_ended;

-- Which certificates of a tile have a term: key is tile and term in one, bits a container.
CREATE TABLE posting (
  key  INTEGER PRIMARY KEY,
  bits BLOB NOT NULL
);

-- How many certificates have a term, of those whose small tile is written with it.
CREATE TABLE term (
  term INTEGER PRIMARY KEY,
  n    INTEGER NOT NULL
);

-- How far a tile of a size is made: the first term to come, and the rows it has been divided by. No row where none is under way.
CREATE TABLE making (
  log  INTEGER PRIMARY KEY,
  next INTEGER NOT NULL,
  rows INTEGER NOT NULL
);

-- What is counted and filtered by, of 4,096 certificates in the order of issue.
CREATE TABLE block (
  no       INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL UNIQUE,        -- of the last certificate in it
  seqs     BLOB NOT NULL,
  issued   BLOB NOT NULL,
  expires  BLOB NOT NULL,
  words    BLOB NOT NULL
);

-- How certificates of a block that have acts read from which day on.
CREATE TABLE episode (
  block    INTEGER PRIMARY KEY,
  episodes BLOB NOT NULL
);

-- Acts in the order of the log: what a reader's memory has to look at again.
CREATE INDEX statement_seq ON statement (seq);

-- As in 012: what there was is indexed at the next start.
INSERT INTO holder_name (name_key, certificate, borne_from, name) SELECT '', -1, '0001-01-01', '' WHERE EXISTS (SELECT 1 FROM certificate) ON CONFLICT DO NOTHING;
