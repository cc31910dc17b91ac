// What cuts have of their films beside pictures and sound: captions at their places, dubs, and what changes later.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {hear} from './lib/hear.mjs';
import {build, House, until} from './lib/house.mjs';

const cues = (...all) => `WEBVTT\n${all.map(([from, to, text]) => `\n00:0${from} --> 00:0${to}\n${text}\n`).join('')}`;
const original = 330, spanish = 1200;

// In the page: what is shown at each of these places, as "from-to text", of the track in this language. Where something has to come, `sure` has the place.
const shown = async ({language, places, sure}) => {
  const video = document.querySelector('video');
  const near = (seconds) => Math.round(seconds * 100) / 100;
  const track = () => [...video.textTracks].find((it) => it.mode === 'showing' && it.language === language);
  video.pause();
  const out = {};
  for (const at of places) {
    video.currentTime = at;
    for (const begun = Date.now(), end = begun + 60_000; Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (video.seeking || video.readyState < 2 || !track()) continue;
      // Text may come after the pictures.
      const active = [...track().activeCues ?? []].map((cue) => `${near(cue.startTime)}-${near(cue.endTime)} ${cue.text}`);
      out[at] = [...new Set(active)];
      if (out[at].length) break;
      if (!sure.includes(at) && Date.now() > begun + 3000) break;
    }
  }
  return out;
};

