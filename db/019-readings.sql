-- English names are read like every other name (src/Registry/Search/README.md). Where one holds an ideograph the index lacks terms: as in 012, what there was is indexed anew at the next start.
INSERT INTO holder_name (name_key, certificate, borne_from, name)
SELECT '', -1, '0001-01-01', '' WHERE EXISTS (SELECT 1 FROM certificate WHERE holder_name_en GLOB '*[' || char(0x2E80) || '-' || char(0x10FFFF) || ']*')
ON CONFLICT DO NOTHING;
