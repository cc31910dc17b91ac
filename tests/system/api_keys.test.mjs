// API keys as creators' programs use them: made, also by operators for partners, used for a whole way from a series to a published episode's upload, refused where their scopes end, ended,
// expired, and counted, with Redis and without.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {chromium} from 'playwright-core';

import {creator, guest, makeEpisode, Person} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {gate} from './lib/gate.mjs';
import {House, until} from './lib/house.mjs';

const password = 'correct horse battery';

describe('API keys', () => {
  const house = new House({settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_RATE_PER_SECOND: '2', CLIFFHANGER_RATE_BURST: '40',
    CLIFFHANGER_TRUSTED_PROXIES: '1', CLIFFHANGER_TENANTS: 'default,elsewhere'}});
  let redis, maker, boss, addresses = 0;
  const address = () => ({'X-Forwarded-For': `203.0.113.${++addresses}`});
  const make = async (scopes, more = {}, owner = maker) =>
      owner.call('POST', '/v1/api-keys', {name: 'render farm', scopes: scopes.map((it) => `API_KEY_SCOPE_${it}`), password, ...more}, address());
  const by = (key) => new Person(house.url, key, address());
  const refused = async (asking, status, code) => assert.rejects(asking, (error) => {
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    return true;
  });
  const until401 = (person, code) => until(code, async () => {
    const answer = await person.raw('GET', '/v1/series?mine=true');
    return answer.status === 401 && (await answer.json()).code === code;
  }, {seconds: 10, every: 200});

  before(async () => {
    redis = await gate(path.join(house.dir, 'redis.sock'));
    house.settings.CLIFFHANGER_REDIS_URL = `redis://127.0.0.1:${redis.port}`;
    await house.start();
    const made = await new Person(house.url, '', address()).post('/v1/accounts', {email: 'boss@example.com', password, displayName: 'Boss'});
    boss = Object.assign(new Person(house.url, made.tokens.accessToken, address()), {account: made.account});
    maker = await creator(house.url, address());
  });
  after(async () => {
    const codes = await house.stop();
    redis.close();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a key brings a film, as its owner', async () => {
    const {key, apiKey} = await make(['READ', 'UPLOAD']);
    assert.match(key, /^chk_[A-Za-z0-9_-]{43}$/);
    const program = by(key);
    assert.equal((await program.get('/v1/me')).account.userId, maker.account.userId);
    const {series, episode} = await makeEpisode(program);
    assert.equal(series.ownerId, maker.account.userId);
    const tus = (method, at, headers, body) => fetch(new URL(at, house.url), {method, body,
      headers: {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${key}`, ...address(), ...headers}});
    const made = await tus('POST', '/uploads', {'Upload-Length': '1000', 'Upload-Metadata': `episode_id ${Buffer.from(episode.episodeId).toString('base64')}`});
    assert.equal(made.status, 201);
    const where = made.headers.get('location');
    assert.equal((await tus('PATCH', where, {'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream'}, Buffer.alloc(400))).status, 204);
    assert.equal((await tus('HEAD', where)).headers.get('upload-offset'), '400');
    assert.equal((await program.get(`/v1${where}`)).upload.offset, '400');
    const [listed] = (await maker.get('/v1/api-keys')).apiKeys;
    assert.equal(listed.apiKeyId, apiKey.apiKeyId);
    assert.deepEqual([listed.state, listed.madeByOperator], ['API_KEY_STATE_LIVE', false]);
    await until('its use is noted', async () => (await maker.get('/v1/api-keys')).apiKeys[0].lastUseTime, {every: 1000});
    assert.equal(listed.prefix, key.slice(0, 8));
    assert.equal(JSON.stringify(listed).includes(key.slice(8)), false);
    for (const name of house.names()) assert.equal(house.log(name).includes(key.slice(8)), false, 'a key is in no log');
    assert.equal(house.sql(`SELECT count(*) FROM api_key k WHERE row_to_json(k)::text LIKE '%${key.slice(8)}%'`, 'accounts'), '0');
  });

  test('the command line takes one', async () => {
    const {key, apiKey} = await make(['READ', 'UPLOAD']);
    const file = path.join(house.dir, '1 A night.mp4');
    fs.writeFileSync(file, Buffer.alloc(1000));
    const upload = () => cliffhanger(['upload', file, '--series', 'By a key', '--no-wait'],
        {CLIFFHANGER_URL: house.url, CLIFFHANGER_TOKEN: key, XDG_STATE_HOME: path.join(house.dir, 'cli')}).end;
    const {code, out, err} = await upload();
    assert.equal(code, 0, err);
    assert.match(out, /1 of 1 files sent/);
    assert.ok((await maker.get('/v1/series?mine=true')).series.some((it) => it.title === 'By a key'));
    await maker.call('DELETE', `/v1/api-keys/${apiKey.apiKeyId}`);
    await until401(by(key), 'API_KEY_REVOKED');
    fs.writeFileSync(file, Buffer.alloc(2000));
    const refusedNow = await upload();
    assert.equal(refusedNow.code, 1);
    assert.match(refusedNow.err, /TOKEN_REFUSED|API_KEY_REVOKED/);
  });

  test('it may what its scopes say and nothing else', async () => {
    const {episode} = await makeEpisode(maker);
    const reader = by((await make(['READ'])).key), publisher = by((await make(['PUBLISH'])).key), all = by((await make(['READ', 'UPLOAD', 'PUBLISH'])).key);
    assert.equal((await reader.get(`/v1/episodes/${episode.episodeId}`)).episode.title, 'One');
    await refused(reader.post('/v1/series', {title: 'No', language: 'en'}), 403, 'API_KEY_SCOPE');
    await refused(publisher.get(`/v1/episodes/${episode.episodeId}`), 403, 'API_KEY_SCOPE');
    await refused(publisher.post(`/v1/episodes/${episode.episodeId}:publish`), 409, 'EPISODE_NOT_READY');
    for (const [method, url, body] of [['GET', '/v1/api-keys'], ['POST', '/v1/api-keys', {name: 'x', scopes: ['API_KEY_SCOPE_READ'], password}],
      ['POST', '/v1/me:erase', {password}], ['GET', '/v1/feed'], ['POST', '/v1/playback/sessions', {episodeId: episode.episodeId}],
      ['POST', '/v1/sessions:sign-out-everywhere', {}]]) {
      const answer = await all.raw(method, url, body);
      assert.equal(answer.status, 403, `${method} ${url}`);
      assert.equal((await answer.json()).code, 'API_KEY_SCOPE', url);
    }
    const viewer = await guest(house.url, address());
    await refused(make(['READ'], {}, viewer), 403, 'ROLE_TOO_LOW');
    await refused(make(['READ'], {password: 'guessed'}), 401, 'WRONG_CREDENTIALS');
    await refused(make(['READ', 'READ']), 400, 'INVALID_REQUEST');
  });

  test('one that is ended is refused within ten seconds, at every edge, by its owner or an operator', async () => {
    for (const who of [maker, boss]) {
      const {key, apiKey} = await make(['READ']);
      const program = by(key);
      await program.get('/v1/series?mine=true');
      assert.ok((await who.call('DELETE', `/v1/api-keys/${apiKey.apiKeyId}`)).apiKey.revokeTime);
      await until401(program, 'API_KEY_REVOKED');
      const mine = (await maker.get('/v1/api-keys')).apiKeys.find((it) => it.apiKeyId === apiKey.apiKeyId);
      assert.equal(mine.revokedByOperator, who === boss);
    }
    const stranger = await creator(house.url, address());
    const {key, apiKey} = await make(['READ']);
    await refused(stranger.call('DELETE', `/v1/api-keys/${apiKey.apiKeyId}`), 404, 'API_KEY_NOT_FOUND');
    await refused(stranger.get(`/v1/api-keys?userId=${maker.account.userId}`), 404, 'ACCOUNT_NOT_FOUND');
    await by(key).get('/v1/series?mine=true');
  });

  test('an operator makes, sees and ends keys of a partner, by REST and from the command line; the partner sees that', async () => {
    const partner = await creator(house.url, address());
    const {userId} = partner.account;
    const {key, apiKey} = await make(['READ', 'UPLOAD'], {userId}, boss);
    const program = by(key);
    assert.equal((await program.get('/v1/me')).account.userId, userId);
    const {series} = await makeEpisode(program);
    assert.equal(series.ownerId, userId);
    const env = {CLIFFHANGER_URL: house.url, CLIFFHANGER_TOKEN: boss.token, CLIFFHANGER_PASSWORD: password};
    const keys = (...args) => cliffhanger(['keys', ...args], env).end;
    const made = await keys('create', 'render \u001b[2J farm', '--scopes', 'read,publish', '--days', '7', '--account', userId);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^chk_[A-Za-z0-9_-]{43}\n$/, 'the key alone, for a script');
    assert.match(made.err, /may read,publish until .* the only time/);
    assert.equal((await by(made.out.trim()).get('/v1/me')).account.userId, userId);
    const listed = await keys('list', '--account', userId);
    const lines = listed.out.trim().split('\n');
    assert.equal(lines.length, 2, listed.out);
    assert.ok(lines.every((line) => line.includes('live, made by an operator')), listed.out);
    assert.ok(!listed.out.includes('\u001b') && listed.out.includes('?[2J farm'), 'a name is no command to the terminal');
    const seen = (await partner.get('/v1/api-keys')).apiKeys;
    assert.deepEqual(seen.map((it) => [it.scopes.length, it.madeByOperator]), [[2, true], [2, true]]);
    assert.equal(seen.find((it) => it.apiKeyId === apiKey.apiKeyId).state, 'API_KEY_STATE_LIVE');
    const ended = await keys('end', apiKey.apiKeyId);
    assert.equal(ended.code, 0, ended.err);
    assert.match(ended.out, /ended by an operator/);
    await until401(program, 'API_KEY_REVOKED');
    const lines_of = house.names().map((name) => house.log(name)).join('\n').split('\n');
    for (const what of ['api key made', 'api key ended'])
      assert.ok(lines_of.some((line) => [what, apiKey.apiKeyId, userId, boss.account.userId].every((it) => line.includes(it))), `${what}: by whom`);
    const wrong = await cliffhanger(['keys', 'create', 'x', '--scopes', 'read'], {...env, CLIFFHANGER_PASSWORD: 'guessed'}).end;
    assert.deepEqual([wrong.code, wrong.out], [1, '']);
    assert.match(wrong.err, /WRONG_CREDENTIALS/, 'and not that the token is bad');
    const none = await cliffhanger(['keys', 'create', 'x', '--scopes', 'read'], {...env, CLIFFHANGER_PASSWORD: ''}).end;
    assert.match(none.err, /NO_PASSWORD/);
    for (const args of [[], ['create', 'x'], ['create', 'x', '--scopes', 'all'], ['create', 'x', '--scopes', 'read', '--days', '731'], ['end', 'x'], ['list', '--days', '1']])
      assert.equal((await keys(...args)).code, 2, args.join(' '));
  });

  test('on the page a creator makes one, sees it used, and ends it', async (context) => {
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
    context.after(() => browser.close());
    const owner = await creator(house.url, address());
    const page = await browser.newPage({viewport: {width: 390, height: 844}, locale: 'en-GB', extraHTTPHeaders: address()});
    await page.addInitScript((session) => localStorage.setItem('cliffhanger.session', session), JSON.stringify({account: owner.account,
      tokens: {accessToken: owner.token, refreshToken: 'x', accessExpireTime: new Date(Date.now() + 600_000).toISOString()}}));
    await page.goto(`${house.url}/studio/keys`);
    await page.click('[data-action="new-key"]', {timeout: 60_000});
    await page.getByLabel('Name').fill('From the page');
    await page.getByRole('checkbox', {name: 'Read'}).check();
    await page.getByLabel('Password of this account').fill('guessed');
    await page.click('dialog button[type="submit"]');
    await page.waitForSelector('.form-error:text("password is wrong")');
    await page.getByLabel('Password of this account').fill(password);
    await page.click('dialog button[type="submit"]');
    const program = by(await page.locator('.key-secret').textContent());
    await program.get('/v1/series?mine=true');
    await refused(program.post('/v1/series', {title: 'No', language: 'en'}), 403, 'API_KEY_SCOPE');
    await page.click('[data-action="stored-key"]');
    await until('the page tells its use', async () => {
      await page.reload();
      return /Active.*Read.*Last use(?!Never)/.test(await page.locator('.key').textContent());
    }, {every: 1000});
    await page.click('[data-action="end"]');
    await page.click('[data-action="end-key"]');
    await page.waitForSelector('.key[data-standing="ended"]');
    await until401(program, 'API_KEY_REVOKED');
  });

  test('nobody makes keys for others but operators of the tenant, and nobody learns who is there', async () => {
    const [mallory, victim] = [await creator(house.url, address()), await creator(house.url, address())];
    const foreign = await creator(house.url, {...address(), 'X-Cliffhanger-Tenant': 'elsewhere'});
    const nobody = '0193b6c0-0000-7000-8000-00000000dead';
    const answers = new Set();
    for (const userId of [victim.account.userId, nobody, boss.account.userId, foreign.account.userId]) {
      const answer = await mallory.raw('POST', '/v1/api-keys', {name: 'x', scopes: ['API_KEY_SCOPE_READ'], password, userId}, address());
      assert.equal(answer.status, 404);
      const {code, detail} = await answer.json();
      answers.add(`${code} ${detail}`);
    }
    assert.deepEqual([...answers].length, 1, [...answers].join());
    await refused(make(['READ'], {userId: foreign.account.userId}, boss), 404, 'ACCOUNT_NOT_FOUND');
    await refused(boss.get(`/v1/api-keys?userId=${foreign.account.userId}`), 404, 'ACCOUNT_NOT_FOUND');
    const viewer = await guest(house.url, address());
    await refused(make(['READ'], {userId: viewer.account.userId}, boss), 409, 'NOT_A_CREATOR');
    assert.equal(house.sql(`SELECT count(*) FROM api_key WHERE user_id IN ('${victim.account.userId}', '${foreign.account.userId}')`, 'accounts'), '0');
  });

  test('the keys of an account that is erased end', async () => {
    const leaver = await creator(house.url, address());
    const {key} = await make(['READ'], {}, leaver);
    const program = by(key);
    await program.get('/v1/series?mine=true');
    await leaver.post('/v1/me:erase', {password});
    await until401(program, 'API_KEY_INVALID');
    await refused(make(['READ'], {userId: leaver.account.userId}, boss), 404, 'ACCOUNT_NOT_FOUND');
  });

  test('one that has expired or never was is refused', async () => {
    const {key, apiKey} = await make(['READ'], {days: 1});
    const program = by(key);
    await program.get('/v1/series?mine=true');
    house.sql(`UPDATE api_key SET expires_at = now() WHERE api_key_id = '${apiKey.apiKeyId}'`, 'accounts');
    await until401(program, 'API_KEY_EXPIRED');
    const answer = await by(`chk_${'x'.repeat(43)}`).raw('GET', '/v1/me');
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).code, 'API_KEY_INVALID');
    assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
  });

  test('each is counted for itself, and one may have a limit of its own; with Redis, and without', async () => {
    const burst = async (person, count) => {
      const answers = await Promise.all(Array.from({length: count}, () => person.raw('GET', '/v1/me')));
      const over = answers.filter((it) => it.status === 429);
      for (const it of over) assert.ok(Number(it.headers.get('retry-after')) >= 1);
      assert.equal(answers.filter((it) => ![200, 429].includes(it.status)).length, 0);
      return {passed: count - over.length, of: new Set(await Promise.all(over.map(async (it) => (await it.json()).detail)))};
    };
    // A bucket fills while it is emptied.
    const about = (value, wanted, what) => assert.ok(value >= wanted && value <= wanted + 10, `${what}: ${value} passed, not about ${wanted}`);
    for (const way of ['with Redis', 'without Redis']) {
      const owner = await creator(house.url, address());
      const [slow, fast] = [by((await make(['READ'], {requestsPerSecond: 1}, owner)).key), by((await make(['READ'], {}, owner)).key)];
      for (const one of [slow, fast]) await one.get('/v1/me');
      if (way === 'without Redis') redis.refuse();
      const small = await burst(slow, 40);
      about(small.passed, 19, `${way}: half of the general limit`);
      assert.ok([...small.of].every((detail) => detail.includes('of this key')), [...small.of].join());
      about((await burst(fast, 45)).passed, 39, `${way}: the general limit`);
      redis.open();
    }
  });

  test('without accounts keys wait, and who is signed in goes on', async () => {
    const {key} = await make(['READ']);
    const program = by(key);
    await program.get('/v1/series?mine=true');
    house.sql('ALTER TABLE api_key RENAME TO away', 'accounts');
    try {
      const late = await until('the key is looked up again', async () => {
        const answer = await program.raw('GET', '/v1/series?mine=true');
        return answer.status !== 200 && answer;
      }, {every: 1000});  // no more often than its limit allows
      assert.ok(late.status >= 500, `${late.status}: nobody can say that it is wrong`);
      await maker.get('/v1/series?mine=true');
    } finally {
      house.sql('ALTER TABLE away RENAME TO api_key', 'accounts');
    }
    await until('the key is good again', async () => (await program.raw('GET', '/v1/series?mine=true')).status === 200);
  });
});
