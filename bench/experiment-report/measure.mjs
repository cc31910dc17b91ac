// An experiment on an ending with so many people in it, each of whom did something on two days before and three after; six of ten came to the end,
// and four of them went on. They are written straight into insight's tables; what follows is the house's own. `counted`: they are written as the
// house has them once it has counted everybody, so that only the report is measured.
import {setTimeout as sleep} from 'node:timers/promises';

import {Person} from '../../tests/system/lib/api.mjs';
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
// Tokens live for fifteen minutes, which a count of a million people may take.
const signIn = async (path, more) => {
  const {tokens} = await new Person(house.url).post(path, {email: 'boss@example.com', password: 'correct horse battery', ...more});
  return new Person(house.url, tokens.accessToken);
};
// Some at a time: the edge closes connections that are silent for a minute, and this process has to notice before it asks something again. In the order
// of their ids, of which everything is a key; what did somebody when is in another order (n).
const kAtOnce = 50_000;
async function seedAll(insert) {
  for (let first = 1; first <= people; first += kAtOnce) {
    const last = Math.min(people, first + kAtOnce - 1);
    house.sql(`CREATE TEMP TABLE p AS SELECT n, md5('person' || n)::uuid AS user_id, now() - interval '3 days' AS at FROM generate_series(${first}, ${last}) n ORDER BY 2;
      ANALYZE p; ${insert}`, 'insight');
    await sleep(20);
    note(`${last} people are written`);
  }
}

// What the n-th person did since and before, in the order of domain/tally.h: what their days below add up to.
const numbersOf = (n) => [3, 2].flatMap((days) => [days * (1 + n % 4), days * (n % 900) + (days === 3 ? 360 : 40), days * (n % 3), days * (n % 2), 1,
  days * Number(n % 7 === 0), 0, 0, 1]);
function sumsOf(variation) {
  const sums = new Array(18).fill(0), products = new Array(171).fill(0);
  let count = 0;
  for (let n = 1; n <= people; ++n) {
    if (n % 2 !== variation) continue;
    const numbers = numbersOf(n);
    ++count;
    for (let a = 0, place = 0; a < 18; ++a) {
      sums[a] += numbers[a];
      for (let b = a; b < 18; ++b) products[place++] += numbers[a] * numbers[b];
    }
  }
  return {count, weights: [count / 2, count / 2], sums, products};
}
function tallyOf(variation) {
  const {count, ...lists} = sumsOf(variation);
  return Object.values(lists).reduce((text, list) => `${text}, '{${list}}'::double precision[]`, `${count}`);
}
// Everybody is in the sums, once; and who came to the end, in the cells of leaving.
function expectAllOnce() {
  const rows = house.sql('SELECT people, array_to_json(sums), array_to_json(products) FROM tally ORDER BY variation', 'insight').split('\n').map((row) => row.split('|').map(JSON.parse));
  for (const variation of [0, 1]) {
    const {count, sums, products} = sumsOf(variation), [got, ...lists] = rows[variation];
    const same = (a, b) => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));
    if (got !== count || ![sums, products].every((list, i) => list.every((one, at) => same(lists[i][at], one)))) throw new Error(`the sums of variation ${variation} are not what its people did`);
  }
  const odd = house.sql(`SELECT count(*) FROM (SELECT variation, mark, people FROM leaving_cell WHERE people <> 0 EXCEPT
    SELECT variation, leaving_mark, count(*) FROM exposure WHERE leaving_mark IS NOT NULL GROUP BY 1, 2) o`, 'insight');
  const inCells = house.sql('SELECT sum(people) FROM leaving_cell', 'insight');
  if (odd !== '0' || Number(inCells) !== Math.floor(people / 10) * 6 + Math.min(people % 10, 5)) throw new Error(`${inCells} people in the cells of leaving, ${odd} cells are wrong`);
}
// When they came to the end and went on.
const ends = `n % 10 < 6 AS reached, n % 10 < 4 AS went_on, at + (n % 5000) * interval '1 second' AS reach_time, n % 7919 AS s`;

