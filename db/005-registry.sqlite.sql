-- The text index of SQLite: contentless (the text is in certificate), without positions and sizes (the row is checked), and cut by Terms
-- before it gets here, so the tokenizer has only to split at spaces. rowid = certificate.seq. A row is taken out by telling its old terms.
CREATE VIRTUAL TABLE search USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');
