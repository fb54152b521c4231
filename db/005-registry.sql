-- The schema.
-- Dates are calendar days in Asia/Shanghai (YYYY-MM-DD); instants are milliseconds since 1970-01-01T00:00:00Z.

-- ---------------------------------------------------------------- the truth
-- One row a statement; seq counts from 0 without gaps and is the leaf index of the log. Head and leaf together are the statement byte for
-- byte as it was signed (compact JWS): Transparency/Leaf.cs says how.
CREATE TABLE entry (
  seq         INTEGER PRIMARY KEY,
  head        BIGINT,                      -- head.id; null where the leaf is stored as it is
  leaf        BLOB   NOT NULL,
  recorded_at BIGINT NOT NULL              -- statedAt of the leaf, but never earlier than that of the entry before
);

-- First parts of statements: one for each key that signs.
CREATE TABLE head (
  id   INTEGER PRIMARY KEY,
  text TEXT   NOT NULL UNIQUE
);

-- ---------------------------------------------------------------- the seal: Merkle tree and signed checkpoint, made from entry
-- Hashes of full subtrees of 2^height leaves, from height 8 on: two rows for 256 entries. What is lower, the leaf hashes first, is made
-- from entry when asked for.
CREATE TABLE node (
  height BIGINT NOT NULL,
  idx    BIGINT NOT NULL,
  hash   BLOB   NOT NULL,
  PRIMARY KEY (height, idx)
);

-- The newest tree, and the newest that witnesses have cosigned; older ones are gone.
CREATE TABLE checkpoint (
  size         INTEGER PRIMARY KEY,        -- leaves
  edge         BLOB   NOT NULL,            -- hashes of the full subtrees the size is made of, largest first
  note         TEXT,                       -- signed by the log's key; none while a mirror is halfway to one
  cosignatures TEXT                        -- lines of witnesses
);

-- ---------------------------------------------------------------- projections: `registry rebuild` drops and refills them from entry
CREATE TABLE body (
  seq             INTEGER PRIMARY KEY,     -- of the statement that admitted it
  approval_number TEXT   NOT NULL UNIQUE,
  name            TEXT   NOT NULL,
  name_en         TEXT
);

-- Public keys of bodies.
CREATE TABLE body_key (
  kid           TEXT   PRIMARY KEY,        -- thumbprint, RFC 7638
  body          BIGINT NOT NULL,           -- body.seq
  jwk           TEXT   NOT NULL,
  registered_at BIGINT NOT NULL,           -- seq of the statement; it signs from the next entry on
  withdrawn_at  BIGINT                     -- seq of the statement
);

CREATE TABLE certificate (
  seq              INTEGER PRIMARY KEY,    -- of the statement that issued it: newest first is by seq
  id               TEXT   NOT NULL UNIQUE,
  body             BIGINT NOT NULL,        -- body.seq
  number           TEXT   NOT NULL,        -- as the body writes it
  number_folded    TEXT,                   -- normalised; null where that changes nothing
  number_key       TEXT   GENERATED ALWAYS AS (coalesce(number_folded, number)) VIRTUAL,
  holder_name      TEXT   NOT NULL,
  holder_name_en   TEXT,
  holder_folded    TEXT,                   -- the name, folded as Terms.Fold does; null where that changes nothing
  holder_key       TEXT   GENERATED ALWAYS AS (coalesce(holder_folded, holder_name)) VIRTUAL,
  uscc             TEXT,
  region           TEXT,
  address          TEXT,
  category         BIGINT NOT NULL,
  standard         TEXT,
  level            TEXT,
  scope            TEXT   NOT NULL,
  sites            TEXT,                   -- JSON array of text
  issued_on        DATE   NOT NULL,
  first_issued_on  DATE,
  expires_on       DATE   NOT NULL,
  surveyed_on      DATE,                   -- day of the latest surveillance the body stated
  replaces         TEXT,                   -- id of the predecessor
  -- state: at most one open suspension, at most one end
  suspended_on     DATE,
  suspended_until  DATE,
  suspended_reason TEXT,
  ended_on         DATE,
  ended_as         TEXT,                   -- revoked | cancelled
  ended_reason     TEXT,
  last_seq         BIGINT NOT NULL,        -- of the newest statement about it; = seq when there was none since
  by_body          BOOLEAN NOT NULL        -- the body itself signed that newest statement
);
-- A body's numbers are unique: 009.
CREATE INDEX certificate_holder ON certificate (holder_key);
CREATE INDEX certificate_uscc ON certificate (uscc) WHERE uscc IS NOT NULL;
CREATE INDEX certificate_organisation ON certificate (substr(uscc, 9, 9)) WHERE uscc IS NOT NULL;
-- Few are suspended or ended, so these are small. Category, region, level and body are terms of the text index.
CREATE INDEX certificate_suspended ON certificate (seq) WHERE suspended_on IS NOT NULL;
CREATE INDEX certificate_ended ON certificate (ended_as, seq) WHERE ended_as IS NOT NULL;
CREATE INDEX certificate_replaces ON certificate (replaces) WHERE replaces IS NOT NULL;

