-- A node's own: up to which version (head.version of the shared log) it holds the operator's rows. No row where the registry is one file.
CREATE TABLE followed (
  version INTEGER NOT NULL
);
