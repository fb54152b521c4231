// Pictures of every page state: node tests/pages/shots.mjs [folder] [part of a state's name]. For a person to look at.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { start } from './states.mjs';

const folder = process.argv[2] ?? 'shots', only = process.argv[3] ?? '';
const languages = (process.env.LANGUAGES ?? 'zh,en').split(','), themes = (process.env.THEMES ?? 'light,dark').split(','), widths = (process.env.WIDTHS ?? '360,1280').split(',').map(Number);
mkdirSync(folder, { recursive: true });
const registry = await start();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const width of widths) for (const theme of themes) for (const language of languages) {
    const context = await browser.newContext({ viewport: { width, height: width < 600 ? 640 : 800 }, colorScheme: theme, locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
    const page = await context.newPage();
    for (const state of registry.states.filter(s => s.name.includes(only))) {
      await page.goto(registry.at + state.path);
      await page.screenshot({ path: `${folder}/${state.name}-${width}-${theme}-${language}.png`, fullPage: true });
    }
    await context.close();
  }
  console.log(`pictures are in ${folder}`);
} finally { await browser.close(); registry.stop(); }
