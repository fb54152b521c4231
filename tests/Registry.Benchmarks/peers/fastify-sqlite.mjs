// Fastify with better-sqlite3, one process: prepared statements, WAL, memory-mapped reads, answers serialised by schema, durable writes.
import Database from "better-sqlite3";
import fastify from "fastify";
import { certificateSchema, columns, draftSchema, page, pageSchema, searchOf, sqliteTables, sqliteText, termsOf, today, valuesOf, view } from "./certificates.mjs";

const db = new Database(process.env.DB);
db.exec(sqliteTables);
const byId = db.prepare("SELECT * FROM certificate WHERE id = ?");
const insert = db.prepare(`INSERT INTO certificate (${columns}) VALUES (${columns.map(() => "?")})`);
const index = db.prepare("INSERT INTO search (rowid, terms) VALUES (?, ?)");
const add = draft => { const values = valuesOf(draft); index.run(insert.run(values).lastInsertRowid, termsOf(draft)); return values[0]; };
const addOne = db.transaction(add), addAll = db.transaction(drafts => drafts.map(add));
const statements = new Map(); // one a combination of filters
const prepared = sql => { let s = statements.get(sql); if (!s) statements.set(sql, s = db.prepare(sql)); return s; };

const app = fastify({ bodyLimit: 64 << 20 });
app.get("/v1/certificates/:id", { schema: { response: { 200: certificateSchema } } }, (request, reply) => {
  const row = byId.get(request.params.id);
  if (!row) return reply.code(404).send();
  reply.header("cache-control", "no-cache").send(view(row, today()));
});
app.get("/c/:id", (request, reply) => {
  const row = byId.get(request.params.id);
  if (!row) return reply.code(404).send();
  reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(page(view(row, today())));
});
app.get("/v1/certificates", { schema: { response: { 200: pageSchema } } }, (request, reply) => {
  const day = today(), { where, values, counted } = searchOf(request.query, day, sqliteText);
  const from = request.query.q ? "search s CROSS JOIN certificate c ON c.seq = s.rowid" : "certificate c";
  const rows = prepared(`SELECT c.* FROM ${from} WHERE ${where} ORDER BY ${request.query.q ? "s.rowid" : "c.seq"} DESC LIMIT 20`).all(values);
  reply.send({ items: rows.map(row => view(row, day)), next: rows.length === 20 ? String(rows[19].seq) : undefined,
    total: request.query.total ? prepared(`SELECT count(*) AS n FROM ${from} WHERE ${counted.where}`).get(counted.values).n : undefined });
});
app.post("/v1/certificates", { schema: { body: draftSchema } }, (request, reply) => { reply.code(201).send({ id: addOne.immediate(request.body) }); });
app.post("/v1/imports", { schema: { body: { type: "array", items: draftSchema } } }, (request, reply) => { reply.code(201).send({ ids: addAll.immediate(request.body) }); });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
