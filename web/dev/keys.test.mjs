// The page of API keys in a real browser against the mock, on a phone and a desktop: part of `npm run test:browser`.
// With SCREENSHOTS set to a folder, pictures of what is shown are kept there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from './mock.mjs';
import { launch, openPhone } from './phone.mjs';

const DAY_MS = 86_400_000;
const password = 'correct horse';

let server;
let browser;
let context;
let page;
let complaints;

before(async () => {
  server = await startMock({ seconds: 2 });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  Object.assign(server.mock.keys, { broken: 0, loses: false });
  server.mock.users.clear();
  await open({});
});

afterEach(async () => {
  const wide = await page.evaluate(() => document.querySelector('.main').scrollWidth > innerWidth);
  await context.close();
  assert.equal(wide, false, 'the page scrolls sideways');
  assert.deepEqual(complaints, []);
});

async function open(options) {
  ({ context, page, complaints } = await openPhone(browser, {
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  }));
}
const shot = async (name) => {
  if (process.env.SCREENSHOTS)
    await page.screenshot({
      path: join(process.env.SCREENSHOTS, `${name}.png`),
      animations: 'disabled',
    });
};
const me = () => [...server.mock.users.values()].at(-1);
const signUp = async (email) => {
  await page.goto(`${server.url}/me`);
  await page.click('[data-action="sign-up"]');
  await page.fill('input[type="email"]', email);
  await page.fill('input[type="password"]', password);
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('[data-action="sign-out"]');
};
const keysPage = async () => {
  await page.goto(`${server.url}/studio/keys`);
  await page.waitForSelector('.keys[aria-busy="false"]');
};
const fillIn = async (name, scopes) => {
  await page.click('[data-action="new-key"]');
  await page.getByLabel('Name').fill(name);
  for (const scope of scopes) await page.getByRole('checkbox', { name: scope }).check();
  await page.getByLabel('Password of this account').fill(password);
};
const submit = () => page.click('dialog button[type="submit"]');
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
// Some of each kind, as they come about over months.
const someKeys = () => {
  const user = me();
  const { keys } = server.mock;
  const ago = (ms) => new Date(Date.now() - ms).toISOString();
  keys.add(user, {
    name: 'The old laptop',
    scopes: ['API_KEY_SCOPE_READ'],
    expireTime: ago(3 * DAY_MS),
    createTime: ago(93 * DAY_MS),
  });
  keys.add(user, {
    name: 'Partner, before the summer',
    scopes: ['API_KEY_SCOPE_READ', 'API_KEY_SCOPE_UPLOAD', 'API_KEY_SCOPE_PUBLISH'],
    revokeTime: ago(DAY_MS),
    revokedByOperator: true,
    lastUseTime: ago(2 * DAY_MS),
  });
  keys.add(user, {
    name: 'Subtitles',
    scopes: ['API_KEY_SCOPE_UPLOAD'],
    days: 3,
    lastUseTime: ago(60_000),
    madeByOperator: true,
  });
  keys.add(user, {
    name: 'Render-farm-in-the-cellar-with-a-name-that-is-as-long-as-60',
    scopes: ['API_KEY_SCOPE_READ', 'API_KEY_SCOPE_UPLOAD'],
  });
};

test('a key is made, shown once, copied, listed and ended', async () => {
  await signUp('creator@example.test');
  await page.click('[data-action="studio"]');
  await page.click('[data-action="keys"]');
  await page.waitForSelector('.keys:has-text("You have no keys")');
  await shot('keys-none');
  await fillIn('Render farm', ['Read', 'Upload']);
  await page.getByLabel('Expires after').selectOption({ label: '30 days' });
  await shot('keys-new');
  await submit();
  const secret = page.getByRole('textbox', { name: 'The key' });
  const key = await secret.textContent();
  assert.match(key, /^chk_[\w-]{43}$/);
  const panel = page.getByRole('region', { name: 'Your new key: Render farm' });
  assert.match(await panel.textContent(), /shown this once/);
  assert.equal(
    await page.evaluate(() => document.activeElement?.id),
    'key-shown',
    'a screen reader begins there',
  );
  await page.waitForSelector('.key[data-standing="live"]');
  await shot('keys-shown');
  // Nothing takes it away but its owner.
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  assert.equal(await secret.textContent(), key);
  await panel.getByRole('button', { name: 'Copy' }).click();
  await page.waitForSelector('.toast:text("Copied")');
  assert.equal(await clipboard(), key);
  await panel.getByRole('button', { name: 'I have stored it' }).click();
  assert.equal(await page.locator('.key-shown').count(), 0);
  assert.equal((await page.content()).includes(key), false);
  assert.deepEqual([me().keys.length, me().keys[0].scopes.length, 'password' in me().keys[0]], [1, 2, false]);
  const row = page.locator('.key');
  assert.match(await row.textContent(), /Render farm.*Active.*ReadUpload.*Last use.*Never/);

  await page.getByRole('button', { name: 'End the key Render farm' }).click();
  await page.waitForSelector('dialog:has-text("within ten seconds")');
  await shot('keys-end');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.equal(me().keys[0].revokeTime, undefined, 'Return alone ends nothing');
  await page.getByRole('button', { name: 'End the key Render farm' }).click();
  await page.click('[data-action="end-key"]');
  await page.waitForSelector('.toast:has-text("has ended")');
  await page.waitForSelector('.key[data-standing="ended"]');
  assert.equal(await page.locator('[data-action="end"]').count(), 0);
  assert.ok(me().keys[0].revokeTime);
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the focus is not lost');
});