-- Statements about a certificate after the one that issued it.
CREATE TABLE statement (
  certificate BIGINT NOT NULL,             -- certificate.seq
  seq         BIGINT NOT NULL,
  PRIMARY KEY (certificate, seq)
);

CREATE TABLE mark (
  seq          INTEGER PRIMARY KEY,        -- of the statement that issued it
  code         TEXT   NOT NULL UNIQUE,
  certificate  BIGINT NOT NULL,            -- certificate.seq
  placement    TEXT   NOT NULL,
  text         TEXT   NOT NULL,            -- the product or the premises
  gtin         TEXT,
  issued_at    BIGINT NOT NULL,
  withdrawn_at BIGINT
);
CREATE INDEX mark_certificate ON mark (certificate);

-- ---------------------------------------------------------------- what the search knows beside the text index; made from entry too
-- How often a term occurs, counted over every 64th entry of the log: enough to know which term of a query is rare. A term that ends in *
-- counts all that begin so.
CREATE TABLE term_sample (
  term TEXT   PRIMARY KEY,
  n    BIGINT NOT NULL
) WITHOUT ROWID;

-- Which neighbouring characters of holders' names are spelled so: 'hai er' 海尔. A query in pinyin is turned into these pairs, which
-- takes a tenth of the room that the spellings themselves would take in the text index.
CREATE TABLE spelling (
  syllables TEXT NOT NULL,
  pair      TEXT NOT NULL,
  PRIMARY KEY (syllables, pair)
) WITHOUT ROWID;

-- How many certificates there are up to an entry of the log: one row. Counting ten million takes too long for every answer that names the number.
CREATE TABLE coverage (
  upto         BIGINT NOT NULL,
  certificates BIGINT NOT NULL
);

-- The dates of each 8,192 entries of the log that coverage has counted, at the least: a search for what has expired, or is of certain
-- days, leaves out stretches that hold none.
CREATE TABLE zone (
  block        INTEGER PRIMARY KEY,
  issued_from  DATE   NOT NULL,
  issued_to    DATE   NOT NULL,
  expires_from DATE   NOT NULL,
  expires_to   DATE   NOT NULL
);

-- ---------------------------------------------------------------- the operator's own: neither in the log nor made from it
CREATE TABLE api_key (
  id         TEXT   PRIMARY KEY,           -- public, to name the key when it is revoked
  hash       BLOB   NOT NULL UNIQUE,       -- SHA-256 of the key; the key itself is shown once and not kept
  body       TEXT   NOT NULL,              -- approval number
  label      TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);

-- Answers kept for a repeated Idempotency-Key.
CREATE TABLE idempotency (
  body       TEXT   NOT NULL,
  key        TEXT   NOT NULL,
  request    BLOB   NOT NULL,              -- SHA-256 of method, path and content
  status     BIGINT NOT NULL,
  location   TEXT,
  answer     BLOB   NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (body, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- ---------------------------------------------------------------- the text index
-- Contentless (the text is in certificate), without positions and sizes (the row is checked), and cut by Terms
-- before it gets here, so the tokenizer has only to split at spaces. rowid = certificate.seq. A row is taken out by telling its old terms.
CREATE VIRTUAL TABLE search USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');
