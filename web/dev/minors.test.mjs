// Age ratings and minors' mode in a real browser against the mock, on a phone: part of `npm run test:browser`.
// With SCREENSHOTS set to a folder, pictures of what is shown are kept there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from './mock.mjs';
import { launch, openPhone } from './phone.mjs';

const HEIRESS = '00000000-0000-7000-8001-000000000001';
const CONTRACT = '00000000-0000-7000-8001-000000000002';
const FIRST = '00000000-0000-7000-8002-000000000101';
const LOCKED = '00000000-0000-7000-8002-000000000104';

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
  for (const series of server.mock.library.series) delete series.ageRating;
  ({ context, page, complaints } = await openPhone(browser, {
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  }));
});

afterEach(async () => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await context.close();
  assert.equal(wide, false, 'the page scrolls sideways');
  assert.deepEqual(complaints, []);
});

const shot = async (name) => {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
};
const me = () => [...server.mock.users.values()].at(-1);
const rate = (seriesId, ageRating) => server.mock.library.rate(seriesId, { ageRating });
const signUp = async (email) => {
  await page.goto(`${server.url}/me`);
  await page.click('[data-action="sign-up"]');
  await page.fill('input[type="email"]', email);
  await page.fill('input[type="password"]', 'correct horse');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('[data-action="sign-out"]');
};
// The page is loaded anew once it is done.
const submit = () => Promise.all([page.waitForNavigation(), page.click('dialog button[type="submit"]')]);
const switchOn = async (rating, minutes) => {
  await page.goto(`${server.url}/me`);
  await page.click('[data-action="minors"]');
  await page.selectOption('#minors-rating', String(rating));
  await page.selectOption('#minors-minutes', String(minutes));
  await page.fill('#minors-pin', '4711');
  await page.fill('#minors-pin-again', '4711');
};

test('a guardian switches the mode on, sees what is left, changes it and switches it off, each with the PIN', async () => {
  rate(HEIRESS, 6);
  rate(CONTRACT, 16);
  await switchOn(12, 60);
  await page.fill('#minors-pin-again', '4712');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('.form-error:text("differ")');
  await page.fill('#minors-pin-again', '4711');
  await shot('minors-switch-on');
  await submit();
  await page.waitForSelector('.toast:text("is on")');
  await page.waitForSelector('[data-minors="on"] .minors-left[data-left="60"]');
  const { minors } = me();
  assert.deepEqual(
    [minors.greatestRating, minors.dailyMinutes, minors.timeZone, 'password' in minors],
    [12, 60, 'Europe/Berlin', false],
  );
  assert.equal(await page.locator('[data-action="sign-in"]').isVisible(), false, 'no way out by signing in');
  await page.click('[data-action="privacy"]');
  await page.waitForSelector('[data-action="export"]');
  assert.equal(await page.locator('[data-action="erase"]').count(), 0, 'nor by being erased');
  await page.keyboard.press('Escape');
  minors.watchedMs = 41.5 * 60_000;
  await page.reload();
  assert.equal(
    await page.locator('.minors-left').textContent(),
    '19 of 60 minutes left today',
    'a minute that has begun counts',
  );
  await shot('minors-on');
  await page.click('[data-tab="feed"]');
  await page.waitForSelector(`[data-active="true"][data-series-id="${HEIRESS}"][data-state="playing"]`);
  await page.waitForSelector('.minutes-chip[data-left="19"]');
  await shot('minors-feed');

  await page.goto(`${server.url}/me`);
  await page.click('[data-action="minors"]');
  await page.fill('#minors-pin', '0000');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('.form-error:text("wrong")');
  await shot('minors-wrong-pin');
  await page.selectOption('#minors-minutes', '0');
  await page.fill('#minors-pin', '4711');
  await submit();
  await page.waitForSelector('[data-minors="on"] >> text=No limit of time');
  assert.deepEqual([me().minors.greatestRating, me().minors.dailyMinutes], [12, 0]);

  await page.click('[data-action="minors-end"]');
  await page.fill('#minors-pin', '4711');
  await shot('minors-switch-off');
  await submit();
  await page.waitForSelector('[data-minors="off"]');
  await page.waitForSelector('[data-action="sign-in"]');
  assert.equal(me().minors, undefined);
});

test('an account’s password is asked for, once', async () => {
  rate(HEIRESS, 0);
  await signUp('guardian@example.test');
  await switchOn(0, 30);
  await page.fill('#minors-password', 'wrong');
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('.form-error:text("password is wrong")');
  await page.fill('#minors-password', 'correct horse');
  await submit();
  await page.waitForSelector('[data-minors="on"]');
  assert.equal(await page.locator('[data-action="sign-out"]').isVisible(), false);
  await page.click('[data-action="minors"]');
  assert.equal(await page.locator('#minors-password').count(), 0);
  assert.equal(await page.locator('#minors-rating').inputValue(), '0');
});

