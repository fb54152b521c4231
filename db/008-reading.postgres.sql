-- The longer blocks of the log (PostgresDialect.Between), for what was written before there were any.
UPDATE search SET terms = terms || array_to_tsvector(ARRAY['·z' || (rowid / 65536) || 'z']);
