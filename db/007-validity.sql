-- Projection, from entry as those of 005: how many certificates of a category or of a body are valid on any day. Of each the days on which
-- the number changes and by how much, as ReferenceStore writes them; suspended and ended certificates are left out. The row 'upto' says in
-- no below which log index certificates are counted: a whole number of blocks, what comes after is looked at row by row.
CREATE TABLE validity (
  kind TEXT   NOT NULL,                    -- category | body | upto
  no   BIGINT NOT NULL,                    -- number of the category, body.seq
  days BLOB   NOT NULL,
  PRIMARY KEY (kind, no)
);
