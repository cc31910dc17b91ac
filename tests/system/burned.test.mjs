// Captions in the pictures: burned into a published episode, asked for by a player without text tracks, seen in a decoded frame.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip, probe} from './lib/clips.mjs';
import {build, House, until} from './lib/house.mjs';

const text = 'WEBVTT\n\n00:00.500 --> 00:01.900\nYou should never have come back to this house, Eleanor.\n\n00:05.000 --> 00:06.500\n{\\an8}Why now & here?\n';

// A frame in grey, and as a file to look at where CLIFFHANGER_KEEP_FRAMES says.
function frame(url, seconds, width, height, name) {
  const done = spawnSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', url, '-ss', `${seconds}`, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
      {maxBuffer: 1 << 26});
  assert.equal(done.status, 0, done.stderr.toString());
  assert.equal(done.stdout.length, width * height);
  if (process.env.CLIFFHANGER_KEEP_FRAMES) fs.writeFileSync(`${process.env.CLIFFHANGER_KEEP_FRAMES}/${name}-${seconds}.pgm`, Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`), done.stdout]));
  return done.stdout;
}
// The mean difference of two frames between two heights, in shares of the picture's.
function difference(a, b, width, height, from, to) {
  let sum = 0;
  const first = Math.round(from * height) * width, end = Math.round(to * height) * width;
  for (let i = first; i < end; ++i) sum += Math.abs(a[i] - b[i]);
  return sum / (end - first);
}

describe('captions in the pictures', () => {
  const house = new House(), browser = new Browser();
  let maker, viewer, episode, main, burned;
  const path = (verb = '') => `/v1/episodes/${episode.episodeId}/captions/en${verb}`;
  const start = (language) => viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId, burnedCaptionsLanguage: language});
  const state = async () => (await maker.get(path())).captions;
  const untilBurned = () => until('it is burned', async () => {
    const now = await state();
    assert.notEqual(now.burnedState, 'BURNED_STATE_FAILED', `${now.burnedFailureReason} ${now.burnedFailureMessage}`);
    return now.burnedState === 'BURNED_STATE_READY';
  }, {seconds: 240});

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    ({episode} = await makeEpisode(maker));
    await upload(maker, makeClip(`${house.dir}/clip.mp4`, {seconds: 7, size: '720x1280'}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await maker.call('PUT', path(), {text, label: 'English'});
    await publish(maker, episode.episodeId);
    viewer = await guest(house.url);
    const {session} = await until('the episode is public',
        () => viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId}).catch(() => undefined));
    main = new URL(session.playlistUrl, house.url);
  });
  after(async () => {
    await browser.stop();
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('nobody has them before they are asked for, and only the owner can ask', async () => {
    assert.equal((await state()).burnedState, 'BURNED_STATE_ABSENT');
    await assert.rejects(start('en'), {status: 404, code: 'BURNED_CAPTIONS_NOT_FOUND'});
    const other = await creator(house.url);
    await assert.rejects(other.post(path(':burn')), {status: 404, code: 'EPISODE_NOT_FOUND'});
    await assert.rejects(maker.post(`/v1/episodes/${episode.episodeId}/captions/fr:burn`), {status: 404, code: 'CAPTIONS_NOT_FOUND'});
  });

  test('a session that asks gets a playlist of its own, and our checker has nothing against it', async () => {
    assert.equal((await maker.post(path(':burn'))).captions.burnedState, 'BURNED_STATE_PROCESSING');
    await untilBurned();
    const {session} = await start('EN');
    assert.match(session.playlistUrl, /\/burned-en\.m3u8$/);
    assert.match(session.dashUrl, /\/burned-en\.mpd$/);
    burned = new URL(session.playlistUrl, house.url);
    await until('the edge knows', async () => (await fetch(burned)).status === 200);
    const list = await (await fetch(burned)).text();
    assert.doesNotMatch(list, /SUBTITLES/);
    const manifest = await (await fetch(new URL(session.dashUrl, house.url))).text();
    assert.equal(manifest.match(/<SegmentURL media="burned-en\/v720\/[02]-[0-9a-f]{16}\.m4s"\/>/g).length, 2);
    assert.doesNotMatch(manifest, /contentType="text"/);
    const {variants} = HLS.parse(list);
    assert.deepEqual(variants.filter((it) => !it.isIFrameOnly).map((it) => it.uri), ['burned-en/v540/video.m3u8', 'burned-en/v720/video.m3u8']);
    const uris = HLS.parse(await (await fetch(new URL('burned-en/v720/video.m3u8', burned))).text()).segments.map((it) => it.uri);
    assert.deepEqual(uris.map((it) => it.replace(/-[0-9a-f]{16}/, '-*')), ['0-*.m4s', '../../v720/1.m4s', '2-*.m4s']);
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', burned.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
    assert.deepEqual(await (await fetch(new URL('main.m3u8', burned))).text(), await (await fetch(main)).text());
  });

  test('the words are in the lower part of the picture, while they are said', async () => {
    const {width, height} = probe(new URL('burned-en/v720/video.m3u8', burned).href);
    const of = (base, track, seconds, name) => frame(new URL(track, base).href, seconds, width, height, name);
    for (const [seconds, low] of [[1.2, 8], [5.5, 4]]) {
      const with_ = of(burned, 'burned-en/v720/video.m3u8', seconds, 'with'), without = of(main, 'v720/video.m3u8', seconds, 'without');
      const text = difference(with_, without, width, height, 0.6, 0.82), rest = difference(with_, without, width, height, 0, 0.55);
      assert.ok(text > low && rest < text / 4, `${seconds} s: ${text} below, ${rest} above`);
    }
    const with_ = of(burned, 'burned-en/v720/video.m3u8', 3, 'with'), without = of(main, 'v720/video.m3u8', 3, 'without');
    assert.ok(with_.equals(without), 'where nothing is said it is the same segment');
  });

  for (const [player, name] of [['hls.js', 'burned-en.m3u8'], ['shaka', 'burned-en.mpd'], ['dash.js', 'burned-en.mpd']]) {
    test(`it plays to its end in ${player}`, async () => {
      const seen = await browser.play(player, new URL(name, burned).href, {rate: 2});
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.ended);
    });
  }

  test('a changed word is in the next playlist, and taking it back ends it', async () => {
    await maker.call('PUT', path(), {text: text.replace('Why now', 'Why then'), label: 'English'});
    await untilBurned();
    await start('en');
    await maker.post(path(':unburn'));
    assert.equal((await state()).burnedState, 'BURNED_STATE_ABSENT');
    await until('there is none', () => start('en').then(() => false, (why) => why.code === 'BURNED_CAPTIONS_NOT_FOUND'));
    await until('the edge knows', async () => (await fetch(burned)).status === 404);
  });
});
