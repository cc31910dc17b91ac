// Cuts: a recap of two episodes and a trim, made without encoding, watched over the joins in the players, and kept when the films go.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {build, House, until} from './lib/house.mjs';

describe('cuts', () => {
  const house = new House(), browser = new Browser();
  let maker, viewer, one, two, recap, made, base;
  const stretches = () => [{episodeId: one.episodeId, fromMs: 900, toMs: 4100}, {episodeId: two.episodeId, fromMs: 2000, toMs: 60_000},
    {episodeId: one.episodeId, fromMs: 6000, toMs: 8000}];
  const cut = (episode, body, headers, person = maker) => person.post(`/v1/episodes/${episode.episodeId}/cuts`, body, headers);
  const ready = (revisionId) => until('the cut is ready', async () => {
    const {revision} = await maker.get(`/v1/revisions/${revisionId}`);
    assert.notEqual(revision.state, 'REVISION_STATE_FAILED', `${revision.failureReason} ${revision.failureMessage}`);
    return revision.state === 'REVISION_STATE_READY' && revision;
  }, {every: 200});
  const session = async (person, episode) => (await person.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
  const watched = (person, episode, revisionId) => until('that film is what one gets', async () => {
    const got = await session(person, episode).catch(() => undefined);
    return got?.revisionId === revisionId && got;
  }, {every: 200});

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
    await upload(maker, makeClip(`${house.dir}/one.mp4`, {seconds: 9}), one.episodeId);
    await upload(maker, makeClip(`${house.dir}/two.mp4`, {seconds: 5, rate: 25, tone: 550}), two.episodeId);
    await untilReady(maker, one.episodeId);
    await untilReady(maker, two.episodeId);
  });
  after(async () => {
    await browser.stop();
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a recap is ready within seconds, where groups of pictures begin', async () => {
    const key = {'Idempotency-Key': crypto.randomUUID()};
    const {revision} = await cut(recap, {stretches: stretches()}, key);
    assert.deepEqual(revision.stretches.map((it) => [Number(it.fromMs), Number(it.toMs)]), [[0, 4000], [2000, 5000], [6000, 8000]]);
    assert.equal(Number(revision.durationMs), 9000);
    const again = await cut(recap, {stretches: stretches()}, key);
    assert.equal(again.revision.revisionId, revision.revisionId);
    made = await ready(revision.revisionId);
    assert.ok(!made.sourceId);
    const {revisions} = await maker.get(`/v1/episodes/${recap.episodeId}/revisions`);
    assert.deepEqual(revisions.map((it) => it.revisionId), [made.revisionId]);
  });

  test('what is not right is refused with a reason', async () => {
    const other = await creator(house.url), theirs = (await makeEpisode(other)).episode;
    const refused = (episode, list, code, person) => assert.rejects(cut(episode, {stretches: list}, undefined, person), {code});
    await refused(recap, stretches(), 'EPISODE_NOT_FOUND', other);
    await refused(theirs, stretches(), 'EPISODE_NOT_FOUND', other);
    await refused(theirs, stretches(), 'EPISODE_NOT_FOUND');
    await refused(recap, [{episodeId: recap.episodeId, fromMs: 0, toMs: 2000}], 'REVISION_NOT_READY');
    await refused(recap, [{episodeId: one.episodeId, fromMs: 9500, toMs: 10_000}], 'REUSE_RANGE');
    await refused(recap, [], 'INVALID_REQUEST');
    await refused(recap, Array(201).fill(stretches()[0]), 'INVALID_REQUEST');
  });

  test('viewers get it when it is published, and the checker has nothing against it', async () => {
    await assert.rejects(session(viewer, recap), {code: 'EPISODE_NOT_FOUND'});
    await watched(maker, recap, made.revisionId);
    await publish(maker, recap.episodeId);
    const got = await watched(viewer, recap, made.revisionId);
    assert.equal(Number(got.durationMs), 9000);
    base = new URL(got.playlistUrl, house.url);
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', base.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
    const list = new URL('v360/video.m3u8', base);
    const media = HLS.parse(await (await fetch(list)).text());
    assert.equal(media.segments.filter((it) => it.discontinuity).length, 2);
  });

  for (const player of ['hls.js', 'shaka']) {
    test(`it plays over the joins to its end in ${player}`, async () => {
      const seen = await browser.play(player, base.href, {rate: 2});
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.ended, `ended at ${seen.position} of ${seen.duration}`);
      assert.ok(Math.abs(seen.position - 9) < 0.3, `${seen.position} s`);
    });
  }
  for (const player of ['dash.js', 'shaka']) {
    test(`its periods play as DASH in ${player}`, async () => {
      const seen = await browser.play(player, new URL('main.mpd', base).href, {rate: 2});
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.ended, `ended at ${seen.position} of ${seen.duration}`);
    });
  }

  // Where the cut begins with its film; in later periods players don't agree on which picture of a sheet is meant, so there are none.
  for (const player of ['shaka', 'dash.js']) {
    test(`${player} finds the thumbnails of the beginning by DASH, where storyboard.vtt has them`, async () => {
      const text = await (await fetch(new URL('storyboard.vtt', base))).text();
      const seconds = (time) => time.split(':').reduce((sum, it) => sum * 60 + Number(it), 0);
      const cues = [...text.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\S+)$/gm)].map(([, from, to, name, place]) =>
        ({from: seconds(from), to: seconds(to), is: `${new URL(name, base).href} ${place}`}));
      assert.equal(cues.at(-1).to, 9);
      const tab = await browser.context.newPage();
      try {
        await browser.open(tab, player);
        const seen = await tab.evaluate(async ([which, url, places]) => {
          await window.play[which](url);
          const out = {};
          for (const at of places) {
            const it = which === 'shaka' ? await player.getThumbnails(null, at) :
              await new Promise((resolve) => player.provideThumbnail(at, resolve));
            out[at] = it && `${it.uris?.[0] ?? it.url} ${[it.positionX ?? it.x, it.positionY ?? it.y, it.width, it.height].join(',')}`;
          }
          return out;
        }, [player === 'shaka' ? 'shaka' : 'dash', new URL('main.mpd', base).href, [0.5, 2.5, 5, 8]]);
        const expected = (at) => cues.find((it) => at >= it.from && at < it.to).is;
        assert.deepEqual(seen, {0.5: expected(0.5), 2.5: expected(2.5), 5: null, 8: null});
      } finally {
        await tab.close();
      }
    });
  }

  test('a trim of what is published waits until its creator publishes it', async () => {
    const {revision: whole} = await publish(maker, one.episodeId).then(() => maker.get(`/v1/episodes/${one.episodeId}/revisions`))
        .then(({revisions}) => ({revision: revisions[0]}));
    await watched(viewer, one, whole.revisionId);
    const {revision} = await cut(one, {stretches: [{episodeId: one.episodeId, fromMs: 2000, toMs: 6000}]});
    await ready(revision.revisionId);
    await watched(maker, one, revision.revisionId);
    assert.equal((await session(viewer, one)).revisionId, whole.revisionId);
    await publish(maker, one.episodeId);
    const got = await watched(viewer, one, revision.revisionId);
    const seen = await browser.play('hls.js', new URL(got.playlistUrl, house.url).href, {rate: 2});
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.ended);
    assert.ok(Math.abs(seen.duration - 4) < 0.1, `${seen.duration} s`);
  });

  test('it plays on when a film that it shows is deleted', async () => {
    await maker.call('DELETE', `/v1/episodes/${two.episodeId}`);
    await until('the film is gone', async () => {
      const {revisions} = await maker.get(`/v1/episodes/${two.episodeId}/revisions`);
      return revisions.every((it) => it.state === 'REVISION_STATE_CANCELLED');
    });
    const list = new URL('v360/video.m3u8', base);
    for (const segment of HLS.parse(await (await fetch(list)).text()).segments)
      assert.equal((await fetch(new URL(segment.uri, list))).status, 200, segment.uri);
    await assert.rejects(cut(recap, {stretches: stretches()}), {code: 'EPISODE_NOT_FOUND'});
  });
});
