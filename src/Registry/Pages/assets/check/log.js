// Checks a file that a registry handed out, with the log's public key and nothing else: no network, no server. It says what
// `registry check` says, line by line: src/Registry/Answers has the same rules, and tests/pages/alone.mjs compares both.
'use strict';
const given = JSON.parse(document.getElementById('given').textContent);
const say = (zh, en) => ({ zh, en });

/* Bytes and texts. Only canonical spellings are read: otherwise two texts would be one. */
const utf8 = text => new TextEncoder().encode(text);
const same = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);
const letters = bytes => bytes.reduce((text, byte) => text + String.fromCharCode(byte), '');
const toBase64 = bytes => btoa(letters(bytes));
const toBase64url = bytes => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
const hasHalf = text => /\p{Cs}/u.test(text);
const isWhole = text => /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text));

function base64(text) {
  try {
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, c => c.charCodeAt(0)) : null;
  } catch { return null; }
}

function base64url(text) {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return null;
  return base64(text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - text.length % 4) % 4));
}

/** JSON as the registry reads it: no member twice, no half of a character. Undefined for anything else. */
function readJson(bytes) {
  try {
    const source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), open = [];
    const value = JSON.parse(source);
    for (const [token, text, colon] of source.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
      if (token === '{') open.push(new Set());
      else if (token === '}') open.pop();
      else if (colon || text.includes('\\u')) {
        const read = JSON.parse(text);
        if (hasHalf(read) || colon && open.at(-1).has(read)) return undefined;
        if (colon) open.at(-1).add(read);
      }
    }
    return value;
  } catch { return undefined; }
}

/** Whether a value has the form of one of the registry's own types, told by their JSON schema: nothing that is there goes unread. */
function fits(value, schema, root = schema) {
  if (typeof schema === 'boolean') return schema;
  if (schema.$ref) return fits(value, schema.$ref.split('/').slice(1).reduce((at, name) => at[name], root), root);
  const joined = one => ({ ...schema, anyOf: undefined, ...one,
    properties: { ...schema.properties, ...one.properties }, required: [...schema.required ?? [], ...one.required ?? []] });
  if (schema.anyOf && !schema.anyOf.some(one => fits(value, joined(one), root))) return false;
  if (schema.anyOf) return true;
  if ('const' in schema && value !== schema.const || schema.enum && !schema.enum.includes(value)) return false;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isSafeInteger(value) ? 'integer' : typeof value;
  if (schema.type && ![schema.type].flat().includes(type)) return false;
  if (type === 'string' && schema.format === 'date') return isDay(value);
  if (type === 'array') return value.every(one => one !== null && fits(one, schema.items ?? true, root));
  if (type !== 'object') return true;
  const members = schema.properties ?? {};
  return (schema.required ?? []).every(name => name in value) && Object.entries(value).every(([name, one]) =>
    Object.hasOwn(members, name) ? fits(one, members[name], root) : schema.additionalProperties !== false);
}

/* Days are texts YYYY-MM-DD of Asia/Shanghai, instants milliseconds since 1970. */
const isDay = text => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text + 'T00:00Z'))
  && new Date(text + 'T00:00Z').toISOString().startsWith(text);
const dayAfter = day => new Date(Date.parse(day + 'T00:00Z') + 86400e3).toISOString().slice(0, 10);
const shown = instant => new Date(instant).toISOString().replace('T', ' ').replace(/\.\d+Z/, 'Z');
const exactly = instant => new Date(instant).toISOString();

function dayOf(instant) {
  const day = new Date(instant + 8 * 3600e3).toISOString().split('T')[0];
  if (!isDay(day)) throw new RangeError('beyond the calendar');
  return day;
}

/** An instant as the log has it: in older ones without a zone, which is UTC. */
function instantOf(text) {
  const read = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + 'Z');
  if (Number.isNaN(read)) throw new Error('no instant');
  return read;
}

function monthsAfter(day, months) {
  const [year, month, date] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}

/* Hashes and signatures: the browser's own. */
class CannotHere extends Error {}

async function sha256(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => { bytes.set(part, at); return at + part.length; }, 0);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
const leafHash = leaf => sha256([0], leaf), nodeHash = (left, right) => sha256([1], left, right);

/** The name of a key, RFC 7638. */
async function thumbprint({ kty, crv, x, y }) {
  const name = kty === 'EC' ? `{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}` : `{"crv":"${crv}","kty":"${kty}","x":"${x}"}`;
  return toBase64url(await sha256(utf8(name)));
}

const imported = new Map();
async function verifies({ kty, crv, x, y }, data, signature) {
  if (signature.length !== 64) return false;
  const named = [kty, crv, x, y].join();
  const [kind, how] = kty === 'EC' ? [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }] : ['Ed25519', 'Ed25519'];
  try {
    if (!imported.has(named)) imported.set(named, await crypto.subtle.importKey('jwk', { kty, crv, x, y }, kind, false, ['verify']));
  } catch (error) {
    if (error.name === 'NotSupportedError') throw new CannotHere();
    return false;
  }
  return crypto.subtle.verify(how, imported.get(named), signature, data);
}

