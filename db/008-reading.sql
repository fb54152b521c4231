-- The successor of a certificate, in the order in which it is asked for: PostgreSQL without statistics (after a copy, a rebuild) walked the whole
-- table backwards for the newest one, for every row it read.
DROP INDEX certificate_replaces;
CREATE INDEX certificate_replaces ON certificate (replaces, seq) WHERE replaces IS NOT NULL;
