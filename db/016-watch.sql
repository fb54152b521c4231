-- What somebody follows without an account: feeds and a calendar at an address that nobody can guess. The operator's own: neither in the log nor
-- made from it.
CREATE TABLE watch (
  id           TEXT   PRIMARY KEY,         -- 130 random bits: whoever knows it reads and ends it
  created_at   BIGINT NOT NULL,
  until        DATE   NOT NULL,            -- the last day
  after        BIGINT NOT NULL,            -- index of the newest entry when it was begun: what comes behind it is told
  certificates TEXT   NOT NULL,            -- JSON array of ids
  uscc         TEXT,                       -- of a holder: his later certificates are followed, too
  title        TEXT                        -- what was searched for
);
CREATE INDEX watch_until ON watch (until);
