// HEVC beside H.264, as a deployment asks for it: listed behind H.264, the same pictures at the same times, and out of the way of players that can't
// decode it.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip, probe} from './lib/clips.mjs';
import {build, House} from './lib/house.mjs';

describe('HEVC as an option', () => {
  const house = new House({settings: {CLIFFHANGER_TRANSCODE_HEVC: 'add'}}), browser = new Browser();
  let session, main;
  const beside = (name) => new URL(name, new URL(session.playlistUrl, house.url));
  const text = async (name) => {
    const answer = await fetch(beside(name));
    assert.equal(answer.status, 200, name);
    return answer.text();
  };

  before(async () => {
    await house.start();
    await browser.start();
    const maker = await creator(house.url);
    const {episode} = await makeEpisode(maker);
    await upload(maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 7, size: '540x960'}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    session = (await (await guest(house.url)).post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
    main = await text('main.m3u8');
  });
  after(async () => {
    await browser.stop();
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('the multivariant playlist has all of H.264 first, then HEVC with its codec', () => {
    const variants = [...main.matchAll(/^#EXT-X-STREAM-INF:.*CODECS="([^"]+)".*RESOLUTION=(\d+x\d+).*\n(\w+)\/video\.m3u8$/gm)];
    assert.deepEqual(variants.map((it) => it[3]), ['v540', 'v360', 'v180', 'h540']);
    for (const [, codecs, , rung] of variants) assert.match(codecs, rung.startsWith('h') ? /^hvc1\.1\.6\.L\d+\.90,mp4a\.40\.2$/ : /^avc1\.6400\w\w,mp4a\.40\.2$/);
    assert.equal(variants[3][2], variants[0][2]);
    assert.match(main, /^#EXT-X-I-FRAME-STREAM-INF:.*CODECS="hvc1[^"]*".*URI="h540\/iframes\.m3u8"$/m);
  });

  test('a segment of it decodes, and the whole has the pictures of H.264', async () => {
    assert.equal(await text('h540/video.m3u8'), await text('v540/video.m3u8'));
    for (const rung of ['v540', 'h540']) {
      const file = path.join(house.dir, `${rung}.mp4`);
      const parts = await Promise.all(['init.mp4', '1.m4s'].map(async (name) => Buffer.from(await (await fetch(beside(`${rung}/${name}`))).arrayBuffer())));
      fs.writeFileSync(file, Buffer.concat(parts));
      assert.equal(probe(file).frames, 60, `segment 1 of ${rung}`);
    }
    const h264 = probe(beside('v540/video.m3u8').href), hevc = probe(beside('h540/video.m3u8').href);
    assert.equal(hevc.codec_name, 'hevc');
    assert.equal(hevc.frames, 210);
    assert.deepEqual([hevc.frames, hevc.width, hevc.height], [h264.frames, h264.width, h264.height]);
    assert.equal(hevc.complaints, '');
  });

  test('what the house serves is conformant', () => {
    const program = path.join(build, 'bin/cliffhanger-media');
    const done = spawnSync(program, ['check', beside('main.m3u8').href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
    assert.match(done.stdout, /1\.6 +MUST/);
  });

  for (const [player, way] of [['hls.js', 'playlistUrl'], ['shaka', 'playlistUrl'], ['shaka', 'dashUrl'], ['dash.js', 'dashUrl']]) {
    test(`${player} plays ${way === 'dashUrl' ? 'DASH' : 'HLS'} in a browser without HEVC and asks for none of it`, async () => {
      const seen = await browser.play(player, new URL(session[way], house.url).href);
      assert.equal(seen.hevc, false, 'this browser decodes HEVC: nothing is shown here');
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
      assert.ok(seen.decoded > 100, `${seen.decoded} frames`);
      assert.ok(seen.asked.some((url) => /\/v\d+\/\d+\.m4s/.test(url)), `${seen.asked}`);
      assert.deepEqual(seen.asked.filter((url) => /\/h\d+\/\d+\.m4s/.test(url)), []);
    });
  }
});
