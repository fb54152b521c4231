// What the peers share: the shape of a certificate as the registry answers it, its page, its tables in SQLite, and how text is cut for the index.
// Written as a developer who knows these tools well would: prepared statements, one pass over a row, nothing computed twice.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const reference = process.env.REFERENCE; // db/reference of the repository
const csv = name => readFileSync(`${reference}/${name}.csv`, "utf8").trimEnd().split("\n").slice(1).map(line => line.split(","));
const categories = new Map(csv("categories").map(([no, group, name, nameEn, standard]) => [Number(no), { no: Number(no), group, name: name || "原文缺失", nameEn: nameEn || "wording missing in the source" }]));
const standards = new Map(csv("categories").map(row => [Number(row[0]), row[4] || null]));
const regionRows = new Map(csv("regions").map(([code, name, level, parent]) => [code, { name, level, parent }]));
const regionName = code => { const r = regionRows.get(code); return r ? (r.parent ? regionName(r.parent) : "") + (r.level === "city" && /^(市辖区|县)$/.test(r.name) ? "" : r.name) : code; };
const regions = new Map([...regionRows.keys()].map(code => [code, regionName(code)]));
const levels = new Map([["qualified", ["达标级", "Qualified", 0]], ["three-star", ["三星级", "Three-star", 3]], ["four-star", ["四星级", "Four-star", 4]], ["five-star", ["五星级", "Five-star", 5]]].map(([code, [name, nameEn, stars]]) => [code, { code, name, nameEn, stars }]));
const codes = { valid: "01", suspended: "02", revoked: "03", cancelled: "04", expired: "05" };
const words = { valid: "有效", suspended: "暂停", revoked: "撤销", cancelled: "注销", expired: "过期失效", "not-yet-valid": "尚未生效" };
const body = { approvalNumber: "CNCA-R-2099-901", name: "示例认证有限公司（虚构）" };

/** The calendar day in Asia/Shanghai. */
export const today = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);

