// The page in a real browser against the mock: `npm run test:browser`. Needs ffmpeg, and Chromium at CHROMIUM
// or /usr/bin/chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from './mock.mjs';
import { launch, openPhone } from './phone.mjs';

const HEIRESS = '00000000-0000-7000-8001-000000000001';
const FIRST = episode(101);

let server;
let browser;
let context;
let page;
let complaints;

before(async () => {
  server = await startMock({ seconds: 8 });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  Object.assign(server.mock, {
    empty: false,
    brokenFeed: false,
    failMedia: 0,
    asksFirst: false,
    reports: [],
    requests: [],
    events: new Map(),
    batches: [],
    cmcd: [],
  });
  await open({ locale: 'es-ES' });
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

async function open(options) {
  ({ context, page, complaints } = await openPhone(browser, options));
}

function episode(number) {
  return `00000000-0000-7000-8002-${String(number).padStart(12, '0')}`;
}

// In one go, so that a busy machine can't draw the two taps apart.
function doubleTap(x, y) {
  return page.evaluate(
    ([clientX, clientY]) => {
      const target = document.elementFromPoint(clientX, clientY);
      for (const type of ['pointerdown', 'pointerup', 'pointerdown', 'pointerup']) {
        target.dispatchEvent(
          new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX, clientY }),
        );
      }
    },
    [x, y],
  );
}

const active = '[data-active="true"]';
const playing = (id) => page.waitForSelector(`${active}[data-episode-id="${id}"][data-state="playing"]`);
const until = (check, what) => page.waitForFunction(check).catch(() => assert.fail(`never saw: ${what}`));
const videos = () => page.locator('video').count();
const errors = () => page.evaluate(() => window.__cliffhanger.errors);

test('plays muted with captions in the device’s language, and preloads the next one', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  assert.equal(await page.locator(active).getAttribute('data-muted'), 'true');
  await page.waitForSelector(`${active}[data-captions="es"] .caption-text`);
  assert.match(await page.locator(`${active} .caption-text`).textContent(), /No debías volver/);
  await until(
    () => document.querySelector('[data-place="next"] video').readyState >= 2,
    'the next one preloaded',
  );
  assert.equal(await page.locator('[data-place="next"] video').evaluate((video) => video.paused), true);
  assert.equal(await videos(), 3);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  assert.deepEqual(await errors(), []);
});

test('swipes, arrows and the wheel go from series to series, and a skip is reported', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await page.waitForTimeout(600);
  await page.mouse.move(150, 500);
  await page.mouse.down();
  await page.mouse.move(150, 200, { steps: 6 });
  await page.mouse.up();
  await playing(episode(201));
  await until(() => document.querySelectorAll('video').length === 3, 'three videos');
  const skip = server.mock.reports.find((report) => report.event === 'WATCH_EVENT_SKIP');
  assert.equal(skip?.episodeId, FIRST);
  await page.keyboard.press('ArrowDown');
  await playing(episode(301));
  await page.waitForTimeout(400);
  await page.mouse.wheel(0, -200);
  await playing(episode(201));
  assert.equal(await videos(), 3);
  assert.deepEqual(await errors(), []);
});

test('goes on with the next episode of the series, and reports the end', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await page.locator(`${active} .seek-input`).fill('800');
  await playing(episode(102));
  const reports = server.mock.reports.filter((report) => report.episodeId === FIRST);
  assert.equal(reports.at(-1).event, 'WATCH_EVENT_COMPLETE');
  assert.deepEqual(
    reports.map((report) => Number(report.sequence)),
    reports.map((_, at) => at + 1),
  );
  assert.deepEqual(await errors(), []);
});

test('pauses on a tap, likes on a double tap, and takes a like back', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await page.mouse.click(150, 300);
  await page.waitForSelector(`${active}[data-state="paused"]`);
  await page.keyboard.press(' ');
  await playing(FIRST);
  await doubleTap(150, 300);
  await page.waitForSelector(`${active}[data-liked="true"]`);
  const like = page.locator(`${active} [data-action="like"]`);
  await until(
    () => /12[.,]8/.test(document.querySelector('[data-active="true"] [data-action="like"]').textContent),
    'count',
  );
  assert.equal(await like.getAttribute('aria-pressed'), 'true');
  await like.click();
  await page.waitForSelector(`${active}[data-liked="false"]`);
  assert.ok(server.mock.requests.includes(`DELETE /v1/reactions/SUBJECT_SERIES/${HEIRESS}/REACTION_LIKE`));
});

