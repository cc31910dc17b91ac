// kill -9 of a process, or FLUSHALL in Redis, at each of ten moments of an episode's way: the job finishes, no acknowledged byte is lost, and
// nothing takes effect twice. Each round kills another process at each moment; CLIFFHANGER_CHAOS_ROUNDS=10 meets every pair.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, guest, makeEpisode, mediaState, publish, untilReady} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, services, until} from './lib/house.mjs';

const rounds = Number(process.env.CLIFFHANGER_CHAOS_ROUNDS ?? 3);
const victims = [...services, 'flush'];

describe('chaos', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_LOG_LEVEL: 'info'}});
  let maker, bytes, digest;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
  });
  after(() => house.stop());

  const strike = async (victim) => {
    if (victim === 'flush') house.flushRedis();
    else await house.restart(victim);
  };

  // Retries what a client would: the door away, a service away.
  const patiently = (what, action, seconds = 60) => until(what, async () => {
    const value = await action();
    return value === undefined ? true : value;
  }, {seconds, every: 150});

  const tus = (method, at, headers = {}, body) => fetch(house.url + at, {method, body,
    headers: {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`, ...headers}});
  const offset = async (at) => {
    const answer = await tus('HEAD', at);
    if (!answer.ok) throw new Error(`HEAD ${answer.status}`);
    return Number(answer.headers.get('upload-offset'));
  };

  // Sends everything up to `end`; what the server has acknowledged never shrinks.
  const send = async (at, end, acknowledged) => {
    await patiently(`bytes up to ${end}`, async () => {
      const from = await offset(at);
      assert.ok(from >= acknowledged.bytes, `acknowledged ${acknowledged.bytes}, now ${from}`);
      if (from >= end) return true;
      const answer = await tus('PATCH', at, {'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(from)},
          bytes.subarray(from, Math.min(end, from + (128 << 10))));
      if (answer.status === 204) acknowledged.bytes = Number(answer.headers.get('upload-offset'));
      return acknowledged.bytes >= end || null;
    });
  };

  for (let round = 0; round < rounds; ++round) {
    test(`round ${round + 1}: ${victims.map((_, moment) => victims[(moment + round * 3) % victims.length]).join(', ')}`, async () => {
      // Another tone: a source that was encoded before would not be encoded again.
      bytes = fs.readFileSync(makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 14, size: '540x960', tone: 300 + round}));
      digest = crypto.createHash('sha256').update(bytes).digest('hex');
      let moment = 0;
      const next = () => strike(victims[(moment++ + round * 3) % victims.length]);
      const {series, episode} = await patiently('a new episode', () => makeEpisode(maker, `Round ${round}`));
      const b64 = (text) => Buffer.from(text).toString('base64');
      const made = await patiently('a new upload', async () => {
        const answer = await tus('POST', '/uploads', {'Upload-Length': String(bytes.length),
          'Upload-Metadata': `filename ${b64('c.mp4')},episode_id ${b64(episode.episodeId)},filetype ${b64('video/mp4')}`});
        if (answer.status !== 201) throw new Error(`POST ${answer.status}`);
        return answer;
      });
      const at = new URL(made.headers.get('location'), house.url).pathname;
      const acknowledged = {bytes: 0};
      await next();                                                     // 1: before the first byte
      await send(at, Math.floor(bytes.length / 4), acknowledged);
      await next();                                                     // 2: in the middle
      await send(at, Math.floor(bytes.length / 2), acknowledged);
      const racing = send(at, bytes.length, acknowledged);
      await sleep(30);
      await next();                                                     // 3: while bytes are on their way
      await racing;
      await next();                                                     // 4: right after the last byte
      await sleep(200);
      await next();                                                     // 5: while it is verified or planned
      await patiently('processing', async () =>
        ['MEDIA_STATE_PROCESSING', 'MEDIA_STATE_PROVISIONAL', 'MEDIA_STATE_READY'].includes((await mediaState(maker, episode.episodeId)).mediaState) || null);
      await next();                                                     // 6: while the head is encoded
      await sleep(1500);
      await next();                                                     // 7: while the tail is
      await patiently('ready', () => untilReady(maker, episode.episodeId), 150);
      await next();                                                     // 8: right after it became ready
      await patiently('published', () => publish(maker, episode.episodeId));
      await next();                                                     // 9: right after publishing
      const viewer = await patiently('a viewer', () => guest(house.url));
      const {session} = await patiently('a session', () => viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId}));
      await viewer.raw('PUT', `/v1/reactions/SUBJECT_SERIES/${series.seriesId}/REACTION_LIKE`, {}).catch(() => {});
      await next();                                                     // 10: while it is watched
      await patiently('a like', () => viewer.call('PUT', `/v1/reactions/SUBJECT_SERIES/${series.seriesId}/REACTION_LIKE`, {}));
      await patiently('a report', () => viewer.post(`/v1/playback/sessions/${session.sessionId}:report`,
          {sequence: 1, event: 'WATCH_EVENT_COMPLETE', positionMs: session.durationMs, watchedMs: 1000}));

      // Everything plays, from whoever serves it now.
      const master = await patiently('the playlist', async () => {
        const answer = await fetch(house.url + session.playlistUrl);
        return answer.ok ? answer.text() : null;
      });
      const base = new URL(session.playlistUrl, house.url);
      for (const uri of master.split('\n').filter((line) => line && !line.startsWith('#'))) {
        const media = await (await fetch(new URL(uri, base))).text();
        for (const name of media.split('\n').filter((line) => line && !line.startsWith('#'))) {
          assert.equal((await fetch(new URL(name, new URL(uri, base)))).status, 200, name);
        }
      }
      // The source is what was sent, and everything happened once.
      assert.equal(house.sql(`SELECT sha256 FROM upload WHERE episode_id = '${episode.episodeId}'`, 'ingest'), digest);
      assert.equal(house.sql(`SELECT count(*) FROM revision WHERE episode_id = '${episode.episodeId}'`, 'transcode'), '1');
      const {standings} = await viewer.post('/v1/standings:batchGet', {subjects: [{subject: 'SUBJECT_SERIES', subjectId: series.seriesId}]});
      assert.equal(Number(standings[0].counts.likes), 1);
      // Of somebody else: who has finished a series is never shown it again.
      const other = await patiently('another viewer', () => guest(house.url));
      await until('the feed', async () => (await other.get('/v1/feed?pageSize=50')).items?.some((it) => it.series.seriesId === series.seriesId));
      for (const service of ['catalog', 'transcode', 'recommendation', 'community', 'playback', 'ingest', 'accounts']) {
        assert.equal(house.sql('SELECT count(*) FROM dead_event', service), '0', `${service} put events aside`);
      }
    });
  }
});
