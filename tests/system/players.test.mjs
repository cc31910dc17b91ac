// One revision in every player: HLS and DASH over the same segments, to the end, with jumps to random places and from rung to rung; and what stands
// beside it for lists and seek bars: the storyboard and the preview.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip, probe} from './lib/clips.mjs';
import {House} from './lib/house.mjs';

const kPlaces = Number(process.env.CLIFFHANGER_PLAYER_JUMPS ?? 20);
const ways = [['hls.js', 'playlistUrl'], ['shaka', 'playlistUrl'], ['dash.js', 'dashUrl'], ['shaka', 'dashUrl']];

// Where segments of the clip begin: 2 s twice, then 4 s (sound within one frame of it).
const kSeconds = 26;
const kBoundaries = [2, 4, 8, 12, 16, 20, 24];

// dash.js 5 now and then stops for good when a jump leads to the last moments of a range that is buffered, with a hole behind it and another range behind
// the hole: it asks for no more of that track. The test marked todo shows it; here such places are left out.
const kDashStops = {before: 0.3, after: 0.03};
const stopsDash = (at) => kBoundaries.some((it) => at > it - kDashStops.before && at < it + kDashStops.after);
const anywhere = (player) => {
  for (;;) {
    const part = crypto.randomInt(0, 9600) / 10_000;
    if (player !== 'dash.js' || !stopsDash(part * kSeconds)) return part;
  }
};
// dash.js 5 now and then stops half a second before the end, mostly after many jumps; it does so with DASH that ffmpeg's muxer wrote of the same clip too (2 of 12
// runs, 1 of 12 with ours). When nobody jumps it plays to the end, if not at once then in a fresh page.
const dashRests = (player, seen) => player === 'dash.js' && Math.abs(seen.position - (kSeconds - 0.5)) < 0.02;

describe('players', () => {
  const house = new House(), browser = new Browser();
  let session;
  const address = (way) => new URL(session[way], house.url);

  before(async () => {
    await house.start();
    await browser.start();
    const maker = await creator(house.url);
    const {episode} = await makeEpisode(maker);
    await upload(maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: kSeconds, size: '540x960'}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    session = (await (await guest(house.url)).post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
  });
  after(async () => {
    await browser.stop();
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('the manifest is served as DASH, zipped, and lists what the playlists list', async () => {
    const answer = await fetch(address('dashUrl'));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/dash+xml');
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
    const manifest = await answer.text();
    const main = await (await fetch(address('playlistUrl'))).text();
    const rungs = [...main.matchAll(/^(v\d+)\/video\.m3u8$/gm)].map((it) => it[1]);
    assert.deepEqual([...manifest.matchAll(/<Representation id="(v\d+)"/g)].map((it) => it[1]).sort(), rungs.sort());
  });

  for (const [player, way] of ways) {
    const name = `${player} with ${way === 'dashUrl' ? 'DASH' : 'HLS'}`;
    test(`${name} plays to the end`, async () => {
      let seen;
      for (let tries = 0; tries < 4; ++tries) {  // a fresh page each time; what is wrong with the media is wrong each time, a machine that was busy is not
        seen = await browser.play(player, address(way).href);
        if (seen.ended ? seen.stalls.length === 0 : !dashRests(player, seen)) break;
      }
      assert.deepEqual([...seen.errors, ...seen.stalls], []);
      assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
      assert.ok(Math.abs(seen.duration - Number(session.durationMs) / 1000) < 0.1, `${seen.duration}`);
      assert.ok(seen.decoded > 400, `${seen.decoded} frames`);
    });

    test(`${name} jumps to ${kPlaces} places and takes every rung`, async () => {
      const places = Array.from({length: kPlaces}, () => anywhere(player));
      let seen;
      for (let tries = 0; tries < 3; ++tries) {  // the same places again, for what dash.js does now and then
        seen = await browser.roam(player, address(way).href, places);
        if (player !== 'dash.js' || seen.errors.length === 0) break;
      }
      assert.deepEqual(seen.errors, [], `places ${places}`);
      seen.visited.forEach((at, i) => assert.ok(at >= places[i] - 0.01 && at < places[i] + 0.2, `asked for ${places[i]}, came to ${at}`));
      assert.ok(seen.ended || dashRests(player, seen), `stopped at ${seen.position}`);
      assert.ok(seen.chosen.length >= 3, `${seen.chosen}`);
      for (const height of seen.chosen) assert.ok(seen.qualities.includes(height), `${height} never seen in ${seen.qualities}`);
    });
  }

  test('each thumbnail of the storyboard is in a sheet that is served', async () => {
    const base = address('storyboardUrl');
    const answer = await fetch(base);
    assert.match(answer.headers.get('content-type'), /^text\/vtt/);
    const cues = [...(await answer.text()).matchAll(/^([\d:.]+) --> ([\d:.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
    const seconds = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    assert.equal(cues.length, Math.ceil(Number(session.durationMs) / 2000));
    assert.ok(Math.abs(seconds(cues.at(-1)[2]) - Number(session.durationMs) / 1000) < 0.01);
    for (const [, from, , sheet, ...box] of cues) {
      const picture = await fetch(new URL(sheet, base));
      assert.equal(picture.headers.get('content-type'), 'image/jpeg');
      const {width, height} = probe(picture.url);
      const [x, y, w, h] = box.map(Number);
      assert.ok(x + w <= width && y + h <= height, `${from}: ${box} in ${width}x${height}`);
      assert.ok(Math.abs(w / h - 9 / 16) < 0.01, `${w}x${h}`);
    }
  });

  test('the preview plays, short and silent', async () => {
    const url = address('previewUrl').href;
    for (const player of ['hls.js', 'shaka']) {
      const seen = await browser.play(player, url);
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.ended && seen.duration > 3 && seen.duration < 5, `${player}: ${seen.position} of ${seen.duration}`);
    }
    assert.throws(() => probe(url, 'a'), 'there is sound');
  });

  test('dash.js goes on from the end of the second segment', {todo: 'it does not fill the hole between two buffered ranges of sound'}, async () => {
    const seen = await browser.roam('dash.js', address('dashUrl').href, [0.5, 3.95 / kSeconds, 0.7]);
    assert.deepEqual(seen.errors, []);
  });
});
