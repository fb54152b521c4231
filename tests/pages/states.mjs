// Starts the real program on a fresh file and makes every state a page can be in, through the registry's own API.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:net';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = process.env.REGISTRY_PROGRAM ?? join(root, 'src/Registry/bin/Debug/net10.0/registry.dll');
const [tool, ...first] = program.endsWith('.dll') ? ['dotnet', program] : [program]; // or a release
const body = 'CNCA-R-2099-901';
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** A social credit code with its check character, GB 32100-2015. */
function uscc(first17) {
  let sum = 0, weight = 1;
  for (const c of first17) { sum += alphabet.indexOf(c) * weight; weight = weight * 3 % 31; }
  return first17 + alphabet[(31 - sum % 31) % 31];
}

const day = offset => new Date(Date.now() + 8 * 3600e3 + offset * 86400e3).toISOString().slice(0, 10);

function freePort() {
  return new Promise(resolve => { const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); }); });
}

/** Starts the program and, unless it is to stay empty, fills it. Tells its address, the states, pages whose certificate can be revoked while they are open, how to spoil its file and how to stop it. */
export async function start({ empty = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-pages-'));
  const port = await freePort(), at = `http://localhost:${port}`;
  const file = join(folder, 'registry.db');
  const env = { ...process.env, Registry__DataFile: file, Registry__Dumps: join(folder, 'dumps'), Registry__PublicUrl: 'https://reg.example', Registry__IcpNumber: '演示ICP备20990001号', ASPNETCORE_URLS: at, DOTNET_NOLOGO: '1' };
  const run = (...args) => execFileSync(tool, [...first, ...args], { env, cwd: folder, encoding: 'utf8' });
  run('bodies', 'add', body, '示例认证（虚构）有限公司', '--name-en', 'Example Certification (fictional)');
  const key = run('bodies', 'key', body).match(/reg_\w+/)[0];
  run('dump');
  const server = spawn(tool, [...first, 'serve'], { env, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (let i = 0; ; i++) {
    try { if ((await fetch(at + '/readyz')).ok) break; } catch { /* not yet */ }
    if (i > 200) throw new Error('the program does not start');
    await new Promise(r => setTimeout(r, 100));
  }
  const stop = () => { server.kill('SIGTERM'); rmSync(folder, { recursive: true, force: true }); };
  const spoil = () => readdirSync(folder).filter(name => name.startsWith('registry.db')).forEach(name => writeFileSync(join(folder, name), 'not a database '.repeat(1000)));
  const keyFile = join(folder, 'registry.key');
  try { return { at, keyFile, spoil, stop, ...(empty ? { states: [] } : await fill(at, key)) }; } catch (error) { stop(); throw error; }
}

/** Opens a state: its address, and where it is the answer to a form, the form filled in and sent. Tells the answer. */
export async function open(page, at, state, before = () => {}) {
  const answer = await page.goto(at + state.path);
  if (!state.form) return answer;
  for (const [field, value] of state.form) await (value === true ? page.check(field) : value.buffer ? page.setInputFiles(field, value) : page.fill(field, value));
  before();
  const [sent] = await Promise.all([page.waitForNavigation(), page.click('main form button')]);
  return sent;
}

async function fill(at, key) {
  const send = async (method, path, json) => {
    const answer = await fetch(at + path, { method, headers: { authorization: 'Bearer ' + key, ...(json ? { 'content-type': 'application/json' } : {}) }, body: json && JSON.stringify(json) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : text;
  };
  let n = 0;
  const issue = async (change = {}) => (await send('POST', '/v1/certificates', {
    number: `901${day(0).slice(2, 4)}E${String(++n).padStart(5, '0')}R0L/3502`,
    holder: { name: '青屿云帆电器（演示）有限公司', nameEn: 'Qingyu Yunfan Appliances (demo) Co., Ltd.', uscc: uscc('91370200MA3TE5T0' + (n % 10)), region: '370212', address: '演示路 18 号' },
    category: 26, level: 'five-star', score: 96, scope: '家用电器（冰箱、洗衣机、空调）的销售、安装与售后服务（演示）', issuedOn: day(-200), ...change,
  })).id;
  const act = (id, what, json = {}) => send('POST', `/v1/certificates/${id}/${what}`, json);
  const mark = async (id, json) => (await send('POST', `/v1/certificates/${id}/marks`, { placement: 'packaging', text: '云帆 10 公斤滚筒洗衣机 YF-1001（演示）', ...json })).code;
  const states = [];
  const add = (name, path, status, kind = 'page', form) => states.push({ name, path, status: status ?? 200, kind, form });

  const valid = await issue();
  await send('POST', `/v1/certificates/${valid}/correct`, { effectiveOn: day(-100), certificate: { surveyedOn: day(-100) } });
  await act(valid, 'suspend', { effectiveOn: day(-60), until: day(-20), reason: 'surveillance-refused' });
  await act(valid, 'restore', { effectiveOn: day(-30) });
  add('certificate-valid', '/c/' + valid, 200, 'certificate');
  add('certificate-valid-on-a-day', `/c/${valid}?on=${day(-40)}`, 200, 'certificate');
  for (const [level, score] of [['qualified', 72], ['three-star', 82], ['four-star', 91]]) add('certificate-' + level, '/c/' + await issue({ level, score }), 200, 'certificate');
  add('certificate-unsurveyed', '/c/' + await issue({ issuedOn: day(-500) }), 200, 'certificate');
  const suspended = await issue();
  await act(suspended, 'suspend', { effectiveOn: day(-20), until: day(40), reason: 'nonconformity' });
  add('certificate-suspended', '/c/' + suspended, 200, 'certificate');
  const overdue = await issue();
  await act(overdue, 'suspend', { effectiveOn: day(-90), until: day(-10) });
  add('certificate-suspended-overdue', '/c/' + overdue, 200, 'certificate');
  const revoked = await issue();
  await act(revoked, 'revoke', { effectiveOn: day(-3), reason: 'misuse' });
  add('certificate-revoked', '/c/' + revoked, 200, 'certificate');
  add('certificate-revoked-after-the-day', `/c/${revoked}?on=${day(-30)}`, 200, 'certificate');
  add('certificate-of-another', `/c/${valid}?name=${encodeURIComponent('虚构冒名电器（演示）股份有限公司')}`, 200, 'certificate');
  const replaced = await issue();
  await issue({ replaces: replaced, issuedOn: day(-1) });
  await act(replaced, 'revoke', { reason: 'replaced' });
  add('certificate-replaced', '/c/' + replaced, 200, 'certificate');
  const cancelled = await issue();
  await act(cancelled, 'cancel', { reason: 'holder-request' });
  add('certificate-cancelled', '/c/' + cancelled, 200, 'certificate');
  add('certificate-expired', '/c/' + await issue({ issuedOn: day(-1500), expiresOn: day(-406) }), 200, 'certificate');
  add('certificate-not-yet-valid', '/c/' + await issue({ issuedOn: day(20) }), 200, 'certificate');
  add('certificate-without-scheme', '/c/' + await issue({ category: 1, level: undefined, score: undefined, standard: 'GB/T 19001-2016', expiresOn: day(800) }), 200, 'certificate');
  add('certificate-long-names', '/c/' + await issue({ holder: { name: '中外合资青屿云帆远岫晴柚朔方舟智能家居科技发展（山东省青岛市黄岛区）股份有限公司演示分公司', region: '370211', address: '演示路 18 号' } }), 200, 'certificate');

  const packaging = await mark(valid, { gtin: '6901234567892', run: '2026-11 B' });
  add('mark-packaging', '/M/' + packaging, 200, 'mark');
  add('mark-premises', '/M/' + await mark(valid, { placement: 'premises', text: '青岛市黄岛区演示路 18 号旗舰店（演示）' }), 200, 'mark');
  for (const [name, what, json] of [
    ['revoked', 'revoke', { reason: 'nonconformity' }],
    ['suspended', 'suspend', { until: day(30) }],
    ['expired', 'correct', { certificate: { expiresOn: day(-1) } }],
  ]) {
    const other = await issue(), code = await mark(other);
    await act(other, what, json);
    add('mark-' + name, '/M/' + code, 200, 'mark');
  }
  const withdrawn = await mark(valid);
  await send('DELETE', `/v1/marks/${withdrawn}?by=holder`);
  add('mark-withdrawn', '/M/' + withdrawn, 200, 'mark');
  add('mark-on-a-day', `/M/${packaging}?on=${day(-40)}&knownAt=${day(0)}`);
  const serialised = await mark(valid, { items: 1000 });
  const items = (await send('GET', `/v1/marks/${serialised}/items.csv?from=1&to=9`)).trim().split('\r\n').slice(1).map(row => row.split(',')[1]);
  await send('DELETE', `/v1/marks/${serialised}?from=5&to=7`);
  for (let i = 0; i < 40; i++) await fetch(`${at}/M/${items[1]}`, { headers: { accept: 'text/html', 'user-agent': `Mozilla/5.0 (phone ${i})` } });
  await fetch(`${at}/M/${items[1]}`, { method: 'HEAD' });
  add('item-first-scan', '/M/' + items[0], 200, 'mark');
  add('item-copied', '/M/' + items[1], 200, 'mark');
  add('item-withdrawn', '/M/' + items[5], 200, 'mark');
  add('mark-serialised-without-item', '/M/' + serialised, 200, 'mark');
  const gone = await mark(valid, { items: 3 });
  await send('DELETE', `/v1/marks/${gone}?from=1&to=3&by=body`);
  add('mark-all-items-withdrawn', '/M/' + gone, 200, 'mark');
  const ended = await issue(), half = await mark(ended, { items: 10 });
  await act(ended, 'revoke', { reason: 'nonconformity' });
  add('mark-half-of-revoked', '/M/' + half, 200, 'mark');
  add('item-mistyped', `/M/${items[0].slice(0, -1)}${items[0].endsWith('0') ? '1' : '0'}`, 400);
  add('item-cut', `/M/${items[0].slice(0, 20)}`, 400);
  add('gtin-unknown', '/01/6901234567885', 404);
  add('gtin-mistyped', '/01/6901234567880', 400);
  add('item-made-up', `/M/${serialised}${valid}`, 404);
  add('mark-unknown', '/M/0000000000000', 404);
  add('mark-mistyped', '/M/0000000000001', 400);
  add('print-guide', `/m/${packaging}/print`);
  add('print-guide-refused', `/m/${packaging}/print?size=14&ink=ff0000`);
  add('report', `/report?code=${packaging}`);
  add('report-blank', '/report');
  add('report-sent', `/report?code=${packaging}`, 200, 'page', [['input[value=does-not-match]', true], ['input[name=place]', '青岛']]);
  add('report-refused', '/report', 422, 'page', [['input[value=other]', true], ['textarea', '\u0001']]);

  add('search', '/');
  add('search-hits', '/?q=' + encodeURIComponent('云帆'));
  add('search-mistyped-code', `/?q=${packaging.slice(0, -1)}${packaging.endsWith('0') ? '1' : '0'}`);
  add('search-known-at', `/?q=${encodeURIComponent('云帆')}&on=${day(-40)}&knownAt=${day(0)}`);
  add('search-nothing', '/?q=zzzz');
  add('verify', '/verify');
  add('verify-result', '/verify', 200, 'page', [['textarea', `90126E00001R0L/3502\n不存在的公司\n${packaging}\n${withdrawn}\n0000000000001, 2026-01-01\n青屿云帆电器（演示）有限公司`]]);
  const held = [valid, revoked, suspended, cancelled, replaced];
  const bidders = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const c = await (await fetch(`${at}/v1/certificates/${held[i % held.length]}`)).json();
    return `${i + 1}\t${i % 7 === 3 ? '虚构冒名电器（演示）股份有限公司' : c.holder.name}\t${c.holder.uscc}\t${i % 11 === 5 ? 'NEVER-000' + i : c.number}\t${1216353 + i}.00`;
  }));
  add('verify-forty', '/verify', 200, 'list', [['textarea', ['序号\t投标人名称\t统一社会信用代码\t证书编号\t投标报价（元）', ...bidders].join('\n')]]);
  add('verify-refused', '/verify', 422, 'page', [['textarea', ' ']]);
  const list = ['某项目投标人一览表', '序号\t投标单位\t凭证\t报价', ...bidders.slice(0, 8).map(line => line.split('\t')).map(([no, name, , number, price]) => [no, name, number, price].join('\t'))].join('\n');
  const workbook = await fetch(`${at}/v1/verifications?format=xlsx`, { method: 'POST', headers: { 'content-type': 'text/tab-separated-values' }, body: list });
  add('verify-workbook', '/verify?level=four-star', 200, 'page', [['input[type=file]', { name: '开标一览表.xlsx', mimeType: workbook.headers.get('content-type'), buffer: Buffer.from(await workbook.arrayBuffer()) }]]);
  add('verify-no-headings', '/verify', 200, 'page', [['textarea', list.split('\n').slice(2).join('\n')]]);
  add('verify-remembered', `/verify?on=${day(-30)}&category=26&level=four-star&sheet=1&columns=-,name,number,-`);
  add('verify-columns-to-choose', '/verify?columns=-,-', 422, 'page', [['textarea', list]]);
  const keep = async request => await send('POST', '/v1/answers', request);
  const row = (c, more = {}) => ({ number: c.number, name: c.holder.name, ...more });
  const heldCertificates = await Promise.all(held.map(async id => await (await fetch(`${at}/v1/certificates/${id}`)).json()));
  const answered = await keep({ on: day(-10), category: 26, level: 'four-star', rows: [...heldCertificates.map(c => row(c)), { name: '不存在的公司' }, { code: packaging }, { number: heldCertificates[0].number, name: '虚构冒名电器（演示）股份有限公司' }, { number: heldCertificates[0].number, on: day(9) }] });
  add('answer', '/a/' + answered.id);
  add('answer-of-one', '/a/' + (await keep({ rows: [row(heldCertificates[0])] })).id);
  const json = (name, text) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  const answeredFile = await send('GET', '/v1/answers/' + answered.id).then(JSON.stringify);
  add('check', '/check');
  add('check-right', '/check', 200, 'page', [['input[type=file]', json(`answer-${answered.id}.json`, answeredFile)]]);
  add('check-wrong', '/check', 200, 'page', [['input[type=file]', json('answer.json', answeredFile.replace(/"proofs":\["[^"]*",/, '"proofs":['))]]);
  add('check-rubbish', '/check', 200, 'page', [['input[type=file]', json('开标一览表.json', '{}')]]);
  add('check-refused', '/check', 422, 'page', [['input[type=file]', json('empty.json', '')]]);
  const forgotten = await keep({ rows: [row(heldCertificates[1])] });
  await fetch(`${at}/v1/answers/${forgotten.id}`, { method: 'DELETE', headers: { 'deletion-code': forgotten.deletionCode } });
  add('answer-deleted', '/a/' + forgotten.id, 410);
  add('answer-unknown', '/a/' + '0'.repeat(26), 404);
  const watch = async request => (await send('POST', '/v1/watches', request)).id;
  const followed = await issue();
  const followedHolder = (await (await fetch(`${at}/v1/certificates/${followed}`)).json()).holder.uscc;
  const one = await watch({ certificates: [followed] }), over = await watch({ certificates: [followed] });
  await act(followed, 'suspend', { until: day(20) });
  add('watch', '/w/' + one);
  add('watch-of-a-holder', '/w/' + await watch({ uscc: followedHolder }));
  await fetch(`${at}/v1/watches/${over}`, { method: 'DELETE' });
  add('watch-ended', '/w/' + over);
  add('watch-unknown', '/w/' + '0'.repeat(26), 404);
  add('categories', '/categories');
  add('schemes', '/schemes');
  add('scheme', '/schemes/gbt27922-2011');
  add('about', '/about');
  add('docs', '/docs');
  add('docs-of-an-operation', '/docs/verify');
  add('docs-of-an-act', '/docs/correct');
  add('log', '/log');
  add('data', '/data');
  add('log-of-a-certificate', '/log?id=' + valid);
  add('problems', '/problems');
  add('not-found', '/nowhere', 404);

  const turning = [];
  for (const path of ['/c/', '/M/', '/c/', '/M/']) {
    const id = await issue(), code = await mark(id);
    turning.push({ path: path + (path === '/M/' ? code : id), revoke: () => act(id, 'revoke', { reason: 'nonconformity' }) });
  }
  // Answers for the page that checks alone: of everything, and of one certificate before and after it was revoked.
  const last = await issue(), ask = async (request, language = 'zh') => (await (await fetch(`${at}/v1/answers`, { method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': language }, body: JSON.stringify(request) })).json()).id;
  const before = await ask({ rows: [{ code: last }] });
  await act(last, 'revoke', { reason: 'misuse' });
  const answers = [await ask({ on: day(-1), rows: asked(at, [valid, revoked, suspended, cancelled, replaced, packaging, withdrawn, serialised, ...items], heldCertificates) }), before,
    await ask({ rows: [{ code: last }] }), await ask({ on: day(-40), knownAt: new Date().toISOString(), rows: heldCertificates.map(c => row(c)) }, 'en')];
  const otherKey = 'other.example/log+99fea976+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
  return { states, turning, answers, otherKey };
}

/** Rows of every kind: by code, by number, by name, with demands that are met and that are not, of other days, and of nobody. */
function asked(at, codes, certificates) {
  const [one, ended] = certificates;
  return [
    { number: one.number, name: one.holder.name, uscc: one.holder.uscc, body: '示例认证（虚构）有限公司', standard: 'GB/T 27922', level: '四星', scope: '冰箱、空調', category: 26 },
    { number: ended.number }, { number: ended.number, on: day(-100) }, { number: one.number, on: day(-50) }, { number: one.number, on: day(-2000) },
    ...codes.map(code => ({ code })), { code: `${at}/M/${codes[5]}?lang=en` }, { code: `编码：${codes[5].slice(0, 4)}-${codes[5].slice(4)}` },
    { number: ` ${one.number.toLowerCase().replace('/', '—')} `, name: one.holder.nameEn.toUpperCase() },
    { number: one.number, name: '虚构冒名电器（演示）股份有限公司', level: '五星级', scope: '没有的范围', standard: 'ISO 9001', category: 1, body: 'CNCA-R-2099-902' },
    { number: one.number, uscc: '911' }, { uscc: one.holder.uscc.slice(8, 17) }, { name: '从未登记（演示）有限公司' }, { number: 'NEVER-1' },
  ];
}
