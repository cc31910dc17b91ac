// People upload and watch for a long time while every part of the house is killed in turn. Prints, as its last line, one JSON object with what
// was lost (nothing may be), what signed playback was refused (nothing may be) and what memory each process takes. See README.md.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {creator, guest, makeEpisode, publish, untilReady, upload} from '../system/lib/api.mjs';
import {makeClip, pad} from '../system/lib/clips.mjs';
import {build, freePort, House, until} from '../system/lib/house.mjs';
import {rss} from '../system/lib/process.mjs';
import {get, urlsOf} from '../system/lib/viewer.mjs';
import {Memory} from './memory.mjs';

const {values: options} = parseArgs({options: {
  minutes: {type: 'string', default: '30'}, uploaders: {type: 'string', default: '2'}, viewers: {type: 'string', default: '4'},
  every: {type: 'string', default: '8'},  // seconds from one death to the next
}});
let ends = Infinity;  // set when everybody is there
const over = () => Date.now() >= ends;
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

const house = new House({split: true, settings: {CLIFFHANGER_RATE_PER_SECOND: '10000', CLIFFHANGER_RATE_BURST: '10000'}});
const edges = [];
const film = [];  // {title, episodeId, urls} that viewers may choose
const digests = new Map();  // of what was played, by path without its token
const totals = {uploads: 0, uploadedBytes: 0, lostBytes: 0, verified: 0, ready: 0, played: 0, playedBytes: 0, refused5xx: 0, wrong: 0, retriedConnections: 0};
const faults = [];
const deaths = {};
const memory = new Memory();
const fault = (kind, text) => { ++totals[kind]; if (faults.length < 50) faults.push(text); };

// What a client does: again, wherever it may be answered.
const patiently = (what, action, seconds = 90) => until(what, action, {seconds, every: 250});

function launchEdge(name, port) {
  house.keep(name, path.join(build, 'bin/cliffhanger'), ['serve', 'edge'], {...house.environment(), CLIFFHANGER_HTTP_PORT: String(port)});
}

async function restart(name, launch) {
  const child = house.processes.get(name);
  child.kill('SIGKILL');
  await child.gone;
  await sleep(500);  // until a supervisor has noticed
  launch();
}

// Every victim once, and again. The steady edge lives through all of it: its memory is what 30 minutes do.
async function killer(second) {
  const victims = {
    ...Object.fromEntries(house.names().map((name) => [name, () => restart(name, () => house.launch(name))])),
    'edge-two': () => restart('edge-two', () => launchEdge('edge-two', second)),
    FLUSHALL: async () => house.flushRedis(),
    redis: () => restart('redis', () => house.startRedis()),
    postgres: async () => {
      const child = house.processes.get('postgres');
      child.kill('SIGQUIT');  // as if the machine had lost power
      await child.gone;
      await sleep(1000);
      house.startPostgres();
    },
  };
  for (let turn = 0; !over(); ++turn) {
    const names = Object.keys(victims);
    const name = names[turn % names.length];
    await sleep(Math.min(Number(options.every) * 1000, Math.max(0, ends - Date.now())));
    if (over()) return;
    deaths[name] = (deaths[name] ?? 0) + 1;
    await victims[name]();
  }
}

// The source object is what was sent, or its bytes are lost.
async function verify(id, file, bytes) {
  const row = await patiently(`the source of ${id}`, async () => {
    const [state, source] = house.sql(`SELECT state, source_id FROM upload WHERE upload_id = '${id}'`, 'ingest').split('|');
    return source && state === 'ready' && {key: `sources/default/${source}`};
  }, 240).catch((error) => ({error}));
  const stored = row.key && fs.readFileSync(path.join(house.dir, 'blobs', row.key));
  if (stored && sha256(stored) === sha256(bytes)) return void ++totals.verified;
  totals.lostBytes += bytes.length;
  faults.push(`upload ${id} of ${file}: ${row.error?.message ?? 'other bytes'}`);
}

