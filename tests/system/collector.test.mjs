// Objects that nobody needs, in a house whose people watch and upload meanwhile: strays go, everything else stays and plays.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('the collector', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  const uuid = () => crypto.randomUUID();
  const old = new Date(Date.now() - 72 * 3600 * 1000);
  let maker, boss, viewer, episode, blobs;

  const at = (key) => path.join(blobs, key);
  // An object that was written three days ago.
  function put(key, text = 'stray') {
    fs.mkdirSync(path.dirname(at(key)), {recursive: true});
    fs.writeFileSync(at(key), text);
    fs.chmodSync(at(key), 0o666);
    fs.utimesSync(at(key), old, old);
    return key;
  }
  const strays = () => [put(`segments/default/${crypto.randomBytes(32).toString('hex')}.m4s`),
    put(`covers/default/${crypto.randomBytes(32).toString('hex')}.jpg`), put(`sources/default/${uuid()}`), put(`parts/default/${uuid()}/000-1`),
    put(`revisions/default/${uuid()}/ready.json`, '{"state":"ready","objects":{}}'), put(`exports/default/events/dt=2026-11-01/hour=05/${uuid()}.jsonl.gz`)];
  const files = () => fs.readdirSync(blobs, {recursive: true, withFileTypes: true})
      .filter((it) => it.isFile()).map((it) => path.relative(blobs, path.join(it.parentPath ?? it.path, it.name)))
      .filter((it) => !it.startsWith('.tmp')).sort();
  const age = () => files().forEach((key) => fs.utimesSync(at(key), old, old));
  const env = () => ({CLIFFHANGER_URL: house.url, CLIFFHANGER_TOKEN: boss.token});
  const collect = (...args) => cliffhanger(['collect', ...args], env()).end;

  // Every object that a player comes to.
  async function watch() {
    const {session} = await viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    const base = new URL(session.playlistUrl, house.url);
    const text = async (url) => {
      const answer = await fetch(url);
      assert.equal(answer.status, 200, url.href);
      return answer.text();
    };
    const main = HLS.parse(await text(base));
    const lists = new Set([...main.variants.map((it) => it.uri), ...main.variants.flatMap((it) => it.audio.map((audio) => audio.uri))]);
    let segments = 0;
    for (const uri of lists) {
      const url = new URL(uri, base);
      for (const segment of HLS.parse(await text(url)).segments) {
        for (const one of [segment.uri, segment.map?.uri].filter(Boolean)) {
          const answer = await fetch(new URL(one, url));
          assert.equal(answer.status, 200, one);
          await answer.arrayBuffer();
          ++segments;
        }
      }
    }
    assert.ok(segments > 4);
  }

  before(async () => {
    await house.start();
    blobs = path.join(house.dir, 'blobs');
    const made = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [maker, viewer] = [await creator(house.url), await guest(house.url)];
    const clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 5, size: '360x640'});
    ({episode} = await makeEpisode(maker));
    await upload(maker, clip, episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    await until('nothing is left to do', () => house.sql(
        "SELECT (SELECT count(*) FROM ingest.work WHERE state <> 'done') + (SELECT count(*) FROM transcode.work WHERE state NOT IN ('done', 'cancelled'))") === '0');
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a dry run names what nobody needs and removes nothing', async () => {
    age();
    const kept = files(), lost = strays();
    const {code, out, err} = await collect('--dry-run', '--most-percent', '100');
    assert.equal(code, 0, err);
    for (const key of lost) assert.ok(out.includes(key), key);
    for (const key of kept) assert.ok(!out.includes(key), key);
    assert.deepEqual(files(), [...kept, ...lost].sort());
    for (const key of lost) fs.rmSync(at(key));
  });

  test('strays go, also of a source; the film and an upload that is under way stay', async () => {
    const sent = await maker.raw('POST', '/uploads', undefined,
        {'Tus-Resumable': '1.0.0', 'Upload-Length': '1000', 'Upload-Metadata': `episode_id ${Buffer.from(episode.episodeId).toString('base64')}`});
    assert.equal(sent.status, 201);
    const some = await fetch(new URL(sent.headers.get('location'), house.url), {method: 'PATCH', body: Buffer.alloc(100), headers: {
      Authorization: `Bearer ${maker.token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream'}});
    assert.equal(some.status, 204);
    age();
    const kept = files(), lost = strays();
    const young = `segments/default/${'0'.repeat(64)}.m4s`;
    fs.writeFileSync(at(young), 'young');
    const {code, out, err} = await collect('--most-percent', '100');
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`^removed +${lost.length} `, 'm'));
    assert.match(out, /^young +1$/m);
    assert.deepEqual(files(), [...kept, young].sort());
    for (const key of lost) assert.ok(house.log('collector').includes(key), `no line in the log about ${key}`);
    fs.rmSync(at(young));
    await watch();
  });

  test('what would be too large a share stops it', async () => {
    const lost = strays();
    const count = files().length;
    for (let i = 0; i < count; ++i) lost.push(put(`segments/default/many-${i}.m4s`));
    const {code, err} = await collect();
    assert.equal(code, 1);
    assert.match(err, /TOO_MUCH/);
    for (const key of lost) assert.ok(fs.existsSync(at(key)));
    for (const key of lost) fs.rmSync(at(key));
  });

  test('while an owner is away nothing goes; it is killed, and goes on', async () => {
    age();
    const kept = files(), lost = strays();
    await house.crash('transcode');
    const run = collect('--most-percent', '100');
    const newest = async () => (await boss.get('/v1/collections')).collections[0];
    await until('it waits', async () => !(await newest()).endTime && (await newest()).reason);
    assert.deepEqual(files(), [...kept, ...lost].sort());
    await assert.rejects(boss.post('/v1/collections'), (error) => error instanceof Problem && error.code === 'COLLECTION_UNDER_WAY');
    await house.restart('collector');
    house.launch('transcode');
    const {code, err} = await run;
    assert.equal(code, 0, err);
    assert.deepEqual(files(), kept);
    await watch();
  });

  test('only operators see and begin runs', async () => {
    for (const call of [() => maker.get('/v1/collections'), () => maker.post('/v1/collections')])
      await assert.rejects(call(), (error) => error instanceof Problem && error.status === 403);
    const {collections} = await boss.get('/v1/collections');
    assert.ok(collections.length >= 4);
    const {objects} = await boss.get(`/v1/collections/${collections[0].collectionId}/objects`);
    assert.ok(objects.every((it) => it.outcome === 'CONDEMNED_OUTCOME_REMOVED'));
    const {collection} = await boss.post(`/v1/collections/${collections[0].collectionId}:stop`);
    assert.equal(collection.state, 'COLLECTION_STATE_DONE');
  });
});
