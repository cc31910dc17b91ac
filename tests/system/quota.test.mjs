// How many bytes a creator, and all of a tenant together, may store, as programs see it that upload.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {House} from './lib/house.mjs';

describe('the quota', () => {
  const house = new House({settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_INGEST_QUOTA_BYTES: '5000'}});
  let maker, boss, viewer, episode;

  before(async () => {
    await house.start();
    const made = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [maker, viewer] = [await creator(house.url), await guest(house.url)];
    ({episode} = await makeEpisode(maker));
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });
  const usage = async () => (await maker.get('/v1/storage/usage')).usage;
  const create = (length, headers = {}) => maker.raw('POST', '/uploads', undefined, {'Tus-Resumable': '1.0.0',
    ...(length !== null && {'Upload-Length': String(length)}),
    'Upload-Metadata': `episode_id ${Buffer.from(episode.episodeId).toString('base64')}`, ...headers});

  test('a creator reads what they store, and no more fits than they may', async () => {
    const bytes = 4000;
    assert.equal((await create(bytes)).status, 201);
    assert.equal((await usage()).usedBytes, String(bytes));
    assert.equal((await usage()).limitBytes, '5000');
    assert.equal((await create(1001)).status, 413);
    const {usage: set} = await boss.post(`/v1/creators/${maker.account.userId}/storage-limit`, {limitBytes: String(bytes + 10)});
    assert.equal(set.ownLimit, true);
    const refused = await create(11);
    assert.equal(refused.status, 413);
    assert.match(refused.headers.get('content-type'), /^application\/problem\+json/);
    const problem = await refused.json();
    assert.equal(problem.code, 'QUOTA_EXCEEDED');
    assert.equal(problem.used_bytes, String(bytes));
    assert.equal(problem.limit_bytes, String(bytes + 10));
    // A length that is told last: what fits is kept, and the next part is refused.
    const open = await create(null, {'Upload-Defer-Length': '1'});
    assert.equal(open.status, 201);
    const where = new URL(open.headers.get('location'), house.url);
    const patch = (offset, size) => fetch(where, {method: 'PATCH', body: Buffer.alloc(size), headers: {Authorization: `Bearer ${maker.token}`,
      'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream'}});
    assert.equal((await patch(0, 10)).status, 204);
    assert.equal((await patch(10, 1)).status, 413);
    const head = await fetch(where, {method: 'HEAD', headers: {Authorization: `Bearer ${maker.token}`, 'Tus-Resumable': '1.0.0'}});
    assert.equal(head.headers.get('upload-offset'), '10');
    await maker.raw('DELETE', where.pathname, undefined, {'Tus-Resumable': '1.0.0'});
    assert.equal((await create(10)).status, 201);
    await assert.rejects(viewer.get('/v1/storage/usage'), (error) => error.status === 403);
    await assert.rejects(maker.get(`/v1/storage/usage?ownerId=${crypto.randomUUID()}`), (error) => error.status === 403);
    await assert.rejects(maker.post(`/v1/creators/${maker.account.userId}/storage-limit`, {limitBytes: '1'}), (error) => error.status === 403);
  });

  test('all creators of a tenant together have a limit that operators set and read', async () => {
    const quota = (...args) => cliffhanger(['quota', ...args], {CLIFFHANGER_URL: house.url, CLIFFHANGER_TOKEN: boss.token}).end;
    const used = async () => Number((await boss.get('/v1/storage/tenant-usage')).usage.usedBytes);
    const rivals = await Promise.all([creator(house.url), creator(house.url)]);
    for (const rival of rivals) rival.episode = (await makeEpisode(rival)).episode;
    const take = (rival, length) => rival.raw('POST', '/uploads', undefined, {'Tus-Resumable': '1.0.0',
      ...(length === null ? {'Upload-Defer-Length': '1'} : {'Upload-Length': String(length)}),
      'Upload-Metadata': `episode_id ${Buffer.from(rival.episode.episodeId).toString('base64')}`});
    assert.equal((await take(rivals[0], 1000)).status, 201);
    const before = await used();
    assert.match((await quota()).out, new RegExp(`^tenant default: ${before} bytes, no limit\n$`));
    const set = await quota('--set', String(before + 95));
    assert.equal(set.code, 0, set.err);
    assert.equal(set.out, `tenant default: ${before} of ${before + 95} bytes (a limit of its own)\n`);

    const refused = await take(rivals[1], 96);
    assert.equal(refused.status, 413);
    assert.match(refused.headers.get('content-type'), /^application\/problem\+json/);
    const problem = await refused.json();
    assert.equal(problem.code, 'TENANT_QUOTA_EXCEEDED');
    assert.equal(problem.limit_bytes, String(before + 95));
    assert.equal(problem.wanted_bytes, '96');
    assert.ok(!('used_bytes' in problem), 'what others store');

    const answers = await Promise.all(Array.from({length: 20}, (_, i) => take(rivals[i % 2], 10)));
    assert.deepEqual(answers.map((it) => it.status).sort(), [...Array(9).fill(201), ...Array(11).fill(413)]);
    assert.equal(await used(), before + 90);

    // A length that is told last: what fits is kept, what doesn't is refused, and ending it makes room for others.
    const open = new URL((await take(rivals[0], null)).headers.get('location'), house.url);
    const patch = (offset, size) => fetch(open, {method: 'PATCH', body: Buffer.alloc(size), headers: {Authorization: `Bearer ${rivals[0].token}`,
      'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream'}});
    assert.equal((await patch(0, 5)).status, 204);
    const full = await patch(5, 1);
    assert.equal(full.status, 413);
    assert.equal((await full.json()).code, 'TENANT_QUOTA_EXCEEDED');
    assert.equal((await take(rivals[1], 5)).status, 413);
    await rivals[0].raw('DELETE', open.pathname, undefined, {'Tus-Resumable': '1.0.0'});
    assert.equal((await take(rivals[1], 5)).status, 201);

    assert.match((await quota('--creator', rivals[1].account.userId)).out, /^creator \S+: \d+ of 5000 bytes \(the deployment's limit\)\n$/);
    assert.match((await quota('--tenant', 'elsewhere')).out, /^tenant elsewhere: 0 bytes, no limit\n$/);
    assert.match((await quota('--set', 'none')).out, /no limit/);
    assert.equal((await take(rivals[0], 96)).status, 201);
    assert.equal((await quota('--set', 'much')).code, 2);
    await assert.rejects(maker.get('/v1/storage/tenant-usage'), (error) => error.status === 403);
    await assert.rejects(maker.post('/v1/tenants/default/storage-limit', {limitBytes: '1'}), (error) => error.status === 403);
  });
});
