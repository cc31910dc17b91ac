// measure.mjs PEER ROUNDS UPLOADS MEGABYTES PIECE: ours and the peer by turns, the same client, the same disk. Ours: everything in one process, an fsync
// before each acknowledgement, PostgreSQL with fsync. CPU is that of the server's processes and their children from the first creation to the last
// acknowledgement; `cpu_verified` is until every file was put together, hashed as a whole and probed too, which the peer does not do.
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
  return JSON.parse(stdout).seconds;
}

class Ours {
  async start() {
    this.house = await new House({durable: true, settings: {CLIFFHANGER_WEB_DIR: ''}}).start();
    const makers = [];
    while (makers.length * 10 < uploads) makers.push(await creator(this.house.url));  // one person sends 16 at once at most
    this.headers = [];
    for (let i = 0; i < uploads; ++i) {
      const maker = makers[i % makers.length], {episode} = await makeEpisode(maker);
      this.headers.push({Authorization: `Bearer ${maker.token}`, 'Upload-Metadata': `episode_id ${Buffer.from(episode.episodeId).toString('base64')}`});
    }
  }
  cpu() {
    const pid = (name) => this.house.processes.get(name).pid;
    return {cliffhanger: cpu(pid('all')), postgres: cpu(pid('postgres')), redis: cpu(pid('redis'))};
  }
  async run() {
    const before = this.cpu(), since = (now) => Object.fromEntries(Object.keys(now).map((it) => [it, now[it] - before[it]]));
    const seconds = await client(Number(new URL(this.house.url).port), this.headers);
    const received = since(this.cpu());
    const left = () => Number(this.house.sql(`SELECT count(*) FROM upload WHERE state IN ('receiving', 'verifying')`, 'ingest'));
    await until('all are verified', () => left() === 0, {seconds: 600, every: 250});
    const verified = since(this.cpu()), total = (it) => Object.values(it).reduce((sum, x) => sum + x, 0);
    return {mb_per_s: uploads * megabytes / seconds, cpu: total(received), cpu_verified: total(verified), cpu_postgres: received.postgres, cpu_redis: received.redis};
  }
  // Nothing of the round is left.
  async clear() {
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
    const seconds = await client(this.port, Array.from({length: uploads}, () => ({})));
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
  const results = {ours: [], peer: []};
  for (let i = 0; i <= rounds; ++i) {  // the first is to warm up
    for (const [name, side] of Object.entries({ours, peer})) {
      const one = await side.run();
      await side.clear();
      spawnSync('sync');  // what one leaves to the disk, the other shall not wait for
      await sleep(500);
      if (i === 0) continue;
      results[name].push(one);
      console.log(`  round ${i}: ${name} ${Object.entries(one).map(([key, value]) => `${key} ${value.toFixed(2)}`).join(', ')}`);
    }
  }
  const middle = (list) => Object.fromEntries(Object.keys(list[0]).map((key) => [key, round(median(list.map((it) => it[key])))]));
  const ratio = (mine, theirs) => round(median(results.ours.map((it, i) => it[mine] / results.peer[i][theirs])));
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  console.log(JSON.stringify({name: 'upload', ratio: {throughput: ratio('mb_per_s', 'mb_per_s'), cpu: ratio('cpu', 'cpu'), cpu_verified: ratio('cpu_verified', 'cpu')},
    ours: middle(results.ours), peer: {command: '@tus/server 2, @tus/file-store', ...middle(results.peer)}, uploads, megabytes, piece_megabytes: piece / 1e6,
    machine: `${os.cpus().length} × ${model}`}));
} finally {
  peer.stop();
  await ours.stop();
}
