-- The text index of SQLite: contentless (the text is in certificate), without positions and sizes (the row is checked), and cut by Terms
-- before it gets here, so the tokenizer has only to split at spaces. rowid = certificate.seq. A row is taken out by telling its old terms.
CREATE VIRTUAL TABLE search USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');

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
  block        BIGINT PRIMARY KEY,
  issued_from  DATE   NOT NULL,
  issued_to    DATE   NOT NULL,
  expires_from DATE   NOT NULL,
  expires_to   DATE   NOT NULL
);
