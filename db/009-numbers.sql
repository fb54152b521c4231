-- One index holds numbers in both spellings: first as people type them, without the signs they leave out (Terms.Stripped strips the same), then
-- whole. Each further index is a page of its own, far from the others, in every post; so days of expiry have none any more: `zone` tells them.
-- Databases made before have two indexes of those names, and a constraint UNIQUE (number_key, body) that SQLite cannot drop: it costs room only.
DROP INDEX IF EXISTS certificate_number;
DROP INDEX IF EXISTS certificate_expiry;
CREATE UNIQUE INDEX certificate_number ON certificate (replace(replace(replace(replace(replace(replace(number_key, '-', ''), '/', ''), '_', ''), '.', ''), '(', ''), ')', ''), number_key, body);
