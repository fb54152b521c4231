// Bun with its built-in server and SQLite: the leanest of the peers.
import { Database } from "bun:sqlite";
import { columns, page, searchOf, sqliteTables, sqliteText, termsOf, today, valuesOf, view } from "./certificates.mjs";

const db = new Database(process.env.DB);
db.exec(sqliteTables);
const byId = db.query("SELECT * FROM certificate WHERE id = ?");
const insert = db.query(`INSERT INTO certificate (${columns}) VALUES (${columns.map(() => "?")})`);
const index = db.query("INSERT INTO search (rowid, terms) VALUES (?, ?)");
const add = draft => { const values = valuesOf(draft); index.run(insert.run(...values).lastInsertRowid, termsOf(draft)); return values[0]; };
const addOne = db.transaction(add), addAll = db.transaction(drafts => drafts.map(add));
const good = d => typeof d?.number === "string" && d.number.length > 0 && d.number.length <= 50 && typeof d.holder?.name === "string" && d.holder.name.length > 0 && d.holder.name.length <= 200
  && Number.isInteger(d.category) && d.category >= 1 && d.category <= 28 && typeof d.scope === "string" && d.scope.length > 0 && /^\d{4}-\d\d-\d\d$/.test(d.issuedOn) && /^\d{4}-\d\d-\d\d$/.test(d.expiresOn);
const json = { headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-cache" } };
const html = { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" } };
const refused = status => new Response(null, { status });

Bun.serve({
  port: Number(process.env.PORT), hostname: "127.0.0.1", maxRequestBodySize: 64 << 20,
  routes: {
    "/v1/certificates/:id": request => { const row = byId.get(request.params.id); return row ? new Response(JSON.stringify(view(row, today())), json) : refused(404); },
    "/c/:id": request => { const row = byId.get(request.params.id); return row ? new Response(page(view(row, today())), html) : refused(404); },
    "/v1/certificates": {
      GET: request => {
        const query = Object.fromEntries(new URL(request.url).searchParams), day = today(), { where, values, counted } = searchOf(query, day, sqliteText);
        const from = query.q ? "search s CROSS JOIN certificate c ON c.seq = s.rowid" : "certificate c";
        const rows = db.query(`SELECT c.* FROM ${from} WHERE ${where} ORDER BY ${query.q ? "s.rowid" : "c.seq"} DESC LIMIT 20`).all(...values);
        return new Response(JSON.stringify({ items: rows.map(row => view(row, day)), next: rows.length === 20 ? String(rows[19].seq) : undefined,
          total: query.total ? db.query(`SELECT count(*) AS n FROM ${from} WHERE ${counted.where}`).get(...counted.values).n : undefined }), json);
      },
      POST: async request => { const draft = await request.json(); return good(draft) ? Response.json({ id: addOne.immediate(draft) }, { status: 201 }) : refused(422); },
    },
    "/v1/imports": { POST: async request => { const drafts = await request.json(); return drafts.every(good) ? Response.json({ ids: addAll.immediate(drafts) }, { status: 201 }) : refused(422); } },
  },
});