/** A log's public key, name+id+base64; null when it is none. */
async function readKey(vkey) {
  const [, name, id, coded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [], bytes = coded && base64(coded);
  if (!bytes || bytes.length !== 33 || bytes[0] !== 1 || hex((await sha256(utf8(name + '\n'), bytes)).slice(0, 4)) !== id) return null;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes.slice(1)) };
  return { name, id, vkey, jwk, kid: await thumbprint(jwk) };
}

/* The log: signed notes, checkpoints, trees (C2SP signed-note, tlog-checkpoint, tlog-proof; RFC 6962). */
function readNote(note, skipBroken = false) {
  const split = note.lastIndexOf('\n\n');
  if (note.length > 128 << 10 || /[\0-\x09\x0b-\x1f]/.test(note) || hasHalf(note)) return null;
  if (split < 0 || split + 2 >= note.length || !note.endsWith('\n')) return null;
  const lines = note.slice(split + 2, -1).split('\n').map(line => {
    const [, name, coded] = /^— ([^+\s]+) ([^ ]*)$/.exec(line) ?? [], bytes = coded && base64(coded);
    return bytes && bytes.length > 4 ? { name, id: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) } : null;
  });
  if (lines.length > 100 || !skipBroken && lines.includes(null)) return null;
  return { text: note.slice(0, split + 1), signatures: lines.filter(line => line) };
}

/** As the specification asks, a signature of that key which does not fit spoils the whole note. */
async function isSignedBy(note, key) {
  const own = note.signatures.filter(line => line.name === key.name && line.id === key.id);
  for (const line of own) if (!await verifies(key.jwk, utf8(note.text), line.bytes)) return false;
  return own.length > 0;
}

function readCheckpoint(text, extended = false) {
  const [origin, size, root, ...more] = text.split('\n'), hash = root === undefined ? null : base64(root);
  if (!origin || !isWhole(size) || hash?.length !== 32) return null;
  if (more.pop() !== '' || more.includes('') || more.length > 0 && !extended) return null;
  return { origin, size: Number(size), root: hash };
}

async function openCheckpoint(signed, key) {
  const note = readNote(signed), checkpoint = note && await isSignedBy(note, key) ? readCheckpoint(note.text) : null;
  return checkpoint?.origin === key.name ? { ...checkpoint, note } : null;
}

const half = number => Math.floor(number / 2), isOdd = number => number % 2 === 1;

async function isIncluded(leaf, index, { size, root }, proof) {
  if (index >= size || proof.some(sibling => sibling.length !== 32)) return false;
  let [node, last, hash] = [index, size - 1, await leafHash(leaf)];
  for (const sibling of proof) {
    if (last === 0) return false;
    const isLeft = isOdd(node) || node === last;
    hash = isLeft ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling);
    if (isLeft) while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(hash, root);
}

async function isContinued(from, to, fromRoot, toRoot, proof) {
  if (from > to || proof.some(hash => hash.length !== 32)) return false;
  if (from === 0) return proof.length === 0 && same(fromRoot, await sha256([])) && (to > 0 || same(toRoot, fromRoot));
  if (from === to) return proof.length === 0 && same(fromRoot, toRoot);
  const siblings = [...proof];
  let [node, last] = [from - 1, to - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A proof from a power of two leaves its own beginning out.
  const first = node === 0 ? fromRoot : siblings.shift();
  if (!first) return false;
  let [old, grown] = [first, first];
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      [old, grown] = [await nodeHash(sibling, old), await nodeHash(sibling, grown)];
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else grown = await nodeHash(grown, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(old, fromRoot) && same(grown, toRoot);
}

function readProof(text) {
  const split = text.indexOf('\n\n'), [header, extra, index, ...path] = text.slice(0, Math.max(split, 0)).split('\n');
  if (header !== 'c2sp.org/tlog-proof@v1' || !extra?.startsWith('extra ')) return null;
  if (!index?.startsWith('index ') || !isWhole(index.slice(6))) return null;
  const leaf = base64(extra.slice(6)), hashes = path.map(base64);
  return !leaf || hashes.length > 63 || hashes.includes(null) ? null
    : { leaf, index: Number(index.slice(6)), hashes, checkpoint: text.slice(split + 2) };
}

/* Compact JWS (RFC 7515), with a header that holds alg, kid and typ and nothing else. */
function readJws(bytes, type) {
  const parts = letters(bytes).split('.');
  const [head, payload, signature] = parts.length === 3 ? parts.map(base64url) : [];
  const header = head && readJson(head);
  if (!header || !payload || !signature || Object.keys(header).some(name => !['alg', 'kid', 'typ'].includes(name))) return null;
  if (!['ES256', 'Ed25519', 'EdDSA'].includes(header.alg) || typeof header.kid !== 'string' || header.typ !== type) return null;
  return { ...header, payload, signature, signed: bytes.slice(0, parts[0].length + 1 + parts[1].length) };
}

/** What a statement's leaf says; null where it is none. */
const payloadOf = leaf => base64url(letters(leaf).split('.')[1] ?? '-');

async function isJwsBy(jws, jwk) {
  const allowed = jwk.kty === 'EC' ? jws.alg === 'ES256' : jws.alg !== 'ES256';
  return allowed && jws.kid === await thumbprint(jwk) && verifies(jwk, jws.signed, jws.signature);
}
