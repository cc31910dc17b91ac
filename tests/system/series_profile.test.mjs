// What the episodes of a series have in common, as their creator and a player see it.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, makeEpisode, Problem, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House} from './lib/house.mjs';

describe('a series of two different episodes', () => {
  const house = new House();
  let maker, series, first, second;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    ({series, episode: first} = await makeEpisode(maker));
    second = (await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'The next night'})).episode;
  });
  after(() => house.stop());

  const profile = async (person = maker) => (await person.get(`/v1/series/${series.seriesId}/profile`)).profile;
  const revision = async (episode) => (await maker.get(`/v1/episodes/${episode.episodeId}/revisions`)).revisions[0];
  const make = (name, options) => makeClip(path.join(house.dir, name), options);
  // The bytes behind a name that the episode's playlists use.
  const fetched = async (episode, name) => {
    const {session} = await maker.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    const answer = await fetch(new URL(name, new URL(session.playlistUrl, house.url)));
    assert.equal(answer.status, 200, name);
    return Buffer.from(await answer.arrayBuffer());
  };

  test('nothing is made before the first upload', async () => {
    assert.equal((await profile()).state, 'SERIES_PROFILE_STATE_NONE');
  });

  test('both uploaded at once get the same rungs', async () => {
    await Promise.all([
      upload(maker, make('one.mp4', {seconds: 7, size: '360x640'}), first.episodeId),
      upload(maker, make('two.mp4', {seconds: 5, size: '360x640', tone: 500}), second.episodeId),
    ]);
    for (const episode of [first, second]) await untilReady(maker, episode.episodeId);
    const made = await profile();
    assert.equal(made.state, 'SERIES_PROFILE_STATE_SETTLED');
    assert.equal(Number(made.version), 1);
    const [a, b] = [await revision(first), await revision(second)];
    assert.deepEqual(a.rungs, b.rungs);
    for (const name of a.rungs) assert.ok(made.rungs.some((rung) => rung.name === name), name);
  });

  test('and the same initialisation segments, so that one can follow the other', async () => {
    for (const name of (await revision(first)).rungs) {
      const [a, b] = [await fetched(first, `${name}/init.mp4`), await fetched(second, `${name}/init.mp4`)];
      assert.ok(a.length > 500 && a.equals(b), name);
    }
  });

  test('a new version waits for the next upload, and is asked for once', async () => {
    const renew = async (body = {}) => (await maker.post(`/v1/series/${series.seriesId}/profile:renew`, body)).profile;
    const next = await renew({loudness: 'LOUDNESS_SERIES'});
    assert.equal(Number(next.version), 2);
    assert.equal(next.state, 'SERIES_PROFILE_STATE_WAITING');
    assert.deepEqual(await renew(), next);
    assert.equal((await profile()).loudness, 'LOUDNESS_SERIES');
    const {episode: third} = await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'The last night'});
    await upload(maker, make('three.mp4', {seconds: 3, size: '270x480', tone: 700}), third.episodeId);
    await untilReady(maker, third.episodeId);
    const made = await profile();
    assert.equal(made.state, 'SERIES_PROFILE_STATE_SETTLED');
    assert.equal(typeof made.gainDb, 'number');
    assert.deepEqual((await revision(third)).rungs, ['v270', 'v180']);
    assert.ok((await revision(first)).rungs.includes('v360'), 'what was uploaded before stays');
  });

  test('others learn nothing of it', async () => {
    const other = await creator(house.url);
    await assert.rejects(profile(other), (error) => {
      assert.ok(error instanceof Problem, error.stack);
      assert.deepEqual([error.status, error.code], [404, 'SERIES_NOT_FOUND']);
      return true;
    });
  });
});