async function uploader(number, clips) {
  for (let round = 0; !over(); ++round) {
    const url = edges[(number + round) % edges.length];
    const file = path.join(house.dir, `up-${number}-${round}.mp4`);
    fs.copyFileSync(clips[(number + round) % clips.length], file);
    pad(file, fs.statSync(file).size + (1 << 20) + (round % 5) * 700_000);
    const bytes = fs.readFileSync(file);
    const maker = await patiently('a creator', () => creator(url));
    const {episode} = await patiently('an episode', () => makeEpisode(maker));
    let acknowledged = 0;
    const id = await upload(maker, file, episode.episodeId, {chunkSize: 256 << 10, retryDelays: Array(200).fill(400), onAcknowledged: (offset) => {
      if (offset < acknowledged) { totals.lostBytes += acknowledged - offset; faults.push(`${acknowledged} bytes were acknowledged, then ${offset}`); }
      acknowledged = offset;
    }});
    ++totals.uploads;
    totals.uploadedBytes += bytes.length;
    fs.rmSync(file);
    await verify(id, file, bytes);
    await patiently('it is ready', () => untilReady(maker, episode.episodeId, 20), 240).then(async () => {
      ++totals.ready;
      await patiently('it is published', () => publish(maker, episode.episodeId));
      await offer(episode.episodeId);
    }, (error) => fault('wrong', `episode ${episode.episodeId}: ${error.message}`));
  }
}

// A session for everybody's use; URLs without the edge.
async function offer(episodeId) {
  const person = await patiently('a guest', () => guest(edges[0]));
  const {session} = await patiently('a session', () => person.post('/v1/playback/sessions', {episodeId}));
  const urls = await patiently('its playlists', async () => {
    const found = await urlsOf(edges.at(-1) + session.playlistUrl, 100);
    return found.length > 3 && found;
  });
  film.push(urls.map((url) => new URL(url).pathname));
  if (film.length > 30) film.shift();
}

// Plays one film after the other to its end, each piece from any edge; one whose edge dies is asked of another.
async function viewer(number) {
  for (let turn = number; !over(); ++turn) {
    for (const at of film[turn % film.length]) {
      for (let attempt = 0; !over(); ++attempt) {
        const {status, bytes} = await get(edges[(turn + attempt) % edges.length] + at);
        if (status === 0) { ++totals.retriedConnections; await sleep(50); continue; }
        const name = at.split('/').slice(3).join('/'), digest = sha256(bytes);
        if (status >= 500) fault('refused5xx', `${status} ${at}: ${bytes.subarray(0, 200)}`);
        else if (status !== 200) fault('wrong', `${status} ${at}: ${bytes.subarray(0, 200)}`);
        else if ((digests.get(name) ?? digest) !== digest) fault('wrong', `${at} has other bytes`);
        else { digests.set(name, digest); ++totals.played; totals.playedBytes += bytes.length; }
        break;
      }
      await sleep(15);
    }
  }
}

async function watchMemory() {
  while (!over()) {
    for (const [name, {pid, exitCode, signalCode}] of house.processes) {
      if (exitCode !== null || signalCode || ['postgres', 'redis'].includes(name)) continue;
      try { memory.sample(name, pid, rss(pid)); } catch { /* it has just died */ }
    }
    await sleep(1000);
  }
}

async function main() {
  await house.start();
  const [second, steady] = [await freePort(), await freePort()];
  launchEdge('edge-two', second);
  launchEdge('edge-steady', steady);
  edges.push(house.url, `http://127.0.0.1:${second}`, `http://127.0.0.1:${steady}`);
  for (const edge of edges) await until('an edge', async () => (await fetch(`${edge}/readyz`)).status === 200);
  const clips = [0, 1, 2].map((i) => makeClip(path.join(house.dir, `clip-${i}.mp4`), {seconds: 4 + i, size: '270x480', hue: i * 90}));
  const maker = await creator(house.url);
  for (const clip of clips) {
    const {episode} = await makeEpisode(maker);
    await upload(maker, clip, episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    await offer(episode.episodeId);
  }
  ends = Date.now() + Number(options.minutes) * 60_000;
  const many = (count, action) => Array.from({length: Number(count)}, (_, i) => action(i));
  await Promise.all([killer(second), watchMemory(), ...many(options.uploaders, (i) => uploader(i, clips)), ...many(options.viewers, viewer)]);
  const dead = Object.fromEntries(['catalog', 'transcode', 'recommendation', 'community', 'playback', 'ingest', 'accounts']
      .map((service) => [service, Number(house.sql('SELECT count(*) FROM dead_event', service))]).filter(([, count]) => count > 0));
  return {name: 'soak', minutes: Number(options.minutes), ...totals, deaths, deadEvents: dead, memory: memory.report()};
}

let report, failed = false;
try {
  report = await main();
  failed = report.lostBytes > 0 || report.refused5xx > 0 || report.wrong > 0 || report.verified !== report.uploads || report.played === 0 ||
    report.uploads === 0 || Object.keys(report.deadEvents).length > 0;
} catch (error) {
  console.error(error);
  failed = true;
} finally {
  await house.stop();
}
for (const text of faults) console.error(text);
console.log(JSON.stringify(report ?? {name: 'soak', failed: true, ...totals, deaths}));
process.exit(failed ? 1 : 0);
