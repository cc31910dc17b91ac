// Whom an experiment is for: by the country that the edge knows and by what apps say of themselves with every request, over all services and
// over a killed one.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {guest, Person, Problem} from './lib/api.mjs';
import {House, until} from './lib/house.mjs';
import {seedSeries} from './lib/seed.mjs';

describe('whom an experiment is for', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_RATE_PER_SECOND: '1000',
    CLIFFHANGER_RATE_BURST: '5000', CLIFFHANGER_TRUSTED_PROXIES: '1', CLIFFHANGER_EDGE_REGION_HEADER: 'X-Country'}});
  const meant = {'X-Country': 'AT'};
  const condition = {country: {$in: ['DE', 'AT']}};
  const variations = [{key: 'control'}, {key: 'other', value: {title: 'She knows'}}];
  let boss, series;

  const define = (definition) => boss.post('/v1/experiments', {definition: {name: definition.key, variations, ...definition}});
  const titleOf = async (person) => (await person.get(`/v1/series/${series.id}`)).series.title;
  const many = (count, headers) => Promise.all(Array.from({length: count}, () => guest(house.url, headers)));

  before(async () => {
    await house.start();
    seedSeries(house, {count: 12});
    const {tokens} = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, tokens.accessToken);
    const id = house.sql('SELECT series_id FROM recommendation.series ORDER BY heat DESC LIMIT 1');
    series = {id, title: house.sql(`SELECT title FROM catalog.series WHERE series_id = '${id}'`)};
    const viewer = await guest(house.url);
    await until('the catalogue is in memory', async () => (await viewer.get('/v1/feed')).items?.length === 10);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('what would never hold is refused when it is defined', async () => {
    const subject = {kind: 'EXPERIMENT_SUBJECT_KIND_TITLE', seriesId: series.id};
    for (const [wrong, reason] of [[{city: 'Wien'}, /asks for city/], [{country: 'Austria'}, /two capital letters/], [{guest: 'yes'}, /true or false/],
      [{appVersion: {$gte: '2.10.0'}}, /\$vgte/]]) {
      const problem = await define({key: 'wrong', subject, condition: wrong}).then(() => assert.fail('it was taken'), (error) => error);
      assert.ok(problem instanceof Problem, problem.stack);
      assert.equal(problem.code, 'INVALID_EXPERIMENT');
      const [{field, message}] = problem.document.errors;
      assert.equal(field, 'definition.condition');
      assert.match(message, reason);
    }
  });

  let lucky;
  const app = (platform, version, language) => ({'Cliffhanger-App': `${platform}/${version}`, 'Accept-Language': language});
  test('who is meant gets it, on pages and in the feed alike, and nobody else', async () => {
    const {experiment} = await define({key: 'austrians', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_TITLE', seriesId: series.id}, condition});
    await boss.post(`/v1/experiments/${experiment.id}:start`);
    lucky = await until('somebody gets the other title', async () => {
      for (const person of await many(8, meant)) if (await titleOf(person) === 'She knows') return person;
    }, {every: 300});
    // Of the feed catalog is asked by recommendation; places are drawn. On a busy machine the answer may come too late for the first request (nobody is in
    // the experiment then); once it is known it stays.
    for (const person of await many(12, meant)) {
      const {assignments: [{variationKey}]} = await person.get('/v1/me/experiments');
      await until('they get what they are given', async () => await titleOf(person) === (variationKey === 'other' ? 'She knows' : series.title));
      const {items} = await person.get('/v1/feed');
      const card = items.find((it) => it.series.seriesId === series.id);
      if (card) assert.equal(card.series.title, await titleOf(person));
    }
    for (const headers of [{}, {'X-Country': 'FR'}, {'X-Country': 'Austria'}]) {
      for (const person of await many(8, headers)) {
        assert.equal(await titleOf(person), series.title, JSON.stringify(headers));
      }
    }
    const claim = '/v1/me/experiments?keys=austrians&country=AT';
    assert.deepEqual((await (await guest(house.url, {'X-Country': 'FR'})).get(claim)).assignments, [], 'an app that says it is elsewhere than it is');
    const unseen = await guest(house.url);
    assert.equal((await unseen.get(claim)).assignments.length, 1, 'where the door knows of no country, the app is believed');
  });

  test('whoever has it keeps it, abroad, and when insight was killed', async () => {
    const abroad = new Person(house.url, lucky.token, {'X-Country': 'FR'});
    await until('it is known there too', async () => await titleOf(abroad) === 'She knows');
    await house.restart('insight');
    await until('insight is back', () => boss.get('/v1/experiments').then(() => true, () => false));
    await until('it is given again', async () => await titleOf(lucky) === 'She knows' && await titleOf(abroad) === 'She knows');
  });

  test('by language, platform and version of the app: titles, covers, paywalls and rankings', async () => {
    const others = house.sql(`SELECT series_id FROM recommendation.series WHERE series_id <> '${series.id}' ORDER BY heat DESC LIMIT 2`).split('\n');
    const of = async (person, id) => (await person.get(`/v1/series/${id}`)).series;
    const cover = house.sql(`UPDATE catalog.episode SET cover_key = 'covers/default/a.jpg', published_cover_key = 'covers/default/a.jpg' WHERE episode_id = (SELECT episode_id FROM catalog.episode WHERE series_id = '${others[0]}' ORDER BY number DESC LIMIT 1) RETURNING episode_id`).split('\n')[0];
    const condition = {language: {$regex: '^de'}, platform: 'ios', appVersion: {$vgte: '2.10.0'}};
    const all = [['titled', 'TITLE', others[0], {title: 'Sie weiss es', cover: {episodeId: cover}}], ['paid', 'PAYWALL_POSITION', others[1], {paywall: 3}],
      ['ranked', 'RANKING', undefined, {ranking: {weights: {popularity: 2}}}]];
    for (const [key, kind, seriesId, value] of all) {
      const {experiment} = await define({key, subject: {kind: `EXPERIMENT_SUBJECT_KIND_${kind}`, ...(seriesId && {seriesId})}, condition,
        variations: [{key: 'control'}, {key: 'other', value}]});
      await boss.post(`/v1/experiments/${experiment.id}:start`);
    }
    const plain = await of(await guest(house.url), others[0]);
    // What somebody sees, and whether they are in the experiment on rankings, as the log of their page says.
    const seen = async (person) => {
      const {decisionId} = await person.get('/v1/feed'), {title, coverUrl = ''} = await of(person, others[0]);
      const logged = await until('the log has the page', () => house.sql(`SELECT 'arms ' || arms::text FROM decision WHERE decision_id = '${decisionId}'`, 'recommendation'),
        {seconds: 10, every: 50});
      return {title, coverUrl, paywall: (await of(person, others[1])).paywallPosition ?? 0, ranked: logged.includes('ranked=')};
    };
    const control = {title: plain.title, coverUrl: plain.coverUrl ?? '', paywall: 0, ranked: false};
    const meant = [app('ios', '2.10.0', 'de'), app('iOS', '2.12.1-beta+7', 'DE-at, en;q=0.5'), app('ios', '3.0', 'en;q=0.4, de-CH;q=0.9')];
    const found = new Set();
    await until('each of the three is seen by somebody who is meant', async () => {
      for (const headers of meant) {
        const got = await seen(await guest(house.url, headers));
        assert.equal(got.coverUrl === '/covers/default/a.jpg', got.title === 'Sie weiss es', JSON.stringify(got));
        if (got.title === 'Sie weiss es') found.add('title');
        if (got.paywall === 3) found.add('paywall');
        if (got.ranked) found.add('ranking');
      }
      return found.size === 3;
    }, {seconds: 40, every: 200});
    // Nobody else, eight of each: that all of them had the control by chance happens once in 2^24 times.
    const hostile = [app('ios', 'zzz', 'de'), app('ios', '9'.repeat(5000), 'de'), app('ios;de', '3.0', ';;de'), app('ios', '3.0', 'de_DE, \u00e9'),
      {'Cliffhanger-App': '/'.repeat(3000), 'Accept-Language': ','.repeat(3000)}];
    for (const headers of [{}, app('web', '2.12.0', 'de'), app('ios', '2.9.9', 'de'), app('ios', '2.12.0', 'fr, de;q=0.9'), ...hostile]) {
      for (const person of await many(8, headers)) assert.deepEqual(await seen(person), control, JSON.stringify(headers).slice(0, 100));
    }
    // By updating the app somebody comes in, without waiting for what was known of the older one.
    await until('an update brings somebody in', async () => {
      for (const old of await many(4, app('ios', '2.9.9', 'de'))) {
        assert.equal((await of(old, others[0])).title, plain.title);
        const updated = new Person(house.url, old.token, app('ios', '2.10.0', 'de'));
        if ((await of(updated, others[0])).title !== 'Sie weiss es') continue;
        // Who has it keeps it, on a device that says nothing.
        assert.equal((await of(new Person(house.url, old.token), others[0])).title, 'Sie weiss es');
        return true;
      }
    }, {seconds: 20, every: 100});
    // An app that asks by key need not say it again.
    assert.equal((await (await guest(house.url, meant[0])).get('/v1/me/experiments?keys=titled')).assignments.length, 1);
    assert.deepEqual((await (await guest(house.url)).get('/v1/me/experiments?keys=titled')).assignments, []);
  });
});
