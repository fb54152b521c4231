ALTER TABLE certificate DROP CONSTRAINT IF EXISTS certificate_number_key_body_key;
