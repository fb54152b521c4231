// The way of an officer from an e-mailed workbook to a PDF in the tender file, on a phone and on a desk, in both languages and without script:
// every step is a link or a button that says what it does, and each choice counts as a click.
const languages = { zh: { list: '批量核验', check: '核验', keep: '保存并签名', pdf: 'PDF，供归档' }, en: { list: 'Check a list', check: 'Check', keep: 'Keep and sign', pdf: 'PDF, for the file' } };
const sizes = [{ width: 360, height: 640 }, { width: 1280, height: 900 }];
const mostClicks = 7, mostSeconds = 120;

/** Tells each finding to check, and the walks to the console. */
export async function walk(browser, registry, check) {
  const [, workbook] = registry.states.find(state => state.name === 'verify-workbook').form[0];
  for (const viewport of sizes) for (const [language, words] of Object.entries(languages)) {
    const session = await browser.newContext({ viewport, locale: language === 'zh' ? 'zh-CN' : 'en-GB', javaScriptEnabled: false });
    const page = await session.newPage(), begun = Date.now(), name = `walk ${viewport.width} ${language}`;
    let clicks = 0;
    const click = async (selector, text) => {
      clicks++;
      await Promise.all([page.waitForNavigation(), page.locator(selector).getByText(text, { exact: true }).first().click()]);
    };
    await page.goto(registry.at);
    await click('header a', words.list);
    await page.setInputFiles('input[type=file]', workbook);
    clicks += 2; // the button that chooses, and the file
    await page.fill('input[name=on]', new Date(Date.now() - 86400e3).toISOString().slice(0, 10));
    clicks++;
    await click('main button', words.check);
    check(await page.locator('main table').count() > 0, `${name}: no result`);
    await click('main button', words.keep);
    const file = await page.request.get(new URL(await page.locator('main a').getByText(words.pdf).first().getAttribute('href'), page.url()).href);
    clicks++;
    check((await file.body()).subarray(0, 5).toString() === '%PDF-', `${name}: no PDF at the end`);
    const seconds = (Date.now() - begun) / 1000;
    check(clicks <= mostClicks && seconds <= mostSeconds, `${name}: ${clicks} clicks, ${seconds} s`);
    console.log(`${name}: ${clicks} clicks, ${seconds.toFixed(1)} s`);
    await session.close();
  }
}
