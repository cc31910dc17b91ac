// An experiment on an ending with so many people in it (tests/system/lib/experiment_people.mjs), written straight into insight's tables; what follows is the
// house's own. `counted`: they are written as the house has them once it has counted everybody, so that only the report is measured.
import {setTimeout as sleep} from 'node:timers/promises';

import {Person} from '../../tests/system/lib/api.mjs';
import {allAreCounted, counted, expectAllOnce, putSums, seedPeople, wake} from '../../tests/system/lib/experiment_people.mjs';
import {House, until} from '../../tests/system/lib/house.mjs';
import {seedSeries} from '../../tests/system/lib/seed.mjs';

const people = Number(process.argv[2]), isCounted = process.argv[3] === 'counted';
const house = new House({settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
const seconds = async (work) => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
};
const note = (text) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${text}`);
// Tokens live for fifteen minutes, and a million people may take longer.
const signIn = async (path, more) => {
  const {tokens} = await new Person(house.url).post(path, {email: 'boss@example.com', password: 'correct horse battery', ...more});
  return new Person(house.url, tokens.accessToken);
};
// Some at a time: the edge closes connections that are silent for a minute, and this process has to notice before it asks something again.
const kAtOnce = 50_000;
async function seedAll(where) {
  for (let first = 1; first <= people; first += kAtOnce) {
    const last = Math.min(people, first + kAtOnce - 1);
    seedPeople(house, where, {first, last, counted: isCounted});
    note(`${last} people are written`);
    await sleep(20);
  }
  if (isCounted) putSums(house, where, people);
  else wake(house, people);
}

try {
  await house.start();
  seedSeries(house, {count: 1});
  let boss = await signIn('/v1/accounts', {displayName: 'Boss'});
  const [episodeId, seriesId] = house.sql('SELECT episode_id, series_id FROM episode WHERE number = 1', 'catalog').split('|');
  const metrics = ['WATCH_TIME', 'PLAYS', 'COMPLETIONS', 'SKIPS', 'WATCHED', 'COMPLETION_RATE', 'WATCH_TIME_PER_PLAY', 'LIKES', 'FOLLOWS', 'COMMENTS', 'RETURNED']
      .map((name) => `EXPERIMENT_METRIC_${name}`);
  const {experiment} = await boss.post('/v1/experiments', {definition: {key: 'many', name: 'Many', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_ENDING', episodeId},
    variations: [{key: 'a'}, {key: 'b'}], metrics, guardrails: [{metric: 'EXPERIMENT_METRIC_COMPLETION_RATE', tolerance: 0.05}]}});
  const experimentId = experiment.id;
  await boss.post(`/v1/experiments/${experimentId}:start`);
  await seedAll({experimentId, episodeId, seriesId});
  let asked = 0;
  const counting = await seconds(() => until('all are counted', () => {
    if (++asked % 60 === 0) note(`${counted(house)} people are counted`);
    return allAreCounted(house);
  }, {seconds: 7200, every: 500}));
  expectAllOnce(house, people);
  boss = await signIn('/v1/sessions');
  const times = [];
  let report;
  for (let i = 0; i < 11; ++i) times.push(await seconds(async () => ({report} = await boss.get(`/v1/experiments/${experimentId}/report`))));
  times.sort((a, b) => a - b);
  const total = report.people.map(Number).reduce((a, b) => a + b), reached = report.cliffhanger.map((it) => Number(it.reached)).reduce((a, b) => a + b);
  if (total !== people) throw new Error(`${total} people in the report`);
  console.log(JSON.stringify({bench: 'experiment-report', people, metrics: metrics.length, reached, ...(!isCounted && {counted_per_second: Math.round(people / counting)}),
    report_median_seconds: Number(times[5].toFixed(3)), report_slowest_seconds: Number(times[10].toFixed(3))}));
} finally {
  await house.stop();
}
