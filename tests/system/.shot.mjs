import {chromium} from 'playwright-core';
const [url, out, wait = '4000'] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--autoplay-policy=no-user-gesture-required']});
const context = await browser.newContext({viewport: {width: 390, height: 844}, deviceScaleFactor: 1, hasTouch: true, isMobile: true});
const page = await context.newPage();
page.on('console', (m) => console.log('console', m.type(), m.text()));
page.on('pageerror', (e) => console.log('pageerror', e.message));
page.on('requestfailed', (r) => console.log('failed', r.url(), r.failure()?.errorText));
const t = Date.now();
await page.goto(url);
await page.waitForSelector('[data-state="playing"]', {timeout: 30000});
console.log('playing after', Date.now() - t, 'ms');
for (const [i, w] of wait.split(',').entries()) {
  await page.waitForTimeout(Number(w));
  await page.screenshot({path: out.replace('.png', i ? `-${i}.png` : '.png')});
}
console.log(await page.evaluate(() => JSON.stringify(window.__cliffhanger ?? null)), await page.evaluate(() => { const v = [...document.querySelectorAll('video')].find((it) => !it.paused) ; return v && [v.currentTime, v.videoWidth, v.videoHeight, v.muted].join(' '); }));
await browser.close();
