-- ---------------------------------------------------------------- projection
-- Names a holder bears or bore by days, beside the one in certificate: English ones, and where a correction changed a name all that it bore.
CREATE TABLE holder_name (
  name_key    TEXT   NOT NULL,             -- folded as Terms.Fold does
  certificate BIGINT NOT NULL,             -- certificate.seq
  borne_from  DATE   NOT NULL,             -- first day; 0001-01-01 for what stood when it was issued
  borne_until DATE,                        -- the day from which it bore another; null while it lasts
  name        TEXT   NOT NULL,
  PRIMARY KEY (name_key, certificate, borne_from)
) WITHOUT ROWID;
CREATE INDEX holder_name_certificate ON holder_name (certificate);
-- Where certificates were recorded before, CertificateStore.Complete finds this row at the next start, which no log makes, and fills every projection anew.
INSERT INTO holder_name (name_key, certificate, borne_from, name) SELECT '', -1, '0001-01-01', '' WHERE EXISTS (SELECT 1 FROM certificate);
