-- ---------------------------------------------------------------- the operator's own: neither in the log nor made from it
-- Answers that were kept and signed. They say who asked about whom: found by their id alone, which nobody can guess, and listed nowhere.
CREATE TABLE answer (
  id            TEXT   PRIMARY KEY,        -- 128 random bits, Crockford base32
  head          TEXT   NOT NULL,           -- header of the JWS, base64url
  payload       BLOB,                      -- what was signed, compressed (Brotli); null once it was deleted
  signature     BLOB   NOT NULL,
  note          TEXT   NOT NULL,           -- the checkpoint it was read under, as it was published then
  deletion_hash TEXT   NOT NULL,           -- SHA-256 of the code that was given once, lower-case hex
  expires_at    BIGINT NOT NULL,           -- milliseconds since 1970
  bytes         BIGINT NOT NULL            -- what it counts for in the bound of all answers
);
CREATE INDEX answer_expires ON answer (expires_at, bytes);
