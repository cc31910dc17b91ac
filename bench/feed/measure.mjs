// measure.mjs SERIES VIEWERS SECONDS RATE: viewers who have watched, liked and skipped ask for the first two pages of their feed, RATE pages a second in all, each
// at its moment whether or not the one before is answered; a time counts from that moment. Client, services, PostgreSQL and Redis share the same cores. Rate limits
// are lifted: they are no part of the question.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

import {guest} from '../../tests/system/lib/api.mjs';
import {House, until} from '../../tests/system/lib/house.mjs';
import {seedSeries} from '../../tests/system/lib/seed.mjs';

const [series, viewers, seconds, rate] = process.argv.slice(2, 6).map(Number);
const round = (value, digits = 2) => +value.toFixed(digits);
const viewerId = (n) => crypto.createHash('md5').update(`viewer${n}`).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

// Everybody began four series, most of them popular ones, finished one, and likes one.
function seedViewers(house) {
  for (let first = 1; first <= viewers; first += 100_000) {
    house.sql(`
      CREATE TEMP TABLE places AS SELECT row_number() OVER (ORDER BY heat DESC) AS n, series_id, first_episode, grown FROM series;
      CREATE TEMP TABLE did AS SELECT md5('viewer' || v)::uuid AS user_id, k, (1 + floor(power(random(), 3) * ${series}))::int AS n
        FROM generate_series(${first}, ${Math.min(viewers, first + 99_999)}) v, generate_series(1, 4) k;
      INSERT INTO viewing (tenant, user_id, series_id, seen_at, last_completed, skips, skips_at, finished_at_growth)
        SELECT 'default', user_id, series_id, now() - k * interval '1 day', CASE WHEN k < 3 THEN first_episode END, CASE WHEN k = 3 THEN 1 ELSE 0 END, now(), CASE WHEN k = 1 THEN grown END
        FROM did JOIN places USING (n) ON CONFLICT DO NOTHING;
      INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped)
        SELECT 'default', user_id, first_episode, series_id, k < 3, k = 3 FROM did JOIN places USING (n) ON CONFLICT DO NOTHING;
      INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, series_id)
        SELECT 'default', user_id, 'series', series_id, 'like', series_id FROM did JOIN places USING (n) WHERE k = 2 ON CONFLICT DO NOTHING;
      INSERT INTO viewer (tenant, user_id, tags, hits, misses)
        SELECT 'default', user_id, ARRAY['revenge', 'ceo', 'mafia', 'language:en'], ARRAY[n % 5, 1, 0, 3], ARRAY[1, n % 3, 2, 0] FROM did WHERE k = 1 ON CONFLICT DO NOTHING;`, 'recommendation');
  }
  for (const table of ['viewing', 'watched', 'reaction', 'viewer', 'series', 'episode']) house.sql(`VACUUM ANALYZE ${table}`, 'recommendation');
}

// Tokens as accounts would give them out, for viewers whom nobody signed up.
function signer(house, example) {
  const key = crypto.createPrivateKey(fs.readFileSync(path.join(house.dir, 'access.pem')));
  const [header, body] = example.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  return (sub) => {
    const text = `${header}.${Buffer.from(JSON.stringify({...claims, sub})).toString('base64url')}`;
    return `${text}.${crypto.sign(null, Buffer.from(text), key).toString('base64url')}`;
  };
}

const agent = new http.Agent({keepAlive: true, maxSockets: 200});
function get(house, target, token) {
  return new Promise((resolve, reject) => {
    http.get(house.url + target, {agent, headers: {Authorization: `Bearer ${token}`}}, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(parts))) : reject(new Error(`${answer.statusCode} ${Buffer.concat(parts)}`))));
    }).on('error', reject);
  });
}

// `seconds` of pages at the rate; their times in milliseconds.
async function drive(house, sign, length) {
  const count = Math.floor(length * rate), times = [], begin = performance.now() + 20, waiting = [], second = [];
  for (let i = 0; i < count; ++i) {
    const due = begin + i * 1000 / rate;
    const follow = i % 2 === 1 ? second.shift() : undefined;
    const {token, target} = follow ?? {token: sign(viewerId(1 + crypto.randomInt(viewers))), target: '/v1/feed'};
    const left = due - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    waiting.push(get(house, target, token).then((page) => {
      times.push(performance.now() - due);
      if (page.degraded || page.items?.length !== 10) throw new Error(`a page of ${page.items?.length}, degraded: ${page.degraded}`);
      if (target === '/v1/feed') second.push({token, target: `/v1/feed?pageToken=${page.nextPageToken}`});
    }));
  }
  await Promise.all(waiting);
  return times.sort((a, b) => a - b);
}

const metrics = async (house) => (await fetch(`${house.url}/metrics`)).text();
const metric = (text, name) => Number(text.match(new RegExp(`^${name} ([0-9.e+-]+)`, 'm'))?.[1] ?? 0);
const rss = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;

const house = await new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '1000000', CLIFFHANGER_RATE_BURST: '1000000'}}).start();
try {
  seedSeries(house, {count: series, creators: Math.ceil(series / 20)});
  seedViewers(house);
  for (const table of ['series', 'episode']) house.sql(`VACUUM ANALYZE ${table}`, 'catalog');
  const one = await guest(house.url);
  await until('the catalogue is in memory', async () => (await one.get('/v1/feed')).items?.length === 10, {seconds: 120});
  const sign = signer(house, one.token), pid = house.processes.get('all').pid;
  await drive(house, sign, 5);  // warm
  const before = await metrics(house), rss_before = rss(pid);
  const times = await drive(house, sign, seconds);
  const after = await metrics(house);
  const sum = (name) => metric(after, name) - metric(before, name);
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  const mean = sum('cliffhanger_feed_seconds_sum') / sum('cliffhanger_feed_seconds_count') * 1000;
  const at = (share) => round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
  console.log(JSON.stringify({name: 'feed', series, viewers, rate, pages: times.length, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), service_mean_ms: round(mean),
    rss_mib_before: round(rss_before, 0), rss_mib: round(rss(pid), 0), machine: `${os.cpus().length} × ${model}`}));
} finally {
  await house.stop();
}
