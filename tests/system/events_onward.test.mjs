// Events of apps going on to the recommender: what a viewer shares or swipes away changes their next page, each event counts once whatever dies, and
// who refuses profiling is not told of.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {guest, Person} from './lib/api.mjs';
import {House, until} from './lib/house.mjs';
import {scan} from './lib/scan.mjs';
import {seedSeries} from './lib/seed.mjs';

describe('events go on to the recommender', () => {
  const house = new House({split: true});
  const event = (kind, more = {}) => ({eventId: crypto.randomUUID(), clientTime: new Date().toISOString(), kind: `EVENT_KIND_${kind}`, ...more});
  const send = (person, events) => person.post('/v1/events', {events, sendTime: new Date().toISOString()});
  const episodesOf = (tag, series) => house.sql(`SELECT e.episode_id FROM episode e JOIN series s USING (tenant, series_id) WHERE '${tag}' = ANY (s.tags)
      ORDER BY s.heat, e.number LIMIT ${3 * series}`, 'recommendation').split('\n');
  const kept = (what, person) => house.sql(`SELECT ${what} FROM engagement WHERE user_id = '${person.account.userId}'`, 'recommendation');
  const told = () => house.sql('SELECT (SELECT count(*) FROM insight.acts) + (SELECT count(*) FROM insight.outbox WHERE published_at IS NULL)') === '0';

  before(async () => {
    await house.start();
    seedSeries(house, {count: 300});
    const viewer = await guest(house.url);
    await until('the catalogue is in memory', async () => (await viewer.get('/v1/feed')).items?.length === 10);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  const likes = (loved, hated) => [...episodesOf(loved, 8).map((episodeId) => event('SHARE', {episodeId, value: 'a friend'})),
    ...episodesOf(hated, 8).map((episodeId) => event('SKIP', {episodeId, value: 'unstarted', amountMs: '700'}))];
  const having = (page, tag) => page.items.filter((it) => it.series.tags.includes(tag)).length;

  for (const who of ['a guest', 'somebody who signed up']) {
    test(`what ${who} shares and swipes away is on their next page`, async () => {
      let viewer = await guest(house.url);
      if (who !== 'a guest') {
        const made = await viewer.post('/v1/accounts', {email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery', displayName: 'Ada'});
        viewer = Object.assign(new Person(house.url, made.tokens.accessToken), {account: made.account});
      }
      await viewer.get('/v1/feed');
      await send(viewer, likes('ghost', 'mafia'));
      const sent = Date.now();
      // Not by asking for page after page: what was shown does not come again.
      await until('the recommender has heard', () => Number(kept('count(*)', viewer)) > 0, {every: 20});
      await until('the page follows', async () => {
        const page = await viewer.get('/v1/feed');
        return having(page, 'ghost') >= 5 && having(page, 'mafia') <= 2;
      }, {every: 50});
      assert.equal(kept("bool_and((shares > 0) = coalesce(shared_at > now() - interval '1 hour', false))", viewer), 't', 'when it was shared is what rankings learn from');
      console.log(`shared: on the next page after ${Date.now() - sent} ms`);
    });
  }

  test('whatever moment insight and recommendation are killed at, each event counts once', async () => {
    const viewer = await guest(house.url), [episodeId] = episodesOf('ghost', 1), queue = [];
    let going = true, answered = 0;
    // As an app does: what was not answered is sent again, in other batches.
    const app = async () => {
      while (going || queue.length > 0) {
        const events = queue.splice(0, 25);
        while (going && events.length < 50) events.push(event('PROGRESS', {episodeId, amountMs: '1000'}));
        if (events.length === 0) break;
        try {
          await send(viewer, events);
          answered += events.length;
          if (Math.random() < 0.2) queue.push(...events.slice(0, 10));  // a lost answer
        } catch {
          queue.push(...events);
          await sleep(50);
        }
      }
    };
    const apps = [app(), app()];
    for (const service of ['insight', 'recommendation', 'insight', 'recommendation']) {
      const before = answered;
      await until('events go on', () => answered > before + 300);
      await house.restart(service);
    }
    going = false;
    await Promise.all(apps);
    const recorded = Number(house.sql(`SELECT count(*) FROM event WHERE user_id = '${viewer.account.userId}'`, 'insight'));
    assert.ok(recorded > 1000);
    await until('all of it has arrived', () => Number(kept('watched_ms', viewer)) >= recorded * 1000);
    await until('nothing is left to tell', told);
    assert.equal(Number(kept('watched_ms', viewer)), recorded * 1000);
  });

  test('a Redis that lost everything changes nothing', async () => {
    const viewer = await guest(house.url), [episodeId] = episodesOf('ghost', 1);
    await send(viewer, [event('PROGRESS', {episodeId, amountMs: '4000'})]);
    await until('it has arrived', () => kept('watched_ms', viewer) === '4000');
    await house.crash('redis');
    await send(viewer, [event('PROGRESS', {episodeId, amountMs: '5000'})]);
    house.startRedis();
    await until('the rest has arrived too', () => kept('watched_ms', viewer) === '9000');
  });

  test('who refuses profiling is not told of, and is known by nothing', async () => {
    const viewer = await guest(house.url), [episodeId] = episodesOf('ghost', 1), id = viewer.account.userId;
    await viewer.call('PUT', '/v1/me/consents', {decisions: [{purpose: 'CONSENT_PURPOSE_PROFILING', granted: false}, {purpose: 'CONSENT_PURPOSE_ANALYTICS', granted: true}], policyVersion: '2026-11'});
    await until('the refusal is known', () => house.sql(`SELECT profiling FROM consent WHERE user_id = '${id}'`, 'insight') === 'f');
    assert.equal((await send(viewer, [event('SHARE', {episodeId}), event('PROGRESS', {episodeId, amountMs: '4000'})])).recorded, 2);
    await until('nothing is left to tell', told);
    assert.equal(kept('count(*)', viewer), '0');
    const places = scan(house, [id]);
    assert.ok(!places.some((it) => it.includes('events:insight') || it.startsWith('insight.outbox') || it.startsWith('recommendation.engagement')), places.join());
  });
});
