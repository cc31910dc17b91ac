// The main job, end to end: a creator's upload over a connection that breaks, the feed, and an episode that plays to its end in two players; in one
// process, with one process for each service, or against an installation elsewhere (CLIFFHANGER_TEST_URL).
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';
import {Parser} from 'm3u8-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {probe, verticalClip} from './lib/clips.mjs';
import {cutter} from './lib/cutter.mjs';
import {House, until, Visit} from './lib/house.mjs';

const places = {
  one: ['one process', () => new House()],
  split: ['one process per service', () => new House({split: true})],
  against: [`against ${process.env.CLIFFHANGER_TEST_URL}`, () => new Visit(process.env.CLIFFHANGER_TEST_URL)],
};
const mode = process.env.CLIFFHANGER_TEST_MODE || 'both';

for (const [name, open] of mode === 'both' ? [places.one, places.split] : [places[mode]]) {
  describe(name, () => {
    const house = open(), browser = new Browser();
    let maker, viewer, episode, series, clip, session, base;

    before(async () => {
      await house.start();
      await browser.start();
      clip = verticalClip(house.dir);
    });
    after(async () => {
      await browser.stop();
      const codes = await house.stop();
      for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
    });

    test('a creator uploads in pieces over a connection that breaks', async () => {
      maker = await creator(house.url);
      ({series, episode} = await makeEpisode(maker));
      const tunnel = await cutter(house.url);
      tunnel.cutAfterBytes(1_200_000);
      await upload(maker, clip, episode.episodeId, {endpoint: tunnel.url});
      assert.equal(tunnel.cuts, 1);
      tunnel.close();
    });

    test('it is transcoded, and published', async () => {
      const ready = await untilReady(maker, episode.episodeId);
      assert.ok(Math.abs(Number(ready.durationMs) / 1000 - probe(clip).seconds) < 0.2, `duration ${ready.durationMs}`);
      await publish(maker, episode.episodeId);
      await publish(maker, episode.episodeId);  // again: nothing
    });

    test('a viewer finds it in the feed', async () => {
      viewer = await guest(house.url);
      const item = await until('the feed has it', async () =>
        (await viewer.get('/v1/feed')).items?.find((it) => it.series.seriesId === series.seriesId));
      assert.equal(item.episode.episodeId, episode.episodeId);
      session = (await viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
      assert.equal(session.provisional ?? false, false);
      base = new URL(session.playlistUrl, house.url);
    });

    test('two parsers read its playlists, and every rung decodes to the same frames', async () => {
      const text = await (await fetch(base)).text();
      const parser = new Parser();
      parser.push(text);
      parser.end();
      const master = HLS.parse(text);
      assert.ok(master.isMasterPlaylist);
      const variants = master.variants.filter((it) => !it.isIFrameOnly);
      assert.equal(parser.manifest.playlists.length, variants.length);
      assert.ok(variants.length >= 3, `${variants.length} variants`);
      assert.equal(parser.manifest.iFramePlaylists.length, master.variants.length - variants.length);
      assert.ok(parser.manifest.iFramePlaylists.length > 0);
      const truth = probe(clip).frames;
      for (const variant of variants) {
        assert.ok(variant.codecs && variant.resolution && variant.frameRate && variant.averageBandwidth, variant.uri);
        const url = new URL(variant.uri, base);
        const media = HLS.parse(await (await fetch(url)).text());
        assert.equal(media.playlistType, 'VOD');
        assert.ok(media.endlist);
        const listed = media.segments.reduce((sum, it) => sum + it.duration, 0);
        const found = probe(url.href);
        assert.equal(found.frames, truth, `${variant.uri}: ${found.frames} frames of ${truth}`);
        assert.equal(found.width, variant.resolution.width);
        assert.ok(Math.abs(listed - Number(session.durationMs) / 1000) < 0.05, `${variant.uri}: ${listed} s`);
        assert.equal(found.complaints, '');
      }
      const audio = new URL(variants[0].audio[0].uri, base);
      assert.ok(Math.abs(probe(audio.href, 'a').seconds - Number(session.durationMs) / 1000) < 0.05);
    });

    for (const player of ['hls.js', 'shaka']) {
      test(`it plays to its end with ${player}`, async () => {
        const seen = await browser.play(player, base.href);
        assert.deepEqual(seen.errors, []);
        assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
        assert.ok(seen.decoded > 100, `${seen.decoded} frames`);
      });
    }

    test('the next one follows, and the viewer goes on where they were', async () => {
      const two = (await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'Two'})).episode;
      await upload(maker, clip, two.episodeId);
      await untilReady(maker, two.episodeId);
      await publish(maker, two.episodeId);
      await viewer.post(`/v1/playback/sessions/${session.sessionId}:report`,
          {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 5000, watchedMs: 5000});
      const on = await viewer.get('/v1/me/continue-watching');
      assert.equal(on.items[0].episodeId, episode.episodeId);
      const again = (await viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
      assert.equal(Number(again.resumeMs), 5000);
      await viewer.post(`/v1/playback/sessions/${session.sessionId}:report`,
          {sequence: 2, event: 'WATCH_EVENT_COMPLETE', positionMs: session.durationMs, watchedMs: 10000});
      const next = await until('the next episode', async () => {
        const {episode: it} = await viewer.get(`/v1/series/${series.seriesId}/next`);
        return it.episodeId === two.episodeId && it;
      });
      assert.equal(next.number, 2);
    });

    test('the viewer page plays it', async () => {
      const tab = await browser.context.newPage();
      try {
        await tab.goto(house.url);
        await tab.waitForSelector('[data-state="playing"]', {timeout: 60_000});
        assert.deepEqual(await tab.evaluate(() => window.__cliffhanger?.errors ?? []), []);
      } finally {
        await tab.close();
      }
    });
  });
}
