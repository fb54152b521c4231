-- The successor of a certificate, in the order in which it is asked for: no row of the table is read but the newest.
DROP INDEX certificate_replaces;
CREATE INDEX certificate_replaces ON certificate (replaces, seq) WHERE replaces IS NOT NULL;