test('says what is wrong: no scope, a wrong password, too many, an answer that got lost', async () => {
  await signUp('creator@example.test');
  await keysPage();
  await fillIn('x', []);
  await submit();
  await page.waitForSelector('fieldset .form-error:has-text("at least one")');
  assert.equal(
    await page.evaluate(() => document.activeElement?.id),
    'key-API_KEY_SCOPE_READ',
    'where it is mended',
  );
  await page.getByRole('checkbox', { name: 'Publish' }).check();
  await page.getByLabel('Password of this account').fill('guessed');
  await submit();
  await page.waitForSelector('.form-error:text("password is wrong")');
  await shot('keys-wrong');
  assert.equal(me().keys.length, 0);
  await page.getByLabel('Password of this account').fill(password);
  server.mock.keys.loses = true;
  await submit();
  await page.waitForSelector('.form-error:has-text("may have been made")');
  assert.equal(await page.locator('.key').count(), 1, 'the list behind shows it');
  await page.keyboard.press('Escape');
  for (let made = me().keys.length; made < 20; made++)
    server.mock.keys.add(me(), { name: `k${made}`, scopes: ['API_KEY_SCOPE_READ'] });
  await fillIn('one more', ['Read']);
  await submit();
  await page.waitForSelector('.form-error:has-text("as many keys")');
});

test('a key that was not copied is not lost by a slip', async () => {
  await signUp('creator@example.test');
  await keysPage();
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await fillIn('Laptop', ['Read']);
  await submit();
  await page.click('[data-action="copy-key"]');
  await page.waitForSelector('.toast:has-text("copy it by hand")');
  const key = await page.locator('.key-secret').textContent();
  assert.equal(await page.evaluate(() => String(getSelection())), key, 'it is marked');
  const asked = page.waitForEvent('dialog');
  const leaving = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await leaving;
  assert.equal(await page.locator('.key-secret').textContent(), key);
  await page.click('[data-tab="search"]');
  await page.waitForSelector('.toast:has-text("was not copied")');
  await page.goBack();
  await page.waitForSelector('.key[data-standing="live"]');
  assert.equal(await page.locator('.key-secret').count(), 0, 'shown once');
});

test('keys of every state are told apart, on a phone and on a desktop', async () => {
  await signUp('creator@example.test');
  someKeys();
  await keysPage();
  const standings = () => page.locator('.key').evaluateAll((all) => all.map((each) => each.dataset.standing));
  assert.deepEqual(await standings(), ['live', 'soon', 'endedByOperator', 'expired']);
  assert.equal(await page.getByText('An operator made it for you').count(), 1);
  assert.equal(await page.locator('[data-action="end"]').count(), 2);
  await shot('keys-phone');
  await page.locator('[data-standing="expired"]').scrollIntoViewIfNeeded();
  await shot('keys-phone-over');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.querySelector('.main').scrollWidth <= innerWidth));
  await shot('keys-small');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator('.main').evaluate((main) => main.scrollTo(0, 0));
  await shot('keys-desktop');
});

test('a list that can’t be had says so and is asked for again; one that ended elsewhere too', async () => {
  await signUp('creator@example.test');
  someKeys();
  server.mock.keys.broken = 500;
  await keysPage();
  await page.waitForSelector('.keys [role="alert"]:has-text("This didn’t load")');
  await shot('keys-failed');
  server.mock.keys.broken = 0;
  await page.click('.keys [role="alert"] button');
  await page.waitForSelector('.key');
  await page.locator('[data-action="end"]').first().click();
  const gone = me().keys.shift();
  await page.click('[data-action="end-key"]');
  await page.waitForSelector('.form-error:has-text("any more")');
  me().keys.unshift(gone);
});

test('guests sign in first, and who is no creator makes no keys', async () => {
  await page.goto(`${server.url}/studio/keys`);
  await page.waitForSelector('.notice:has-text("Sign in")');
  await signUp('viewer@example.test');
  await keysPage();
  await page.waitForSelector('text=New keys are for creators');
  assert.equal(await page.locator('[data-action="new-key"]').count(), 0);
});

test('speaks Spanish', async () => {
  await context.close();
  await open({ locale: 'es-ES' });
  await signUp('creator@example.test');
  someKeys();
  await keysPage();
  await page.waitForSelector('h1:text("Claves de API")');
  await page.waitForSelector('.key:has-text("Caduca pronto")');
  await page.click('[data-action="new-key"]');
  await page.waitForSelector('legend:text("Qué puede hacer")');
  await shot('keys-es');
});
