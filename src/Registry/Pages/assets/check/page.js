// What is found in a file, line by line as src/Registry/Answers/Checker.cs finds it; and the page that shows it.
const maxFile = 64 << 20, maxFindings = 50;
const wordOf = { right: say('正确。', 'Right.'), wrong: say('错误：不要依据它。', 'Wrong: do not rely on it.'), untold: say('无法判断。', 'Cannot tell.') };
const meaningOf = {
  right: say('文件完好，所说的都由签名的声明推出；它说了什么，见下。', 'The file is whole, and what it says follows from what was signed; what it says stands below.'),
  wrong: say('文件被改动过，或者签署它的人说了假话。', 'The file was changed, or whoever signed it did not tell the truth.'),
  untold: say('缺少判断所需的东西：既不说明对，也不说明错。', 'Something needed to tell is missing: it is shown neither right nor wrong.'),
};
const labelOf = { told: say('核对', 'checked'), remark: say('说明', 'NOTE'), untold: say('无法判断', 'CANNOT TELL'), wrong: say('错误', 'WRONG') };

class Report {
  head = []; told = []; remark = []; untold = []; wrong = [];
  answer = null;
  add(kind, zh, en) { if (this[kind].length < maxFindings) this[kind].push(say(zh, en)); }
  get result() { return this.wrong.length > 0 ? 'wrong' : this.untold.length > 0 ? 'untold' : 'right'; }
  get lines() {
    const found = ['told', 'remark', 'untold', 'wrong'].flatMap(kind => this[kind].map(said => ({ kind, label: labelOf[kind], said })));
    return [...this.head, ...found];
  }
}

async function check(bytes, typed) {
  const report = new Report();
  try {
    if (!globalThis.crypto?.subtle) throw new CannotHere();
    const trusted = typed ? await readKey(typed) : null;
    if (typed && !trusted) report.add('untold', '所给的不是日志公钥（名称+编号+base64）。', 'What was given is no public key of a log (name+id+base64).');
    else await checkFile(report, bytes, trusted);
  } catch (error) {
    if (!(error instanceof CannotHere)) throw error;
    report.wrong = [];
    report.add('untold', '此处无法核对：这个浏览器不会核对 Ed25519 签名。请换用新版浏览器，或用 registry check。',
      'It cannot be told here: this browser does not know Ed25519 signatures. Use a newer one, or registry check.');
  }
  return report;
}

async function checkFile(report, bytes, trusted) {
  if (same(bytes.slice(0, 3), [0xEF, 0xBB, 0xBF])) bytes = bytes.slice(3);
  const text = bytes.length > 0 && bytes[0] !== 0x7B ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) : '';
  const file = text ? undefined : readJson(bytes);
  if (file && fits(file, given.forms.file) && file.format === 'registry-answer@v1') await checkAnswer(report, file, trusted);
  else if (text.startsWith('c2sp.org/tlog-proof@v1')) await checkProof(report, text, trusted);
  else if (text.startsWith('registry-evidence@v1')) await checkEvidence(report, text, trusted);
  else if (text.startsWith('registry dump v1 of ')) await checkSums(report, text.replaceAll('\r\n', '\n'), trusted);
  else report.add('untold',
    '这不是签名的答复、包含证明（tlog-proof）或分叉证据。答复的 PDF、工作簿和 CSV 是给人看的：能核对的是其二维码所指地址上的文件 answer-….json。',
    'This is no signed answer, no inclusion proof (tlog-proof) and no evidence of a fork. The PDF, workbook or CSV of an answer is ' +
    'for reading: what can be checked is the file answer-….json at the address of its QR code.');
}

