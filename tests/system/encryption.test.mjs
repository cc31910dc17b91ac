// Encrypted episodes from upload to player: nothing of them leaves the house clear, the key only for a session, and players that get it play.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {House} from './lib/house.mjs';

// A house that encrypts this way, with one published episode, and a viewer's session.
async function open(method) {
  const house = new House({settings: {CLIFFHANGER_WORKER_ENCRYPTION: method}});
  await house.start();
  const maker = await creator(house.url);
  const {episode} = await makeEpisode(maker);
  await upload(maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 12, size: '360x640'}), episode.episodeId);
  await untilReady(maker, episode.episodeId);
  await publish(maker, episode.episodeId);
  const start = async () => (await (await guest(house.url)).post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
  return {house, start, session: await start()};
}
const beside = (house, session, name) => new URL(name, new URL(session.playlistUrl, house.url));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const text = async (url) => (await fetch(url)).text();

for (const method of ['sample-aes', 'aes-128']) {
  describe(method, () => {
    const browser = new Browser();
    let house, start, session;

    before(async () => {
      ({house, start, session} = await open(method));
      await browser.start();
    });
    after(async () => {
      await browser.stop();
      const codes = await house.stop();
      for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
    });

    test('every track says where its key is, and no clear segment has a name', async () => {
      const main = await text(beside(house, session, 'main.m3u8'));
      const tracks = [...main.matchAll(/^(v\d+)\/video\.m3u8$/gm)].map((it) => `${it[1]}/video.m3u8`);
      for (const track of [...tracks, 'audio/audio.m3u8']) {
        const playlist = await text(beside(house, session, track));
        assert.match(playlist, new RegExp(`#EXT-X-KEY:METHOD=${method.toUpperCase()},URI="../key",IV=0x[0-9a-f]{32}`));
      }
      assert.equal((await fetch(beside(house, session, 'v360/provisional.m3u8'))).status, 404);
    });

    test('the key is for this session alone', async () => {
      const got = await fetch(beside(house, session, 'key'));
      assert.equal(got.status, 200);
      assert.equal(got.headers.get('cache-control'), 'private, no-store');
      const key = hex(await got.arrayBuffer());
      assert.equal(key.length, 32);
      const other = await start();
      assert.equal(hex(await (await fetch(beside(house, other, 'key'))).arrayBuffer()), key, 'one key a revision');
      const forged = beside(house, session, 'key').href.replace(session.sessionId, other.sessionId);
      assert.equal((await fetch(forged)).status, 403);
    });

    if (method === 'sample-aes') {
      test('shaka-player plays it by HLS, with the key that the playlist names', async () => {
        const seen = await browser.play('shaka', beside(house, session, 'main.m3u8').href);
        assert.deepEqual(seen.errors, []);
        assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
        assert.ok(seen.decoded > 200, `${seen.decoded} frames`);
      });

      test('and by DASH, with the key that its application gives it; without one nothing plays', async () => {
        const id = (await text(beside(house, session, 'main.mpd'))).match(/cenc:default_KID="([0-9a-f-]{36})"/)[1].replaceAll('-', '');
        const key = hex(await (await fetch(beside(house, session, 'key'))).arrayBuffer());
        const seen = await browser.play('shaka', beside(house, session, 'main.mpd').href, {keys: {[id]: key}});
        assert.deepEqual(seen.errors, []);
        assert.ok(seen.ended && seen.decoded > 200, `stopped at ${seen.position}, ${seen.decoded} frames`);
        const wrong = await browser.play('shaka', beside(house, session, 'main.mpd').href, {keys: {[id]: key.replaceAll(/[0-9]/g, '0')}, seconds: 6});
        assert.ok(!wrong.ended, 'it plays with a wrong key');
      });
    } else {
      for (const player of ['hls.js', 'shaka']) {
        test(`${player} plays it`, async () => {
          const seen = await browser.play(player, beside(house, session, 'main.m3u8').href);
          assert.deepEqual(seen.errors, []);
          assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
          assert.ok(seen.decoded > 200, `${seen.decoded} frames`);
        });
      }
    }
  });
}
