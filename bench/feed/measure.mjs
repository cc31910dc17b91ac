// measure.mjs SERIES VIEWERS SECONDS RATE DIMENSIONS MINUTES [DATA]: viewers who have watched, liked and skipped ask for the first two pages of their feed, RATE pages a second
// in all, each at its moment whether or not the one before is answered; a time counts from that moment. Client, services, PostgreSQL and Redis share the same cores. Rate
// limits are lifted: they are no part of the question. MINUTES more at the same rate tell whether memory stays what it is. DATA: the folder of the database, made if it isn't there.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import {guest} from '../../tests/system/lib/api.mjs';
import {House, until} from '../../tests/system/lib/house.mjs';
import {seed, seedShown, viewerId} from './seed.mjs';

const [series, viewers, seconds, rate, dimensions, minutes] = process.argv.slice(2, 8).map(Number), kept = process.argv[8];
const round = (value, digits = 2) => +value.toFixed(digits);

// One that finds its database in a folder that stays.
class KeptHouse extends House {
  constructor(settings, dir) {
    super({settings});
    if (!dir) return;
    fs.rmSync(this.dir, {recursive: true});
    fs.mkdirSync(dir, {recursive: true});
    fs.chmodSync(dir, 0o777);
    this.dir = path.resolve(dir);
    for (const stale of ['run', 'redis.sock']) fs.rmSync(path.join(this.dir, stale), {recursive: true, force: true});
    process.env.CLIFFHANGER_KEEP_TEST_DIR = '1';
  }
}

// Tokens as accounts would give them out, for viewers whom nobody signed up.
function signer(house, example) {
  const key = crypto.createPrivateKey(fs.readFileSync(path.join(house.dir, 'access.pem')));
  const [header, body] = example.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const lasting = claims.exp - claims.iat;
  return (sub) => {
    const iat = Math.floor(Date.now() / 1000);
    const text = `${header}.${Buffer.from(JSON.stringify({...claims, sub, iat, exp: iat + lasting})).toString('base64url')}`;
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

// `length` seconds of pages at the rate: their times in milliseconds, ascending, and what went wrong.
async function drive(house, sign, length) {
  const count = Math.floor(length * rate), times = [], wrong = [], second = [];
  let waiting = 0, begin = performance.now() + 20;
  const ask = async (due, {token, target}) => {
    ++waiting;
    try {
      const page = await get(house, target, token);
      times.push(performance.now() - due);
      if (page.degraded || page.items?.length !== 10) throw new Error(`a page of ${page.items?.length}, degraded: ${page.degraded}`);
      if (target === '/v1/feed') second.push({token, target: `/v1/feed?pageToken=${page.nextPageToken}`});
    } catch (error) {
      wrong.push(error.message);
    }
    --waiting;
  };
  for (let i = 0; i < count; ++i) {
    const late = performance.now() - begin - i * 1000 / rate;
    if (late > 2000) begin += late;  // this process was stopped: what it did not ask it does not ask all at once
    const due = begin + i * 1000 / rate;
    const follow = i % 2 === 1 ? second.shift() : undefined;
    const next = follow ?? {token: sign(viewerId(1 + crypto.randomInt(viewers))), target: '/v1/feed'};
    const left = due - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    void ask(due, next);
  }
  await until('every page is answered', () => waiting === 0);
  return {times: times.sort((a, b) => a - b), wrong};
}

const metrics = async (house) => (await fetch(`${house.url}/metrics`)).text();
const metric = (text, name) => Number(text.match(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} ([0-9.e+-]+)`, 'm'))?.[1] ?? 0);
const rss = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) * 1024;

// Processor seconds of the house's processes and of this one. PostgreSQL's are its children, gone ones included.
function cpu(house) {
  const of = (pid) => {
    const at = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(at[11]) + Number(at[12]) + Number(at[13]) + Number(at[14])) / 100;
  };
  const postgres = house.processes.get('postgres').pid;
  const children = fs.readFileSync(`/proc/${postgres}/task/${postgres}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const own = process.cpuUsage();
  return {services: of(house.processes.get('all').pid), postgres: [postgres, ...children].map(of).reduce((a, b) => a + b), redis: of(house.processes.get('redis').pid), client: (own.user + own.system) / 1e6};
}

function redis(house, ...words) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path.join(house.dir, 'redis.sock'));
    socket.on('error', reject).once('data', (told) => (socket.destroy(), resolve(String(told))));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  });
}
const redisBytes = async (house) => Number((await redis(house, 'INFO', 'memory')).match(/used_memory:(\d+)/)[1]);

