// What creators learn, on the real house: reports of people who watch become curves and funnels, by the API and as CSV, and of few people nothing is told.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('what creators learn', () => {
  const house = new House();
  let maker, seriesId;
  const episodes = [];

  const watch = async (person, episodeId, positions, last, context) => {
    const {session} = await person.post('/v1/playback/sessions', {episodeId});
    let sequence = 0, at = 0;
    const report = (event, positionMs) =>
      person.post(`/v1/playback/sessions/${session.sessionId}:report`, {sequence: ++sequence, event, positionMs, watchedMs: positionMs - at, context});
    for (const positionMs of positions) {
      await report('WATCH_EVENT_PROGRESS', positionMs);
      at = positionMs;
    }
    if (last) await report(last, at);
  };
  const table = (kind, id, name) => maker.get(`/v1/${kind}/${id}/insight/${name}`);

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    seriesId = (await maker.post('/v1/series', {title: 'Watched', language: 'en', synopsis: 'By many.'})).series.seriesId;
    for (const [title, seconds] of [['One', 6], ['Two', 4]]) {
      const {episode} = await maker.post(`/v1/series/${seriesId}/episodes`, {title});
      await upload(maker, makeClip(path.join(house.dir, `${title}.mp4`), {seconds, size: '360x640', hue: 10 * seconds, tone: 300}), episode.episodeId);
      episodes.push(episode.episodeId);
    }
    for (const id of episodes) {
      await untilReady(maker, id);
      await publish(maker, id);
    }
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('reports become curves and a funnel, for their owner alone', async () => {
    const [one, two] = episodes;
    const phone = {source: 'WATCH_SOURCE_FEED', device: 'DEVICE_CLASS_PHONE', region: 'mx'};
    const [ann, bob, eve] = [await guest(house.url), await guest(house.url), await guest(house.url)];
    await watch(ann, one, [3000, 6000], 'WATCH_EVENT_COMPLETE', phone);
    await watch(ann, two, [2000], null, {...phone, source: 'WATCH_SOURCE_NEXT'});
    await watch(bob, one, [3000], 'WATCH_EVENT_SKIP', phone);
    await watch(bob, one, [2000], null, phone);
    await watch(eve, one, [6000], 'WATCH_EVENT_COMPLETE', {source: 'WATCH_SOURCE_LINK'});
    const funnel = await until('the funnel is there', async () => {
      const answer = await table('series', seriesId, 'funnel');
      return answer.viewers === '3' && answer.steps[0].completed === '2' && answer.steps[1].started === '1' && answer;
    });
    assert.deepEqual(funnel.steps.map(({number, started, completed, reached, continued}) => [number, started, completed, reached, continued]),
      [[1, '3', '2', '3', '1'], [2, '1', '0', '1', '0']]);
    assert.equal(funnel.steps[0].continuation, 0.5);
    assert.equal(funnel.steps[0].medianWaitS, undefined, 'of one person');
    const curves = await until('all of it is counted', async () => {
      const answer = await table('episodes', one, 'curves');
      return answer.points[0]?.views === '4' && answer;
    });
    assert.equal(curves.viewers, '3');
    assert.deepEqual(curves.points.slice(0, 6).map((point) => [point.viewers, point.views]),
      [['3', '4'], ['3', '4'], ['3', '3'], ['2', '2'], ['2', '2'], ['2', '2']]);
    assert.deepEqual(curves.points.slice(0, 6).map((point) => Number(point.survival.toFixed(6))), [1, 1, 1, 0.666667, 0.666667, 0.666667]);
    const other = await creator(house.url);
    for (const way of [`/v1/series/${seriesId}/insight/funnel`, `/v1/episodes/${one}/insight/curves`]) {
      assert.equal((await other.raw('GET', way)).status, 404);
      assert.equal((await ann.raw('GET', way)).status, 403);
    }
  });

  test('tables are had as CSV', async () => {
    const answer = await maker.raw('GET', `/v1/series/${seriesId}/insight/funnel`, undefined, {Accept: 'text/csv'});
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
    const lines = (await answer.text()).split('\r\n');
    assert.equal(lines[0], 'episodeId,number,started,completed,reached,continued,continuation,medianWaitS,withinTenMinutes,withinADay');
    assert.equal(lines[1], `${episodes[0]},1,3,2,3,1,0.5,,,`);
    assert.equal(lines.length, 4);
    const refused = await maker.raw('GET', `/v1/series/${episodes[0]}/insight/funnel`, undefined, {Accept: 'text/csv'});
    assert.match(refused.headers.get('content-type'), /problem\+json/);
  });

  test('of few people nothing is told but totals', async () => {
    const {versions, suppressedVersions} = await table('episodes', episodes[0], 'versions');
    assert.deepEqual([versions, suppressedVersions], [[], 1]);
    house.sql("UPDATE watching SET first_time = first_time - interval '1 day'", 'insight');  // as if it were tomorrow
    const audience = await table('series', seriesId, 'audience');
    assert.deepEqual([audience.viewers, audience.slices], ['3', []]);
    assert.deepEqual((await table('series', seriesId, 'cohorts')).cells, []);
  });
});
