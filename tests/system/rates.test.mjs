// Rate limits of keys, accounts, addresses and tenants, with Redis there, slow, silent and away: they go on holding, nobody waits for Redis,
// and they are shared again when it is back.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {guest, Person} from './lib/api.mjs';
import {gate} from './lib/gate.mjs';
import {House, until} from './lib/house.mjs';

const password = 'correct horse battery';
// As many as asked for at once: how many passed, and what the others were told.
async function burst(person, count, headers) {
  const answers = await Promise.all(Array.from({length: count}, () => person.raw('GET', '/v1/me', undefined, headers)));
  const refused = answers.filter((it) => it.status === 429);
  for (const answer of refused) {
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  }
  const others = answers.filter((it) => it.status !== 429 && it.status !== 200);
  assert.deepEqual(others.map((it) => it.status), []);
  const details = await Promise.all(refused.map(async (it) => (await it.json()).detail));
  return {passed: count - refused.length, of: [...new Set(details.map((it) => /of this (\w+)/.exec(it)[1]))]};
}
// A bucket fills while it is emptied: on a machine that is busy a few more pass.
const about = (value, wanted, what) => assert.ok(value >= wanted && value <= wanted + 15, `${what}: ${value} passed, not about ${wanted}`);

describe('rate limits', () => {
  // Proxies of ours say who asks, so that tests come from many addresses.
  const house = new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '1', CLIFFHANGER_RATE_BURST: '20', CLIFFHANGER_TRUSTED_PROXIES: '1',
    CLIFFHANGER_RATE_TENANT_PER_SECOND: '1', CLIFFHANGER_RATE_TENANT_BURST: '300', CLIFFHANGER_TENANTS: 'default,elsewhere,third'}});
  let redis, addresses = 0;
  const address = () => ({'X-Forwarded-For': `203.0.113.${++addresses}`});

  before(async () => {
    redis = await gate(path.join(house.dir, 'redis.sock'));
    house.settings.CLIFFHANGER_REDIS_URL = `redis://127.0.0.1:${redis.port}`;
    await house.start();
  });
  after(async () => {
    await house.stop();
    redis.close();
  });

  const someone = (tenant, from = address()) => guest(house.url, {'X-Cliffhanger-Tenant': tenant, ...from});

  test('a key, and what one has used up is not another\'s', async () => {
    const greedy = await someone('default'), modest = await someone('default');
    const {passed, of} = await burst(greedy, 60);
    about(passed, 20, 'a key');
    assert.deepEqual(of, ['key']);
    assert.equal((await burst(modest, 5)).passed, 5);
  });

  test('an account, by however many keys it asks', async () => {
    const anyone = new Person(house.url, '', address());
    const email = `keys-${Date.now()}@example.com`;
    const {tokens} = await anyone.post('/v1/accounts', {email, password, displayName: 'K'});
    const keys = [tokens.accessToken];
    for (let i = 0; i < 3; ++i) keys.push((await new Person(house.url, '', address()).post('/v1/sessions', {email, password})).tokens.accessToken);
    const results = [];
    for (const key of keys) results.push(await burst(new Person(house.url, key, address()), 20));
    about(results.reduce((sum, it) => sum + it.passed, 0), 40, 'an account');
    assert.ok(results[3].of.includes('account'), JSON.stringify(results));
  });

  test('an address, by however many accounts', async () => {
    const from = address();
    const people = [];
    for (let i = 0; i < 11; ++i) people.push(new Person(house.url, (await someone('elsewhere')).token, from));
    const results = await Promise.all(people.map((person) => burst(person, 20)));
    about(results.reduce((sum, it) => sum + it.passed, 0), 200, 'an address');
    assert.ok(results.some((it) => it.of.includes('address')));
    // Who has no token has the general limit of the address, and the person elsewhere is none the worse.
    const without = await Promise.all(Array.from({length: 40}, () => fetch(`${house.url}/v1/series`, {headers: from})));
    about(without.filter((it) => it.status !== 429).length, 20, 'an address without a token');
  });

  test('a tenant, by however many addresses and accounts; no other tenant', async () => {
    const people = [];
    for (let i = 0; i < 16; ++i) people.push(await someone('third'));
    const results = [];
    for (const person of people) results.push(await burst(person, 20));
    about(results.reduce((sum, it) => sum + it.passed, 0), 300, 'a tenant');
    assert.ok(results.at(-1).of.includes('tenant'), JSON.stringify(results.at(-1)));
    assert.equal((await burst(await someone('default'), 5)).passed, 5);
  });

  test('Redis away, silent or slow: limits hold, nobody waits, and they are shared again', async () => {
    for (const [what, harm] of [['away', () => redis.refuse()], ['silent', () => redis.stall()], ['slow', () => redis.slow(400)]]) {
      const [before, during, later] = [await someone('default'), await someone('default'), await someone('default')];
      about((await burst(before, 40)).passed, 20, `before it is ${what}`);
      const said = () => house.log('all').split('counted in Redis again').length;
      const times = said();
      harm();
      await burst(during, 5);
      await sleep(100);
      about((await burst(during, 60)).passed, 15, `while it is ${what}`);
      // Another that comes now is let in and bounded too.
      about((await burst(later, 60)).passed, 20, `another while it is ${what}`);
      redis.open();
      await until('Redis counts again', async () => {
        await (await someone('elsewhere', {'X-Forwarded-For': '198.51.100.9'})).raw('GET', '/v1/me').catch(() => {});
        return said() > times;
      }, {every: 500});
      // What was used up in Redis before is not given twice, but for what has flowed in meanwhile, and flows in while it is asked for.
      const asked = Date.now(), {passed} = await burst(before, 60);
      assert.ok(passed <= 20 + Math.ceil((Date.now() - asked) / 1000), `${passed}`);
    }
  });
});
