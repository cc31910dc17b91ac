// Events of apps and what creators learn, on the real house: nothing that was answered is lost, whatever dies; and an episode's insight follows what people watch.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('events and insight', () => {
  const house = new House({split: true});
  let maker, viewer, episodeId;

  const event = (kind, more = {}) => ({eventId: crypto.randomUUID(), clientTime: new Date().toISOString(), kind: `EVENT_KIND_${kind}`, ...more});
  const send = (events, person = viewer) => person.post('/v1/events', {events, sendTime: new Date().toISOString()});
  const kept = () => Number(house.sql('SELECT count(*) FROM event', 'insight'));

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    const {series} = await maker.post('/v1/series', {title: 'Told', language: 'en', synopsis: 'What happened.'});
    const {episode} = await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'One'});
    episodeId = episode.episodeId;
    await upload(maker, makeClip(path.join(house.dir, 'one.mp4'), {seconds: 8, size: '360x640', hue: 90, tone: 300}), episodeId);
    await untilReady(maker, episodeId);
    await publish(maker, episodeId);
    viewer = await guest(house.url);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a batch is kept, and what is sent again counts once', async () => {
    const events = [event('PLAY', {episodeId}), event('FIRST_FRAME', {episodeId, amountMs: '340'}), event('SEARCH', {value: 'love & war'})];
    assert.deepEqual(await send(events), {recorded: 3, repeatedEvents: 0, refused: []});
    assert.deepEqual(await send([...events, event('STALL', {episodeId, amountMs: '800', positionMs: '4000'})]), {recorded: 1, repeatedEvents: 3, refused: []});
  });

  test('a device whose clock is a year behind, and an offline queue that is too old', async () => {
    const year = 365 * 86_400_000, then = (ms) => new Date(Date.now() - year - ms).toISOString();
    const late = {...event('PLAY'), clientTime: then(60_000)}, old = {...event('PLAY'), clientTime: then(9 * 86_400_000)};
    const answer = await viewer.post('/v1/events', {events: [late, old], sendTime: then(0)});
    assert.deepEqual(answer, {recorded: 1, repeatedEvents: 0, refused: [{eventId: old.eventId, code: 'TOO_OLD'}]});
    const off = house.sql(`SELECT abs(extract(epoch FROM received_time - event_time) - 60) < 5 FROM event WHERE event_id = '${late.eventId}'`, 'insight');
    assert.equal(off, 't');
  });

  test('a batch with faults names them all, and nothing of it is kept', async () => {
    const had = kept();
    const bad = await viewer.raw('POST', '/v1/events', {events: [event('PLAY'), {...event('PLAY'), eventId: 'x'}, {...event('PLAY'), positionMs: '-4'}], sendTime: new Date().toISOString()});
    assert.equal(bad.status, 400);
    const problem = await bad.json();
    assert.deepEqual(problem.errors.map((error) => error.field).sort(), ['events[1].eventId', 'events[2].positionMs']);
    assert.equal((await viewer.raw('POST', '/v1/events', {events: Array.from({length: 501}, () => event('PLAY')), sendTime: new Date().toISOString()})).status, 400);
    assert.equal(kept(), had);
  });

  test('what was answered is there whatever moment insight was killed at', async () => {
    const told = new Set();
    let going = true;
    const app = async () => {
      while (going) {
        const events = Array.from({length: 50}, () => event('PROGRESS', {episodeId, amountMs: '1000'}));
        try {
          await send(events);
          for (const one of events) told.add(one.eventId);
        } catch {}  // an app would send them again
      }
    };
    const apps = [app(), app(), app()];
    for (let round = 0; round < 3; ++round) {
      const before = told.size;
      await until('events go on', () => told.size > before + 500);
      await house.restart('insight');
    }
    going = false;
    await Promise.all(apps);
    const ids = new Set(house.sql('SELECT event_id FROM event', 'insight').split('\n'));
    assert.deepEqual([...told].filter((id) => !ids.has(id)), []);
  });

  test("an episode's insight follows what people watch, for its owner alone", async () => {
    const watch = async (person, positions, last) => {
      const {session} = await person.post('/v1/playback/sessions', {episodeId});
      let sequence = 0, at = 0;
      for (const positionMs of positions) {
        await person.post(`/v1/playback/sessions/${session.sessionId}:report`, {sequence: ++sequence, event: 'WATCH_EVENT_PROGRESS', positionMs, watchedMs: positionMs - at});
        at = positionMs;
      }
      if (last) await person.post(`/v1/playback/sessions/${session.sessionId}:report`, {sequence: ++sequence, event: last, positionMs: at, watchedMs: 0});
    };
    await watch(await guest(house.url), [4000, 8000], 'WATCH_EVENT_COMPLETE');
    await watch(await guest(house.url), [2000], 'WATCH_EVENT_SKIP');
    const {insight} = await until('the insight is there', async () => {
      const answer = await maker.get(`/v1/episodes/${episodeId}/insight`);
      return answer.insight.skips === '1' && answer.insight.completedViewers === '1' && answer;
    });
    assert.equal(insight.viewers, '2');
    assert.equal(insight.plays, '2');
    assert.equal(insight.watchedMs, '10000');
    assert.deepEqual(insight.retention.slice(0, 8), [1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    assert.equal((await viewer.raw('GET', `/v1/episodes/${episodeId}/insight`)).status, 403);
    assert.equal((await (await creator(house.url)).raw('GET', `/v1/episodes/${episodeId}/insight`)).status, 404);
  });
});
