// measure.mjs PEER ROUNDS UPLOADS MEGABYTES PIECE: ours and the peer by turns, the same client, the same disk. Ours: everything in one process, an fsync
// before each acknowledgement, PostgreSQL with fsync. CPU is that of the server's processes and their children from the first creation to the last
// acknowledgement. `ours` are partial uploads (tus's concatenation), which are received, hashed and committed like all others, and then wait; `whole` are a
// film's, which ingest puts together, hashes as a whole and probes as soon as each is complete: with all of that its CPU is `cpu`, up to the
// last acknowledgement `cpu_received`. The peer does nothing of the kind.
import {execFile, spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';

import {creator, makeEpisode} from '../../tests/system/lib/api.mjs';
import {House, freePort, until} from '../../tests/system/lib/house.mjs';

const [peerDir, ...rest] = process.argv.slice(2), [rounds, uploads, megabytes, pieceMegabytes] = rest.map(Number);
const bytes = megabytes * 1e6, piece = (pieceMegabytes || megabytes) * 1e6;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const round = (value, digits = 3) => +value.toFixed(digits);

const fieldsOf = (pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  } catch {
    return null;  // it has just ended
  }
};
// Seconds of CPU so far of a process, its children that run, and those that have ended.
function cpu(pid) {
  const own = (fields) => fields.slice(11, 15).reduce((sum, it) => sum + Number(it), 0) / 100;
  const children = fs.readdirSync('/proc').filter((it) => /^\d+$/.test(it)).map(fieldsOf).filter((it) => it && Number(it[1]) === pid);
  return own(fieldsOf(pid)) + children.reduce((sum, it) => sum + own(it), 0);
}

async function client(port, headers) {
  const job = JSON.stringify({port, uploads: headers, bytes, piece});
  const {stdout} = await promisify(execFile)('node', [path.join(import.meta.dirname, 'client.mjs'), job]);
  return JSON.parse(stdout);
}

const total = (it) => Object.values(it).reduce((sum, x) => sum + x, 0);

class Ours {
  async start() {
    this.house = await new House({durable: true, settings: {CLIFFHANGER_WEB_DIR: ''}}).start();
    this.makers = [];
    while (this.makers.length * 10 < uploads) this.makers.push(await creator(this.house.url));  // one person sends 16 at once at most
    this.films = [];
    for (let i = 0; i < uploads; ++i) {
      const {episode} = await makeEpisode(this.maker(i));
      this.films.push({...this.token(i), 'Upload-Metadata': `episode_id ${Buffer.from(episode.episodeId).toString('base64')}`});
    }
    this.partials = this.films.map((_, i) => ({...this.token(i), 'Upload-Concat': 'partial'}));
  }
  maker(i) { return this.makers[i % this.makers.length]; }
  token(i) { return {Authorization: `Bearer ${this.maker(i).token}`}; }
  cpu() {
    const pid = (name) => this.house.processes.get(name).pid;
    return {cliffhanger: cpu(pid('all')), postgres: cpu(pid('postgres')), redis: cpu(pid('redis'))};
  }
  async send(headers) {
    const before = this.cpu(), since = (now) => Object.fromEntries(Object.keys(now).map((it) => [it, now[it] - before[it]]));
    const {seconds, paths} = await client(Number(new URL(this.house.url).port), headers);
    return {seconds, paths, received: since(this.cpu()), since: () => since(this.cpu())};
  }
  async run() {
    const {seconds, paths, received} = await this.send(this.partials);
    this.sent = paths;
    return {mb_per_s: uploads * megabytes / seconds, cpu: total(received), cpu_postgres: received.postgres, cpu_redis: received.redis};
  }
  async runWhole() {
    const {seconds, received, since} = await this.send(this.films);
    const left = () => Number(this.house.sql(`SELECT count(*) FROM upload WHERE purpose = 'video' AND state IN ('receiving', 'verifying')`, 'ingest'));
    await until('all are verified', () => left() === 0, {seconds: 600, every: 250});
    return {mb_per_s: uploads * megabytes / seconds, cpu: total(since()), cpu_received: total(received)};
  }
  // Nothing of the round is left.
  async clear() {
    for (const [i, at] of (this.sent ?? []).entries()) await fetch(this.house.url + at, {method: 'DELETE', headers: {'Tus-Resumable': '1.0.0', ...this.token(i)}});
    this.sent = [];
    const left = () => spawnSync('find', [path.join(this.house.dir, 'blobs'), '-type', 'f', '-size', '+100k'], {encoding: 'utf8'}).stdout.trim();
    await until('the object store is empty', () => left() === '', {seconds: 60, every: 250});
  }
  stop() { return this.house?.stop(); }
}

class Peer {
  async start() {
    this.port = await freePort();
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chb-'));
    this.child = spawn('node', [path.join(peerDir, 'peer.mjs'), String(this.port), this.dir], {stdio: ['ignore', 'ignore', 'inherit']});
    await until('the peer answers', () => fetch(`http://127.0.0.1:${this.port}/uploads`, {method: 'OPTIONS'}).then((it) => it.ok, () => false));
  }
  async run() {
    const before = cpu(this.child.pid);
    const {seconds} = await client(this.port, Array.from({length: uploads}, () => ({})));
    return {mb_per_s: uploads * megabytes / seconds, cpu: cpu(this.child.pid) - before};
  }
  async clear() {
    for (const name of fs.readdirSync(this.dir)) fs.rmSync(path.join(this.dir, name));
  }
  stop() {
    this.child?.kill('SIGKILL');
    if (this.dir) fs.rmSync(this.dir, {recursive: true, force: true});
  }
}

const ours = new Ours(), peer = new Peer();
try {
  await ours.start();
  await peer.start();
  const sides = {ours: [ours, () => ours.run()], peer: [peer, () => peer.run()], whole: [ours, () => ours.runWhole()]};
  const results = {ours: [], peer: [], whole: []};
  for (let i = 0; i <= rounds; ++i) {  // the first is to warm up
    for (const [name, [side, run]] of Object.entries(sides)) {
      const one = await run();
      await side.clear();
      spawnSync('sync');  // what one leaves to the disk, the other shall not wait for
      await sleep(500);
      if (i === 0) continue;
      results[name].push(one);
      console.log(`  round ${i}: ${name} ${Object.entries(one).map(([key, value]) => `${key} ${value.toFixed(2)}`).join(', ')}`);
    }
  }
  const middle = (list) => Object.fromEntries(Object.keys(list[0]).map((key) => [key, round(median(list.map((it) => it[key])))]));
  const ratio = (name, key) => round(median(results[name].map((it, i) => it[key] / results.peer[i][key])));
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  console.log(JSON.stringify({name: 'upload', ratio: {throughput: ratio('ours', 'mb_per_s'), cpu: ratio('ours', 'cpu'), whole_throughput: ratio('whole', 'mb_per_s'), whole_cpu: ratio('whole', 'cpu')},
    ours: middle(results.ours), whole: middle(results.whole), peer: {command: '@tus/server 2, @tus/file-store', ...middle(results.peer)}, uploads, megabytes,
    piece_megabytes: piece / 1e6, machine: `${os.cpus().length} × ${model}`}));
} finally {
  peer.stop();
  await ours.stop();
}
