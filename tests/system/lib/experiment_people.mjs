// People in an experiment on an ending, straight into insight's tables, and what counting them must come to. Each did something on two days before and three
// after; six of ten came to the end, and four of them went on. What they did follows from their number n; in the order of n they wait to be counted,
// which is none of their ids.

const idOf = `md5('person' || n)::uuid`;
const ends = `n % 10 < 6 AS reached, n % 10 < 4 AS went_on, at + (n % 5000) * interval '1 second' AS reach_time, n % 7919 AS s`;

// The people from `first` to `last`, in the order of their ids, of which everything is a key. `counted`: as the house has them once it has counted them, but
// for the sums (putSums).
export function seedPeople(house, {experimentId, episodeId, seriesId}, {first, last, counted = false}) {
  house.sql(`CREATE TEMP TABLE p AS SELECT n, ${idOf} AS user_id, now() - interval '3 days' AS at FROM generate_series(${first}, ${last}) n ORDER BY 2;
    ANALYZE p;
    ${counted ? `INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, watched_ms, completions, skips, numbers, reach_time, next_time, leaving_mark)
      SELECT 'default', '${experimentId}', user_id, n % 2, '{0.5,0.5}', at, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, '{}', CASE WHEN reached THEN reach_time END,
        CASE WHEN went_on THEN reach_time + s * interval '1 second' END,
        CASE WHEN NOT reached THEN NULL WHEN NOT went_on THEN -1 - floor(date_part('epoch', reach_time) / 60) WHEN s < 3600 THEN s ELSE s / 60 * 60 END
      FROM (SELECT *, ${ends} FROM p) e` : `
    INSERT INTO activity (tenant, user_id, day, plays, watched_ms, completions, skips, likes)
      SELECT 'default', user_id, (at AT TIME ZONE 'UTC')::date + d, 1 + n % 4, 1000 * (n % 900 + 40 * (d + 2)), n % 3, n % 2, (n % 7 = 0)::int FROM p, generate_series(-2, 2) d;
    INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, watched_ms, completions, skips)
      SELECT 'default', '${experimentId}', user_id, n % 2, '{0.5,0.5}', at, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0 FROM p;
    INSERT INTO passage (tenant, user_id, series_id, number, episode_id, play_time, complete_time)
      SELECT 'default', user_id, '${seriesId}', 1, '${episodeId}', at, reach_time FROM (SELECT *, ${ends} FROM p) e WHERE reached;
    INSERT INTO passage (tenant, user_id, series_id, number, episode_id, play_time)
      SELECT 'default', user_id, '${seriesId}', 2, md5('next')::uuid, reach_time + s * interval '1 second' FROM (SELECT *, ${ends} FROM p) e WHERE went_on`}`, 'insight');
}

// They are to be counted (anew), all at once.
export function wake(house, people) {
  house.sql(`ANALYZE activity; ANALYZE exposure; ANALYZE passage;
    INSERT INTO restless SELECT 'default', ${idOf} FROM generate_series(1, ${people}) n`, 'insight');
}
export const allAreCounted = (house) => house.sql('SELECT NOT EXISTS (SELECT FROM restless) AND NOT EXISTS (SELECT FROM departed)', 'insight') === 't';
export const counted = (house) => Number(house.sql('SELECT coalesce(sum(people), 0) FROM tally', 'insight'));

// What the n-th person did since and before, in the order of services/insight/domain/tally.h: what the days above add up to.
const numbersOf = (n) => [3, 2].flatMap((days) => [days * (1 + n % 4), days * (n % 900) + (days === 3 ? 360 : 40), days * (n % 3), days * (n % 2), 1,
  days * Number(n % 7 === 0), 0, 0, 1]);
function sumsOf(people, variation) {
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
  return {count, sums, products};
}

// The sums, as the house has them once it has counted everybody.
export function putSums(house, {experimentId}, people) {
  const array = (list) => `'{${list}}'::double precision[]`;
  const rows = [0, 1].map((variation) => {
    const {count, sums, products} = sumsOf(people, variation);
    return `('default', '${experimentId}'::uuid, ${variation}, ${count}, ${array([count / 2, count / 2])}, ${array(sums)}, ${array(products)})`;
  });
  house.sql(`INSERT INTO leaving_cell SELECT tenant, experiment_id, variation, leaving_mark, count(*) FROM exposure WHERE leaving_mark IS NOT NULL GROUP BY 1, 2, 3, 4;
    INSERT INTO tally VALUES ${rows}; ANALYZE exposure; ANALYZE leaving_cell; ANALYZE tally`, 'insight');
}

// Throws unless everybody is in the sums once, and who came to the end in one cell of leaving.
export function expectAllOnce(house, people) {
  const rows = house.sql('SELECT people, array_to_json(sums), array_to_json(products) FROM tally ORDER BY variation', 'insight').split('\n').map((row) => row.split('|').map(JSON.parse));
  const same = (a, b) => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));
  for (const variation of [0, 1]) {
    const {count, sums, products} = sumsOf(people, variation), [got, ...lists] = rows[variation];
    if (got !== count) throw new Error(`${got} people are counted in variation ${variation}, not ${count}`);
    if (![sums, products].every((list, i) => list.every((one, at) => same(lists[i][at], one)))) throw new Error(`the sums of variation ${variation} are not what its people did`);
  }
  const reached = Math.floor(people / 10) * 6 + Math.min(people % 10, 5), inCells = Number(house.sql('SELECT sum(people) FROM leaving_cell', 'insight'));
  const wrong = house.sql(`SELECT count(*) FROM (SELECT variation, mark, people FROM leaving_cell WHERE people <> 0 EXCEPT
    SELECT variation, leaving_mark, count(*) FROM exposure WHERE leaving_mark IS NOT NULL GROUP BY 1, 2) o`, 'insight');
  if (inCells !== reached || wrong !== '0') throw new Error(`${inCells} people are in the cells of leaving, not ${reached}; ${wrong} cells are wrong`);
}