/** The key to check with; where none is trusted, the one that the file names, and that is said. */
async function keyOf(report, named, trusted) {
  const parsed = named === null ? null : await readKey(named);
  if (named !== null && !parsed) {
    report.add('wrong', '文件里的公钥不是日志的公钥。', 'The key that the file names is no key of a log.');
    return null;
  }
  if (trusted) {
    if (named !== null && named !== trusted.vkey) report.add('wrong', `文件属于另一个日志：${named}。`, `The file is of another log: ${named}.`);
    return trusted;
  }
  if (named === null) report.add('untold', '需要登记簿的公钥才能核对。', "The registry's public key is needed to check it.");
  else report.add('untold', `文件自称由此公钥签署：${named}。请与另行得知的公钥比较，或给出公钥再核对。`,
    `The file itself names the key ${named}: compare it with the one you know otherwise, or give that one (--key).`);
  return parsed;
}

async function checkAnswer(report, file, trusted) {
  const key = await keyOf(report, file.log, trusted), jws = key && readJws(utf8(file.signed), 'answer+jws');
  if (!key) return;
  if (JSON.stringify(file.key, ['kty', 'crv', 'x', 'y']) !== JSON.stringify(key.jwk, ['kty', 'crv', 'x', 'y']))
    report.add('wrong', '文件里供 JWS 工具使用的公钥不是该日志的公钥。', 'The key that the file holds for tools of JWS is not the key of the log.');
  if (!jws || !await isJwsBy(jws, key.jwk)) { report.add('wrong', '答复不是由该公钥签署的。', 'The answer is not signed by that key.'); return; }
  const answer = readJson(jws.payload);
  if (answer === undefined || !fits(answer, given.forms.answer)) {
    report.add('untold', '签名正确，但内容的格式不是本程序认识的。', 'The signature is right, but the content has a form that this program does not know.');
    return;
  }
  try { await checkContent(report, file, answer, key); }
  // Whoever holds a key may sign anything: days beyond the calendar, certificates of nothing.
  catch (error) {
    if (error instanceof CannotHere) throw error;
    report.add('wrong', '答复含有任何登记簿都不会签署的内容。', 'The answer holds what no registry signs.');
  }
}

function headOf({ id, answeredAt, question, log, rows }) {
  const at = shown(instantOf(answeredAt)), until = question.knownAt && shown(instantOf(question.knownAt));
  const counted = Object.keys(words.outcome).map(word => [word, rows.filter(row => row.result === word).length]);
  const results = counted.filter(([, count]) => count > 0);
  const line = (label, said) => ({ kind: 'told', label, said });
  return [
    line(say('答复', 'answer'), say(`${id}，作答于 ${at}，按 ${question.on} 当日${until ? `，只按到 ${until} 为止的登记` : ''}`,
      `${id}, given ${at}, as of ${question.on}${until ? `, as recorded until ${until}` : ''}`)),
    line(say('日志', 'log'), say(`${log.origin}，${log.size} 条，根哈希 ${log.root}`, `${log.origin}, ${log.size} entries, root ${log.root}`)),
    line(say('行', 'rows'), say(results.map(([word, count]) => `${words.outcome[word].zh} ${count}`).join('，'),
      results.map(([word, count]) => `${count} ${word}`).join(', '))),
  ];
}

async function checkContent(report, file, answer, key) {
  report.head = headOf(answer);
  report.answer = answer;
  if (answer.log.origin !== key.name) report.add('wrong', '答复说的是另一个日志。', 'The answer speaks of another log.');
  const under = await openCheckpoint(file.checkpoint, key);
  if (!under) { report.add('wrong', '检查点不是由该公钥签署的。', 'The checkpoint is not signed by that key.'); return; }
  if (under.size !== answer.log.size || toBase64(under.root) !== answer.log.root)
    report.add('wrong', '答复的日志大小或根哈希与检查点不同。', 'Size or root of the answer are not those of the checkpoint.');
  const statements = await statementsOf(report, file, answer, under, key);
  checkRows(report, answer, statements);
  await checkNewest(report, file, answer, under, statements);
  checkAge(report, answer);
  await checkWitnesses(report, under, file.witnessed, key);
}

