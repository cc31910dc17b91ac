// A new film for an episode that people watch, and taking an episode away from them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, mediaState, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('replacing and withdrawing', () => {
  const house = new House({split: true}), browser = new Browser();
  let maker, viewer, series, episode, old;

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    viewer = await guest(house.url);
    ({series, episode} = await makeEpisode(maker));
    await upload(maker, makeClip(path.join(house.dir, 'one.mp4'), {seconds: 20, size: '270x480'}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    await until('the feed has it', inFeed);
  });
  after(async () => {
    await browser.stop();
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  const start = async (person) => (await person.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
  async function inFeed() {
    return (await viewer.get('/v1/feed')).items?.some((it) => it.series.seriesId === series.seriesId);
  }
  const notFound = (promise, code) => assert.rejects(promise, (error) => {
    assert.ok(error instanceof Problem, error.stack);
    assert.deepEqual([error.status, error.code], [404, code]);
    return true;
  });

  test('a bad file for a published episode leaves the film that is there', async () => {
    old = await start(viewer);
    const bad = path.join(house.dir, 'bad.mp4');
    fs.writeFileSync(bad, 'no film at all '.repeat(100));
    await upload(maker, bad, episode.episodeId);
    const state = await until('the creator hears why', async () => {
      const now = await mediaState(maker, episode.episodeId);
      return now.mediaFailure && now;
    });
    assert.equal(state.mediaFailure, 'MEDIA_NOT_VIDEO');
    assert.equal(state.state, 'EDITORIAL_STATE_PUBLISHED');
    assert.equal((await start(viewer)).revisionId, old.revisionId);
    assert.ok(await inFeed());
  });

  test('who watches the old film sees its end; who comes later gets the new one', async () => {
    const watching = browser.play('hls.js', new URL(old.playlistUrl, house.url).href, {rate: 1, seconds: 90});
    await upload(maker, makeClip(path.join(house.dir, 'two.mp4'), {seconds: 6, size: '270x480', tone: 900}), episode.episodeId);
    const fresh = await until('new sessions get the new film', async () => {
      const session = await start(viewer);
      return session.revisionId !== old.revisionId && session;
    });
    assert.ok(Math.abs(Number(fresh.durationMs) - 6000) < 200, fresh.durationMs);
    // From now on the time of the old one runs out: its files stay for those who have its address.
    await until('transcode knows that the old one was replaced', () =>
      house.sql("SELECT revision_id FROM revision WHERE state = 'ready' AND ended_at IS NOT NULL", 'transcode') === old.revisionId);
    assert.equal((await mediaState(viewer, episode.episodeId)).durationMs, fresh.durationMs);
    const seen = await watching;
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.ended, `stopped at ${seen.position} of ${seen.duration}`);
    assert.ok(Math.abs(seen.duration - 20) < 0.3, `${seen.duration}`);
    const after = await browser.play('hls.js', new URL(fresh.playlistUrl, house.url).href, {rate: 2, seconds: 60});
    assert.deepEqual(after.errors, []);
    assert.ok(after.ended && Math.abs(after.duration - 6) < 0.3, `${after.duration}`);
    // Late reports of the old session do no harm: a position beyond the new film's end.
    await viewer.post(`/v1/playback/sessions/${old.sessionId}:report`,
        {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 15_000, watchedMs: 15_000});
    const again = await start(viewer);
    assert.ok(Number(again.resumeMs ?? 0) <= 6000, `resumes at ${again.resumeMs} of 6000`);
  });

  test('a withdrawn episode starts for nobody and leaves the feed within seconds', async () => {
    const session = await start(viewer);
    await maker.post(`/v1/episodes/${episode.episodeId}:withdraw`);
    await maker.post(`/v1/episodes/${episode.episodeId}:withdraw`);
    await notFound(start(viewer), 'EPISODE_NOT_FOUND');
    await notFound(viewer.get(`/v1/episodes/${episode.episodeId}`), 'EPISODE_NOT_FOUND');
    assert.equal((await mediaState(maker, episode.episodeId)).state, 'EDITORIAL_STATE_WITHDRAWN');
    await until('the feed dropped it', async () => !await inFeed());
    await until('continue watching dropped it', async () =>
      !(await viewer.get('/v1/me/continue-watching')).items?.some((it) => it.seriesId === series.seriesId));
    assert.ok(!(await viewer.get('/v1/series')).series?.some((it) => it.seriesId === series.seriesId));
    await until('who watches is refused', async () => (await fetch(new URL(session.playlistUrl, house.url))).status === 410);
    await assert.rejects(publish(maker, episode.episodeId), (error) => error.code === 'EPISODE_WITHDRAWN');
  });
});
