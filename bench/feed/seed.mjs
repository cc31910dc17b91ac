// A large catalogue and many viewers, straight into the tables: minutes of what would be days of watching. Keys and other indexes are made after the rows.
import {spawn, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import {build} from '../../tests/system/lib/house.mjs';
import {seedSeries} from '../../tests/system/lib/seed.mjs';

export const viewerId = (n) => crypto.createHash('md5').update(`viewer${n}`).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

function sql(house, text) {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['-h', house.dir, '-U', 'postgres', '-AtqX', '-v', 'ON_ERROR_STOP=1', '-c', "SET search_path TO recommendation; SET maintenance_work_mem TO '512MB'; SET work_mem TO '256MB'", '-c', text]);
    let told = '';
    child.stderr.on('data', (part) => told += part);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${text.slice(0, 200)}: ${told}`))));
  });
}

// Ninety-nine of a hundred began four series, most of them popular ones, the others 150.
const did = (series, viewers) => `CREATE UNLOGGED TABLE bench_did AS
  SELECT md5('viewer' || v)::uuid AS user_id, v, k, 1 + floor(power(random(), 3) * (${series} / 4))::int * 4 + k - 1 AS n, k < 3 AS completed, k = 3 AS skipped, k = 1 AS finished, k = 2 AS liked
    FROM generate_series(1, 4) k, generate_series(1, ${viewers}) v WHERE v % 100 <> 0
  UNION ALL
  SELECT md5('viewer' || v)::uuid, v, k, 1 + (v + k * 97) % ${series}, k % 2 = 0, k % 5 = 3, k % 10 = 0, k % 10 = 2
    FROM generate_series(1, ${Math.min(150, series)}) k, generate_series(100, ${viewers}, 100) v`;

const tables = {
  viewing: `INSERT INTO viewing (tenant, user_id, series_id, seen_at, last_completed, skips, skips_at, finished_at_growth)
    SELECT 'default', user_id, series_id, now() - k * interval '1 day', CASE WHEN completed THEN first_episode END, CASE WHEN skipped THEN 1 ELSE 0 END, now(), CASE WHEN finished THEN grown END
    FROM bench_did JOIN bench_place USING (n)`,
  watched: `INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped)
    SELECT 'default', user_id, first_episode, series_id, completed, skipped FROM bench_did JOIN bench_place USING (n)`,
  reaction: `INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, series_id, is_set)
    SELECT 'default', user_id, 'series', series_id, 'like', series_id, true FROM bench_did JOIN bench_place USING (n) WHERE liked`,
  viewer: `INSERT INTO viewer (tenant, user_id, tags, hits, misses)
    SELECT 'default', user_id, ARRAY['revenge', 'ceo', 'mafia', 'language:en'], ARRAY[v % 5, 1, 0, 3], ARRAY[1, v % 3, 2, 0] FROM bench_did WHERE k = 1`,
};

async function fill(house, table) {
  const keys = house.sql(`SELECT conname || '|' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '${table}'::regclass AND contype = 'p'`, 'recommendation').split('|');
  const indexes = house.sql(`SELECT indexrelid::regclass || '|' || pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '${table}'::regclass AND NOT indisprimary`, 'recommendation')
                      .split('\n').filter(Boolean).map((line) => line.split('|'));
  await sql(house, `ALTER TABLE ${table} DROP CONSTRAINT ${keys[0]}; ${indexes.map(([name]) => `DROP INDEX ${name};`).join(' ')} ${tables[table]};
    ALTER TABLE ${table} ADD CONSTRAINT ${keys[0]} ${keys[1]}; ${indexes.map(([, made]) => `${made};`).join(' ')}`);
  await sql(house, `VACUUM (ANALYZE, FREEZE) ${table}`);
}

// The factors of a model of that size, as a training leaves them; nobody is in them.
function seedModel(house, series, dimensions) {
  const ids = path.join(house.dir, 'ids'), object = crypto.randomUUID(), key = path.join(house.dir, 'blobs/models/default/recommendation', object);
  fs.writeFileSync(ids, house.sql('SELECT series_id FROM series ORDER BY series_id', 'recommendation'));
  fs.mkdirSync(path.dirname(key), {recursive: true});
  const made = spawnSync(path.join(build, 'bin/bench_feed_model'), [ids, String(dimensions), key], {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`bench_feed_model: ${made.stderr ?? made.error}`);
  house.sql(`INSERT INTO model (tenant, model_id, state, active, object_id, bytes, viewers, series, started_at, ended_at)
    VALUES ('default', gen_random_uuid(), 'ready', true, '${object}', ${fs.statSync(key).size}, 1000, ${series}, now(), now())`, 'recommendation');
}

export async function seed(house, {series, viewers, dimensions}) {
  const step = async (what, act) => {
    const begin = performance.now();
    await act();
    console.log(`  ${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  };
  await step('series', () => {
    house.sql("ALTER SYSTEM SET max_wal_size TO '16GB'");
    house.sql('SELECT pg_reload_conf()');
    seedSeries(house, {count: series, creators: Math.ceil(series / 20)});
    seedModel(house, series, dimensions);
  });
  await step('what viewers did', async () => {
    await sql(house, `CREATE UNLOGGED TABLE bench_place AS SELECT (row_number() OVER (ORDER BY heat DESC))::int AS n, series_id, first_episode, grown FROM series`);
    await sql(house, did(series, viewers));
    await sql(house, 'ANALYZE bench_did, bench_place');
    await Promise.all([fill(house, 'viewing'), (async () => { for (const table of ['watched', 'reaction', 'viewer']) await fill(house, table); })()]);
    await sql(house, 'DROP TABLE bench_did, bench_place');
    for (const table of ['series', 'episode']) await sql(house, `VACUUM ANALYZE recommendation.${table}, catalog.${table}`);
    await sql(house, 'CHECKPOINT');
  });
}

// What was shown lately of every viewer, as much as is kept: 240 series that nobody has.
export function seedShown(house, viewers) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path.join(house.dir, 'redis.sock')), value = Buffer.alloc(6 + 240 * 3);
    let n = 0, answered = 0;
    const write = () => {
      while (n < viewers) {
        const parts = [];
        for (const end = Math.min(viewers, n + 1000); n < end;) {
          crypto.randomFillSync(value);
          value.writeUInt16BE(0, 4);
          const key = Buffer.concat([Buffer.from('feed:shown:default:'), crypto.createHash('md5').update(`viewer${++n}`).digest()]);
          parts.push(Buffer.from(`*5\r\n$3\r\nSET\r\n$${key.length}\r\n`), key, Buffer.from(`\r\n$${value.length}\r\n`), Buffer.from(value), Buffer.from('\r\n$2\r\nEX\r\n$6\r\n259200\r\n'));
        }
        if (!socket.write(Buffer.concat(parts))) return;
      }
    };
    socket.on('drain', write).on('error', reject);
    socket.on('data', (told) => {
      if (told.includes('-')) reject(new Error(String(told)));
      for (const byte of told) answered += byte === 43;
      if (answered === viewers) socket.end(resolve);
    });
    write();
  });
}
