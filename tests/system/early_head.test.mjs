// The head of an episode is encoded while the tail of its upload still arrives, and nobody sees it before the last byte is verified.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, makeEpisode, untilReady} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

const head = 4 << 20;  // six seconds of the film

describe('early heads', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_INGEST_HEAD_BYTES: String(head)}});
  let maker;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  const film = (name, options) => makeClip(path.join(house.dir, name), {seconds: 16, size: '540x960', ...options});
  const transcode = (text) => house.sql(text, 'transcode');
  const b64 = (text) => Buffer.from(text).toString('base64');
  const headers = () => ({'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`});

  // An upload that is sent by hand, in pieces of 256 KiB.
  async function begin(file) {
    const {episode} = await makeEpisode(maker);
    const bytes = fs.readFileSync(file);
    const made = await fetch(`${house.url}/uploads`, {method: 'POST', headers: {...headers(), 'Upload-Length': String(bytes.length),
      'Upload-Metadata': `filename ${b64('e.mp4')},episode_id ${b64(episode.episodeId)}`}});
    assert.equal(made.status, 201);
    return {bytes, episode, at: new URL(made.headers.get('location'), house.url), offset: 0};
  }
  async function send(upload, end) {
    for (; upload.offset < end; upload.offset = Math.min(end, upload.offset + (256 << 10))) {
      const answer = await fetch(upload.at, {method: 'PATCH', body: upload.bytes.subarray(upload.offset, Math.min(end, upload.offset + (256 << 10))),
        headers: {...headers(), 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(upload.offset)}});
      assert.equal(answer.status, 204, await answer.text());
    }
  }
  const session = (episode) => maker.raw('POST', '/v1/playback/sessions', {episodeId: episode.episodeId});
  // From the last piece until a session is given.
  async function playableAfterTheRest(upload) {
    const start = performance.now();
    await send(upload, upload.bytes.length);
    await until('its creator can watch', async () => (await session(upload.episode)).ok, {seconds: 120, every: 20});
    return (performance.now() - start) / 1000;
  }
  // Those of a folder of the object store, which is gone with its last one.
  const objects = (folder) => {
    const dir = path.join(house.dir, 'blobs', folder);
    return fs.existsSync(dir) ? fs.readdirSync(dir, {recursive: true, withFileTypes: true}).filter((it) => it.isFile()) : [];
  };

  test('the head is there before the last byte, and is not encoded again', async () => {
    const upload = await begin(film('one.mp4', {tone: 500}));
    assert.ok(upload.bytes.length >= 2 * head, `the clip has ${upload.bytes.length} bytes only`);
    await send(upload, Math.floor(upload.bytes.length * 0.9));
    // That of the default rung: which others its series has, only the whole of its first episode tells.
    await until('the head is encoded', () =>
      transcode(`SELECT count(*) FROM work WHERE kind = 'early' AND state = 'done'`) === '2', {seconds: 180});
    assert.equal(transcode('SELECT count(*) FROM piece'), '3');
    // Nobody can play it, nobody is told.
    assert.ok(!(await session(upload.episode)).ok);
    assert.deepEqual((await maker.get(`/v1/episodes/${upload.episode.episodeId}/revisions`)).revisions ?? [], []);
    assert.ok(!fs.existsSync(path.join(house.dir, 'blobs/revisions')));
    const now = transcode('SELECT clock_timestamp()');
    const seconds = await playableAfterTheRest(upload);

    const other = await begin(film('two.mp4', {tone: 600}));
    await untilReady(maker, upload.episode.episodeId);
    await send(other, 900 << 10);
    const without = await playableAfterTheRest(other);
    console.log(`# last piece to first playable segment: ${seconds.toFixed(2)} s with its head made early, ` +
        `${without.toFixed(2)} s sent in one go`);

    const made = transcode(`SELECT count(*) FILTER (WHERE p.created_at < '${now}'), count(*) FROM revision_piece rp
      JOIN revision r USING (tenant, revision_id) JOIN piece p USING (tenant, piece_key)
      WHERE r.state = 'ready' AND r.episode_id = '${upload.episode.episodeId}' AND rp.ordinal IN (0, 1)
      AND rp.track = r.plan->>'defaultRung'`);
    assert.equal(made, '2|2', 'segments of the head were made after the last byte');
    assert.equal(transcode(`SELECT count(*) FROM work w JOIN revision r ON r.revision_id = w.subject WHERE w.kind = 'encode'
      AND r.episode_id = '${upload.episode.episodeId}' AND w.payload->>'first' IN ('0', '1') AND w.payload->'rungs' ? (r.plan->>'defaultRung')`), '0');
    await untilReady(maker, other.episode.episodeId);
  });

  test('an upload that is given up, over the death of those who work on it, leaves nothing', async () => {
    // Pictures of its own: an object is named by its bytes, and what a published episode needs too (its init is) must stay.
    const upload = await begin(film('three.mp4', {tone: 700, hue: 90}));
    const pieces = `piece p JOIN revision_piece rp USING (tenant, piece_key) JOIN revision r USING (tenant, revision_id)
      WHERE r.episode_id = '${upload.episode.episodeId}'`;
    await send(upload, Math.floor(upload.bytes.length * 0.8));
    await until('a segment of its head is there', () => transcode(`SELECT count(*) FROM ${pieces} AND ordinal >= 0`) !== '0', {every: 20});
    await house.restart('worker');
    await house.restart('ingest');
    house.flushRedis();
    const gone = await until('ingest is back', async () => {
      const answer = await fetch(upload.at, {method: 'DELETE', headers: headers()});
      return answer.status < 500 && answer;
    });
    assert.equal(gone.status, 204);
    await until('transcode knows', () => transcode(`SELECT count(*) FROM revision WHERE state = 'early' AND ended_at > now()
      AND episode_id = '${upload.episode.episodeId}'`) === '0');
    assert.equal(transcode(`SELECT count(*) FROM work w JOIN revision r ON r.revision_id = w.subject
      WHERE r.episode_id = '${upload.episode.episodeId}' AND w.state IN ('ready', 'leased')`), '0');
    await until('its bytes are gone', () => objects('parts').length === 0);
    const there = (key) => fs.existsSync(path.join(house.dir, 'blobs', key));
    const list = (text) => transcode(text).split('\n').filter(Boolean);
    const needed = list(`SELECT p.object_key FROM piece p JOIN revision_piece rp USING (tenant, piece_key)
      JOIN revision r USING (tenant, revision_id) WHERE r.state = 'ready'`);
    const keys = list(`SELECT p.object_key FROM ${pieces}`).filter((key) => !needed.includes(key));
    assert.ok(keys.length > 0 && keys.every(there), `${keys.length} objects are its own`);
    // A day later.
    transcode(`UPDATE revision SET ended_at = ended_at - interval '25 hours' WHERE state = 'early'`);
    await house.restart('transcode');
    await until('its pieces are forgotten', () =>
      transcode(`SELECT count(*) FROM revision WHERE state = 'early' AND swept_at IS NULL`) === '0');
    transcode(`UPDATE garbage SET noted_at = noted_at - interval '2 hours'`);
    await house.restart('transcode');
    await until('transcode is back', () => maker.get(`/v1/episodes/${upload.episode.episodeId}/revisions`));
    await until('its segments are gone', () => !keys.some(there));
    assert.ok(needed.every(there), 'what others need is gone too');
  });
});
