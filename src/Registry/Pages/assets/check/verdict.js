// The verdict on one certificate, from what is registered and what was asked; and whether that of an answer follows from its statements.
const joined = (sentences, language) => sentences.map(sentence => sentence[language]).join(language === 'en' ? '; ' : '；');

const standsIn = (asked, registered) => {
  if (!asked.some(part => /^\d/.test(part))) return false;
  // A number behind another is its part or its year: 2011 is no standard.
  const begins = at => at === 0 || !/^\d/.test(registered[at]) || !/^\d/.test(registered[at - 1]);
  const ends = (part, i, at) => i === 0 && !/^\d/.test(part) && registered[at].endsWith(part);
  for (let at = 0; at + asked.length <= registered.length; at++)
    if (begins(at) && asked.every((part, i) => registered[at + i] === part || ends(part, i, at))) return true;
  return false;
};
/** Runs of digits and runs of anything else that is a letter: GB/T 27922 is in GB/T27922-2011, 2792 is not. */
function partsOf(text) {
  const parts = [];
  let [isRun, wasDigit] = [false, false];
  for (const c of numberOf(text) ?? '') {
    const isDigit = /[0-9]/.test(c);
    if (!isLetter(c)) isRun &&= !wasDigit;
    else if (isRun && isDigit === wasDigit) parts[parts.length - 1] += c;
    else parts.push(c);
    if (isLetter(c)) [isRun, wasDigit] = [true, isDigit];
  }
  return parts;
}

const standards = new RegExp(given.standards, 'gi'), ofEveryStandard = new RegExp(given.ofEveryStandard, 'g');
/** Its title may stand at a standard, or in its place; what says something else there does not agree. */
function agreesStandard(asked, { standard, category }) {
  const stands = text => standsIn(partsOf(text), partsOf(standard)), named = asked.match(standards) ?? [];
  const beside = simplify(keyOfWord(asked.replace(standards, ' '))).replace(ofEveryStandard, '');
  // A bare number is no title, although it may be a category's.
  const isTitle = !/\p{Nd}/u.test(beside) && given.categoryWords[beside] === category.no;
  return stands(asked) || named.every(stands) && (isTitle || beside === '' && named.length > 0);
}

/** A level that is asked where other words are compared, which know no signs. */
const holdsStars = asked => starsIn(asked).length > 0;

function agreesScope(asked, registered) {
  const scope = searched(registered), parts = asked.split(/[ \t\r\n\u3000,，、;；。.|/]/).map(searched).filter(part => part);
  return parts.length > 0 && parts.every(part => scope.includes(part));
}

function agreesLevel(asked, view) {
  const scheme = schemeOf(view.category.no, view.issuedOn), code = levelOf(asked, scheme) ?? levelOf(asked);
  const rank = wanted => scheme.levels.findIndex(level => level.code === wanted);
  return code !== null && rank(code) >= 0 && rank(view.level.code) >= rank(code);
}

function agreesName(asked, { name, nameEn, formerNames, laterNames }) {
  const is = borne => borne !== undefined && fold(borne) === fold(asked);
  const agreement = is(name) || is(nameEn) ? 'same' : formerNames?.some(is) ? 'former' : laterNames?.some(is) ? 'later' : 'different';
  return agreement !== 'different' && isLost(asked) ? 'malformed' : agreement;
}