/** The statements of the file whose proofs are right, with the instants that the answer says. */
async function statementsOf(report, file, answer, under, key) {
  const leaves = new Map(), statements = new Map();
  for (const proof of file.proofs.map(readProof)) {
    if (proof && proof.checkpoint !== file.checkpoint && !await openCheckpoint(proof.checkpoint, key))
      report.add('wrong', `第 ${proof.index} 条的证明所附的检查点不是由该公钥签署的。`,
        `The checkpoint beside the proof of entry ${proof.index} is not signed by that key.`);
    if (!proof) report.add('wrong', '有一份包含证明无法读取。', 'An inclusion proof cannot be read.');
    else if (!await isIncluded(proof.leaf, proof.index, under, proof.hashes))
      report.add('wrong', `第 ${proof.index} 条不在签署的日志里。`, `Entry ${proof.index} is not in the log that was signed.`);
    else leaves.set(proof.index, proof.leaf);
  }
  let before = -Infinity;
  for (const { logIndex: seq, leafHash: named, recordedAt: told } of answer.statements) {
    const recordedAt = instantOf(told), leaf = leaves.get(seq), hash = leaf && await leafHash(leaf);
    if (recordedAt < before) report.add('wrong', `第 ${seq} 条的登记时间早于前一条。`, `Entry ${seq} is said to be recorded before the one before it.`);
    before = recordedAt;
    if (!leaf || toBase64(hash) !== named) {
      report.add('wrong', `文件里没有答复所指的第 ${seq} 条。`, `The file does not hold entry ${seq} as the answer names it.`);
      continue;
    }
    const statement = readJson(payloadOf(leaf) ?? new Uint8Array());
    if (statement === undefined || !fits(statement, given.forms.statement)) {
      report.add('wrong', `第 ${seq} 条不是声明。`, `Entry ${seq} is no statement.`);
      continue;
    }
    if (instantOf(statement.statedAt) > recordedAt) report.add('wrong',
      `第 ${seq} 条说登记早于声明。`,
      `Entry ${seq} is said to be recorded before it was stated.`);
    statements.set(seq, { seq, leaf, id: idOf(hash), statement: { ...statement, recordedAt } });
  }
  await checkSigners(report, [...statements.values()].sort((a, b) => a.seq - b.seq), key);
  const count = answer.statements.length;
  report.add('told',
    `${count} 条声明，逐条证明在 ${under.size} 条的日志之中。`,
    `${count} statements, each proven to be in the log of ${under.size} entries.`);
  return statements;
}

/** Each statement is signed by the log's key for a body, or by a key that the body had registered before. */
async function checkSigners(report, statements, log) {
  const keys = new Map();
  for (const { seq, leaf, statement } of statements) {
    const jws = readJws(leaf, 'statement+jws'), known = jws && keys.get(jws.kid);
    const isBy = async () => 'onBehalf' in statement ? await isJwsBy(jws, log.jwk)
      : known?.body === statement.body && await isJwsBy(jws, known.jwk);
    const signed = jws && await isBy();
    // A key that another key of its body signed in stands in the log; the chain back to its first is the whole log's matter.
    if (!signed && (statement.act !== 'register-key' || 'onBehalf' in statement))
      report.add('wrong',
        `第 ${seq} 条的签名不对，或签名的公钥不在文件里。`,
        `The signature of entry ${seq} is wrong, or the key that signed it is not in the file.`);
    if (statement.act === 'register-key') keys.set(await thumbprint(statement.key), { body: statement.body, jwk: statement.key });
  }
}

function checkRows(report, answer, statements) {
  let [follow, without] = [0, 0];
  if (answer.rows.some((row, i) => row.row !== i + 1) || answer.lines && answer.lines.length !== answer.rows.length)
    report.add('wrong', '各行的行号、所给的原文与各行不对应。',
      'Its rows, their numbers and the lines they were given in do not fit each other.');
  for (const row of answer.rows) {
    const fault = faultOf(row, answer, statements);
    if (fault) report.add('wrong', `第 ${row.row} 行：${fault.zh}。`, `Row ${row.row}: ${fault.en}.`);
    else if (row.certificate) follow++;
    else without++;
  }
  report.add('told', `${follow} 行的结论由其声明重新推出，完全一致。`, `${follow} verdicts follow from their statements, field by field.`);
  if (without > 0) report.add('remark', `${without} 行没有证书可证：日志里没有什么，只有读完整个日志（registry check --log）才能看出。`,
    `${without} rows name no certificate: what is not in a log only the whole log can show (registry check --log).`);
}

