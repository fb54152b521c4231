-- The text index of PostgreSQL: the terms as Terms cuts them, without positions, and the blocks of the log (PostgresDialect.Between). rowid = certificate.seq.
CREATE TABLE search (
  rowid BIGINT   PRIMARY KEY,
  terms TSVECTOR NOT NULL
);
CREATE INDEX search_terms ON search USING gin (terms);

-- What the text index holds: in how many certificates each term occurs. (Blocks are ·z and digits, initials ·z and a letter.)
CREATE VIEW search_term AS
  SELECT lexeme COLLATE "C" AS term, count(*) AS doc FROM search, unnest(terms) WHERE lexeme !~ '^·z[0-9]' GROUP BY 1;