const identifying = ['code', 'number', 'uscc', 'name', 'nameEn', 'body'];
/** Everything that was asked, beside the certificate as it was on the day. */
function compare(row, view, code) {
  const compared = [], { holder, body } = view, approval = numberOf(row.body ?? '') ?? '';
  const add = (field, asked, registered, agrees, isMalformed = false) => {
    if (asked === undefined) return;
    const verdict = isMalformed ? 'malformed' : registered !== undefined && agrees(asked) ? 'same' : 'different';
    compared.push(tidy({ field, given: asked, registered, verdict, identifies: identifying.includes(field) }));
  };
  add('code', row.code, code ?? view.id, () => code !== null, row.code !== undefined && !readCode(row.code));
  const agreesNumber = asked => readingsOf(asked).some(reading => comparedNumber(reading) === comparedNumber(numberOf(view.number)));
  add('number', row.number, view.number, agreesNumber, row.number !== undefined && readingsOf(row.number).length === 0);
  const agreesCode = asked =>
    creditCode(asked) !== null ? creditCode(asked) === holder.uscc : organisation(asked) === holder.uscc.slice(8, 17);
  add('uscc', row.uscc, holder.uscc, agreesCode,
    row.uscc !== undefined && creditCode(row.uscc) === null && organisation(row.uscc) === null);
  for (const field of ['name', 'nameEn'].filter(field => row[field] !== undefined)) {
    const verdict = fold(row[field]) ? agreesName(row[field], holder) : 'malformed';
    compared.push(tidy({ field, given: row[field], registered: holder[field], verdict, identifies: true }));
  }
  add('body', row.body, /^CNCA-(R-[0-9]{4}-[0-9]{3}|RF-[0-9]{4}-[0-9]{2,4})$/.test(approval) ? body.approvalNumber : body.name,
    asked => approval === body.approvalNumber || fold(asked) === fold(body.name)
      || body.nameEn !== undefined && fold(asked) === fold(body.nameEn));
  add('category', row.category?.toString(), `${view.category.no}`, () => row.category === view.category.no);
  add('standard', row.standard, view.standard, asked => !holdsStars(asked) && agreesStandard(asked, view));
  add('level', row.level, view.level?.code, asked => agreesLevel(asked, view), row.level !== undefined && levelOf(row.level) === null);
  add('scope', row.scope, view.scope, asked => !holdsStars(asked) && agreesScope(asked, view.scope));
  for (const field of ['issuedOn', 'firstIssuedOn', 'expiresOn', 'status'])
    add(field, row[field], view[field], asked => asked === view[field]);
  return compared;
}

/** What does not simply agree, with both values. */
function sentence({ field, given: asked, registered, verdict }) {
  const category = value => given.categories.find(([no]) => `${no}` === value.trim());
  const as = (value, language) => field === 'level' && levelOf(value) ? levelNamed(levelOf(value)).name[language]
    : field === 'status' ? words.status[value].name[language]
    : field === 'category' && category(value) ? category(value)[language === 'en' ? 5 : 4] : value;
  const told = language =>
    ({ asked: as(asked, language), registered: registered && as(registered, language), field: words.field[field][language] });
  const [zh, en] = ['zh', 'en'].map(told);
  if (verdict === 'same') return null;
  if (verdict === 'former') return say(
    `“${asked}”是曾用名，当日名称为“${registered}”`,
    `“${asked}” is a former name; on the day it was “${registered}”`);
  if (verdict === 'later') return say(
    `“${asked}”是后来的名称，当日名称为“${registered}”`,
    `“${asked}” is a later name; on the day it was “${registered}”`);
  if (verdict === 'malformed') return say(`${zh.field}“${zh.asked}”书写有误，长度、字符或校验位不对`,
    `${en.field} “${en.asked}” cannot be right: its length, characters or check character`);
  if (registered === undefined) return say(
    `${zh.field}无从核对：所给“${zh.asked}”，登记簿未载`,
    `${en.field} cannot be compared: given “${en.asked}”, nothing is registered`);
  if (field === 'level') return say(`等级不够：要求至少“${zh.asked}”，登记为“${zh.registered}”`,
    `The level is too low: at least “${en.asked}” is asked for, “${en.registered}” is registered`);
  return say(
    `${zh.field}不符：所给“${zh.asked}”，登记为“${zh.registered}”`,
    `${en.field} differs: given “${en.asked}”, registered “${en.registered}”`);
}

const unconfirmed = ['not-in-registry', 'ambiguous', 'mistyped', 'incomplete', 'unchecked'];
const findingOf = result => result === 'valid' ? 'pass' : unconfirmed.includes(result) ? 'unconfirmed' : 'fail';

/** That a code was given in an address of another site. */
function otherSite(code, home) {
  const site = code === undefined || home === null ? null : siteOf(code);
  return site && site !== hostOf(home) && say(
    `网址是 ${site} 的，不是本登记簿的：只核对了其中的编码，那个网站显示的内容不能作准`,
    `the address is one of ${site}, not of this registry: only the code in it was checked; what that site shows proves nothing`);
}