describe('what cuts have of their films', () => {
  const house = new House(), browser = new Browser();
  let maker, viewer, one, two, recap, trim, base;
  const session = async () => (await viewer.post('/v1/playback/sessions', {episodeId: recap.episodeId})).session;
  const text = async (name) => (await fetch(new URL(name, base), {cache: 'no-store'})).text();
  const say = (episode, language, body) => maker.call('PUT', `/v1/episodes/${episode.episodeId}/captions/${language}`, body);

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    viewer = await guest(house.url);
    const first = await makeEpisode(maker);
    one = first.episode;
    const more = async (title) => (await maker.post(`/v1/series/${first.series.seriesId}/episodes`, {title})).episode;
    two = await more('Two');
    recap = await more('Previously');
    trim = await more('Trim');
    for (const [episode, name, seconds] of [[one, 'one', 9], [two, 'two', 5]]) {
      await upload(maker, makeClip(`${house.dir}/${name}.mp4`, {seconds, tone: original}), episode.episodeId);
      await untilReady(maker, episode.episodeId);
      const dub = `${house.dir}/${name}.mp3`;
      assert.equal(spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=frequency=${spanish}:duration=${seconds}`, dub]).status, 0);
      await upload(maker, dub, episode.episodeId, {metadata: {purpose: 'dub', language: 'es', label: 'Español', filetype: 'audio/mpeg'}});
      await until('its dub is ready', async () => {
        const {dub: found} = await maker.get(`/v1/episodes/${episode.episodeId}/dubs/es`).catch(() => ({}));
        return found?.state === 'DUB_STATE_READY';
      });
    }
    await say(one, 'en', {text: cues(['0.500', '1.500', 'first'], ['6.500', '7.500', 'third']), label: 'English'});
    await say(two, 'en', {text: cues(['2.500', '3.500', 'second']), label: 'Other'});
    await say(two, 'es', {text: cues(['1.000', '9.000', 'segunda']), label: 'Español'});
    // The second one is where it was in its film, which some players take for no difference at all.
    const cut = async (episode, stretches) => {
      const {revision} = await maker.post(`/v1/episodes/${episode.episodeId}/cuts`, {stretches});
      await until('the cut is ready', async () => {
        const {revision: now} = await maker.get(`/v1/revisions/${revision.revisionId}`);
        assert.notEqual(now.state, 'REVISION_STATE_FAILED', `${now.failureReason} ${now.failureMessage}`);
        return now.state === 'REVISION_STATE_READY';
      });
    };
    await cut(trim, [{episodeId: one.episodeId, fromMs: 6000, toMs: 9000}]);
    await cut(recap, [{episodeId: one.episodeId, fromMs: 0, toMs: 2000}, {episodeId: two.episodeId, fromMs: 2000, toMs: 4000},
      {episodeId: one.episodeId, fromMs: 6000, toMs: 9000}]);
    await until('it can be published', () => publish(maker, recap.episodeId).catch(() => undefined), {every: 200});
    const got = await until('viewers get it', () => session().catch(() => undefined), {every: 200});
    base = new URL(got.playlistUrl, house.url);
  });
  after(async () => {
    await browser.stop();
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('the playlists name captions and dubs over all of it, and the checker has nothing against them', async () => {
    const main = HLS.parse(await text('main.m3u8'));
    const [variant] = main.variants;
    assert.deepEqual(variant.subtitles.map((it) => [it.language, it.name]), [['en', 'English'], ['es', 'Español']]);
    assert.deepEqual(variant.audio.map((it) => [it.name, it.language]), [['Original', undefined], ['Español', 'es']]);
    for (const rendition of [...variant.subtitles, ...variant.audio]) {
      const list = HLS.parse(await text(rendition.uri));
      assert.equal(list.segments.filter((it) => it.discontinuity).length, 2, rendition.uri);
      assert.ok(Math.abs(list.segments.reduce((sum, it) => sum + it.duration, 0) - 7) < 0.05, rendition.uri);
    }
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', base.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });

  // In a tab of its own: English is chosen, and what is seen at these places is told.
  const read = async (player, url, places, sure = []) => {
    const tab = await browser.context.newPage();
    try {
      await browser.open(tab, player);
      await tab.evaluate(async ([which, at]) => {
        await window.play[{'hls.js': 'hls', 'dash.js': 'dash'}[which] ?? which](at);
        if (which === 'hls.js') {
          player.subtitleTrack = player.subtitleTracks.findIndex((it) => it.lang === 'en');
          player.subtitleDisplay = true;
        } else if (which === 'shaka') {
          await player.selectTextTrack(player.getTextTracks().find((it) => it.language === 'en'));
        } else {
          player.setTextTrack(player.getTracksFor('text').findIndex((it) => it.lang === 'en'));
        }
      }, [player, url]);
      const seen = await tab.evaluate(shown, {language: 'en', places, sure});
      assert.deepEqual(await tab.evaluate(() => window.seen.errors), []);
      return seen;
    } finally {
      await tab.close();
    }
  };
  const expected = {1: ['0.5-1.5 first'], 2.2: [], 3: ['2.5-3.5 second'], 4.2: [], 5: ['4.5-5.5 third']};
  const places = Object.keys(expected).map(Number), said = places.filter((at) => expected[at].length);

  test('hls.js shows each cue at its place', async () => {
    assert.deepEqual(await read('hls.js', base.href, places, said), expected);
  });

  // shaka-player 5.2 leaves out text that comes before its pictures, if pictures of another timeline come next: it holds it against their window.
  test('what shaka-player shows of them is at its place', async () => {
    const seen = await read('shaka', base.href, places);
    for (const at of places) if (seen[at].length) assert.deepEqual(seen[at], expected[at]);
    assert.ok(Object.values(seen).some((it) => it.length), JSON.stringify(seen));
  });

  for (const player of ['shaka', 'dash.js']) {
    test(`${player} shows those of a trim by DASH`, async () => {
      const {session: mine} = await until('its creator gets it', () => maker.post('/v1/playback/sessions', {episodeId: trim.episodeId})
          .catch(() => undefined), {every: 200});
      const manifest = new URL('main.mpd', new URL(mine.playlistUrl, house.url));
      assert.deepEqual(await read(player, manifest.href, [0.2, 1, 2], [1]), {0.2: [], 1: ['0.5-1.5 third'], 2: []});
    });
  }

  for (const [player, name] of [['hls', 'main.m3u8'], ['shaka', 'main.mpd']]) {
    test(`${player}: who chooses Spanish in ${name} hears it, over the joins`, async () => {
      const tab = await browser.context.newPage();
      try {
        await browser.open(tab, player === 'hls' ? 'hls.js' : player);
        await tab.evaluate(([which, url]) => window.play[which](url), [player, new URL(name, base).href]);
        assert.equal(await tab.evaluate(hear, original), original);
        await tab.evaluate((which) => {
          if (which === 'hls') player.audioTrack = 1;
          else player.selectAudioTrack(player.getAudioTracks().find((it) => it.language === 'es'));
        }, player);
        assert.equal(await tab.evaluate(hear, spanish), spanish);
        await tab.evaluate(() => { document.querySelector('video').currentTime = 1.5; });
        await tab.waitForFunction(() => window.seen.ended || document.querySelector('video').currentTime > 4.5, undefined, {timeout: 60_000});
        assert.equal(await tab.evaluate(hear, spanish), spanish);
        assert.deepEqual(await tab.evaluate(() => window.seen.errors.filter((it) => !/^networkError aborted $/.test(it))), []);
      } finally {
        await tab.close();
      }
    });
  }

  test('a word that changes in a film changes here too', async () => {
    await say(one, 'en', {text: cues(['0.500', '1.500', 'corrected']), label: 'English'});
    await until('the cut says it', async () => {
      const list = HLS.parse(await text('captions/en/captions.m3u8'));
      return (await text(`captions/en/${list.segments[0].uri}`)).includes('corrected');
    });
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', base.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });
});
