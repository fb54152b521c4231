// Pictures of every page state, on a phone and a desk, light and dark, in both languages, for a person to look at:
// node tests/pages/shots.mjs [folder] [part of a state's name].
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { open, start } from './states.mjs';

const folder = process.argv[2] ?? 'shots', only = process.argv[3] ?? '';
mkdirSync(folder, { recursive: true });
const registry = await start(), broken = await start({ empty: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  broken.spoil();
  for (const language of ['zh', 'en']) {
    const context = await browser.newContext({ locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
    const page = await context.newPage();
    for (const state of [...registry.states, { name: 'cannot-check-now', path: '/', at: broken.at }].filter(s => s.name.includes(only))) {
      await open(page, state.at ?? registry.at, state);
      // One visit for all pictures: a report is sent once, and only some are taken in ten minutes.
      for (const width of [360, 1280]) for (const colorScheme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: width < 600 ? 640 : 800 });
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${folder}/${state.name}-${width}-${colorScheme}-${language}.png`, fullPage: true });
      }
    }
    await context.close();
  }
  console.log(`pictures are in ${folder}`);
} finally { await browser.close(); registry.stop(); broken.stop(); }
