// The feed over a catalogue of some hundred series: what a viewer does is on their next page within a second, nothing comes twice, and there is a
// feed when Redis or PostgreSQL is away.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {guest} from './lib/api.mjs';
import {House, until} from './lib/house.mjs';
import {seedSeries} from './lib/seed.mjs';

describe('the feed', () => {
  const house = new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '1000', CLIFFHANGER_RATE_BURST: '5000'}});  // so many people of one address
  const ids = (page) => page.items.map((it) => it.series.seriesId);

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

  test('a follow and a like change the next page within a second', async () => {
    const viewer = await guest(house.url);
    const first = await viewer.get('/v1/feed');
    const shown = ids(first).map((id) => `'${id}'`).join();  // exploration may well have put an unpopular one on the first page
    const unpopular = house.sql(`SELECT series_id FROM series WHERE heat < 40 AND published_at < now() - interval '30 days' AND series_id NOT IN (${shown}) LIMIT 2`, 'recommendation').split('\n');
    assert.equal(unpopular.length, 2);
    await viewer.call('PUT', `/v1/reactions/SUBJECT_SERIES/${unpopular[0]}/REACTION_FOLLOW`, {});
    await viewer.call('PUT', `/v1/reactions/SUBJECT_SERIES/${unpopular[1]}/REACTION_LIKE`, {});
    const told = Date.now();
    // A page that is asked for before the news is there may show it by chance.
    await until('the feed has heard', () => house.sql(`SELECT count(*) FROM reaction WHERE user_id = '${viewer.account.userId}'`, 'recommendation') === '2', {every: 20});
    const next = await until('the page has what is followed', async () => {
      const page = await viewer.get(`/v1/feed?pageToken=${first.nextPageToken}`);
      return ids(page).includes(unpopular[0]) && page;
    }, {every: 50});
    console.log(`followed: on the next page after ${Date.now() - told} ms`);
    assert.equal(next.items[ids(next).indexOf(unpopular[0])].reason, 'FEED_REASON_FOLLOWED');
  });

  test('pages of several visits show nothing twice, each with a reason, and each is in the log', async () => {
    const viewer = await guest(house.url), seen = new Set(), decisions = [];
    for (let visit = 0; visit < 4; ++visit) {
      let token = '';
      for (let n = 0; n < 4; ++n) {
        const page = await viewer.get(`/v1/feed?pageToken=${token}`);
        assert.equal(page.items.length, 10);
        for (const item of page.items) {
          assert.ok(!seen.has(item.series.seriesId), `${item.series.title} came twice`);
          assert.ok(/^FEED_REASON_(POPULAR|NEW|TRENDING|DISCOVER)$/.test(item.reason), item.reason);  // nothing is known of them
          seen.add(item.series.seriesId);
        }
        decisions.push(page.decisionId);
        token = page.nextPageToken;
      }
    }
    assert.equal(seen.size, 160);
    await until('the log has them', () => house.sql(`SELECT count(*) FROM decision WHERE decision_id IN ('${decisions.join("','")}')`, 'recommendation') === '16');
  });

  test('who picks a tag sees it, who refuses profiling is forgotten, and similar series share tags', async () => {
    let viewer, picked = 0, plain = 0;  // first pages draw from what is known of a taste, so several people are counted
    const share = async (person) => (await person.get('/v1/feed')).items.filter((it) => it.series.tags.some((tag) => tag === 'mafia' || tag === 'ghost')).length;
    for (let i = 0; i < 36; ++i) {
      viewer = await guest(house.url);
      assert.ok((await viewer.get('/v1/me/taste')).offeredTags.includes('mafia'));
      await viewer.post('/v1/me/taste', {tags: ['mafia', 'ghost']});
      picked += await share(viewer);
      plain += await share(await guest(house.url));
    }
    console.log(`of 360 places, ${picked} have a tag that was picked; ${plain} without picks`);
    assert.ok(picked > plain * 1.2);
    await viewer.call('PUT', '/v1/me/consents', {decisions: [{purpose: 'CONSENT_PURPOSE_PROFILING', granted: false}], policyVersion: '2026-11'});
    await until('the refusal is known', () => house.sql(`SELECT count(*) FROM consent WHERE user_id = '${viewer.account.userId}'`, 'recommendation') === '1');
    const page = await viewer.get('/v1/feed');
    assert.equal(page.items.length, 10);
    await until('it is logged', () => house.sql(`SELECT user_id IS NULL FROM decision WHERE decision_id = '${page.decisionId}'`, 'recommendation') === 't');
    const {items} = await viewer.get(`/v1/series/${page.items[0].series.seriesId}/similar?pageSize=5`);
    assert.equal(items.length, 5);
    for (const item of items) assert.ok(item.series.tags.some((tag) => page.items[0].series.tags.includes(tag)));
  });

  test('without Redis, then without PostgreSQL too, there is a feed; when they are back it is the viewer\'s own', async () => {
    const viewer = await guest(house.url);
    await viewer.get('/v1/feed');
    await until('there is a list for bad days', async () => /cliffhanger_feed_last_good_series [1-9]/.test(await (await fetch(`${house.url}/metrics`)).text()));
    await house.crash('redis');
    assert.equal((await viewer.get('/v1/feed')).items.length, 10);
    const postgres = house.processes.get('postgres');
    postgres.kill('SIGQUIT');  // at once, with all its processes
    await postgres.gone;
    const page = await until('a feed without the database', () => viewer.get('/v1/feed'));
    assert.equal(page.degraded, true);
    assert.equal(page.items.length, 10);
    house.startPostgres();
    house.startRedis();
    await until('the database is back', () => house.sql('SELECT 1') === '1');
    const back = await until('a feed of their own', async () => {
      const now = await viewer.get('/v1/feed');
      return !now.degraded && now;
    });
    assert.equal(back.items.length, 10);
  });
});
