// An experiment through the whole house: defined, started, given to two hundred guests, told, and stopped.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {guest, Person, Problem} from './lib/api.mjs';
import {House, until} from './lib/house.mjs';

const kGuests = 200;

describe('experiments', () => {
  const house = new House({settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_RATE_PER_SECOND: '1000', CLIFFHANGER_RATE_BURST: '5000'}});
  let boss, experiment;
  const guests = [];

  before(async () => {
    await house.start();
    const {account, tokens} = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    assert.equal(account.role, 'ROLE_OPERATOR');
    boss = new Person(house.url, tokens.accessToken);
    // The edge may have asked insight before that listened; gRPC tries again a second later.
    await until('insight is reached', () => boss.get('/v1/experiments').then(() => true, (error) => {
      if (error.status !== 503) throw error;
      return false;
    }));
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('one that can not be run is refused, with every fault', async () => {
    const wrong = {key: 'wrong', name: 'Wrong', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_FEATURE'}, coverage: 0,
      variations: [{key: 'a', weight: 0.5}, {key: 'a', weight: 0.2}], condition: {country: {$regex: '(a+)+('}}};
    const problem = await boss.post('/v1/experiments', {definition: wrong}).then(() => assert.fail('it was taken'), (error) => error);
    assert.ok(problem instanceof Problem);
    assert.equal(problem.code, 'INVALID_EXPERIMENT');
    assert.deepEqual(problem.document.errors.map(({field}) => field).sort(),
      ['definition.condition', 'definition.coverage', 'definition.variations', 'definition.variations[1].key']);
  });

  test('it is defined and started', async () => {
    const definition = {key: 'paywall-words', name: 'Words at the paywall', hypothesis: 'Fewer leave.', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_FEATURE'},
      variations: [{key: 'control', value: {text: 'Unlock'}, weight: 0.5}, {key: 'warm', value: {text: 'See how it ends'}, weight: 0.5}],
      condition: {country: {$in: ['DE', 'FR']}, appVersion: {$vgte: '2.10.0'}}, metrics: ['EXPERIMENT_METRIC_WATCH_TIME'], automaticStop: true};
    ({experiment} = await boss.post('/v1/experiments', {definition}));
    assert.equal(experiment.state, 'EXPERIMENT_STATE_DRAFT');
    ({experiment} = await boss.post(`/v1/experiments/${experiment.id}:start`));
    assert.equal(experiment.state, 'EXPERIMENT_STATE_RUNNING');
    assert.deepEqual(experiment.definition.condition, {country: {$in: ['DE', 'FR']}, appVersion: {$vgte: '2.10.0'}});
  });

  const path = '/v1/me/experiments?keys=paywall-words&country=DE&appVersion=2.12.1';

  test('two hundred guests get it, and the same twice', async () => {
    for (let i = 0; i < kGuests; i += 20) {
      guests.push(...await Promise.all(Array.from({length: 20}, async () => {
        const person = await guest(house.url);
        const {assignments: [first]} = await person.get(path);
        const {assignments: [second]} = await person.get(`${path}&platform=ios`);
        assert.deepEqual(second, first);
        assert.equal(first.value.text, first.variationKey === 'control' ? 'Unlock' : 'See how it ends');
        return {person, variation: first.variation ?? 0};
      })));
    }
    const abroad = await guest(house.url);
    assert.deepEqual((await abroad.get('/v1/me/experiments?country=US&appVersion=2.12.1')).assignments, []);
    assert.deepEqual((await abroad.get('/v1/me/experiments?country=DE&appVersion=2.9.9')).assignments, []);
  });

  test('the report counts them', async () => {
    const {report} = await boss.get(`/v1/experiments/${experiment.id}/report`);
    const warm = guests.filter(({variation}) => variation === 1).length;
    assert.deepEqual(report.people.map(Number), [kGuests - warm, warm]);
    // Chance deals so uneven a hand once in a thousand runs, and then the report has to say so: chi squared of one degree above 10.83.
    assert.equal(report.mismatch, (2 * warm - kGuests) ** 2 / kGuests > 10.828, `${warm} of ${kGuests}`);
    assert.equal(Number(report.metrics[0].arms[1].people), warm);
    assert.equal(report.metrics[0].arms[1].effect.known, false);
  });

  test('stopped with a winner, everybody whom it was for gets that', async () => {
    await boss.post(`/v1/experiments/${experiment.id}:stop`, {reason: 'Seen enough.', winnerKey: 'warm'});
    for (const person of [guests.find(({variation}) => variation === 0).person, await guest(house.url)]) {
      const {assignments: [given]} = await person.get(path);
      assert.equal(given.variationKey, 'warm');
      assert.equal(given.inExperiment, false);
    }
    const {report} = await boss.get(`/v1/experiments/${experiment.id}/report`);
    assert.equal(report.people.map(Number).reduce((a, b) => a + b), kGuests);
    assert.equal((await boss.get(`/v1/experiments/${experiment.id}`)).experiment.stopReason, 'Seen enough.');
  });
});
