-- 〇 and the numerals of Suzhou (〡 to 〩) are letters of names: 七〇三 is not 七三. As in 012, what has one is indexed anew at the next start.
INSERT INTO holder_name (name_key, certificate, borne_from, name)
SELECT '', -1, '0001-01-01', '' WHERE EXISTS (SELECT 1 FROM certificate WHERE holder_name || coalesce(holder_name_en, '') || scope GLOB '*[〇〡-〩]*')
    OR EXISTS (SELECT 1 FROM holder_name WHERE name GLOB '*[〇〡-〩]*')
ON CONFLICT DO NOTHING;
