// Twenty thousand people of an experiment are counted by two replicas of insight that are killed meanwhile, counted anew, erased, and told of after the stop:
// each is in the sums once.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {guest, Person} from './lib/api.mjs';
import {allAreCounted, counted, expectAllOnce, seedPeople, wake} from './lib/experiment_people.mjs';
import {build, House, until} from './lib/house.mjs';
import {seedSeries} from './lib/seed.mjs';

const kPeople = 20_000;

describe('counting', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  let boss, viewer, where;

  const waiting = () => Number(house.sql('SELECT count(*) FROM restless', 'insight'));
  const report = async () => (await boss.get(`/v1/experiments/${where.experimentId}/report`)).report;
  const total = (list) => list.map(Number).reduce((a, b) => a + b, 0);
  const untilAllAreCounted = () => until('all are counted', () => allAreCounted(house), {seconds: 400});
  // A second replica, which listens elsewhere.
  const launchSecond = () => house.keep('second', path.join(build, 'bin/cliffhanger'), ['serve', 'insight'],
      {...house.environment(), CLIFFHANGER_RUN_DIR: path.join(house.dir, 'run2')});
  const takesPart = (since) => until('there is less to count', () => waiting() < since);

  before(async () => {
    await house.start();
    seedSeries(house, {count: 1});
    const {tokens} = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, tokens.accessToken);
    viewer = await guest(house.url);
    const [episodeId, seriesId] = house.sql('SELECT episode_id, series_id FROM episode WHERE number = 1', 'catalog').split('|');
    const {experiment} = await boss.post('/v1/experiments', {definition: {key: 'many', name: 'Many', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_ENDING', episodeId},
      variations: [{key: 'a'}, {key: 'b'}], metrics: ['EXPERIMENT_METRIC_WATCH_TIME']}});
    await boss.post(`/v1/experiments/${experiment.id}:start`);
    where = {experimentId: experiment.id, episodeId, seriesId};
    seedPeople(house, where, {first: 1, last: kPeople});
    for (const table of ['exposure', 'activity', 'passage']) {
      house.sql(`UPDATE ${table} SET user_id = '${viewer.account.userId}' WHERE user_id = md5('person${kPeople}')::uuid`, 'insight');
    }
    house.sql(`INSERT INTO restless VALUES ('default', '${viewer.account.userId}')`, 'insight');
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('two replicas count, each is killed in the middle of it, and nobody is left out or counted twice', async () => {
    launchSecond();
    await until('the guest is counted', () => allAreCounted(house));
    wake(house, kPeople);
    await takesPart(kPeople);
    await house.crash('insight');
    await house.crash('second');
    const left = waiting();
    assert.ok(left > 0, 'it was the middle');
    assert.equal(counted(house), Number(house.sql('SELECT count(*) FROM exposure WHERE numbers IS NOT NULL', 'insight')), 'what is undone is undone everywhere');
    launchSecond();  // alone
    await takesPart(left);
    house.launch('insight');
    await untilAllAreCounted();
    expectAllOnce(house, kPeople);
  });

  test('who does something again is counted again, not besides', async () => {
    wake(house, kPeople);
    await takesPart(kPeople);
    await house.restart('insight');
    await untilAllAreCounted();
    expectAllOnce(house, kPeople);
  });

  test('who is erased is taken out, also while others are counted', async () => {
    wake(house, kPeople);
    await viewer.post('/v1/me:erase', {});
    await until('their rows are gone', () => house.sql(`SELECT count(*) FROM exposure WHERE user_id = '${viewer.account.userId}'`, 'insight') === '0', {seconds: 200});
    await untilAllAreCounted();
    expectAllOnce(house, kPeople - 1);
  });

  test('a report of it, and the same after the stop', async () => {
    await house.ready();
    const running = await until('insight answers', report);
    assert.equal(total(running.people), kPeople - 1);
    assert.equal(total(running.cliffhanger.map((it) => it.reached)), kPeople * 0.6 - 1);
    await boss.post(`/v1/experiments/${where.experimentId}:stop`, {reason: 'Seen enough.', winnerKey: 'a'});
    // What they do later is not the experiment's.
    house.sql(`INSERT INTO activity SELECT 'default', user_id, (now() AT TIME ZONE 'UTC')::date + 2, 1000, 1000, 0, 0 FROM exposure`, 'insight');
    wake(house, kPeople);
    await untilAllAreCounted();
    expectAllOnce(house, kPeople - 1);
    const stopped = await report();
    assert.deepEqual(stopped.people, running.people);
    assert.deepEqual(stopped.metrics[0].arms.map((arm) => arm.mean), running.metrics[0].arms.map((arm) => arm.mean));
  });
});