const statusOf = (c, day) => c.ended_as ?? (c.suspended_on ? "suspended" : day < c.issued_on ? "not-yet-valid" : day > c.expires_on ? "expired" : "valid");
const nextYear = day => `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;

/** A row as the registry shows it. */
export function view(c, day) {
  const status = statusOf(c, day);
  const due = nextYear(c.surveyed_on ?? c.issued_on);
  const running = (status === "valid" || status === "suspended") && due < c.expires_on;
  return {
    id: c.id, number: c.number, status, statusCode: codes[status], asOf: day,
    holder: { name: c.holder_name, nameEn: c.holder_name_en ?? undefined, uscc: c.uscc ?? undefined, region: c.region ?? undefined, regionName: c.region ? regions.get(c.region) ?? c.region : undefined, address: c.address ?? undefined },
    body, category: categories.get(c.category), standard: c.standard ?? undefined, level: c.level ? levels.get(c.level) : undefined,
    scope: c.scope, sites: c.sites ? JSON.parse(c.sites) : [], issuedOn: c.issued_on, firstIssuedOn: c.first_issued_on ?? undefined, expiresOn: c.expires_on,
    suspension: status === "suspended" ? { on: c.suspended_on, until: c.suspended_until ?? undefined, overdue: c.suspended_until < day, reason: c.reason ?? undefined } : undefined,
    ended: c.ended_as ? { as: c.ended_as, on: c.ended_on, reason: c.reason ?? undefined } : undefined,
    surveillance: c.category === 26 ? { lastOn: c.surveyed_on ?? undefined, dueOn: running ? due : undefined, overdue: running && due < day } : undefined,
    logIndex: Number(c.seq),
  };
}

const text = { type: "string" };
const shape = properties => ({ type: "object", properties });
/** For fast-json-stringify. */
export const certificateSchema = shape({
  id: text, number: text, status: text, statusCode: text, asOf: text, holder: shape({ name: text, nameEn: text, uscc: text, region: text, regionName: text, address: text }),
  body: shape({ approvalNumber: text, name: text }), category: shape({ no: { type: "integer" }, group: text, name: text, nameEn: text }), standard: text,
  level: shape({ code: text, name: text, nameEn: text, stars: { type: "integer" } }), scope: text, sites: { type: "array", items: text }, issuedOn: text, firstIssuedOn: text, expiresOn: text,
  suspension: shape({ on: text, until: text, overdue: { type: "boolean" }, reason: text }), ended: shape({ as: text, on: text, reason: text }),
  surveillance: shape({ lastOn: text, dueOn: text, overdue: { type: "boolean" } }), logIndex: { type: "integer" },
});
export const pageSchema = shape({ items: { type: "array", items: certificateSchema }, next: text, total: { type: "integer" } });
const day = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" };
/** What a post must look like. */
export const draftSchema = {
  type: "object", required: ["number", "holder", "category", "scope", "issuedOn", "expiresOn"],
  properties: {
    number: { type: "string", minLength: 1, maxLength: 50 }, category: { type: "integer", minimum: 1, maximum: 28 }, standard: text, level: { enum: ["qualified", "three-star", "four-star", "five-star"] }, score: { type: "number" },
    holder: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1, maxLength: 200 }, nameEn: text, uscc: { type: "string", minLength: 18, maxLength: 18 }, region: text, address: text } },
    scope: { type: "string", minLength: 1, maxLength: 2000 }, sites: { type: "array", items: text }, issuedOn: day, firstIssuedOn: day, expiresOn: day, surveyedOn: day, status: text, statusOn: day, until: day, reason: text,
  },
};

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const e = value => String(value ?? "").replace(/[&<>"']/g, c => entities[c]);

/** The page of a certificate: the same facts as the registry's. */
export const page = v => `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${e(v.holder.name)} · 认证证书登记簿</title><link rel="icon" href="/assets/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/site.css"></head>
<body><a class="skip" href="#main">跳到正文</a><header class="top"><nav aria-label="主导航"><a class="brand" href="/">认证证书登记簿</a><a href="/verify">批量核验</a><a href="/categories">认证项目</a><a href="?lang=en" lang="en" hreflang="en">English</a></nav></header>
<main id="main"><p class="status ${v.status}"><span><b>${words[v.status]}</b>截至 ${v.asOf}</span></p><h1>${e(v.holder.name)}</h1>${v.holder.nameEn ? `<p lang="en">${e(v.holder.nameEn)}</p>` : ""}
${v.level ? `<p class="level">${v.level.name} ${"★".repeat(v.level.stars)}</p>` : ""}<dl><dt>证书编号</dt><dd>${e(v.number)}</dd><dt>认证项目</dt><dd>${e(v.category.name)}</dd><dt>认证依据</dt><dd>${e(v.standard)}</dd><dt>认证范围</dt><dd>${e(v.scope)}</dd>
<dt>统一社会信用代码</dt><dd>${e(v.holder.uscc)}</dd><dt>所在地区</dt><dd>${e(v.holder.regionName)}</dd><dt>地址</dt><dd>${e(v.holder.address)}</dd>${v.sites.map(site => `<dt>场所</dt><dd>${e(site)}</dd>`).join("")}
<dt>颁证日期</dt><dd>${v.issuedOn}</dd><dt>初次获证日期</dt><dd>${e(v.firstIssuedOn)}</dd><dt>证书到期日期</dt><dd>${v.expiresOn}</dd>${v.suspension ? `<dt>暂停</dt><dd>${v.suspension.on} – ${e(v.suspension.until)}</dd>` : ""}${v.revocation ? `<dt>${words[v.revocation.as]}</dt><dd>${v.revocation.on}</dd>` : ""}
<dt>认证机构</dt><dd>${e(v.body.name)} ${v.body.approvalNumber}</dd><dt>登记簿序号</dt><dd>${v.logIndex}</dd></dl><p class="soft">证书持有者可能与您所见的产品或场所不同：请核对以上名称、地址与范围。认证的是售后服务，而不是该产品本身。</p></main>
<footer><p>状态以北京时间的日期为准。任何人都可以免费查询。 <a href="/docs">API</a></p></footer></body></html>`;

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 13 characters from the hash of what makes a certificate one. */
export function idOf(draft) {
  const hash = createHash("sha256").update(`${body.approvalNumber}|${draft.number}`).digest();
  let id = "";
  for (let i = 0; i < 13; i++) id += alphabet[hash[i] & 31];
  return id;
}

/** Columns of a draft in the order of every INSERT. */
export const columns = ["id", "number", "holder_name", "holder_name_en", "uscc", "region", "address", "category", "standard", "level", "scope", "sites", "issued_on", "first_issued_on", "expires_on", "surveyed_on",
  "suspended_on", "suspended_until", "ended_as", "ended_on", "reason"];
export const valuesOf = d => {
  const h = d.holder, ended = d.status === "revoked" || d.status === "cancelled", suspended = d.status === "suspended";
  return [idOf(d), d.number, h.name, h.nameEn ?? null, h.uscc ?? null, h.region ?? null, h.address ?? null, d.category, d.standard ?? standards.get(d.category), d.level ?? null, d.scope, d.sites ? JSON.stringify(d.sites) : null,
    d.issuedOn, d.firstIssuedOn ?? null, d.expiresOn, d.surveyedOn ?? null, suspended ? d.statusOn : null, suspended ? d.until ?? null : null, ended ? d.status : null, ended ? d.statusOn : null, d.reason ?? null];
};

/** The tables in SQLite: full-text over pairs of characters, contentless, newest first by rowid. */
export const sqliteTables = `
  PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=1073741824; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;
  CREATE TABLE IF NOT EXISTS certificate (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, holder_name TEXT NOT NULL, holder_name_en TEXT, uscc TEXT, region TEXT, address TEXT, category INTEGER NOT NULL,
    standard TEXT, level TEXT, scope TEXT NOT NULL, sites TEXT, issued_on TEXT NOT NULL, first_issued_on TEXT, expires_on TEXT NOT NULL, surveyed_on TEXT, suspended_on TEXT, suspended_until TEXT, ended_as TEXT, ended_on TEXT, reason TEXT);
  CREATE INDEX IF NOT EXISTS certificate_holder ON certificate (holder_name);
  CREATE INDEX IF NOT EXISTS certificate_uscc ON certificate (uscc);
  CREATE INDEX IF NOT EXISTS certificate_category ON certificate (category, seq);
  CREATE INDEX IF NOT EXISTS certificate_region ON certificate (region, seq);
  CREATE INDEX IF NOT EXISTS certificate_expiry ON certificate (expires_on);
  CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');`;