function spanOf(milliseconds) {
  const [days, minutes, seconds] = [864e5, 6e4, 1e3].map(unit => milliseconds / unit);
  if (days >= 2) return say(`${Math.round(days)} 天`, `${Math.round(days)} days`);
  if (minutes >= 2) return say(`${Math.round(minutes)} 分钟`, `${Math.round(minutes)} minutes`);
  return say(`${Math.max(0, Math.round(seconds))} 秒`, `${Math.max(0, Math.round(seconds))} seconds`);
}

function checkAge(report, { log, answeredAt, statements }) {
  if (!log.recordedTo) return;
  const [newest, answered] = [log.recordedTo, answeredAt].map(instantOf), age = spanOf(answered - newest);
  if (statements.some(one => instantOf(one.recordedAt) > newest))
    report.add('wrong', '有声明登记于所说的日志最新一条之后。',
      'A statement was recorded after what is said to be the newest entry.');
  if (newest > answered + given.maxAhead)
    report.add('remark',
      '日志最新的一条晚于答复的时刻：登记簿的时钟不对。',
      "The newest entry of the log is later than the answer: the registry's clock was wrong.");
  report.add('told', `答复时日志最新的一条登记于 ${shown(newest)}，在答复之前 ${age.zh}。`,
    `When it answered, the newest entry of the log was recorded at ${shown(newest)}, ${age.en} before.`);
}

async function checkWitnesses(report, under, witnessed, key) {
  const notes = [under.note];
  if (witnessed) {
    const hashes = witnessed.consistency.map(base64), later = await openCheckpoint(witnessed.checkpoint, key);
    const isOne = later && !hashes.includes(null) && await isContinued(under.size, later.size, under.root, later.root, hashes);
    if (isOne) notes.push(later.note);
    else report.add('wrong', '见证人共签的检查点与答复的日志不连续。', 'The checkpoint that witnesses cosigned does not continue the log of the answer.');
  }
  for (const { name, bytes } of notes.flatMap(note => note.signatures.filter(line => line.name !== key.name))) {
    const seconds = bytes.length === 72 ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0)) : 0;
    const at = shown(Math.min(Math.max(seconds, 0), 253_402_300_799) * 1000);
    report.add('told',
      `见证人 ${name} 于 ${at} 看到此日志（未核对：没有给出其公钥）。`,
      `Witness ${name} saw this log at ${at} (not checked: its key was not given).`);
  }
}

async function proves(text, key) {
  const proof = readProof(text), under = proof && await openCheckpoint(proof.checkpoint, key);
  return under && await isIncluded(proof.leaf, proof.index, under, proof.hashes) ? { ...proof, under } : null;
}

async function checkProof(report, text, trusted) {
  const key = await keyOf(report, null, trusted), proof = key && await proves(text, key);
  if (!key) return;
  if (!proof) {
    report.add('wrong', '证明不成立：该声明不在由此公钥签署的检查点之中。', 'The proof fails: the statement is not under a checkpoint that this key signed.');
    return;
  }
  const payload = payloadOf(proof.leaf), said = payload ? new TextDecoder().decode(payload) : toBase64(proof.leaf);
  report.add('told',
    `第 ${proof.index} 条在 ${proof.under.size} 条的日志之中：${said}`,
    `Entry ${proof.index} is in the log of ${proof.under.size} entries: ${said}`);
  report.add('remark', '此证明不说明之后没有别的声明。', 'It does not show that nothing was stated later.');
  await checkWitnesses(report, proof.under, null, key);
}

