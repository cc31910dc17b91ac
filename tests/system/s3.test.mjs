// The main path with the objects in S3, and what viewers see when S3 fails.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip, probe} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {S3} from './lib/s3.mjs';

const refusal = (status, code) => ({status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`});
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

// The proxy in front of S3 is in this process: nothing here may block it.
const framesAt = async (url) => {
  const {stdout} = await promisify(execFile)('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-count_frames', '-show_entries',
    'stream=nb_read_frames', '-of', 'csv=p=0', url]);
  return parseInt(stdout, 10);
};

describe('objects in S3', () => {
  const s3 = new S3('cliffhanger'), house = new House();
  let clip, maker, episode, base, segments, agent;

  // A whole answer, over a connection of its own where the agent allows; a cut one is an error.
  const get = (url, headers = {}, method = 'GET') => new Promise((resolve, reject) => {
    const request = http.request(url, {agent, headers, method}, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces)}));
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
  // The process begins again with nothing in its caches.
  const restart = async () => {
    await house.restart('all');
    await house.ready();
    s3.asked.length = 0;
  };
  const keyOf = async (url) => {
    const etag = (await get(url, {}, 'HEAD')).headers.etag;
    return etag.slice(1, -1);
  };

  before(async () => {
    await s3.start();
    house.settings = s3.settings;
    await house.start();
    agent = new http.Agent({keepAlive: true, maxSockets: 1200});
    clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 9, size: '576x1024'});
  });
  after(async () => {
    agent?.destroy();
    const codes = await house.stop();
    await s3.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('an upload becomes an episode, and S3 has its objects', async () => {
    maker = await creator(house.url);
    ({episode} = await makeEpisode(maker));
    await upload(maker, clip, episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    const keys = s3.keys();
    for (const kind of ['sources', 'segments', 'revisions', 'covers'])
      assert.ok(keys.some((it) => it.startsWith(`house/${kind}/`)), `nothing in ${kind}/: ${keys.join(' ')}`);
    assert.equal(fs.existsSync(path.join(house.dir, 'blobs')), false, 'the folder is not made');
  });

  test('it plays whole, from a process that has none of it', async () => {
    await restart();
    const viewer = await guest(house.url);
    const {session} = await viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    base = new URL(session.playlistUrl, house.url);
    const master = HLS.parse(String((await get(base)).body));
    const variants = master.variants.filter((it) => !it.isIFrameOnly);
    const truth = probe(clip).frames;
    for (const variant of variants) assert.equal(await framesAt(new URL(variant.uri, base).href), truth);
    const list = new URL(variants[0].uri, base);
    segments = HLS.parse(String((await get(list)).body)).segments.map((it) => new URL(it.uri, list));
    assert.ok(segments.length >= 3);
    const [first] = segments, key = await keyOf(first);
    assert.equal(s3.reads(key), 1, 'a segment is read once');
  });

  test('a thousand who miss at once are one read of S3', async () => {
    await restart();
    const [segment] = segments;
    const answers = await Promise.all(Array.from({length: 1000}, () => get(segment)));
    const digests = new Set(answers.map((it) => `${it.status} ${sha256(it.body)}`));
    assert.equal(digests.size, 1, [...digests].slice(0, 3).join(', '));
    assert.equal(answers[0].status, 200);
    assert.equal(s3.reads(await keyOf(segment)), 1);
  });

  test('ranges, HEAD and entity tags', async () => {
    const [segment] = segments;
    const whole = await get(segment);
    const part = await get(segment, {Range: 'bytes=100-299'});
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, whole.body.subarray(100, 300));
    assert.equal((await get(segment, {'If-None-Match': whole.headers.etag})).status, 304);
    assert.equal(Number((await get(segment, {}, 'HEAD')).headers['content-length']), whole.body.length);
  });

  test('a body of S3 that is cut is whole at the viewer', async () => {
    const wanted = sha256((await get(segments[1])).body), key = await keyOf(segments[1]);
    await restart();
    let cuts = 0;
    s3.fault = (it) => it.method === 'GET' && it.key === key && cuts++ < 2 ? {cut: 2000} : null;
    const answer = await get(segments[1]);
    assert.equal(answer.status, 200);
    assert.equal(sha256(answer.body), wanted);
    assert.ok(cuts >= 3, `${cuts} reads`);
    assert.match(s3.asked.filter((it) => it.key === key).at(-1).range, /^bytes=[1-9]/, 'it went on where it was');
  });

  test('one that is always cut is an error, and never a part of a segment', async () => {
    await restart();
    s3.fault = (it) => it.method === 'GET' && it.key.startsWith('segments/') ? {cut: 1} : null;
    const answer = await get(segments[2]);
    assert.equal(answer.status, 503);
    assert.equal(JSON.parse(answer.body).code, 'OBJECT_STORE_FAILED');
    s3.fault = () => null;
    assert.equal((await get(segments[2])).status, 200);
  });

  test('SlowDown passes; what is cached is served while S3 is away', async () => {
    await restart();
    let busy = 0;
    s3.fault = (it) => it.method === 'GET' && busy++ < 2 ? refusal(503, 'SlowDown') : null;
    assert.equal((await get(segments[0])).status, 200);
    assert.ok(busy > 2);
    await s3.away();
    assert.equal((await get(segments[0])).status, 200);
    assert.equal((await get(segments[1])).status, 503);
    assert.equal((await fetch(`${house.url}/readyz`)).status, 200, 'what is cached needs an edge that is ready');
    await s3.back();
    assert.equal((await get(segments[1])).status, 200);
  });

  test('a silent S3 holds nobody for ever', async () => {
    await restart();
    await get(base);
    s3.fault = (it) => it.key.startsWith('segments/') ? {silent: true} : null;
    const answer = await get(segments[1]);
    assert.equal(answer.status, 503);
    s3.fault = () => null;
    assert.equal((await get(segments[1])).status, 200);
  });

  test('an upload goes on over errors and cuts of S3', async () => {
    let n = 0;
    s3.fault = (it) => it.method !== 'PUT' || ++n % 3 ? null : n % 2 ? refusal(500, 'InternalError') : {cut: 0};
    const {episode: another} = await makeEpisode(maker, 'Two');
    await upload(maker, clip, another.episodeId);
    await untilReady(maker, another.episodeId);
    assert.ok(n > 10, `${n} PUTs`);
    s3.fault = () => null;
  });

  test('a deployment that is wrong says how in /readyz', async () => {
    const notReady = async (words) => {
      await house.restart('all');
      const said = await until('it is not ready', async () => {
        const answer = await fetch(`${house.url}/readyz`);
        return answer.status === 503 && answer.json();
      });
      assert.equal(said.code, 'OBJECT_STORE_FAILED');
      assert.match(said.detail, words);
    };
    house.settings = {...s3.settings, CLIFFHANGER_BLOB_URL: 's3://no-such-bucket'};
    await notReady(/bucket does not exist/);
    house.settings = {...s3.settings, AWS_ACCESS_KEY_ID: 'NOBODY', AWS_SECRET_ACCESS_KEY: 'wrong-but-very-secret'};
    await notReady(/refuses access \(InvalidAccessKeyId\)/);
    house.settings = s3.settings;
    s3.fault = (it) => it.method === 'GET' ? refusal(403, 'RequestTimeTooSkewed') : null;
    await notReady(/clock/);
    s3.fault = () => null;
    await house.ready();  // without another restart
    assert.equal((await get(segments[0])).status, 200);
    assert.doesNotMatch(house.log('all'), /wrong-but-very-secret/);
  });

  test('metrics tell of it', async () => {
    const text = await (await fetch(`${house.url}/metrics`)).text();
    assert.match(text, /cliffhanger_blob_requests_total\{operation="get",status="206"\} [1-9]/);
    assert.match(text, /cliffhanger_blob_opened_total\{from="store"\} [1-9]/);
  });
});
