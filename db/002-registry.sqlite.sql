-- The text index of SQLite: contentless (the text is in certificate), without positions (Terms.Matches checks the row), and cut by
-- Terms before it gets here, so the tokenizer has only to split at spaces. rowid = certificate.seq.
CREATE VIRTUAL TABLE search USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