// Bytes a minute that the samples rise by (least squares).
function slope(samples) {
  const mean = (of) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const t = mean((one) => one.minute), b = mean((one) => one.bytes);
  const over = samples.reduce((sum, one) => sum + (one.minute - t) ** 2, 0);
  return samples.reduce((sum, one) => sum + (one.minute - t) * (one.bytes - b), 0) / over;
}

async function memory(house, sign) {
  const samples = [], begin = performance.now(), pid = house.processes.get('all').pid;
  const timer = setInterval(() => samples.push({minute: (performance.now() - begin) / 60_000, bytes: rss(pid)}), 2000);
  const {times, wrong} = await drive(house, sign, minutes * 60);
  clearInterval(timer);
  const bytes = samples.map((one) => one.bytes), half = samples.slice(samples.length >> 1);
  return {minutes, pages: times.length, wrong: wrong.length, first: bytes[0], last: bytes.at(-1), least: Math.min(...bytes), most: Math.max(...bytes),
    bytes_a_minute: Math.round(slope(samples)), bytes_a_minute_in_the_second_half: Math.round(slope(half))};
}

const house = await new KeptHouse({CLIFFHANGER_RATE_PER_SECOND: '1000000', CLIFFHANGER_RATE_BURST: '1000000', CLIFFHANGER_RECOMMENDATION_TRAIN_EVERY_HOURS: '0'}, kept).start();
let failed = false;
try {
  const note = path.join(house.dir, 'seeded.json'), what = {series, viewers, dimensions};
  if (!fs.existsSync(note)) {
    await seed(house, what);
    fs.writeFileSync(note, JSON.stringify(what));
  } else if (fs.readFileSync(note, 'utf8') !== JSON.stringify(what)) {
    throw new Error(`${house.dir} holds ${fs.readFileSync(note, 'utf8')}`);
  }
  const redisBefore = await redisBytes(house);
  await seedShown(house, viewers);
  const redisViewer = (await redisBytes(house) - redisBefore) / viewers;
  const begun = performance.now();
  await house.restart('all');
  await house.ready();
  const ready = performance.now() - begun;
  const one = await guest(house.url);
  await until('the catalogue is in memory', async () => (await one.get('/v1/feed')).items?.length === 10, {seconds: 120});
  await until('the model is in memory', async () => metric(await metrics(house), 'cliffhanger_recommendation_models_read_total{as="done"}') > 0, {seconds: 120});
  const warm = performance.now() - begun;
  const sign = signer(house, one.token), pid = house.processes.get('all').pid;
  await drive(house, sign, 5);  // connections, plans, caches
  const before = await metrics(house), rssBefore = rss(pid), cpuBefore = cpu(house);
  const {times, wrong} = await drive(house, sign, seconds);
  const after = await metrics(house), cpuAfter = cpu(house);
  const sum = (name) => metric(after, name) - metric(before, name);
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  const mean = sum('cliffhanger_feed_seconds_sum') / sum('cliffhanger_feed_seconds_count') * 1000;
  const at = (share) => round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
  const cpuOfPage = Object.fromEntries(Object.keys(cpuAfter).map((name) => [name, round((cpuAfter[name] - cpuBefore[name]) * 1000 / times.length)]));
  const out = {name: 'feed', series, viewers, dimensions, rate, pages: times.length, wrong: wrong.length, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), most_ms: at(1), service_mean_ms: round(mean),
    cpu_ms_a_page: cpuOfPage, rss_bytes_before: rssBefore, rss_bytes: rss(pid), redis_bytes_a_viewer: Math.round(redisViewer), ready_s: round(ready / 1000), warm_s: round(warm / 1000)};
  if (wrong.length) console.error(`  ${wrong.length} pages went wrong, the first: ${wrong[0]}`);
  if (minutes) {
    console.log(`  ${JSON.stringify(out)}`);
    out.memory = await memory(house, sign);
  }
  failed = wrong.length > 0 || out.memory?.wrong > 0;
  console.log(JSON.stringify({...out, load: round(os.loadavg()[0]), machine: `${os.cpus().length} × ${model}`}));
} finally {
  await house.stop();
}
agent.destroy();
process.exitCode = failed ? 1 : 0;
