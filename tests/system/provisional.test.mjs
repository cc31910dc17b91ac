// What is watched while it is still being made: the creator's playlist that grows, and a feed that follows what a viewer does.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, mediaState, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('while it is made', () => {
  const house = new House({settings: {CLIFFHANGER_WORKER_COUNT: '1'}}), browser = new Browser();
  let maker;

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
  });
  after(async () => {
    await browser.stop();
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('the creator watches the head while the rest is encoded, to the end', async () => {
    const clip = makeClip(path.join(house.dir, 'long.mp4'), {seconds: 40, size: '720x1280'});
    const {episode} = await makeEpisode(maker);
    await upload(maker, clip, episode.episodeId);
    await until('its head plays', async () => (await mediaState(maker, episode.episodeId)).mediaState === 'MEDIA_STATE_PROVISIONAL',
        {seconds: 120, every: 100});
    const {session} = await maker.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    assert.equal(session.provisional, true);
    const base = new URL(session.playlistUrl, house.url);
    assert.match(base.pathname, /\/provisional\.m3u8$/);

    const viewer = await guest(house.url);
    await assert.rejects(viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId}),
        (error) => error instanceof Problem && error.status === 404 && error.code === 'EPISODE_NOT_FOUND');
    await assert.rejects(publish(maker, episode.episodeId), (error) => error.code === 'EPISODE_NOT_READY');

    const text = async (url) => {
      const answer = await fetch(url);
      assert.equal(answer.status, 200, `${url}: ${answer.status}`);
      return answer.text();
    };
    const main = HLS.parse(await text(base));
    assert.ok(main.isMasterPlaylist && main.variants.length >= 1);
    const rung = new URL(main.variants[0].uri, base);
    const early = await text(rung);
    const begun = HLS.parse(early);
    assert.equal(begun.playlistType, 'EVENT');
    assert.ok(!begun.endlist, 'the whole was encoded before the head could be looked at');
    assert.equal(begun.start?.offset, 0, early);
    assert.ok(begun.segments.length >= 1);

    const grown = [];
    const watching = browser.play('hls.js', base.href, {rate: 1, seconds: 170});
    const listening = until('the playlist ends', async () => {
      const now = HLS.parse(await text(rung));
      grown.push(now.segments.map((it) => it.uri));
      return now.endlist && now;
    }, {seconds: 170, every: 400});
    const [seen, whole] = await Promise.all([watching, listening]);
    for (let i = 1; i < grown.length; ++i) {  // an EVENT only ever grows
      assert.deepEqual(grown[i].slice(0, grown[i - 1].length), grown[i - 1]);
    }
    assert.ok(new Set(grown.map((it) => it.length)).size >= 2, `${grown.map((it) => it.length)}`);
    assert.ok(Math.abs(whole.segments.reduce((sum, it) => sum + it.duration, 0) - 40) < 0.2);
    // A player that is faster than the encoder may run dry for a moment; it may not fail.
    assert.deepEqual(seen.errors.filter((it) => !/bufferStalledError|bufferNudgeOnStall/.test(it) || it.includes('FATAL')), []);
    assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
    assert.ok(Math.abs(seen.position - 40) < 0.3, `${seen.position}`);

    await untilReady(maker, episode.episodeId);
    const ready = (await maker.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
    assert.equal(ready.provisional ?? false, false);
    assert.equal(ready.revisionId, session.revisionId);
    // Who holds the earlier address goes on.
    assert.ok(HLS.parse(await text(rung)).endlist);
  });

  test('the feed follows what a viewer does within seconds', async () => {
    const clip = makeClip(path.join(house.dir, 'short.mp4'), {seconds: 6, size: '180x320'});
    const films = [];
    for (const title of ['Alpha', 'Beta', 'Gamma']) {
      const film = await makeEpisode(maker, title);
      await upload(maker, clip, film.episode.episodeId);
      await untilReady(maker, film.episode.episodeId);
      await publish(maker, film.episode.episodeId);
      films.push(film);
    }
    const viewer = await guest(house.url);
    const order = async (person = viewer) => (await person.get('/v1/feed')).items?.map((it) => it.series.seriesId) ?? [];
    const first = await until('the feed has all', async () => {
      const now = await order();
      return films.every((it) => now.includes(it.series.seriesId)) && now;
    });

    const followed = first.at(-1);
    await viewer.call('PUT', `/v1/reactions/SUBJECT_SERIES/${followed}/REACTION_FOLLOW`, {});
    await until('what is followed comes first', async () => (await order())[0] === followed);
    const item = (await viewer.get('/v1/feed')).items[0];
    assert.equal(item.reason, 'FEED_REASON_FOLLOWED');

    const watched = (await order())[1];
    const {episode} = films.find((it) => it.series.seriesId === watched);
    const {session} = await viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    await viewer.post(`/v1/playback/sessions/${session.sessionId}:report`,
        {sequence: 1, event: 'WATCH_EVENT_COMPLETE', positionMs: session.durationMs, watchedMs: 6000});
    // Its only episode is done: it goes behind the unseen, or out.
    await until('what was watched falls back', async () => {
      const now = await order();
      const unseen = first.find((id) => id !== followed && id !== watched);
      return !now.includes(watched) || now.indexOf(watched) > now.indexOf(unseen);
    });
    // Another viewer's feed has it, and it is the more popular for it.
    const other = await guest(house.url);
    assert.ok((await order(other)).includes(watched));
  });
});
