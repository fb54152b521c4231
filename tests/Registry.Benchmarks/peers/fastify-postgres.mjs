// The same kind of server before PostgreSQL: named (prepared) statements, a pool over the Unix socket, text by pg_trgm.
import fastify from "fastify";
import pg from "pg";
import { certificateSchema, columns, draftSchema, page, pageSchema, searchOf, today, valuesOf, view } from "./certificates.mjs";

pg.types.setTypeParser(1082, value => value); // DATE stays text
pg.types.setTypeParser(20, Number);
const pool = new pg.Pool({ host: process.env.PGHOST, user: "postgres", database: "postgres", max: 16 });
const words = "(c.holder_name || ' ' || coalesce(c.holder_name_en, '') || ' ' || c.scope)";
await pool.query(`
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE TABLE IF NOT EXISTS certificate (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, holder_name TEXT NOT NULL, holder_name_en TEXT, uscc TEXT, region TEXT, address TEXT,
    category INTEGER NOT NULL, standard TEXT, level TEXT, scope TEXT NOT NULL, sites TEXT, issued_on DATE NOT NULL, first_issued_on DATE, expires_on DATE NOT NULL, surveyed_on DATE, suspended_on DATE, suspended_until DATE,
    ended_as TEXT, ended_on DATE, reason TEXT);
  CREATE INDEX IF NOT EXISTS certificate_holder ON certificate (holder_name);
  CREATE INDEX IF NOT EXISTS certificate_uscc ON certificate (uscc);
  CREATE INDEX IF NOT EXISTS certificate_category ON certificate (category, seq);
  CREATE INDEX IF NOT EXISTS certificate_region ON certificate (region, seq);
  CREATE INDEX IF NOT EXISTS certificate_expiry ON certificate (expires_on);
  CREATE INDEX IF NOT EXISTS certificate_text ON certificate USING gin (${words.replaceAll("c.", "")} gin_trgm_ops);`);

const byId = async id => (await pool.query({ name: "by-id", text: "SELECT * FROM certificate WHERE id = $1", values: [id] })).rows[0];
const names = new Map(); // one a combination of filters
const query = (text, values) => { let name = names.get(text); if (!name) names.set(text, name = `q${names.size}`); return pool.query({ name, text, values }); };
const like = q => [[`${words} ILIKE ?`, `%${q.replace(/[%_\\]/g, "\\$&")}%`]];
const insert = `INSERT INTO certificate (${columns}) VALUES (${columns.map((_, i) => `$${i + 1}`)})`;
const types = columns.map(column => column === "category" ? "int" : column.endsWith("_on") || column === "suspended_until" ? "date" : "text");
const insertAll = `INSERT INTO certificate (${columns}) SELECT * FROM unnest(${types.map((type, i) => `$${i + 1}::${type}[]`)})`;

const app = fastify({ bodyLimit: 64 << 20 });
app.get("/v1/certificates/:id", { schema: { response: { 200: certificateSchema } } }, async (request, reply) => {
  const row = await byId(request.params.id);
  if (!row) return reply.code(404).send();
  reply.header("cache-control", "no-cache");
  return view(row, today());
});
app.get("/c/:id", async (request, reply) => {
  const row = await byId(request.params.id);
  if (!row) return reply.code(404).send();
  reply.header("cache-control", "no-cache").type("text/html; charset=utf-8");
  return page(view(row, today()));
});
app.get("/v1/certificates", { schema: { response: { 200: pageSchema } } }, async request => {
  const day = today(), { where, values, counted } = searchOf(request.query, day, like, n => `$${n}`);
  const { rows } = await query(`SELECT c.* FROM certificate c WHERE ${where} ORDER BY c.seq DESC LIMIT 20`, values);
  const total = request.query.total ? Number((await query(`SELECT count(*) AS n FROM certificate c WHERE ${counted.where}`, counted.values)).rows[0].n) : undefined;
  return { items: rows.map(row => view(row, day)), next: rows.length === 20 ? String(rows[19].seq) : undefined, total };
});
app.post("/v1/certificates", { schema: { body: draftSchema } }, async (request, reply) => {
  const values = valuesOf(request.body);
  await pool.query({ name: "insert", text: insert, values });
  reply.code(201);
  return { id: values[0] };
});
app.post("/v1/imports", { schema: { body: { type: "array", items: draftSchema } } }, async (request, reply) => {
  const rows = request.body.map(valuesOf);
  await pool.query({ name: "insert-all", text: insertAll, values: columns.map((_, i) => rows.map(row => row[i])) });
  reply.code(201);
  return { ids: rows.map(row => row[0]) };
});
app.post("/analyze", async () => { await pool.query("VACUUM ANALYZE certificate"); return {}; });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