test('unmutes, turns captions off, and remembers that', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await page.click(`${active} [data-action="unmute"]`);
  await page.waitForSelector(`${active}[data-muted="false"]`);
  assert.equal(await page.locator(`${active} video`).evaluate((video) => video.muted), false);
  await page.keyboard.press('c');
  await page.waitForSelector(`${active}[data-captions="off"]`);
  await page.reload();
  await page.waitForSelector(`${active}[data-captions="off"]`);
});

test('continues where the viewer was, after a reload', async () => {
  await page.goto(`${server.url}/watch/${FIRST}`);
  await playing(FIRST);
  await until(
    () => Number(document.querySelector('[data-active="true"]').dataset.position) > 2,
    'two seconds',
  );
  const reported = page.waitForResponse((response) => response.url().endsWith(':report'));
  await page.mouse.click(150, 300);
  await reported;
  await page.goto(`${server.url}/search`);
  await page.click(`.shelf [data-episode-id="${FIRST}"]`);
  await playing(FIRST);
  const position = Number(await page.locator(active).getAttribute('data-position'));
  assert.ok(position >= 1.9, `started at ${position}`);
});

test('starts a session again when its URL is refused', async () => {
  await page.goto(`${server.url}/watch/${FIRST}`);
  await playing(FIRST);
  await page.waitForTimeout(500);
  for (const session of server.mock.sessions.values()) session.revoked = true;
  await page.keyboard.press('ArrowDown');
  await playing(episode(102));
  assert.equal(
    (await errors()).some((error) => error.status === 403),
    true,
  );
});

test('gets over segments that fail for a while', async () => {
  server.mock.failMedia = 2;
  await page.goto(`${server.url}/watch/${FIRST}`);
  await playing(FIRST);
  assert.deepEqual(await errors(), []);
  assert.ok((await page.evaluate(() => window.__cliffhanger.warnings.length)) > 0);
});

test('keeps the focus on the same control from one episode to the next', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await page.focus(`${active} [data-action="like"]`);
  await page.keyboard.press('ArrowDown');
  await playing(episode(201));
  await page.waitForSelector(`${active} [data-action="like"]:focus`);
});

test('says honestly that an episode is locked, or not ready', async () => {
  await page.goto(`${server.url}/watch/${episode(104)}`);
  await page.waitForSelector(`${active}[data-trouble="locked"] [role="alert"] h2`);
  await page.goto(`${server.url}/watch/${episode(302)}`);
  await page.waitForSelector(`${active}[data-trouble="notReady"]`);
  await page.goto(`${server.url}/watch/${episode(999)}`);
  await page.waitForSelector('[data-phase="failed"] [role="alert"], .deck-notice[role="alert"]');
});

test('resumes by itself when the network is back', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await context.setOffline(true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector(`${active}[data-trouble="offline"]`);
  await context.setOffline(false);
  await playing(episode(301));
});

test('has something to say when there is nothing, and when the feed fails', async () => {
  server.mock.empty = true;
  await page.goto(server.url);
  await page.waitForSelector('[data-phase="empty"] code');
  server.mock.empty = false;
  await page.click('.deck-notice .button');
  await playing(FIRST);
  server.mock.brokenFeed = true;
  await page.goto(server.url);
  await page.waitForSelector('[data-phase="failed"] .button');
  server.mock.brokenFeed = false;
  await page.click('.deck-notice .button');
  await playing(FIRST);
});

test('shows a series, its episodes and where to go on', async () => {
  await page.goto(`${server.url}/series/${HEIRESS}`);
  await page.waitForSelector('h1:has-text("The Heiress Next Door")');
  assert.equal(await page.locator('.tile').count(), 4);
  assert.equal(await page.locator('.tile').nth(3).getAttribute('data-state'), 'locked');
  await page.click('.page [data-action="save"]');
  await page.click('.page [data-action="continue"]');
  await playing(FIRST);
  await page.keyboard.press('ArrowDown');
  await playing(episode(102));
  assert.equal(new URL(page.url()).pathname, `/watch/${episode(102)}`);
  await page.goto(`${server.url}/me`);
  await page.waitForSelector(`.results [data-series-id="${HEIRESS}"]`);
});

test('searches while one types', async () => {
  await page.goto(`${server.url}/search`);
  await page.fill('.search-input', 'midnight');
  await page.waitForSelector('.results .poster:only-child');
  assert.equal(new URL(page.url()).search, '?q=midnight');
  await page.fill('.search-input', 'zebra');
  await page.waitForSelector('.results .notice');
});

