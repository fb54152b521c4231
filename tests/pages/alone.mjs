// The page that checks a file alone: downloaded, opened from file:// without a network, and compared line by line with what the server finds
// by the code of `registry check`, over right answers, changed bytes, lies that the log's own key signed, and rubbish.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex'); // what stands before the seed of an Ed25519 key (RFC 8410)

/** The payload of an answer's file, and the file with another one, signed anew by the log's own key. */
const payloadOf = file => JSON.parse(Buffer.from(file.signed.split('.')[1], 'base64url'));
function forged(file, key, lie) {
  const payload = payloadOf(file);
  lie(payload);
  const signing = file.signed.split('.')[0] + '.' + Buffer.from(JSON.stringify(payload)).toString('base64url');
  return { ...file, signed: signing + '.' + sign(null, Buffer.from(signing), key).toString('base64url') };
}

const flipped = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

function cases(files, proof, other, key) {
  const [file, before, after, one] = files;
  const row = (said, result) => said.rows.find(row => row.result === result);
  const lies = {
    result: said => { row(said, 'revoked').result = 'valid'; },
    finding: said => { row(said, 'revoked').finding = 'pass'; },
    status: said => { row(said, 'revoked').certificate.status = 'valid'; },
    level: said => { said.rows[0].certificate.level.stars = 6; },
    holder: said => { said.rows[0].certificate.holder.name = '别家（演示）有限公司'; },
    region: said => { said.rows[0].certificate.holder.regionName = '北京市'; },
    expires: said => { said.rows[0].certificate.expiresOn = '2199-01-01'; },
    surveillance: said => { said.rows[0].certificate.surveillance.overdue = !said.rows[0].certificate.surveillance.overdue; },
    recorded: said => { said.rows[0].recordedAt = '2020-01-01T00:00:00.000Z'; },
    message: said => { row(said, 'revoked').message = 'Valid'; },
    comparison: said => { row(said, 'mismatch').compared = []; },
    mismatch: said => { row(said, 'mismatch').result = 'valid'; },
    day: said => { said.rows[0].on = '2026-01-01'; },
    'rests on less': said => { row(said, 'revoked').restsOn.pop(); },
    'rests on nothing': said => { delete said.rows[0].restsOn; },
    'no certificate': said => { delete row(said, 'revoked').certificate; },
    today: said => { row(said, 'revoked').certificate.today.status = 'valid'; },
    mark: said => { said.rows.find(row => row.asked.code).result = 'copied'; },
    'what is asked of all': said => { said.question.level = 'five-star'; },
    'a number of a row': said => { said.rows[0].row = 7; },
    size: said => { said.log.size--; },
    root: said => { said.log.root = Buffer.alloc(32).toString('base64'); },
    origin: said => { said.log.origin = 'other.example/log'; },
    instant: said => { said.statements.at(-1).recordedAt = '2020-01-01T00:00:00.000Z'; },
    leaf: said => { said.statements[1].leafHash = said.statements[2].leafHash; },
    'an unknown member': said => { said.more = 1; },
    'an unknown word': said => { said.rows[0].result = 'wonderful'; },
    'no row': said => { said.rows[0] = null; },
    'the end of time': said => { said.answeredAt = '9999-12-31T23:59:59.999Z'; },
    'no lie': () => {},
  };
  const text = JSON.stringify(file), found = [];
  const add = (name, content, result) => found.push({ name, content: typeof content === 'string' ? content : JSON.stringify(content), result });
  for (const [i, file] of files.entries()) add(`right ${i}`, file, 'right');
  add('a byte order mark', '\uFEFF' + text, 'right');
  for (const [name, lie] of Object.entries(lies)) add(name, forged(file, key, lie), { 'no lie': 'right', 'an unknown member': 'untold', 'an unknown word': 'untold', 'no row': 'untold' }[name] ?? 'wrong');
  for (const at of [200, file.signed.length - 5]) add(`signed ${at}`, { ...file, signed: flipped(file.signed, at) }, 'wrong');
  for (const at of [30, file.checkpoint.length - 5]) add(`checkpoint ${at}`, { ...file, checkpoint: flipped(file.checkpoint, at) }, 'wrong');
  for (const at of [40, file.proofs[2].indexOf('\n\n') - 5, file.proofs[2].length - 5]) add(`proof ${at}`, { ...file, proofs: file.proofs.map((proof, i) => i === 2 ? flipped(proof, at) : proof) }, 'wrong');
  add('a proof less', { ...file, proofs: file.proofs.slice(1) }, 'wrong');
  add('another key', { ...file, log: other }, 'wrong');
  add('another key for JWS', { ...file, key: { ...file.key, x: flipped(file.key.x, 9) } }, 'wrong');
  // That a revocation is left out whole, the log's own map shows; where the file does not hold it, both say that it cannot be seen.
  const old = payloadOf(before);
  add('a revocation left out', forged(after, key, said => { [said.rows, said.statements] = [old.rows, old.statements]; }), 'wrong');
  add('a revocation left out with the map', { ...forged(after, key, said => { [said.rows, said.statements] = [old.rows, old.statements]; }), newest: undefined }, 'right');
  add('no map', { ...file, newest: undefined }, 'right');
  const bent = (change, of = file) => { const copy = structuredClone(of); change(copy.newest); return copy; };
  const mapped = {
    'its size': newest => { newest.size++; },
    'its end cut': newest => { newest.entries.pop(); },
    'its beginning cut': newest => { newest.entries.shift(); newest.size++; },
    'an entry': newest => { newest.entries[0] = flipped(newest.entries[0], 200); },
    'a hash of the log': newest => { newest.hashes[0] = flipped(newest.hashes[0], 9); },
    'a bucket': newest => { newest.certificates[0].bucket = flipped(newest.certificates[0].bucket, 12); },
    'a bucket cut': newest => { newest.certificates[0].bucket = ''; },
    'a hash of the map': newest => { newest.certificates[0].hashes[3] = flipped(newest.certificates[0].hashes[3], 9); },
    'a hash less': newest => { newest.certificates[0].hashes.pop(); },
    'a certificate': newest => { newest.certificates.shift(); },
    'the map of an older answer': newest => { Object.assign(newest, before.newest); },
  };
  for (const [name, change] of Object.entries(mapped)) add(`of the map, ${name}`, bent(change), 'wrong');
  add('a revocation passed over', forged(after, key, said => { said.rows = old.rows; said.rows[0].restsOn = payloadOf(after).rows[0].restsOn; }), 'wrong');
  add('a member twice', text.replace('{', '{"format":"registry-answer@v1",'), 'untold');
  add('rubbish', 'rubbish', 'untold');
  add('an empty object', '{}', 'untold');
  add('half a file', text.slice(0, text.length / 2), 'untold');
  add('a proof', proof, 'right');
  add('a proof bent', flipped(proof, proof.length - 90), 'wrong');
  add('a proof cut', proof.slice(0, 60), 'wrong');
  // Two checkpoints of one size that the log's own key signed accuse it; one and the same nobody.
  const note = one.checkpoint, [origin, size] = note.split('\n'), [, name, coded] = note.trimEnd().split('\n').at(-1).split(' ');
  const second = `${origin}\n${size}\n${Buffer.alloc(32).toString('base64')}\n`;
  const line = Buffer.concat([Buffer.from(coded, 'base64').subarray(0, 4), sign(null, Buffer.from(second), key)]).toString('base64');
  const evidence = (...notes) => `registry-evidence@v1\nlog ${one.log}\nwhat two roots\n${notes.map(note => `checkpoint ${note.length}\n${note}`).join('')}`;
  add('a fork', evidence(note, `${second}\n— ${name} ${line}\n`), 'right');
  add('no fork', evidence(note, note), 'wrong');
  add('evidence cut', evidence(note).slice(0, -5), 'wrong');
  // The signed sums of a dump, right, of another log, bent, and of a form that no dump has.
  const sums = (text, by = name) => {
    const coded = Buffer.concat([Buffer.from(line, 'base64').subarray(0, 4), sign(null, Buffer.from(text), key)]).toString('base64');
    return `${text}\n— ${by} ${coded}\n`;
  };
  const file1 = `${'0a'.repeat(32)}  certificates.csv.gz\n`, dump = `registry dump v1 of ${name}\nday 2026-06-15\nsize 7\nroot AAAA\n${file1}`;
  add('sums of a dump', sums(dump), 'right');
  add('sums as Windows saves them', sums(dump).replaceAll('\n', '\r\n'), 'right');
  add('sums bent', sums(dump).replace('0a', '0b'), 'wrong');
  add('sums of another log', sums(dump.replace(name, 'other.example/log')), 'wrong');
  add('sums of a path', sums(dump.replace('certificates', '../certificates')), 'wrong');
  add('sums unsigned', dump, 'wrong');
  return found;
}

