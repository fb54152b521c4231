import { chromium } from 'playwright-core';
import { start } from './states.mjs';
const r = await start();
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({viewport:{width:360,height:640}});
const c = await p.context().newCDPSession(p); await c.send('Network.enable');
c.on('Network.requestWillBeSent', e => console.log(e.request.url.slice(0,100)));
for (const n of ['certificate-valid','mark-packaging','certificate-revoked']) {
await p.goto(r.at + r.states.find(s=>s.name===n).path, {waitUntil:'networkidle'});
await p.pdf({path:'/tmp/'+n+'.pdf', preferCSSPageSize:true}); }
await b.close(); r.stop();