/** The hashes of all files of a dump, under four lines that say of what they are; null when it has not the form. */
function readSums(text) {
  const [, origin, day, size, root, listed] =
    /^registry dump v1 of ([^\n]+)\nday ([^\n]*)\nsize (0|[1-9]\d*)\nroot ([^\n]*)\n((?:[^\n]+\n)*)$/.exec(text) ?? [];
  const sums = listed?.split('\n').slice(0, -1).map(line => /^([0-9a-f]{64}) {2}([A-Za-z0-9-][A-Za-z0-9.-]*)$/.exec(line));
  return !sums || sums.includes(null) ? null : { origin, day, size, root, sums };
}

async function checkSums(report, text, trusted) {
  const note = trusted && readNote(text);
  if (!trusted) return report.add('untold', '需要登记簿的公钥才能核对（--key）。', "The registry's public key is needed to check it (--key).");
  if (!note || !await isSignedBy(note, trusted)) return report.add('wrong', '这份清单不是由该公钥签署的。', 'These sums are not signed by that key.');
  const signed = readSums(note.text);
  if (!signed) return report.add('wrong', '清单的格式不对。', "The sums have not the form of a dump's.");
  const { origin, day, size, root, sums } = signed;
  if (origin !== trusted.name) return report.add('wrong', '清单属于另一个日志。', 'The sums are of another log.');
  report.add('told', `${origin} 于 ${day} 的数据包，日志前 ${size} 条，根哈希 ${root}`,
    `the dump of ${origin} of ${day}, ${size} entries of the log, root ${root}`);
  for (const [, sha256, name] of sums) report.add('told', `${name} 的 SHA-256 应为 ${sha256}`, `the SHA-256 of ${name} is to be ${sha256}`);
  report.add('remark',
    '这里只核对了清单：文件本身请在其所在的文件夹里用 sha256sum --check SHA256SUMS 或 registry check SHA256SUMS 核对。',
    'Only the list was checked here: check the files themselves in their folder, ' +
    'with sha256sum --check SHA256SUMS or registry check SHA256SUMS.');
}

function readEvidence(text) {
  const line = () => {
    const end = text.indexOf('\n'), read = end < 0 ? null : text.slice(0, end);
    if (end >= 0) text = text.slice(end + 1);
    return read;
  };
  const [header, log, what] = [line(), line(), line()], evidence = { hashes: [], notes: [], otherRoot: null, entry: null };
  if (header !== 'registry-evidence@v1' || !log?.startsWith('log ') || !what?.startsWith('what ')) return null;
  for (let read = line(); read !== null; read = line()) {
    const space = read.indexOf(' '), [word, rest] = [read.slice(0, Math.max(space, 0)), read.slice(space + 1)];
    if (word === 'root' || word === 'hash') {
      const hash = base64(rest);
      if (hash?.length !== 32) return null;
      if (word === 'hash') evidence.hashes.push(hash);
      else evidence.otherRoot = hash;
      continue;
    }
    if (word !== 'checkpoint' && word !== 'tlog-proof' || !/^\d+$/.test(rest) || Number(rest) > text.length) return null;
    const content = text.slice(0, Number(rest)), note = word === 'checkpoint' ? readNote(content) : null;
    text = text.slice(Number(rest));
    if (word === 'tlog-proof') evidence.entry = content;
    else if (note) evidence.notes.push(note);
    else return null;
  }
  return text.length > 0 ? null : { ...evidence, log: log.slice(4), what: what.slice(5) };
}

async function isProven({ entry, notes, otherRoot, hashes }, key) {
  if (entry !== null) return await proves(entry, key) !== null;
  if (notes.length !== 2 || !await isSignedBy(notes[0], key) || !await isSignedBy(notes[1], key)) return false;
  const [first, second] = notes.map(note => readCheckpoint(note.text, true));
  if (first?.origin !== key.name || second?.origin !== key.name) return false;
  if (first.size === second.size) return !same(first.root, second.root);
  return otherRoot !== null && !same(otherRoot, first.root) && isContinued(first.size, second.size, otherRoot, second.root, hashes);
}

