// What people and programs get wrong: each gets a clear problem+json, the state says why, nothing hangs and nothing is lost.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, mediaState, Person, untilFailed, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House} from './lib/house.mjs';

describe('bad input', () => {
  const house = new House({settings: {CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES: '5000000'}});
  let maker, episode, series, good;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    ({series, episode} = await makeEpisode(maker));
    good = makeClip(path.join(house.dir, 'good.mp4'), {seconds: 3});
  });
  after(() => house.stop());

  const write = (name, bytes) => {
    const file = path.join(house.dir, name);
    fs.writeFileSync(file, bytes);
    return file;
  };
  const newEpisode = async () => (await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'E'})).episode.episodeId;
  // A problem document with the given status and code, and nothing else.
  const assertProblem = async (answer, status, code) => {
    const text = await answer.text();
    assert.equal(answer.headers.get('content-type'), 'application/problem+json', text);
    const document = JSON.parse(text);
    assert.deepEqual([answer.status, document.status, document.code], [status, status, code], text);
    assert.ok(document.title && document.detail, text);
    return document;
  };
  const tus = (method, target, headers = {}, body, token = maker.token) => fetch(house.url + target, {
    method, body, headers: {'Tus-Resumable': '1.0.0', ...(token && {Authorization: `Bearer ${token}`}), ...headers}});
  const b64 = (text) => Buffer.from(text).toString('base64');
  const create = (length, episodeId = episode.episodeId, token) => tus('POST', '/uploads',
      {'Upload-Length': String(length), 'Upload-Metadata': `filename ${b64('a.mp4')},episode_id ${b64(episodeId)}`}, undefined, token);
  const rejected = async (file) => {
    const id = await newEpisode();
    await upload(maker, file, id);
    return untilFailed(maker, id);
  };

  test('an empty file', async () => { await assertProblem(await create(0), 400, 'UPLOAD_EMPTY'); });

  test('a file over the limit', async () => {
    const answer = await create(5_000_001);
    await assertProblem(answer, 413, 'UPLOAD_TOO_LARGE');
  });

  test('a text file named .mp4', async () => {
    const state = await rejected(write('text.mp4', 'Once upon a time.\n'.repeat(1000)));
    assert.equal(state.mediaFailure, 'MEDIA_NOT_VIDEO');
    assert.ok(state.mediaFailureMessage.length > 10);
  });

  test('a truncated MP4', async () => {
    const whole = fs.readFileSync(good);
    const state = await rejected(write('cut.mp4', whole.subarray(0, whole.length / 3)));
    assert.match(state.mediaFailure, /^MEDIA_/);
    const headless = await rejected(write('headless.mp4', Buffer.concat([whole.subarray(0, 32), whole.subarray(whole.length / 2)])));
    assert.match(headless.mediaFailure, /^MEDIA_/);
  });

  test('a playlist that names a URL', async () => {
    const state = await rejected(write('list.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${house.url}/metrics\n#EXT-X-ENDLIST\n`));
    assert.equal(state.mediaFailure, 'MEDIA_NOT_VIDEO');
  });

  test('a failed episode takes a good file afterwards', async () => {
    const id = await newEpisode();
    await upload(maker, write('bad.mp4', 'no'), id);
    await untilFailed(maker, id);
    await upload(maker, good, id);
    assert.equal((await untilReady(maker, id)).mediaFailure ?? '', '');
  });

  test('a wrong offset, then the right one', async () => {
    const made = await create(10);
    assert.equal(made.status, 201);
    const at = new URL(made.headers.get('location'), house.url).pathname;
    const type = {'Content-Type': 'application/offset+octet-stream'};
    await assertProblem(await tus('PATCH', at, {...type, 'Upload-Offset': '5'}, 'abcde'), 409, 'WRONG_OFFSET');
    assert.equal((await tus('HEAD', at)).headers.get('upload-offset'), '0');
    assert.equal((await tus('PATCH', at, {...type, 'Upload-Offset': '0'}, 'abcde')).status, 204);
    assert.equal((await tus('HEAD', at)).headers.get('upload-offset'), '5');
    assert.equal((await tus('PATCH', at, {'Content-Type': 'text/plain', 'Upload-Offset': '5'}, 'x')).status, 415);
    assert.equal((await tus('DELETE', at)).status, 204);
    assert.ok([404, 410].includes((await tus('HEAD', at)).status));
  });

  test('no token, a wrong token, another\'s upload', async () => {
    await assertProblem(await create(10, episode.episodeId, ''), 401, 'TOKEN_MISSING');
    const forged = `${maker.token.slice(0, -8)}AAAAAAAA`;
    await assertProblem(await create(10, episode.episodeId, forged), 401, 'TOKEN_INVALID');
    await assertProblem(await new Person(house.url, forged).raw('GET', '/v1/me'), 401, 'TOKEN_INVALID');
    const made = await create(10);
    const at = new URL(made.headers.get('location'), house.url).pathname;
    const other = await creator(house.url);
    assert.equal((await tus('HEAD', at, {}, undefined, other.token)).status, 404);
    await assertProblem(await tus('DELETE', at, {}, undefined, other.token), 404, 'UPLOAD_NOT_FOUND');
    await assertProblem(await create(10, episode.episodeId, other.token), 404, 'EPISODE_NOT_FOUND');
    assert.equal((await tus('HEAD', at)).headers.get('upload-offset'), '0');
  });

  test('a viewer is no creator', async () => {
    const viewer = await guest(house.url);
    await assertProblem(await viewer.raw('POST', '/v1/series', {title: 'x', language: 'en'}), 403, 'ROLE_TOO_LOW');
  });

  test('every fault of a body at once, unknown fields, malformed JSON', async () => {
    const faults = await assertProblem(await maker.raw('POST', '/v1/series', {title: '', language: 'not a language', colour: 'red', tags: ['Über']}), 400, 'INVALID_REQUEST');
    const fields = faults.errors.map((it) => it.field).sort();
    assert.ok(fields.includes('colour'), JSON.stringify(faults));
    const limits = await assertProblem(await maker.raw('POST', '/v1/series', {title: '', language: 'not a language', tags: ['Über']}), 400, 'INVALID_REQUEST');
    assert.deepEqual(limits.errors.map((it) => it.field).sort(), ['language', 'tags[0]', 'title']);
    for (const body of ['{title:1}', '{"title":"a","title":"b"}', '{"title":"a",}', '', '[]', `${'['.repeat(1000)}`]) {
      const answer = await maker.raw('POST', '/v1/series', body);
      assert.equal(answer.status, 400, `${body.slice(0, 30)}: ${answer.status}`);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    }
    await assertProblem(await maker.raw('GET', '/v1/series?colour=red'), 400, 'INVALID_REQUEST');
    await assertProblem(await maker.raw('GET', '/v1/episodes/7'), 400, 'INVALID_REQUEST');
    await assertProblem(await maker.raw('GET', '/v1/nothing'), 404, 'ROUTE_NOT_FOUND');
    assert.equal((await maker.raw('DELETE', '/v1/series')).status, 405);
  });

  test('a page token of another query', async () => {
    for (let i = 0; i < 3; ++i) await newEpisode();
    const page = await maker.get(`/v1/series/${series.seriesId}/episodes?pageSize=1`);
    assert.ok(page.nextPageToken);
    const {series: other} = await makeEpisode(maker);
    await assertProblem(await maker.raw('GET', `/v1/series/${other.seriesId}/episodes?pageSize=1&pageToken=${page.nextPageToken}`), 400, 'BAD_PAGE_TOKEN');
    await assertProblem(await maker.raw('GET', '/v1/series?pageToken=nonsense'), 400, 'BAD_PAGE_TOKEN');
  });

  test('an Idempotency-Key replays its answer and refuses another body', async () => {
    const key = {'Idempotency-Key': 'k-1'};
    const one = await maker.post('/v1/series', {title: 'Same', language: 'en'}, key);
    const two = await maker.post('/v1/series', {title: 'Same', language: 'en'}, key);
    assert.deepEqual(one, two);
    await assertProblem(await maker.raw('POST', '/v1/series', {title: 'Other', language: 'en'}, key), 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  test('HLS with a forged, a foreign and no token', async () => {
    const id = await newEpisode();
    await upload(maker, good, id);
    await untilReady(maker, id);
    const {session} = await maker.post('/v1/playback/sessions', {episodeId: id});
    const url = house.url + session.playlistUrl;
    assert.equal((await fetch(url)).status, 200);
    const parts = session.playlistUrl.split('/');
    const forged = [...parts];
    forged[2] = forged[2].slice(0, -4) + (forged[2].endsWith('AAAA') ? 'BBBB' : 'AAAA');
    await assertProblem(await fetch(house.url + forged.join('/')), 403, 'TOKEN_INVALID');
    const foreign = [...parts];
    foreign[3] = '01890000-0000-7000-8000-000000000000';
    await assertProblem(await fetch(house.url + foreign.join('/')), 403, 'TOKEN_INVALID');
    assert.equal((await fetch(`${house.url}${parts.slice(0, 4).join('/')}/secret.mp4`)).status, 404);
    assert.equal((await fetch(`${house.url}${parts.slice(0, 4).join('/')}/..%2f..%2findex.json`)).status >= 400, true);
  });

  test('a draft is nobody else\'s to see or to play', async () => {
    const viewer = await guest(house.url);
    await assertProblem(await viewer.raw('GET', `/v1/episodes/${episode.episodeId}`), 404, 'EPISODE_NOT_FOUND');
    await assertProblem(await viewer.raw('POST', '/v1/playback/sessions', {episodeId: episode.episodeId}), 404, 'EPISODE_NOT_FOUND');
    await assertProblem(await maker.raw('POST', `/v1/episodes/${episode.episodeId}:publish`, {}), 409, 'EPISODE_NOT_READY');
    assert.equal((await mediaState(maker, episode.episodeId)).mediaState, 'MEDIA_STATE_NONE');
  });

  test('tenants see nothing of one another', async () => {
    const elsewhere = {'X-Cliffhanger-Tenant': 'elsewhere'};
    const foreign = await creator(house.url, elsewhere);
    await assertProblem(await foreign.raw('GET', `/v1/series/${series.seriesId}`), 404, 'SERIES_NOT_FOUND');
    assert.equal((await foreign.get('/v1/series?mine=true')).series?.length ?? 0, 0);
    await assertProblem(await create(10, episode.episodeId, foreign.token), 404, 'EPISODE_NOT_FOUND');
    assert.equal((await foreign.get('/v1/feed')).items?.length ?? 0, 0);
    // The token decides, whatever the header says.
    const liar = new Person(house.url, foreign.token, {'X-Cliffhanger-Tenant': 'default'});
    await assertProblem(await liar.raw('GET', `/v1/series/${series.seriesId}`), 404, 'SERIES_NOT_FOUND');
  });
});