test('makes the guest an account that keeps what it had, and signs out', async () => {
  await page.goto(`${server.url}/series/${HEIRESS}`);
  await page.click('.page [data-action="save"]');
  await page.click('[data-tab="me"]');
  await page.click('[data-action="sign-up"]');
  await page.fill('input[autocomplete="nickname"]', 'Ana');
  await page.fill('input[type="email"]', 'ana@example.test');
  await page.fill('input[type="password"]', 'correct horse');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('[data-action="sign-out"]');
  await page.waitForSelector(`.results [data-series-id="${HEIRESS}"]`);
  await page.click('[data-action="sign-out"]');
  await page.click('[data-action="sign-in"]');
  await page.fill('input[type="email"]', 'ana@example.test');
  await page.fill('input[type="password"]', 'wrong');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('.form-error:not(:empty)');
});

test('shows a creator how a series and an episode are watched, and gives it as CSV', async () => {
  await page.goto(`${server.url}/studio`);
  await page.waitForSelector('.notice [class="button"]');
  await page.goto(`${server.url}/me`);
  const plots = () =>
    page.evaluate(() => performance.getEntriesByType('resource').some((it) => /studio/.test(it.name)));
  assert.equal(await plots(), false, 'viewers fetch none of it');
  await page.click('[data-action="sign-up"]');
  await page.fill('input[autocomplete="nickname"]', 'Carla');
  await page.fill('input[type="email"]', 'creator@example.test');
  await page.fill('input[type="password"]', 'correct horse');
  await page.click('dialog button[type="submit"]');
  await page.click('[data-action="studio"]');
  await page.click(`[data-series-id="${HEIRESS}"]`);
  await page.waitForSelector('[data-panel="funnel"] canvas');
  assert.match(
    await page.locator('[data-panel="funnel"]').textContent(),
    /El episodio 10 es el que más pierde/,
  );
  assert.equal(await page.locator('.numbers tbody [data-episode-id]').count(), 60);
  assert.match(await page.locator('[data-panel="audience"]').textContent(), /Para ti71/);
  const wide = () => page.evaluate(() => document.querySelector('.main').scrollWidth <= innerWidth);
  assert.ok(await wide(), 'no wider than the phone');
  const saved = page.waitForEvent('download');
  await page.click('[data-csv="funnel"]');
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'funnel.csv');
  assert.match(
    await readFile(await file.path(), 'utf8'),
    /^episodeId,number,started.*\r\n.*-000000000101,1,/,
  );
  await page.click('.numbers tbody a');
  await page.waitForSelector('[data-panel="heat"] canvas');
  assert.deepEqual(
    await page.locator('.drop').evaluateAll((drops) => drops.map((drop) => drop.dataset.second)),
    ['23', '61', '88'],
  );
  assert.equal(await page.locator('[data-cause="network"]').count(), 1);
  await page.waitForSelector('.drop-picture');
  assert.equal(await page.locator('.drop-picture').count(), 3, 'each with what was to be seen then');
  assert.ok(await wide());
  // What the plot really drew: the curve is in its colour.
  const drawn = await page.locator('[data-panel="retention"] canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let hot = 0;
    for (let i = 0; i < data.length; i += 4) hot += data[i] > 200 && data[i + 1] < 120 && data[i + 3] > 200;
    return hot;
  });
  assert.ok(drawn > 200, `${drawn} points in the curve's colour`);
});

const told = (kind) =>
  [...server.mock.events.values()].filter((event) => event.kind === `EVENT_KIND_${kind}`);
const toldSoon = async (what, check) => {
  for (let left = 100; left > 0; left--) {
    if (check()) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`never told: ${what}`);
};

test('tells what quality is measured by, with the rendition, and of the device only its class', async () => {
  await page.goto(server.url);
  await playing(FIRST);
  await toldSoon('the first picture', () => told('FIRST_FRAME').length > 0);
  const [play] = told('PLAY');
  const [first] = told('FIRST_FRAME');
  const sessionId = await page.locator(active).getAttribute('data-session-id');
  assert.equal(play.episodeId, FIRST);
  assert.equal(first.sessionId, sessionId);
  assert.match(first.value, /^\d+p$/);
  assert.ok(Number(first.bitrateBps) > 0);
  assert.ok(Number(first.amountMs) > 0);
  await page.keyboard.press('ArrowDown');
  await playing(episode(201));
  await toldSoon('the skip', () => told('SKIP').some((event) => event.episodeId === FIRST));
  await toldSoon('what was seen', () => told('IMPRESSION').length >= 2);
  assert.ok(told('PROGRESS').some((event) => event.episodeId === FIRST && Number(event.amountMs) > 0));
  assert.deepEqual(server.mock.batches[0].device, {
    platform: 'PLATFORM_WEB',
    form: 'FORM_PHONE',
    network: 'NETWORK_UNSPECIFIED',
    region: 'ES',
  });
});