/** Valid only when nothing that was asked says otherwise. */
function decide(row, view, compared, code, today, language, home) {
  const ofMark = code?.result ?? view.status, has = verdict => compared.some(one => one.verdict === verdict);
  const result = has('different') ? 'mismatch' : has('malformed') ? 'mistyped' : ofMark;
  const byMark = result === 'mark-withdrawn' && code.withdrawnAt !== null;
  const recordedAt = byMark ? exactly(code.withdrawnAt) : view.recordedAt;
  const recordedLater = byMark ? dayOf(code.withdrawnAt) > row.on || undefined : view.recordedLater;
  const status = view.status === 'revoked' && view.ended?.reason === 'replaced' ? words.replaced : words.status[view.status].name;
  const day = dayOf(Date.parse(recordedAt));
  const sentences = [
    result === view.status && status,
    ...compared.map(sentence),
    ofMark !== view.status && words.ofCode[ofMark],
    ofMark !== 'unchecked' && code?.notChecked && words.ofCode.unchecked,
    result !== view.status && say(`证书：${status.zh}`, `the certificate: ${status.en}`),
    recordedLater && say(`所依据的声明登记于 ${day}，晚于所问之日`, `what it rests on was recorded on ${day}, after the day asked`),
    row.on > today && words.ahead,
    otherSite(row.asked.code, home),
  ];
  const message = joined(sentences.filter(one => one), language);
  return tidy({ row: row.row, asked: row.asked, on: row.on, result, finding: findingOf(result), message, compared,
    certificate: view, recordedAt, recordedLater, others: row.others, restsOn: row.restsOn });
}

/** The range with which the last item of a mark went; null while an item stands. */
function lastRange(ranges, items) {
  let last = null;
  for (let serial = 1; serial <= items;) {
    const open = ranges.filter(({ first, last }) => first <= serial && serial <= last).sort((a, b) => a.at - b.at)[0];
    if (!open) return null;
    if (!last || open.at > last.at) last = open;
    serial = open.last + 1;
  }
  return last;
}

/** What the code of a mark or an item adds to its certificate; null where it is no mark of it. */
function ofMark(row, view, { mark: code, item }, own, knownAt) {
  const mark = own.find(one => one.statement.act === 'issue-mark' && one.id === code)?.statement;
  if (mark?.certificate !== view.id) return null;
  const withdrawals = own.map(one => one.statement)
    .filter(one => one.act === 'withdraw-mark' && one.mark === code && (knownAt === null || one.recordedAt <= knownAt));
  const ranges = withdrawals.filter(one => one.first !== undefined).map(({ first, last, recordedAt: at }) => ({ first, last, at }));
  const serial = item && Array.from(item.slice(0, 4)).reduce((sum, c) => sum * 32 + alphabet.indexOf(c), 0);
  const range = item ? ranges.find(({ first, last }) => first <= serial && serial <= last)
    : mark.items ? lastRange(ranges.sort((a, b) => a.first - b.first), mark.items) : null;
  const instants = [...withdrawals.filter(one => one.first === undefined).map(one => one.recordedAt), ...range ? [range.at] : []];
  // That an item looks copied, or could not be checked, is the registry's word: both are less than valid.
  const stands = view.status === 'valid' || view.status === 'not-yet-valid';
  const result = instants.length > 0 ? 'mark-withdrawn' : !stands ? view.status : !item && mark.items ? 'incomplete'
    : row.result === 'unchecked' || row.result === 'copied' ? row.result : view.status;
  return { result, withdrawnAt: instants.length > 0 ? Math.min(...instants) : null };
}

function isEqual(one, other) {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const names = Object.keys(one);
  return Array.isArray(one) === Array.isArray(other) && names.length === Object.keys(other).length
    && names.every(name => Object.hasOwn(other, name) && isEqual(one[name], other[name]));
}

function differing(made, claimed) {
  const members = (one, other) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(name => !isEqual(one[name], other[name]));
  const names = members(made, claimed);
  if (!names.includes('certificate')) return names;
  const within = members(made.certificate, claimed.certificate).map(name => 'certificate.' + name);
  return [...names.filter(name => name !== 'certificate'), ...within];
}

/** The first statement about a certificate that no registry records. A statement that a body signed may be decided on the next day. */
function forbidden(about) {
  const [first, ...later] = about, { statement: issue } = first;
  if (!given.categories.some(([no]) => no === issue.certificate.category)) return first.seq;
  let certificate = begin(first);
  for (const { seq, statement } of later) {
    const days = [dayOf(statement.recordedAt), dayOf(statement.recordedAt + 5 * 60e3)];
    if (statement.act === 'issue' || statement.body !== issue.body || !days.some(day => isAllowed(certificate, statement, day))) return seq;
    certificate = apply(certificate, statement);
  }
  return null;
}

const withoutCertificate = ['not-in-registry', 'ambiguous', 'mistyped', 'forged'];
const ofCertificate = ['issue', 'correct', 'suspend', 'restore', 'revoke', 'cancel'];

/** Whether it is a statement about a certificate: its issue, or an act on it. */
const isAbout = ({ id, statement: { act, certificate } }, of) =>
  ofCertificate.includes(act) && (act === 'issue' ? id : certificate) === of;