test('says why something isn’t shown: an age, a day that is used up', async () => {
  rate(HEIRESS, 6);
  rate(CONTRACT, 16);
  await switchOn(12, 30);
  await submit();
  await page.waitForSelector('[data-minors="on"]');
  await page.goto(`${server.url}/series/${CONTRACT}`);
  await page.waitForSelector('.notice:has-text("viewers of 16 and older")');
  await shot('refused-age');
  await page.goto(`${server.url}/watch/${FIRST}`);
  await page.waitForSelector('[data-active="true"][data-state="playing"]');
  // It was rated higher meanwhile: a session of it is refused.
  rate(HEIRESS, 16);
  await page.reload();
  await page.waitForSelector('.notice:has-text("viewers of 16 and older")');
  rate(HEIRESS, 6);
  me().minors.watchedMs = 30 * 60_000;
  await page.goto(server.url);
  await page.waitForSelector('.deck[data-phase="failed"] .notice:has-text("enough for today")');
  await page.waitForSelector('.minutes-chip[data-left="0"]');
  assert.equal(await page.locator('.deck-notice button').count(), 0, 'nothing that would not help');
  await shot('refused-time');
  await page.goto(`${server.url}/me`);
  await page.waitForSelector('.minors-left:has-text("used up")');
  await shot('minors-used-up');
});

test('offline nothing that leads out of the mode is offered', async () => {
  rate(HEIRESS, 6);
  await switchOn(12, 30);
  await submit();
  await page.waitForSelector('[data-minors="on"]');
  await page.click('[data-tab="feed"]');
  await context.setOffline(true);
  await page.click('[data-tab="me"]');
  await page.waitForSelector('.minors-head');
  assert.equal(await page.locator('[data-action="sign-in"]').isVisible(), false);
});

test('no way out of the mode from a locked episode, nor from the studio', async () => {
  rate(HEIRESS, 6);
  const signIn = page.locator('.notice button:has-text("sign in")');
  const visit = async (path, notice) => {
    await page.goto(`${server.url}${path}`);
    await page.waitForSelector(notice);
    return signIn.count();
  };
  const locked = '[data-active="true"][data-trouble="locked"] .notice';
  assert.equal(await visit(`/watch/${LOCKED}`, locked), 1);
  assert.equal(await visit('/studio', '.notice:has-text("creator")'), 1);
  await switchOn(12, 0);
  await submit();
  await page.waitForSelector('[data-minors="on"]');
  assert.equal(await visit(`/watch/${LOCKED}`, locked), 0);
  assert.equal(await visit('/studio', '.notice:has-text("switched off first")'), 0);
  await shot('minors-studio');
});

test('the mode is known though nobody can tell the minutes', async () => {
  await switchOn(12, 60);
  await submit();
  await page.waitForSelector('[data-minors="on"]');
  // This browser has not heard of it yet.
  await page.evaluate(() => localStorage.removeItem('cliffhanger.minors'));
  await page.route('**/v1/me/daily-time', (route) => route.fulfill({ status: 500, body: '{}' }));
  await page.reload();
  await page.waitForSelector('[data-minors="on"] >> text=60 minutes a day');
  assert.equal(await page.locator('[data-action="sign-in"]').isVisible(), false);
  assert.equal(await page.evaluate(() => localStorage.getItem('cliffhanger.minors')), 'on');
});

test('a creator rates a series in the studio, and takes it back', async () => {
  await signUp('creator@example.test');
  await page.click('[data-action="studio"]');
  await page.waitForSelector(`[data-series-id="${HEIRESS}"]:has-text("Not rated")`);
  await page.click(`[data-series-id="${HEIRESS}"]`);
  await page.selectOption('#age-rating', '16');
  await page.waitForSelector('.toast');
  assert.equal(server.mock.library.oneSeries(HEIRESS).ageRating, 16);
  await page.locator('[data-panel="rating"]').scrollIntoViewIfNeeded();
  await shot('studio-rating');
  await page.goto(`${server.url}/studio`);
  await page.waitForSelector(`[data-series-id="${HEIRESS}"]:has-text("16+")`);
  await shot('studio-list');
  await page.click(`[data-series-id="${HEIRESS}"]`);
  await page.waitForSelector('#age-rating');
  assert.equal(await page.locator('#age-rating').inputValue(), '16');
  await page.selectOption('#age-rating', '');
  await page.waitForSelector('.toast');
  assert.equal('ageRating' in server.mock.library.oneSeries(HEIRESS), false);
  // What can't be saved goes back.
  await page.route('**/v1/series/*', (route) =>
    route.request().method() === 'PATCH' ? route.fulfill({ status: 403, body: '{}' }) : route.continue(),
  );
  await page.selectOption('#age-rating', '12');
  await page.waitForFunction(() => document.querySelector('#age-rating').value === '');
});