async function checkEvidence(report, text, trusted) {
  const evidence = readEvidence(text);
  if (!evidence || !await readKey(evidence.log)) { report.add('wrong', '证据无法读取。', 'The evidence cannot be read.'); return; }
  const key = await keyOf(report, evidence.log, trusted);
  report.add('told', `所指控的：${evidence.what}`, `It says: ${evidence.what}`);
  if (await isProven(evidence, key)) report.add('told', '证据成立：该公钥签署了诚实的日志不会签署的内容。', 'Proven: that key signed what no honest log signs.');
  else report.add('wrong', '证据不成立：它不能指控任何人。', 'Not proven: this accuses nobody.');
}

/* The page. Everything is put in as text. */
const byId = id => document.getElementById(id);
let language = document.documentElement.lang === 'en' ? 'en' : 'zh', last = null;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function speak() {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
  for (const part of document.querySelectorAll('[data-zh]')) part.textContent = part.dataset[language];
  document.title = byId('title').textContent;
  if (last) show(last.name, last.report);
}

function tableOf({ rows, lines }) {
  const table = element('table'), head = element('tr'), body = element('tbody');
  const headings = [say('行', 'Row'), say('所问', 'Asked'), say('结果', 'Result'), say('证书与持有人', 'Certificate and holder'), say('说明', 'Note')];
  head.append(...headings.map(heading => { const cell = element('th', heading[language]); cell.scope = 'col'; return cell; }));
  body.append(...rows.map((row, i) => {
    const { number, name, nameEn, uscc, code, body: by } = row.asked, line = element('tr'), { certificate } = row;
    const asked = lines?.[i]?.text.replaceAll('\t', ' ') ?? [number, name, nameEn, uscc, code, by].filter(one => one).join(' ');
    const found = certificate ? `${certificate.number} ${certificate.holder.name}` : '';
    const cells = [row.row, `${asked} (${row.on})`, words.outcome[row.result][language], found, row.message];
    line.append(...cells.map(cell => element('td', cell)));
    return line;
  }));
  const top = element('thead');
  top.append(head);
  table.append(top, body);
  return table;
}

function show(name, report) {
  last = { name, report };
  const { result, lines, answer } = report, colon = language === 'en' ? ': ' : '：';
  const status = element('p', undefined, result), list = element('ul');
  status.append(element('b', wordOf[result][language]), element('span', meaningOf[result][language]), element('small', name));
  list.append(...['wrong', 'untold', 'told', 'remark'].flatMap(kind => lines.filter(line => line.kind === kind)).map(line => {
    const item = element('li', undefined, line.kind);
    item.append(element('b', line.label[language] + colon), line.said[language]);
    return item;
  }));
  byId('result').replaceChildren(status, list, ...result === 'right' && answer ? [tableOf(answer)] : []);
  byId('result').dataset.result = result;
}

async function take(file) {
  if (!file) return;
  const report = new Report();
  byId('result').dataset.result = 'working';
  byId('result').replaceChildren(element('p', say('正在核对……', 'Checking…')[language]));
  if (file.size > maxFile) report.add('untold', `文件大于 ${maxFile} 字节。`, `The file is larger than ${maxFile} bytes.`);
  try { show(file.name, file.size > maxFile ? report : await check(new Uint8Array(await file.arrayBuffer()), byId('key').value.trim())); }
  catch (error) {
    report.add('untold', `文件无法读取：${error.message}`, `The file could not be read: ${error.message}`);
    show(file.name, report);
  }
}

byId('key').value = given.key;
byId('file').addEventListener('change', event => take(event.target.files[0]));
byId('key').addEventListener('change', () => take(byId('file').files[0]));
byId('language').addEventListener('click', () => { language = language === 'en' ? 'zh' : 'en'; speak(); });
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', event => {
  event.preventDefault();
  if (event.dataTransfer.files.length === 0) return;
  byId('file').files = event.dataTransfer.files;
  take(event.dataTransfer.files[0]);
});
byId('form').hidden = false;
speak();