test('keeps events while it is offline, over a reload', async () => {
  let away = true;
  await context.route('**/v1/events', (route) => (away ? route.abort() : route.fallback()));
  await page.goto(server.url);
  await playing(FIRST);
  await page.waitForTimeout(2500);
  const ids = await page.evaluate(() =>
    Object.keys(localStorage).filter((key) => key.startsWith('cliffhanger.event.')),
  );
  assert.ok(ids.length >= 2, `${ids.length} kept`);
  assert.ok(ids.every((id) => !server.mock.events.has(id.replace('cliffhanger.event.', ''))));
  await page.goto(`${server.url}/search`);
  away = false;
  await toldSoon('what was kept', () =>
    ids.every((id) => server.mock.events.has(id.replace('cliffhanger.event.', ''))),
  );
  await until(
    () => !Object.keys(localStorage).some((key) => key.startsWith('cliffhanger.event.')),
    'nothing kept any more',
  );
});

test('tells what it knows when the page is closed', async () => {
  await page.goto(`${server.url}/watch/${FIRST}`);
  await playing(FIRST);
  await page.waitForTimeout(1000);
  await page.close();
  for (let left = 50; left > 0 && told('PROGRESS').length === 0; left--)
    await new Promise((done) => setTimeout(done, 100));
  assert.ok(told('PROGRESS').some((event) => event.episodeId === FIRST));
});

test('says with its requests what it buffers and measures (CMCD), and of whom', async () => {
  await page.goto(`${server.url}/watch/${FIRST}`);
  await playing(FIRST);
  await toldSoon('CMCD', () => server.mock.cmcd.some((said) => said.path.endsWith('.m4s')));
  const said = server.mock.cmcd.find((each) => each.path.endsWith('.m4s'));
  const sessionId = await page.locator(active).getAttribute('data-session-id');
  assert.match(said['cmcd-object'], /br=\d+/);
  assert.match(said['cmcd-object'], /ot=(v|av)/);
  assert.match(said['cmcd-request'], /mtp=\d+/);
  assert.ok(said['cmcd-session'].includes(`sid="${sessionId}"`), said['cmcd-session']);
});

test('shows operators quality that goes on, in parts, on a phone', async () => {
  await page.goto(`${server.url}/operations`);
  await page.waitForSelector('.page-operations[data-state="ready"] [data-figure="startUp"] dd');
  assert.equal(await page.locator('.plot canvas').count(), 4);
  assert.match(await page.locator('[data-figure="rebuffering"] dd').first().textContent(), /%/);
  assert.equal(await page.locator('.figures-table').count(), 2);
  const before = server.mock.requests.filter((request) => request.includes('/operations/')).length;
  await toldSoon(
    'figures again',
    () => server.mock.requests.filter((request) => request.includes('/operations/')).length > before,
  );
  await page.click('[data-dimension="REGION"]');
  await page.waitForSelector('.figures-table th:has-text("México")');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, 'the page scrolls sideways');
  await page.goto(`${server.url}/`);
  await playing(FIRST);
});

test('consent is asked for once where the house wants that, and changed, data taken along and deleted in the sheet', async () => {
  server.mock.asksFirst = true;
  await page.goto(server.url);
  await page.click('.consent-bar [data-consent=false]');
  await page.goto(`${server.url}/me`);
  await page.click('[data-action=privacy]');
  const profiling = page.locator('#choice-CONSENT_PURPOSE_PROFILING');
  assert.equal(await profiling.isChecked(), false);
  assert.equal(await page.locator('.consent-bar').count(), 0);
  await profiling.check();
  await page.locator('.toast').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-action=export]')]);
  assert.equal(download.suggestedFilename(), 'cliffhanger-export.json');
  const before = [...server.mock.users.keys()];
  await page.click('[data-action=erase]');
  await Promise.all([page.waitForNavigation(), page.click('.sheet-privacy button[type=submit]')]);
  await page.locator('.toast').waitFor();
  assert.ok(before.some((user) => !server.mock.users.has(user)));
});