/** Tells each finding to check. */
export async function alone(browser, registry, folder, check, byAxe) {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, Buffer.from(readFileSync(registry.keyFile, 'utf8').trim().split('+').slice(4).join('+'), 'base64').subarray(1)]), format: 'der', type: 'pkcs8' });
  const get = async path => (await fetch(registry.at + path)).text();
  const files = await Promise.all(registry.answers.map(async id => JSON.parse(await get('/v1/answers/' + id))));
  const all = cases(files, await get('/v1/log/3/proof'), registry.otherKey, key);
  const file = join(folder, 'check.html');
  writeFileSync(file, await get('/check.html?lang=en'));
  const session = await browser.newContext({ offline: true }), page = await session.newPage(), refused = [], asked = [];
  page.on('pageerror', error => refused.push(error.message));
  page.on('console', message => { if (message.type() === 'error') refused.push(message.text()); });
  page.on('request', request => { if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) asked.push(request.url()); });
  await page.goto(pathToFileURL(file).href);
  const results = { 'Right.': 'right', 'Wrong: do not rely on it.': 'wrong', 'Cannot tell.': 'untold' };
  for (const { name, content, result } of all) {
    const sent = { name: 'file', mimeType: 'application/json', buffer: Buffer.from(content) };
    await page.setInputFiles('#file', []);
    await page.evaluate(() => { document.getElementById('result').dataset.result = ''; });
    await page.setInputFiles('#file', sent);
    await page.waitForFunction(() => ['right', 'wrong', 'untold'].includes(document.getElementById('result').dataset.result));
    const own = await page.evaluate(() => ({ result: document.getElementById('result').dataset.result, lines: last.report.lines.map(line => line.said) }));
    check(own.result === result, `alone, ${name}: ${own.result}, not ${result}: ${own.lines.at(-1)?.en}`);
    for (const language of ['en', 'zh']) {
      const form = new FormData();
      form.append('file', new Blob([content]), 'file');
      const server = await (await fetch(`${registry.at}/check?lang=${language}`, { method: 'POST', body: form })).text();
      const lines = [...server.matchAll(/<p class="note(?: fault)?"><b>[^<]*<\/b>(?:：|: )([^<]*)<\/p>|<dt>[^<]*<\/dt><dd>([^<]*)<\/dd>/g)].map(found => decoded(found[1] ?? found[2]));
      if (language === 'en') check(results[/role="status"><p><b>([^<]*)/.exec(server)?.[1]] === result, `server, ${name}: not ${result}`);
      const [one, other] = [own.lines.map(line => line[language]).sort(), lines.sort()];
      check(JSON.stringify(one) === JSON.stringify(other), `alone, ${name} ${language}: ${JSON.stringify(one.filter(line => !other.includes(line)))} and not ${JSON.stringify(other.filter(line => !one.includes(line)))}`);
    }
  }
  // By another key that is typed, and where the browser does not know the signatures.
  const right = { name: 'file', mimeType: 'application/json', buffer: Buffer.from(all[0].content) };
  const told = async () => { await page.waitForFunction(() => ['right', 'wrong', 'untold'].includes(document.getElementById('result').dataset.result)); return page.getAttribute('#result', 'data-result'); };
  await page.fill('#key', registry.otherKey);
  await page.setInputFiles('#file', right);
  check(await told() === 'wrong', 'alone: another key is not wrong');
  await page.fill('#key', 'x');
  await page.setInputFiles('#file', []);
  await page.setInputFiles('#file', right);
  check(await told() === 'untold', 'alone: no key is not told');
  await page.reload();
  await page.evaluate(() => { crypto.subtle.importKey = () => Promise.reject(new DOMException('Unrecognized name', 'NotSupportedError')); });
  await page.setInputFiles('#file', right);
  check(await told() === 'untold' && /Ed25519/.test(await page.innerText('#result')), 'alone: a browser without Ed25519 does not say that it cannot tell');
  await accessible(browser, pathToFileURL(file).href, [right, { ...right, buffer: Buffer.from('{}') }, { ...right, buffer: Buffer.from(all.find(one => one.name === 'a proof less').content) }], check, byAxe);
  check(refused.length === 0 && asked.length === 0, `alone: ${refused[0] ?? asked[0]}`);
  await session.close();
}

/** As check.mjs asks of every page: axe in light and dark, and nothing wider than the screen. */
async function accessible(browser, address, files, check, byAxe) {
  const session = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } }), page = await session.newPage();
  for (const language of ['en', 'zh']) {
    await page.goto(address);
    if (language === 'zh') await page.click('#language');
    for (const file of [null, ...files]) {
      if (file) {
        await page.setInputFiles('#file', []);
        await page.evaluate(() => { document.getElementById('result').dataset.result = ''; });
        await page.setInputFiles('#file', file);
        await page.waitForFunction(() => ['right', 'wrong', 'untold'].includes(document.getElementById('result').dataset.result));
      }
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `alone ${language}: wider than the screen`);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        const found = await byAxe(page);
        check(found.length === 0, `alone ${language} ${colorScheme}: axe ${found.map(v => `${v.id} (${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].failureSummary})`).join('; ')}`);
      }
    }
  }
  await session.close();
}

const decoded = text => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&#x2B;', '+').replaceAll('&amp;', '&');