/** Whether a row asks what is asked of all, beside what it asks itself. */
function holdsWhatAllAre(asked, { category, standard, level, scope }) {
  const holds = (own, all, between) => !all?.trim() || own === all || own?.endsWith(between + all) === true;
  const [own, least] = [asked.level, level].map(word => word?.trim() ? levelOf(word) : undefined);
  const reaches = ({ levels }) => {
    const rank = code => levels.findIndex(one => one.code === code);
    return rank(own) >= 0 && rank(least) > rank(own);
  };
  return (category === undefined || asked.category === category) && holds(asked.standard, standard, '；') && holds(asked.scope, scope, ' ')
    && (least === undefined || own !== undefined && (own === null || !given.schemes.some(reaches)));
}

/** Why the verdict of a row does not follow from its statements; null where it does. */
function faultOf(row, answer, statements) {
  const today = dayOf(Date.parse(answer.answeredAt)), knownAt = answer.question.knownAt ? instantOf(answer.question.knownAt) : null;
  if (row.on !== (row.asked.on ?? answer.question.on ?? today))
    return say('日期不是所问的日期', 'its day is not the day that was asked');
  if (!holdsWhatAllAre(row.asked, answer.question))
    return say('没有核对对全部行的要求', 'it leaves out what was asked of every row');
  const view = row.certificate;
  if (!view && !withoutCertificate.includes(row.result))
    return say('没有证书，却有证书的结果', 'it has the result of a certificate and names none');
  if (!view && (row.finding ?? 'unconfirmed') !== findingOf(row.result))
    return say('结论不是其结果的结论', 'its finding is not that of its result');
  if (!view) return null;
  if (!row.restsOn?.length) return say('没有列出所依据的声明', 'it names no statement that it rests on');
  const missing = row.restsOn.find(index => !statements.has(index));
  if (missing !== undefined) return say(`所依据的第 ${missing} 条不在文件里`, `entry ${missing}, on which it rests, is not in the file`);
  const own = row.restsOn.map(index => statements.get(index));
  const about = own.filter(one => isAbout(one, view.id)).sort((a, b) => a.seq - b.seq);
  if (about[0]?.statement.act !== 'issue') return say(`没有颁发 ${view.id} 的声明`, `no statement issues ${view.id}`);
  const body = own.map(one => one.statement).find(one => one.act === 'admit' && one.body === about[0].statement.body);
  if (!body) return say('没有认证机构的登记', 'the admission of the body is missing');
  const seq = forbidden(about);
  if (seq !== null) return say(`第 ${seq} 条是日志规则不允许的`, `entry ${seq} is one that the rules of the log forbid`);
  const certificate = replay(about, row.on, knownAt);
  if (!certificate) return say('在所问的时刻尚未登记', 'it was not recorded at the instant asked');

  const names = namesOf(about.map(one => one.statement).filter(one => knownAt === null || one.recordedAt <= knownAt));
  const signedBy = 'onBehalf' in about.at(-1).statement ? 'registry' : view.signedBy === 'set-key' ? 'set-key' : 'body';
  const now = replay(about, today, null), { level, surveillance, replacedBy } = view;
  const isPast = row.on !== today || knownAt !== null;
  const remade = viewOf(certificate, body, names, row.on, { level, surveillance, replacedBy, signedBy,
    today: isPast ? tidy({ status: statusOn(now, today), since: since(now, today) }) : null,
    // Answers of the program before say it in their message alone.
    ahead: view.ahead && row.on > today ? { remark: words.ahead.zh, remarkEn: words.ahead.en } : null });
  const code = row.asked.code === undefined ? null : readCode(row.asked.code);
  let told = [null];
  if (code && code.mark !== view.id) {
    const found = ofMark(row, view, code, own, knownAt);
    if (!found) return say(`没有颁发标志 ${code.mark} 的声明`, `no statement issues the mark ${code.mark}`);
    // Whether a tag could be checked hangs on a secret of the registry's.
    told = [found, { ...found, notChecked: true }];
  }
  const compared = compare(row.asked, remade, code && code.mark + (code.item ?? ''));
  // Answers of the program before say nothing of the site that a code was given under.
  const found = told.flatMap(one => [answer.address, null]
    .map(home => differing(decide(row, remade, compared, one, today, answer.language, home), row)));
  return found.some(differences => differences.length === 0) ? null
    : say(`由声明推不出：${found[0].join('、')}`, `its statements do not give this ${found[0].join(', ')}`);
}
