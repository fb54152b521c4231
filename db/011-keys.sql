-- Who may sign for a body: what the log says of how each key came in. Older rows hold what older logs say, which is nothing.
ALTER TABLE body ADD COLUMN rules BIGINT;                 -- the rules about keys that the registry stated with the admission
ALTER TABLE body ADD COLUMN own_signature_at BIGINT;      -- seq of the statement from which on the body's own signature alone counts
ALTER TABLE body_key ADD COLUMN rules BIGINT;             -- the same with a registration
ALTER TABLE body_key ADD COLUMN set_by_registry BOOLEAN NOT NULL DEFAULT FALSE;  -- by the registry's own act, or registered by a key that was
ALTER TABLE certificate ADD COLUMN set_key BOOLEAN NOT NULL DEFAULT FALSE;       -- such a key signed the newest statement
