-- The map from each certificate to its newest statement (src/Registry/Transparency/MapTree.cs): made from the log, as of the entry that holds its
-- root. Of a file that was there before it is made at the next start (src/Registry/Statements/NewestStatements.cs).
CREATE TABLE map (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  size BIGINT  NOT NULL                    -- entries that it covers
);
INSERT INTO map (one, size) VALUES (1, 0);
-- Neighbours by id, at most a hundred: all of a subtree.
CREATE TABLE map_row (
  first   INTEGER PRIMARY KEY,             -- the least id of the subtree, 60 bits
  entries BLOB NOT NULL                    -- its depth, 1 byte; its hash, 32; then 15 a certificate
);
-- The hash over each 1,024th of all ids in which there are any.
CREATE TABLE map_tile (
  no   INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
);
-- What shows that an answer rests on the newest statements, as it was when the answer was given: the map goes on.
ALTER TABLE answer ADD COLUMN newest BLOB;
