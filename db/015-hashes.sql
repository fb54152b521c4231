-- Which files made the database: README.md says the rules. The program makes schema_version (version) itself before the first file, and writes a row
-- for each file that it applies. Version 0.1.0 kept one row, of the newest; what it applied is remembered as the program has it at first sight.
ALTER TABLE schema_version ADD COLUMN file TEXT;   -- 005-registry.sql
ALTER TABLE schema_version ADD COLUMN hash TEXT;   -- SHA-256 of its text, lower-case hex
