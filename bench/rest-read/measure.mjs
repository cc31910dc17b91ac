// measure.mjs ROUNDS SECONDS CONNECTIONS RATE PROFILE: a creator reads an episode again and again. First as fast as wrk can on CONNECTIONS, then with hey at a
// constant RATE; both have the same cores as all services, PostgreSQL and Redis. Rate limits are lifted: they are no part of the question.
import {spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {creator, makeEpisode} from '../../tests/system/lib/api.mjs';
import {House} from '../../tests/system/lib/house.mjs';

const [rounds, seconds, connections, rate] = process.argv.slice(2, 6).map(Number), profile = process.argv[6];
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const round = (value, digits = 3) => +value.toFixed(digits);

// Seconds of CPU of each of these processes so far.
const cpu = (pids) => Object.fromEntries(Object.entries(pids).map(([name, list]) => [name, list.reduce((sum, pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return sum + (Number(fields[11]) + Number(fields[12])) / 100;
}, 0)]));

const children = (pid) => fs.readdirSync(`/proc/${pid}/task`)
  .flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));

// As many requests as there can be.
function flood(house, episodeId, token, pids) {
  const script = path.join(house.dir, 'read.lua');
  fs.writeFileSync(script, `wrk.headers["Authorization"] = "Bearer ${token}"
done = function(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p99": %f, "errors": %d}', summary.requests, summary.duration / 1e6,
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end\n`);
  const before = cpu(pids);
  const done = spawnSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `${house.url}/v1/episodes/${episodeId}`], {encoding: 'utf8'});
  const found = JSON.parse(done.stdout.trim().split('\n').at(-1)), after = cpu(pids);
  if (found.errors > 0) throw new Error(`${found.errors} requests failed\n${done.stdout}`);
  const used = Object.fromEntries(Object.keys(before).map((name) => [name, round((after[name] - before[name]) / found.requests * 1e6, 0)]));
  return {rate: round(found.requests / found.seconds, 0), p99_ms: round(found.p99 / 1000, 1), cpu_us: used};
}

// At a constant rate, from 20 connections, none of which is behind.
function steady(house, episodeId, token) {
  const done = spawnSync('hey', ['-z', `${seconds}s`, '-c', '20', '-q', String(rate / 20), '-o', 'csv', '-H', `Authorization: Bearer ${token}`,
    `${house.url}/v1/episodes/${episodeId}`], {encoding: 'utf8', maxBuffer: 1 << 28});
  const rows = done.stdout.trim().split('\n').slice(1).map((line) => line.split(','));
  const bad = rows.filter((row) => row[6] !== '200').length;
  if (bad > 0 || rows.length === 0) throw new Error(`${bad} of ${rows.length} requests failed ${done.stderr}`);
  const times = rows.map((row) => Number(row[0]) * 1000).sort((a, b) => a - b);
  return {rate: round(rows.length / seconds, 0), p50_ms: round(times[times.length >> 1], 2), p99_ms: round(times[Math.floor(times.length * 0.99)], 2)};
}

const house = await new House({split: true, settings: {CLIFFHANGER_RATE_PER_SECOND: '1000000', CLIFFHANGER_RATE_BURST: '1000000'}}).start();
try {
  const person = await creator(house.url);
  const {episode} = await makeEpisode(person);
  const postgres = house.processes.get('postgres').pid;
  const pids = () => ({edge: [house.processes.get('edge').pid], catalog: [house.processes.get('catalog').pid], postgres: children(postgres)});
  flood(house, episode.episodeId, person.token, pids());  // warm
  const most = [], even = [];
  for (let i = 0; i < rounds; ++i) {
    most.push(flood(house, episode.episodeId, person.token, pids()));
    even.push(steady(house, episode.episodeId, person.token));
    console.log(`  round ${i + 1}: ${most.at(-1).rate}/s, p99 ${most.at(-1).p99_ms} ms, CPU a request ${JSON.stringify(most.at(-1).cpu_us)} µs; at ${even.at(-1).rate}/s p50 ${even.at(-1).p50_ms} ms, p99 ${even.at(-1).p99_ms} ms`);
  }
  if (profile) {
    const perf = spawn('perf', ['record', '-q', '-F', '499', '-g', '-o', profile, '-p', [...pids().edge, ...pids().catalog].join(','), 'sleep', String(seconds)], {stdio: 'ignore'});
    flood(house, episode.episodeId, person.token, pids());
    await new Promise((resolve) => perf.once('exit', resolve));
  }
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  const of = (list, key) => median(list.map((it) => it[key]));
  console.log(JSON.stringify({name: 'rest-read', requests_per_second: of(most, 'rate'), p99_ms: of(even, 'p99_ms'), p50_ms: of(even, 'p50_ms'), at_rate: of(even, 'rate'),
    flood_p99_ms: of(most, 'p99_ms'), connections, machine: `${os.cpus().length} × ${model}`}));
} finally {
  await house.stop();
}
