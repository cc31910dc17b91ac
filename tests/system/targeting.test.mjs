// Whom an experiment is for: by the country that the edge knows, over all services and over a killed one.
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
});
