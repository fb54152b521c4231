// What a certificate was on a day, from its statements: texts and codes as the registry reads them, and the life of a certificate.
/* Texts as the registry compares them. */
const { words } = given;
const lettersOf = (text, kept, change) => hasHalf(text) ? '' : Array.from(text.normalize('NFKC')).filter(kept).map(change).join('');
const changed = (c, other) => Array.from(other).length === 1 && !'ıİ'.includes(c) ? other : c;
const upper = c => changed(c, c.toUpperCase()), lower = c => changed(c, c.toLowerCase());
const isVisible = c => !/[\p{Z}\p{Cc}\p{Cf}\u034F\u115F\u1160\u3164\uFFA0\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/u.test(c);
const isLetter = c => /[\p{L}\p{Nd}]/u.test(c);
const fold = text => lettersOf(text, c => isLetter(c) || /\p{Nl}/u.test(c), lower);
/** A character is lost to a wrong encoding: what stands in its place is passed over as signs are. */
const isLost = text =>
  /[\uFFFD\p{Co}]|\?\?|[\p{Lo}（）\u{10000}-\u{10FFFF}]\?|\?[\p{Lo}（）\u{10000}-\u{10FFFF}]|\p{L}\?\p{L}/u.test(text);
const simplified = new Map(given.simplified.flatMap(([simple, forms]) => Array.from(forms, form => [form, simple])));
const simplify = text => Array.from(text, c => simplified.get(c) ?? c).join('');
const searched = text => simplify(fold(text));
const signs = '-/_.()[]{}〔〕【】‐–—―−:,·、。';

function numberOf(text) {
  const key = text.length > 200 ? '' : lettersOf(text, isVisible, upper);
  return key.length === 0 || key.length > 50 ? null : key;
}
/** As it stands, then without a label before it. */
const label = new RegExp('^[ (\\[]*(?:(?:(?:认证)?[证證][书書](?:[注註][册冊])?(?:[编編]?[号號]码?)?|(?:[注註][册冊])?[编編][号號]|[注註][册冊][号號]|[证證][号號])'
  + ' *(?:为|是)? *[:=]?|(?:cert(?:ificate|\\.)? *)?(?:reg(?:istration|\\.)? *)?(?:no|nr|num|number|id)(?: *[.:=]+| )'
  + '|cert(?:ificate)? *[:=]|#)'
  + ' *(.+?)[ ,.;。)\\]]*$', 'is');
function readingsOf(text) {
  if (text.length > 200 || hasHalf(text)) return [];
  const bare = label.exec(text.replaceAll('№', 'No.').normalize('NFKC'))?.[1];
  return [text, bare].map(reading => reading === undefined ? null : numberOf(reading)).filter(reading => reading !== null);
}
/** Any sign will do, but each where the body has one; at the ends they do not count. */
const comparedNumber = number => Array.from(number, c => signs.includes(c) ? '-' : c).join('').replace(/-+/g, '-').replace(/^-|-$/g, '');

const digits = '0123456789ABCDEFGHJKLMNPQRTUWXY';
function creditCode(text) {
  const code = numberOf(text);
  if (code?.length !== 18 || Array.from(code.slice(0, 17)).some(c => !digits.includes(c))) return null;
  let [sum, weight] = [0, 1];
  for (const c of code.slice(0, 17)) [sum, weight] = [sum + digits.indexOf(c) * weight, weight * 3 % 31];
  return digits[(31 - sum % 31) % 31] === code[17] ? code : null;
}
function organisation(text) {
  let code = numberOf(text);
  if (code?.length === 10 && signs.includes(code[8])) code = code.slice(0, 8) + code[9];
  return code?.length === 9 && /^[0-9A-Za-z]+$/.test(code) ? code : null;
}

/* Codes: 13 characters of Crockford base32 with a check character, or the 26 of an item. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
function checkCharacter(text) {
  let sum = 0;
  for (const c of text) {
    sum = (sum ^ alphabet.indexOf(c)) << 1;
    if (sum & 32) sum ^= 0b100101;
  }
  return alphabet[sum];
}
function idOf(hash) {
  let bits = hash.slice(0, 8).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n) >> 4n, text = '';
  for (let i = 0; i < 12; i++, bits >>= 5n) text = alphabet[Number(bits & 31n)] + text;
  return text + checkCharacter(text);
}

const isJoint = c => /[\p{Pd}\u2212\u2043\u30FC\u00B7\u2022\u2027]/u.test(c);
const squeezed = text => Array.from(text).filter(c => isVisible(c) && !isJoint(c)).map(upper).join('');
const inPath = new RegExp('(?:(?:^|/)(?:m|c|v1/marks|v1/certificates)/|[?&](?:code|id|q)=)'
  + '([^/?#&.,;:!<>()\\[\\]"\'\\u2018-\\u201F\\u3001-\\u30FB\\u3400-\\uFFFF]+)', 'gi');

/** A code as somebody typed, pasted or scanned it, without the address around it or the label before it. */
function plainCode(typed) {
  if (typed.length > 2000 || hasHalf(typed)) return '';
  let text = typed.normalize('NFKC');
  if (text.includes('%')) try { text = decodeURIComponent(text).normalize('NFKC'); } catch { /* as it stands */ }
  const address = [...text.matchAll(inPath)].at(-1);
  if (!address) {
    text = text.slice(0, text.search(/[0-9A-Za-z][^0-9A-Za-z]*$/) + 1);
    const label = Math.max(text.lastIndexOf(':'), text.lastIndexOf('='), text.lastIndexOf('. ')), rest = text.slice(label + 1);
    const first = rest.search(/[0-9A-Za-z]/);
    return first < 0 ? '' : squeezed(rest.slice(first));
  }
  let [code, whole] = ['', ''];
  for (const word of address[1].split(/\s+/)) {
    whole += squeezed(word);
    if (whole.length === 13 || whole.length === 26) code = whole;
  }
  return code || whole;
}
function readId(plain) {
  const id = plain.replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  return id.length === 13 && /^[0-9A-Z]+$/.test(id) && !id.includes('U') && checkCharacter(id.slice(0, 12)) === id[12] ? id : null;
}
function readCode(typed) {
  const plain = plainCode(typed), [mark, item] = [plain.slice(0, 13), plain.slice(13)].map(readId);
  return plain.length === 26 ? mark && item ? { mark, item } : null : readId(plain) ? { mark: readId(plain), item: null } : null;
}

function hostOf(address) {
  try { return new URL(address).host; } catch { return null; }
}
/** Host and port of the address around a code, as machines write them; null where it stands in none. */
function siteOf(typed) {
  if (typed.length > 2000 || hasHalf(typed)) return null;
  let text = typed.normalize('NFKC');
  try { text = decodeURIComponent(text); } catch { /* as it stands */ }
  const before = text.slice(0, [...text.matchAll(inPath)].at(-1)?.index ?? 0);
  const sites = before.matchAll(/https?:\/\/[^\s/?#]+|(?:^|\s)[\p{L}\p{M}\p{N}_.-]*\.\p{L}{2,}(?::[0-9]+)?(?=\/|$)/giu);
  const site = [...sites].at(-1)?.[0].trim();
  return site ? hostOf(site.includes('://') ? site : `https://${site}`) : null;
}

/* Reference data: categories, schemes, regions. */
function schemeOf(category, issuedOn) {
  const byDay = (a, b) => (a.inForceOn ?? '') < (b.inForceOn ?? '') ? -1 : 1;
  const editions = given.schemes.filter(scheme => scheme.category === category).sort(byDay);
  const inForce = editions.findLast((scheme, i) => i === 0 || scheme.inForceOn <= issuedOn);
  return inForce ?? given.schemes.find(scheme => scheme.category === null);
}
/** A word of a table as it is compared. */
const keyOfWord = text => lettersOf(text, c => isLetter(c) || c === '#', lower);
/** The stars in which people write levels. */
const starsIn = text => Array.from(text).filter(c => given.stars.includes(c));
function levelOf(word, scheme) {
  if (new RegExp(given.otherwise).test(word)) return null;
  const words = scheme?.category === null ? {} : scheme?.words ?? given.levelWords;
  const key = keyOfWord(word), named = words[key] ?? null, stars = starsIn(word);
  if (stars.length === 0) return named;
  // 四星级★★★★ says it twice; how many are meant of stars that are not full nobody can tell.
  const counted = stars.every(star => given.fullStars.includes(star)) ? words[`${stars.length}星`] ?? null : null;
  return key === '' || named === counted ? counted : null;
}
const levelNamed = code => given.schemes.flatMap(scheme => scheme.levels).find(level => level.code === code);

/* The life of a certificate, from its statements. */
const begin = ({ seq, id, statement }) =>
  ({ id, seq, body: statement.body, content: statement.certificate, suspensions: [], ending: null });

function apply(certificate, { act, effectiveOn: on, ...statement }) {
  const { suspensions } = certificate, { reason, recordedAt } = statement;
  if (act === 'correct') return { ...certificate, content: statement.content };
  if (act === 'suspend') return { ...certificate, suspensions: [...suspensions, { on, until: statement.until, reason }] };
  if (act === 'restore') return { ...certificate, suspensions: [...suspensions.slice(0, -1), { ...suspensions.at(-1), restoredOn: on }] };
  return { ...certificate, ending: { as: act === 'revoke' ? 'revoked' : 'cancelled', on, reason, recordedAt } };
}

const suspensionOn = ({ suspensions }, day) => suspensions.findLast(one => one.on <= day && (!one.restoredOn || day < one.restoredOn));

function statusOn(certificate, day) {
  const { content, ending } = certificate;
  if (ending && ending.on <= day) return ending.as;
  if (day < content.issuedOn) return 'not-yet-valid';
  if (day > content.expiresOn) return 'expired';
  return suspensionOn(certificate, day) ? 'suspended' : 'valid';
}

function since(certificate, day) {
  const status = statusOn(certificate, day), { content, ending, suspensions } = certificate;
  if (status === 'not-yet-valid') return null;
  if (status === 'valid') return [...suspensions.map(one => one.restoredOn).filter(on => on && on <= day), content.issuedOn].sort().at(-1);
  return status === 'suspended' ? suspensionOn(certificate, day).on : status === 'expired' ? dayAfter(content.expiresOn) : ending.on;
}

function isAllowed(certificate, statement, today) {
  const { act, effectiveOn: on } = statement, status = statusOn(certificate, today), { content } = certificate;
  if (status === 'revoked' || status === 'cancelled') return false;
  if (act === 'suspend' && status !== 'valid' || act === 'restore' && status !== 'suspended') return false;
  if (on > today || on < content.issuedOn && status !== 'not-yet-valid' || on > content.expiresOn && act !== 'correct') return false;
  if (act === 'restore') return on >= certificate.suspensions.at(-1).on;
  if (act === 'suspend') return !statement.until || statement.until >= on;
  return act !== 'correct' || numberOf(statement.content.number) === numberOf(content.number);
}

/** What was recorded by an instant, and of the corrections what was in effect on a day; which statement decides, its own day tells. */
function replay(about, on, knownAt) {
  let certificate = null;
  for (const entry of about) {
    const { seq, statement } = entry, isLater = statement.effectiveOn > on;
    if (knownAt !== null && statement.recordedAt > knownAt) break;
    const decidedBy = isLater ? certificate.decidedBy : { seq, recordedAt: statement.recordedAt };
    const isCorrectedLater = statement.act === 'correct' && isLater;
    const next = statement.act === 'issue' ? begin(entry) : isCorrectedLater ? certificate : apply(certificate, statement);
    certificate = { ...next, decidedBy };
  }
  return certificate;
}

/** The names that a holder bore by days: of the corrections in effect on a day the newest recorded counts. */
function namesOf(statements) {
  const contents = statements.filter(({ act }) => act === 'issue' || act === 'correct').map(statement => statement.act === 'issue'
    ? { from: '0001-01-01', holder: statement.certificate.holder } : { from: statement.effectiveOn, holder: statement.content.holder });
  const days = [...new Set(contents.map(({ from }) => from))].sort();
  const named = member => days.reduce((held, day) => {
    const name = contents.findLast(({ from }) => from <= day).holder[member] ?? null, before = held.at(-1);
    if (before && !before.until) {
      if (before.name === name) return held;
      before.until = day;
    }
    return name === null ? held : [...held, { name, from: day, until: null }];
  }, []);
  const chinese = named('name');
  return [...chinese.length > 1 ? chinese : [], ...named('nameEn')];
}

const tidy = members => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));

function holderOf(holder, names, on) {
  const others = when => {
    const isAscii = name => /^[\0-\x7f]*$/.test(name);
    const newestFirst = (a, b) => a.from > b.from ? -1 : a.from < b.from ? 1 : isAscii(a.name) - isAscii(b.name);
    const held = names.filter(when).sort(newestFirst);
    const found = [...new Set(held.map(({ name }) => name).filter(name => name !== holder.name && name !== holder.nameEn))];
    return found.length > 0 ? found : null;
  };
  const formerNames = others(name => name.until && name.until <= on);
  return tidy({ name: holder.name, nameEn: holder.nameEn, uscc: holder.uscc, region: holder.region,
    regionName: holder.region && (given.regions[holder.region] ?? holder.region), address: holder.address, formerNames,
    laterNames: others(name => name.from > on && !formerNames?.includes(name.name)) });
}

function surveillanceOf({ surveyedOn, issuedOn, expiresOn }, scheme, status, on) {
  if (!scheme.surveillanceMonths) return surveyedOn ? { lastOn: surveyedOn, overdue: false } : null;
  const day = monthsAfter(surveyedOn ?? issuedOn, scheme.surveillanceMonths);
  const dueOn = day >= expiresOn || status !== 'valid' && status !== 'suspended' ? null : day;
  return tidy({ lastOn: surveyedOn, dueOn, overdue: dueOn !== null && dueOn < on });
}

/** A certificate as the public reads it on a day, member by member in the order of an answer. What no statement of it tells is the word of
 * who answered. */
function viewOf(certificate, body, names, on, word) {
  const { content, ending, decidedBy } = certificate, status = statusOn(certificate, on);
  const scheme = schemeOf(content.category, content.issuedOn);
  const [no, group, name, nameEn] = given.categories.find(([no]) => no === content.category);
  const suspension = status === 'suspended' ? suspensionOn(certificate, on) : null, isEnded = ending && ending.on <= on;
  const known = scheme.levels.find(({ code }) => code === content.level);
  const isOnFile = scheme.category !== null && (!content.level || known);
  const level = !content.level ? null : known ? { code: known.code, name: known.name.zh, nameEn: known.name.en, stars: known.stars }
    : { code: content.level, name: content.level, nameEn: content.level, stars: 0 };
  // Without the scheme's edition its names are the registry's word, the level's code is not.
  const isWord = !isOnFile && content.level === word.level?.code;
  return tidy({
    id: certificate.id, number: content.number, status, statusCode: words.status[status].code, asOf: on,
    holder: holderOf(content.holder, names, on), body: tidy({ approvalNumber: body.body, name: body.name, nameEn: body.nameEn }),
    category: { no, group, name, nameEn }, ...tidy(Object.fromEntries(given.texts.map(text => [text, content[text]]))),
    level: isWord ? word.level : level, scope: content.scope, sites: content.sites ?? [], issuedOn: content.issuedOn,
    firstIssuedOn: content.firstIssuedOn, expiresOn: content.expiresOn,
    suspension: suspension
      && tidy({ on: suspension.on, until: suspension.until, overdue: suspension.until < on, reason: suspension.reason }),
    ended: isEnded ? tidy({ as: ending.as, on: ending.on, recordedAt: exactly(ending.recordedAt), reason: ending.reason }) : null,
    replaces: content.replaces, replacedBy: word.replacedBy,
    surveillance: isWord ? word.surveillance : surveillanceOf(content, scheme, status, on),
    today: word.today, ahead: word.ahead,
    recordedAt: exactly(decidedBy.recordedAt), recordedLater: dayOf(decidedBy.recordedAt) > on ? true : null,
    signedBy: word.signedBy, logIndex: certificate.seq,
  });
}