try {
  await house.start();
  seedSeries(house, {count: 1});
  let boss = await signIn('/v1/accounts', {displayName: 'Boss'});
  const [episode, series] = house.sql('SELECT episode_id, series_id FROM episode WHERE number = 1', 'catalog').split('|');
  const metrics = ['WATCH_TIME', 'PLAYS', 'COMPLETIONS', 'SKIPS', 'WATCHED', 'COMPLETION_RATE', 'WATCH_TIME_PER_PLAY', 'LIKES', 'FOLLOWS', 'COMMENTS', 'RETURNED']
      .map((name) => `EXPERIMENT_METRIC_${name}`);
  const {experiment} = await boss.post('/v1/experiments', {definition: {key: 'many', name: 'Many', subject: {kind: 'EXPERIMENT_SUBJECT_KIND_ENDING', episodeId: episode},
    variations: [{key: 'a'}, {key: 'b'}], metrics, guardrails: [{metric: 'EXPERIMENT_METRIC_COMPLETION_RATE', tolerance: 0.05}]}});
  await boss.post(`/v1/experiments/${experiment.id}:start`);
  if (isCounted) {
    await seedAll(`INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, watched_ms, completions, skips, numbers, reach_time, next_time, leaving_mark)
        SELECT 'default', '${experiment.id}', user_id, n % 2, '{0.5,0.5}', at, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, '{}', CASE WHEN reached THEN reach_time END,
          CASE WHEN went_on THEN reach_time + s * interval '1 second' END,
          CASE WHEN NOT reached THEN NULL WHEN NOT went_on THEN -1 - floor(date_part('epoch', reach_time) / 60) WHEN s < 3600 THEN s ELSE s / 60 * 60 END
        FROM (SELECT *, ${ends} FROM p) e`);
    house.sql(`INSERT INTO leaving_cell SELECT tenant, experiment_id, variation, leaving_mark, count(*) FROM exposure WHERE leaving_mark IS NOT NULL GROUP BY 1, 2, 3, 4;
      INSERT INTO tally SELECT 'default', '${experiment.id}'::uuid, 0, ${tallyOf(0)} UNION ALL SELECT 'default', '${experiment.id}'::uuid, 1, ${tallyOf(1)};
      ANALYZE exposure; ANALYZE leaving_cell; ANALYZE tally`, 'insight');
  } else {
    await seedAll(`INSERT INTO activity (tenant, user_id, day, plays, watched_ms, completions, skips, likes)
      SELECT 'default', user_id, (at AT TIME ZONE 'UTC')::date + d, 1 + n % 4, 1000 * (n % 900 + 40 * (d + 2)), n % 3, n % 2, (n % 7 = 0)::int FROM p, generate_series(-2, 2) d;
    INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, watched_ms, completions, skips)
      SELECT 'default', '${experiment.id}', user_id, n % 2, '{0.5,0.5}', at, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0 FROM p;
    INSERT INTO passage (tenant, user_id, series_id, number, episode_id, play_time, complete_time)
      SELECT 'default', user_id, '${series}', 1, '${episode}', at, at + (n % 5000) * interval '1 second' FROM p WHERE n % 10 < 6;
    INSERT INTO passage (tenant, user_id, series_id, number, episode_id, play_time)
      SELECT 'default', user_id, '${series}', 2, md5('next')::uuid, at + (n % 5000 + n % 7919) * interval '1 second' FROM p WHERE n % 10 < 4`);
    house.sql(`ANALYZE activity; ANALYZE exposure; ANALYZE passage;
      INSERT INTO restless SELECT 'default', md5('person' || n)::uuid FROM generate_series(1, ${people}) n`, 'insight');
  }
  const isDone = () => house.sql('SELECT NOT EXISTS (SELECT FROM restless)', 'insight') === 't';
  let told = 0;
  const counting = await seconds(() => until('all are counted', () => {
    if (told++ % 60 === 59) note(`${house.sql('SELECT sum(people) FROM tally', 'insight')} people are counted`);
    return isDone();
  }, {seconds: 7200, every: 500}));
  expectAllOnce();
  boss = await signIn('/v1/sessions');
  const times = [];
  let report;
  for (let i = 0; i < 11; ++i) times.push(await seconds(async () => ({report} = await boss.get(`/v1/experiments/${experiment.id}/report`))));
  times.sort((a, b) => a - b);
  const counted = report.people.map(Number).reduce((a, b) => a + b), reached = report.cliffhanger.map((it) => Number(it.reached)).reduce((a, b) => a + b);
  if (counted !== people) throw new Error(`${counted} people in the report`);
  console.log(JSON.stringify({bench: 'experiment-report', people, metrics: metrics.length, reached, ...(!isCounted && {counted_per_second: Math.round(people / counting)}),
    report_median_seconds: Number(times[5].toFixed(3)), report_slowest_seconds: Number(times[10].toFixed(3))}));
} finally {
  await house.stop();
}
