// How many bytes a creator may store, as programs see it that upload.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person} from './lib/api.mjs';
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
});
