// Creators see how far their episode is, live, whatever happens to the servers; operators see the queue; and who gives up gets nothing back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, makeEpisode, mediaState, Person, Problem, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {EventReader} from './lib/events.mjs';
import {House, until} from './lib/house.mjs';

describe('progress', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_WORKER_COUNT: '1', CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  let maker, clip;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    clip = makeClip(path.join(house.dir, 'long.mp4'), {seconds: 40, size: '540x960'});
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  const newest = async (episode) => (await maker.get(`/v1/episodes/${episode.episodeId}/revisions`)).revisions[0];
  const refused = (promise, status, code) => assert.rejects(promise, (error) => {
    assert.ok(error instanceof Problem, error.stack);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });

  test('from the upload to ready, over the death of the edge and the loss of Redis', async () => {
    const {episode} = await makeEpisode(maker);
    const stream = new EventReader(maker, `/v1/episodes/${episode.episodeId}/events`);
    await until('the stream is open', () => stream.opened === 1);
    assert.deepEqual(stream.events, []);
    await upload(maker, clip, episode.episodeId);
    await until('progress is told', () => stream.events.some((it) => it.data.segmentsDone >= 3), {seconds: 120, every: 20});

    const heard = stream.events.length, before = stream.lastEventId;
    await house.restart('edge');
    await until('the reader came again', () => stream.opened >= 2);
    const again = stream.events.slice(heard);
    assert.ok(!again.some((it) => it.id === before), 'what was heard is told again');
    house.flushRedis();
    await until('it is ready', () => stream.over, {seconds: 240});

    const {events} = stream;
    for (const event of events) {
      assert.equal(event.event, 'progress');
      assert.equal(event.data.episodeId, episode.episodeId);
    }
    const of = (field) => events.map((it) => it.data[field]);
    for (const field of ['segmentsDone', 'percent']) {
      of(field).forEach((value, i, all) => assert.ok(i === 0 || value >= all[i - 1], `${field} goes back: ${all}`));
    }
    assert.equal(new Set(events.map((it) => it.id)).size, events.length, 'an event was told twice');
    assert.ok(of('stage').includes('REVISION_STAGE_ENCODING'), of('stage').join());
    assert.ok(of('state').includes('REVISION_STATE_PROVISIONAL'), of('state').join());
    assert.ok(events.some((it) => Number(it.data.timeLeftMs) > 0), 'nobody said how long it takes');
    const last = events.at(-1).data;
    assert.deepEqual([last.stage, last.state, last.percent], ['REVISION_STAGE_READY', 'REVISION_STATE_READY', 100]);
    assert.equal(last.timeLeftMs, undefined);
    assert.deepEqual(last, (await maker.get(`/v1/revisions/${last.revisionId}`)).revision);
    assert.equal(stream.status, 204);
    assert.equal(stream.retry, 2000);
    await refused(maker.post(`/v1/revisions/${last.revisionId}:cancel`), 409, 'REVISION_READY');
  });

  test('a stream ends cleanly when its edge is told to stop', async () => {
    const {episode} = await makeEpisode(maker);
    const stream = new EventReader(maker, `/v1/episodes/${episode.episodeId}/events`);
    await until('the stream is open', () => stream.opened === 1);
    const edge = house.processes.get('edge');
    edge.kill('SIGTERM');
    assert.equal((await edge.gone).code, 0);
    house.launch('edge');
    await until('the reader came again', () => stream.opened === 2);
    assert.ok(stream.clean >= 1, 'it was torn');
    stream.close();
    await stream.done;
  });

  test('others follow nothing', async () => {
    const stranger = await creator(house.url);
    const {episode} = await makeEpisode(maker);
    await upload(maker, makeClip(path.join(house.dir, 'short.mp4'), {seconds: 3, size: '180x320'}), episode.episodeId);
    const revision = await until('it is planned', () => newest(episode));
    const stream = new EventReader(stranger, `/v1/revisions/${revision.revisionId}/events`);
    await stream.done;
    assert.equal(stream.status, 404);
    await refused(stranger.post(`/v1/revisions/${revision.revisionId}:cancel`), 404, 'REVISION_NOT_FOUND');
    await refused(maker.get('/v1/transcode/queue'), 403, 'ROLE_TOO_LOW');
  });

  const children = () => fs.readdirSync('/proc').filter((it) => /^\d+$/.test(it)).filter((pid) => {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parent = stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0];
      return Number(parent) === house.processes.get('worker').pid && stat.includes('(cliffhanger-med');
    } catch { return false; }
  });
  const scratch = () => fs.readdirSync(path.join(house.dir, 'scratch'), {recursive: true}).filter((it) => it.includes('/'));
  async function inWork(seconds, size) {
    const {episode} = await makeEpisode(maker);
    await upload(maker, makeClip(path.join(house.dir, `w${seconds}.mp4`), {seconds, size}), episode.episodeId);
    await until('a child works on it', async () => children().length > 0 && (await newest(episode))?.segmentsDone > 0,
        {seconds: 120, every: 20});
    return {episode, revision: await newest(episode)};
  }
  async function nothingLeft(revision) {
    await until('no child is left', () => children().length === 0);
    await until('no file is left', () => scratch().length === 0);
    const index = path.join(house.dir, 'blobs/revisions/default', revision.revisionId, 'index.json');
    await until('its playlists are taken back', () => !fs.existsSync(index));
    assert.equal((await maker.get(`/v1/revisions/${revision.revisionId}`)).revision.state, 'REVISION_STATE_CANCELLED');
  }

  test('cancelled in work: no child, no file, and the creator knows', async () => {
    const {episode, revision} = await inWork(41, '720x1280');
    const boss = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    const operator = new Person(house.url, boss.tokens.accessToken);
    const queue = await operator.get('/v1/transcode/queue');
    // One worker for all, two more for heads.
    assert.ok(Number(queue.leased) >= 1 && Number(queue.leased) <= 3 && Number(queue.waiting) >= 1, JSON.stringify(queue));
    assert.equal(queue.lanes[0].ownerId, maker.account.userId);
    assert.ok(queue.priorities.every((it) => Number(it.oldestMs) >= 0));
    const stream = new EventReader(maker, `/v1/revisions/${revision.revisionId}/events`);
    for (let twice = 0; twice < 2; twice++) {
      const answer = await maker.post(`/v1/revisions/${revision.revisionId}:cancel`);
      assert.equal(answer.revision.stage, 'REVISION_STAGE_CANCELLED');
    }
    await nothingLeft(revision);
    await until('the stream says so', () => stream.over);
    assert.equal(stream.events.at(-1).data.state, 'REVISION_STATE_CANCELLED');
    await until('the queue is empty', async () => {
      const now = await operator.get('/v1/transcode/queue');
      return Number(now.waiting) === 0 && Number(now.leased) === 0;
    });
    await until('the episode says so', async () =>
      (await mediaState(maker, episode.episodeId)).mediaFailure === 'REVISION_CANCELLED');
  });

  test('a draft deleted in work: no child, no file, no episode', async () => {
    const {episode, revision} = await inWork(42, '720x1280');
    await maker.call('DELETE', `/v1/episodes/${episode.episodeId}`);
    await refused(maker.get(`/v1/episodes/${episode.episodeId}`), 404, 'EPISODE_NOT_FOUND');
    await until('its work is given up', async () =>
      (await maker.get(`/v1/revisions/${revision.revisionId}`)).revision.state === 'REVISION_STATE_CANCELLED');
    await nothingLeft(revision);
    const there = (key) => fs.existsSync(path.join(house.dir, 'blobs', key));
    const source = house.sql(`SELECT source_key FROM revision WHERE revision_id = '${revision.revisionId}'`, 'transcode');
    await until('its source is gone', () => !there(source));
    // Without what the film that is ready begins with too.
    const of = (which) => `SELECT p.object_key FROM piece p JOIN revision_piece rp USING (tenant, piece_key)
      JOIN revision r USING (tenant, revision_id) WHERE ${which}`;
    const segments = house.sql(`${of(`r.revision_id = '${revision.revisionId}'`)} EXCEPT ${of("r.state = 'ready'")}`, 'transcode')
        .split('\n').filter(Boolean);
    assert.ok(segments.length > 0 && segments.every(there), 'a try again would find them');
    // A day later, and an hour after that; also for the one that was cancelled before, whose first segments are the same.
    house.sql(`UPDATE revision SET ended_at = ended_at - interval '25 hours' WHERE state = 'cancelled'`, 'transcode');
    await house.restart('transcode');
    await until('its pieces are forgotten', () =>
      house.sql(`SELECT count(*) FROM revision WHERE state = 'cancelled' AND swept_at IS NULL`, 'transcode') === '0');
    house.sql(`UPDATE garbage SET noted_at = noted_at - interval '2 hours'`, 'transcode');
    await house.restart('transcode');
    await until('no object of it is left', () =>
      !segments.some(there) && !there(`revisions/default/${revision.revisionId}`));
  });
});