const fold = value => value.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
/** All pairs of characters of a name and a scope, each once. */
export function termsOf(d) {
  const terms = new Set();
  for (const part of [d.holder.name, d.holder.nameEn, d.scope]) {
    if (!part) continue;
    const t = [...fold(part)];
    for (let i = 0; i < t.length; i++) terms.add(t[i] + (t[i + 1] ?? ""));
  }
  return [...terms].join(" ");
}

/** Reads a query of the public face into SQL: the same for both engines but for the text condition. */
export function searchOf(query, day, textCondition, bind = () => "?") {
  const where = [], values = [];
  const one = (condition, value) => { values.push(value); where.push(condition.replace("?", bind(values.length))); };
  if (query.q) for (const [condition, value] of textCondition(query.q)) one(condition, value);
  if (query.category) one("c.category = ?", Number(query.category));
  if (query.level) one("c.level = ?", query.level);
  if (query.region) { one("c.region >= ?", query.region.replace(/(00)+$/, "")); one("c.region < ?", query.region.replace(/(00)+$/, "") + "~"); }
  if (query.status === "revoked" || query.status === "cancelled") one("c.ended_as = ?", query.status);
  else if (query.status) {
    where.push("c.ended_as IS NULL");
    if (query.status === "suspended") where.push("c.suspended_on IS NOT NULL");
    else {
      where.push("c.suspended_on IS NULL");
      if (query.status === "expired") one("c.expires_on < ?", day);
      else if (query.status === "not-yet-valid") one("c.issued_on > ?", day);
      else { one("c.issued_on <= ?", day); one("c.expires_on >= ?", day); }
    }
  }
  const counted = { where: where.join(" AND ") || "true", values: [...values] };
  if (query.cursor) one("c.seq < ?", Number(query.cursor));
  return { where: where.join(" AND ") || "true", values, counted };
}

/** The text condition of SQLite: the pairs in the index, the piece itself on the row. */
export function sqliteText(q) {
  const piece = fold(q), t = [...piece];
  const terms = t.length < 2 ? [`"${piece}"*`] : t.slice(0, -1).map((c, i) => `"${c}${t[i + 1]}"`);
  return [["s.search MATCH ?", terms.join(" AND ")], ["instr(c.holder_name || ' ' || coalesce(c.holder_name_en, '') || ' ' || c.scope, ?) > 0", q]];
}
