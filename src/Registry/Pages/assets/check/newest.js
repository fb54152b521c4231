// What shows that no statement about the certificates of an answer was left out: src/Registry/Answers/NewestProof.cs has the same rules,
// and src/Registry/Transparency/MapTree.cs tells the map.
const ofMap = { bits: 60n, depth: 10, entry: 15, bucket: 16, counted: 65535 };

const countOf = bytes => bytes.reduce((number, byte) => number * 256 + byte, 0);
const bitsOf = id => [...id.slice(0, -1)].reduce((bits, letter) => bits << 5n | BigInt(alphabet.indexOf(letter)), 0n);

const isEmpty = hash => hash.every(byte => byte === 0);

/** Entries of a bucket: id, index of the newest statement, how many there are. */
function entriesOf(bucket) {
  const at = i => bucket.slice(i * ofMap.entry, (i + 1) * ofMap.entry);
  return Array.from({ length: bucket.length / ofMap.entry }, (_, i) => at(i)).map(entry =>
    ({ id: BigInt('0x' + hex(entry.slice(0, 8))), newest: countOf(entry.slice(8, 13)), count: countOf(entry.slice(13)) }));
}

/** What the map says of a certificate, under its root; null where it is not shown, an empty one where the map does not know it. */
async function mapEntryOf(id, told, root) {
  const bucket = told && base64(told.bucket), hashes = told?.hashes.map(base64) ?? [], bits = bitsOf(id);
  if (!bucket || bucket.length % ofMap.entry !== 0 || bucket.length > ofMap.bucket * ofMap.entry) return null;
  if (hashes.length < ofMap.depth || hashes.length > Number(ofMap.bits) || hashes.some(hash => hash?.length !== 32)) return null;
  const entries = entriesOf(bucket);
  let below = ofMap.bits - BigInt(hashes.length);
  if (entries.some((entry, i) => entry.id >> below !== bits >> below || i > 0 && entries[i - 1].id >= entry.id)) return null;
  let hash = bucket.length > 0 ? await sha256([2], bucket) : new Uint8Array(32);
  for (const other of hashes) {
    const isRight = (bits >> below & 1n) === 1n;
    if (!isEmpty(hash) || !isEmpty(other)) hash = await sha256([3], ...isRight ? [other, hash] : [hash, other]);
    below += 1n;
  }
  return !same(hash, root) ? null : entries.find(entry => entry.id === bits) ?? { newest: -1, count: 0 };
}

/** The entries from what the map covers to the end of the log; null where they are not. */
async function endOf(newest, under) {
  const hashes = newest.hashes.map(base64), end = [];
  let size = newest.size;
  if (size < 0 || hashes.some(hash => hash?.length !== 32)) return null;
  if ([...BigInt(size).toString(2)].filter(bit => bit === '1').length !== hashes.length) return null;
  for (const leaf of newest.entries.map(utf8)) {
    let hash = await leafHash(leaf);
    const jws = readJws(leaf, 'statement+jws'), said = jws && readJson(jws.payload);
    end.push({ seq: size, id: idOf(hash), statement: said && fits(said, given.forms.statement) ? said : {} });
    for (let rest = size; isOdd(rest); rest = half(rest)) hash = await nodeHash(hashes.pop(), hash);
    hashes.push(hash);
    size++;
  }
  if (size !== under.size || hashes.length === 0) return null;
  let root = hashes.pop();
  while (hashes.length > 0) root = await nodeHash(hashes.pop(), root);
  return same(root, under.root) ? end : null;
}

async function checkNewest(report, { newest }, answer, under, statements) {
  const certified = answer.rows.filter(row => row.certificate);
  if (certified.length === 0) return;
  if (!newest) {
    report.add('remark', '包含证明说明声明在日志之中，不说明没有别的声明：有没有遗漏，用 registry check --log 对照日志。',
      'A proof of inclusion shows that a statement is there, not that none was left out: '
        + 'registry check --log compares with the log itself.');
    return;
  }
  const count = await newestShown(report, newest, certified, under, statements);
  if (count > 0) report.add('told',
    `关于 ${count} 张证书，所列声明就是所签署的日志中的全部：日志自身的映射（第 ${newest.size} 条所载之根）证明没有遗漏。`,
    `About ${count} certificates these are all statements of the log that was signed: `
      + `its own map, whose root entry ${newest.size} bears, shows that none was left out.`);
  if (certified.some(row => row.asked.code !== undefined && readCode(row.asked.code)?.mark !== row.certificate.id))
    report.add('remark', '标志是否另被收回，要对照日志：registry check --log。',
      'Whether a mark was withdrawn otherwise only the log shows: registry check --log.');
}

/** About how many certificates nothing was left out. */
async function newestShown(report, newest, certified, under, statements) {
  const end = await endOf(newest, under);
  if (!end) {
    report.add('wrong', '为证明没有遗漏而附的各条，不是所签署日志的末尾。',
      'The entries that are to show that none was left out are not the end of the log that was signed.');
    return 0;
  }
  const first = end[0]?.statement ?? {}, root = 'onBehalf' in first && first.map ? base64(first.map) : null;
  if (!root) {
    report.add('wrong', '其首条未载登记簿所签的最新声明映射之根。',
      'The first of them does not bear the registry\'s root of the map to newest statements.');
    return 0;
  }
  const ids = [...new Set(certified.map(row => row.certificate.id))];
  let count = 0;
  for (const id of ids) {
    const entry = await mapEntryOf(id, newest.certificates.find(one => one.id === id), root);
    const left = entry && certified.find(row => row.certificate.id === id && !isWholeOf(row, id, entry, newest.size, end, statements));
    if (!entry) report.add('wrong', `文件没有证明映射里关于证书 ${id} 的内容。`, `The file does not show what the map says of the certificate ${id}.`);
    else if (left) report.add('wrong', `第 ${left.row} 行：关于证书 ${id}，日志里另有声明，答复没有列出。`,
      `Row ${left.row}: the log holds statements about the certificate ${id} that the answer leaves out.`);
    else count++;
  }
  return count;
}

/** Whether a row rests on all statements about its certificate. */
function isWholeOf(row, id, entry, size, end, statements) {
  const isOf = one => one && isAbout(one, id);
  const about = (row.restsOn ?? []).filter(seq => isOf(statements.get(seq))).sort((a, b) => a - b);
  const [known, since] = [about.filter(seq => seq < size), about.filter(seq => seq >= size)];
  const last = end.filter(isOf).map(one => one.seq);
  return (known.at(-1) ?? -1) === entry.newest && Math.min(known.length, ofMap.counted) === entry.count && since.join() === last.join();
}
