// node alone.mjs check.html KEY answer.json: what the page that checks alone finds wrong with a file, a line each, by its own script without a browser.
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import vm from 'node:vm';

const [page, key, file] = process.argv.slice(2), html = readFileSync(page, 'utf8');
const given = /id="given">([\s\S]*?)<\/script>/.exec(html)[1], script = html.split('<script>')[1].split('</script>')[0];
// Whatever the page does with its elements comes to nothing.
const nothing = () => new Proxy(function () { }, { get: (_, name) => name === Symbol.toPrimitive ? () => '' : nothing(), set: () => true, apply: nothing });
const document = new Proxy({ getElementById: id => id === 'given' ? { textContent: given } : nothing() }, { get: (own, name) => own[name] ?? nothing() });
const globals = { document, crypto: webcrypto, navigator: { language: 'en' }, location: nothing(), addEventListener: nothing(), TextDecoder, TextEncoder, URL, atob, btoa, Uint8Array };
const check = vm.runInContext(`${script}; check`, vm.createContext(globals));
const report = await check(new Uint8Array(readFileSync(file)), key);
for (const text of [...report.wrong, ...report.untold]) console.log(text.en);
