// Dubs, from a creator's file of sound to what a viewer hears: added, chosen and taken away while an episode is public and being watched.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, mediaState, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {EventReader} from './lib/events.mjs';
import {hear} from './lib/hear.mjs';
import {build, House, until} from './lib/house.mjs';

const seconds = 12, original = 330, spanish = 1200;

function ffmpeg(...args) {
  const done = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], {encoding: 'utf8'});
  assert.equal(done.status, 0, done.stderr);
  return args.at(-1);
}
const tone = (file, frequency, length = seconds) => ffmpeg('-f', 'lavfi', '-i', `sine=frequency=${frequency}:duration=${length}`, file);

describe('dubs', () => {
  const house = new House(), browser = new Browser();
  let maker, viewer, episode, base, tab;
  const path = (language = '') => `/v1/episodes/${episode.episodeId}/dubs${language && `/${language}`}`;
  const send = (file, metadata) => upload(maker, file, episode.episodeId, {metadata: {purpose: 'dub', ...metadata}});
  const text = async (name) => (await fetch(new URL(name, base), {cache: 'no-store'})).text();
  const settled = (language, state = 'DUB_STATE_READY') => until(`the dub in ${language} is ${state}`, async () => {
    const {dub} = await maker.get(path(language)).catch((why) => ({dub: {state: why.code}}));
    return dub.state === state && dub;
  });
  const shows = (language, yes = true) => until(`the playlist ${yes ? 'names' : 'does not name'} ${language}`,
      async () => (await text('main.m3u8')).includes(`TYPE=AUDIO,GROUP-ID="audio",NAME="${language}"`) === yes);
  // A tab with the player, in which nothing is left of playlists that were loaded before: they live a minute.
  const open = async (player, url) => {
    tab = await browser.context.newPage();
    await browser.open(tab, player);
    await tab.evaluate(async (it) => { await fetch(it, {cache: 'reload'}); }, url);
    await tab.evaluate(([name, it]) => window.play[name](it), [player === 'hls.js' ? 'hls' : player, url]);
  };
  // Without what is no fault of the media: loads that hls.js gives up itself when another track is chosen, and a machine that is too busy to decode.
  const faults = () => tab.evaluate(() => window.seen.errors.filter((it) => !/^(networkError aborted|mediaError bufferStalledError) $/.test(it)));
  // The film's own objects, as a player finds them.
  const film = async () => {
    const out = {};
    const folders = [...(await text('main.m3u8')).matchAll(/^(v\d+)\/video\.m3u8$/gm)].map((it) => it[1]);
    for (const list of [...folders.map((it) => `${it}/video.m3u8`), 'audio/audio.m3u8']) {
      out[list] = await text(list);
      for (const segment of HLS.parse(out[list]).segments) {
        const uri = new URL(segment.uri, new URL(list, base));
        out[uri.pathname] = (await fetch(uri, {method: 'HEAD'})).headers.get('etag');
      }
    }
    return out;
  };

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    ({episode} = await makeEpisode(maker));
    await upload(maker, makeClip(`${house.dir}/clip.mp4`, {seconds, tone: original}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    viewer = await guest(house.url);
    const {session} = await until('the episode is public',
        () => viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId}).catch(() => undefined));
    base = new URL(session.playlistUrl, house.url);
  });
  after(async () => {
    await browser.stop();
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('what is no sound is refused with a reason, and the film is none the worse for it', async () => {
    const mute = ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=180x320:r=25:d=2', `${house.dir}/mute.mp4`);
    const id = await send(mute, {language: 'es'});
    const refused = await until('it is refused', async () => {
      const {upload: found} = await maker.get(`/v1/uploads/${id}`);
      return found.state === 'UPLOAD_STATE_REJECTED' && found;
    });
    assert.equal(refused.failureReason, 'MEDIA_NO_SOUND');
    assert.equal(refused.purpose, 'UPLOAD_PURPOSE_DUB');
    assert.equal((await mediaState(maker, episode.episodeId)).mediaState, 'MEDIA_STATE_READY');
    await assert.rejects(send(mute, {}), /LANGUAGE_REQUIRED/);
    await assert.rejects(send(mute, {language: 'es', purpose: 'song'}), /BAD_UPLOAD_METADATA/);
  });

  test('a Spanish one is added while someone watches, and nothing of the film is touched', async () => {
    const was = await film();
    await open('hls.js', base.href);
    await tab.evaluate(() => { document.querySelector('video').play(); });
    const stream = new EventReader(maker, `${path('es')}/events`);
    await until('the stream is open', () => stream.opened === 1);
    assert.deepEqual(stream.events, []);
    await send(tone(`${house.dir}/es.mp3`, spanish), {language: 'ES', label: 'Español', filetype: 'audio/mpeg'});
    const dub = await settled('es');
    assert.equal(dub.label, 'Español');
    assert.equal(dub.warning, '');
    await until('the stream says so', () => stream.over);
    assert.ok(stream.events.every((it) => it.event === 'progress' && it.data.language === 'es'));
    const percents = stream.events.map((it) => it.data.percent ?? 0);
    assert.deepEqual(percents, [...percents].sort((a, b) => a - b));
    assert.deepEqual(stream.events.at(-1).data, dub);
    assert.equal(dub.percent, 100);
    assert.equal(stream.status, 204);
    await shows('Español');
    assert.deepEqual(await film(), was);
    await tab.waitForFunction(() => window.seen.ended, undefined, {timeout: 90_000});
    assert.deepEqual(await faults(), []);
    await tab.close();
    const main = HLS.parse(await text('main.m3u8'));
    for (const variant of main.variants.filter((it) => !it.isIFrameOnly)) {
      assert.deepEqual(variant.audio.map((it) => [it.name, it.language, it.isDefault, it.autoselect]),
          [['Original', undefined, true, true], ['Español', 'es', false, true]]);
    }
  });

  test('our own checker has nothing against it', () => {
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', base.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });

  test('hls.js: who chooses it hears it, and the original again', async () => {
    await open('hls.js', base.href);
    try {
      assert.equal(await tab.evaluate(hear, original), original);
      assert.deepEqual(await tab.evaluate(() => player.audioTracks.map((it) => [it.name, it.lang ?? ''])), [['Original', ''], ['Español', 'es']]);
      await tab.evaluate(() => { player.audioTrack = 1; });
      assert.equal(await tab.evaluate(hear, spanish), spanish);
      await tab.evaluate(() => { player.audioTrack = 0; });
      assert.equal(await tab.evaluate(hear, original), original);
      assert.deepEqual(await faults(), []);
    } finally {
      await tab.close();
    }
  });

  for (const name of ['main.m3u8', 'main.mpd']) {
    test(`shaka-player, ${name}: the same`, async () => {
      await open('shaka', new URL(name, base).href);
      try {
        assert.equal(await tab.evaluate(hear, original), original);
        await tab.evaluate(() => player.selectAudioTrack(player.getAudioTracks().find((it) => it.language === 'es')));
        assert.equal(await tab.evaluate(hear, spanish), spanish);
        assert.deepEqual(await faults(), []);
      } finally {
        await tab.close();
      }
    });
  }

  test('one that does not fit says by how much, and the one before is heard', async () => {
    await send(tone(`${house.dir}/long.flac`, 500, seconds + 9.5), {language: 'es'});
    const dub = await settled('es', 'DUB_STATE_FAILED');
    assert.equal(dub.failureReason, 'DUB_LENGTH');
    assert.match(dub.failureMessage, /is 9\.5 s longer than the episode/);
    await shows('Español');
  });

  test('others know nothing of it', async () => {
    const other = await creator(house.url);
    for (const [method, where] of [['GET', path()], ['GET', path('es')], ['DELETE', path('es')]])
      await assert.rejects(other.call(method, where), {status: 404, code: 'EPISODE_NOT_FOUND'});
    await assert.rejects(upload(other, `${house.dir}/es.mp3`, episode.episodeId, {metadata: {purpose: 'dub', language: 'fr'}}), /EPISODE_NOT_FOUND/);
    await assert.rejects(maker.get(path('fr')), {code: 'DUB_NOT_FOUND'});
  });

  test('a new film takes it over; taken away, it is gone for who comes, not for who listens', async () => {
    await maker.call('DELETE', path('es'));
    await send(tone(`${house.dir}/es.ogg`, spanish), {language: 'es', label: 'Castellano', filetype: 'audio/ogg'});
    await shows('Castellano');
    await settled('es');  // the playlist is there a moment before the row says so
    const {dubs} = await maker.get(path());
    assert.deepEqual(dubs.map((it) => [it.language, it.state]), [['es', 'DUB_STATE_READY']]);
    const list = new URL('dubs/es/audio.m3u8', base);
    const segment = new URL(HLS.parse(await (await fetch(list)).text()).segments[1].uri, list);
    await maker.call('DELETE', path('es'));
    await maker.call('DELETE', path('es'));
    await shows('Castellano', false);
    assert.equal((await fetch(segment)).status, 200);
    await until('the edge knows', async () => (await fetch(list)).status === 404);
  });
});
