// A whole Cliffhanger on private servers: PostgreSQL, Redis, and the program as one process or as one for each service. Everything it starts
// ends with stop(), and everything is in one temporary folder.
import {spawn, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const build = process.env.CLIFFHANGER_BUILD_DIR ?? path.join(source, 'build/dev');
const postgresBin = '/usr/lib/postgresql/15/bin/';

export const services =
    ['accounts', 'catalog', 'community', 'ingest', 'transcode', 'worker', 'playback', 'recommendation', 'insight', 'collector', 'edge'];

export async function until(what, check, {seconds = 60, every = 100} = {}) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await sleep(every);
  }
  throw new Error(`${what}: not within ${seconds} s${last ? ` (${last.message})` : ''}`);
}

function run(command, args, options = {}) {
  const done = spawnSync(command, args, {encoding: 'utf8', maxBuffer: 1 << 28, ...options});
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr ?? done.error}`);
  return done.stdout;
}

// PostgreSQL refuses to run as root, so root runs it as nobody.
const unprivileged = (command, args) => process.getuid() === 0 ?
    ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', command, ...args]] : [command, args];

// A port that nothing else gets before it is used: below those that the kernel gives away by itself (from 32768 on), never twice by this process, and
// not by those that run beside it, whose ids are near this one's.
let ports = 0;
export async function freePort() {
  for (;;) {
    const port = 12_000 + process.pid % 500 * 40 + ports++ % 40;
    const server = net.createServer();
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, () => resolve(true)));
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}

// Whether somebody takes connections at a Unix socket; one that was killed leaves its file behind.
const accepts = (file) => new Promise((resolve) => {
  const socket = net.connect(file);
  socket.once('connect', () => { socket.destroy(); resolve(true); });
  socket.once('error', () => resolve(false));
});

// A Cliffhanger that runs elsewhere and is only visited: nothing is started or stopped.
export class Visit {
  constructor(url) {
    this.url = new URL(url).origin;
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chs-'));
  }
  start() {
    return until(`${this.url} is ready`, async () => (await fetch(`${this.url}/readyz`)).status === 200, {seconds: 60});
  }
  async stop() {
    fs.rmSync(this.dir, {recursive: true, force: true});
    return [];
  }
}

export class House {
  // `settings` are more CLIFFHANGER_* for every process.
  // `durable`: PostgreSQL writes to the disk before it answers, as a real one does.
  constructor({split = false, settings = {}, durable = false} = {}) {
    this.split = split;
    this.durable = durable;
    this.settings = settings;
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chs-'));
    fs.chmodSync(this.dir, 0o777);
    this.processes = new Map();
  }

  async start() {
    this.startRedis();
    this.secrets();
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    await this.makeDatabase();
    for (const name of this.names()) this.launch(name);
    await this.ready();
    return this;
  }

  // A copy of one that initdb and this very program have made before, or the first of its kind, of which a copy is kept; what is there already stays.
  async makeDatabase() {
    const {mtimeMs, size} = fs.statSync(path.join(build, 'bin/cliffhanger'));
    const shelf = path.join(build, 'test-database'), mine = `${process.getuid()}-`, name = `${mine}${Math.trunc(mtimeMs)}-${size}`, kept = path.join(shelf, name), data = path.join(this.dir, 'pg');
    const begin = async () => {
      this.startPostgres();
      await until('PostgreSQL', () => this.sql('SELECT 1') === '1', {every: 30});
      await this.migrate();
    };
    if (fs.existsSync(data)) return begin();
    if (fs.existsSync(kept)) {
      run('cp', ['-a', kept, data]);
      return begin();
    }
    run(...unprivileged(`${postgresBin}initdb`, ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '--no-locale', '-E', 'UTF8']));
    await begin();
    const postgres = this.processes.get('postgres');
    postgres.kill('SIGINT');  // in order, so that the copy needs no recovery
    await postgres.gone;
    fs.mkdirSync(shelf, {recursive: true});
    for (const other of fs.readdirSync(shelf)) if (other.startsWith(mine) && !other.startsWith(name)) fs.rmSync(path.join(shelf, other), {recursive: true, force: true});
    const copy = fs.mkdtempSync(`${kept}-`);
    run('cp', ['-a', data, `${copy}/pg`]);
    try { fs.renameSync(`${copy}/pg`, kept); } catch {}  // another test was as quick
    fs.rmSync(copy, {recursive: true, force: true});
    await begin();
  }

  // Without blocking this process: a gate to the database may be in it.
  async migrate() {
    const {code} = await this.keep('migrate', path.join(build, 'bin/cliffhanger'), ['migrate'], this.environment()).gone;
    this.processes.delete('migrate');
    if (code !== 0) throw new Error(`cliffhanger migrate: ${this.log('migrate')}`);
  }

  names() { return this.split ? services : ['all']; }

  environment() {
    const file = (name) => path.join(this.dir, name);
    return {
      PATH: process.env.PATH, HOME: this.dir, XDG_STATE_HOME: file('state'),
      CLIFFHANGER_DATABASE_URL: `host=${this.dir} user=postgres dbname=postgres`,
      CLIFFHANGER_REDIS_URL: `unix://${file('redis.sock')}`, CLIFFHANGER_BLOB_DIR: file('blobs'),
      CLIFFHANGER_BLOB_CACHE_DIR: file('blob-cache'), CLIFFHANGER_RUN_DIR: file('run'), CLIFFHANGER_WORKER_SCRATCH: file('scratch'), CLIFFHANGER_HTTP_PORT: String(this.port ?? 0),
      CLIFFHANGER_TENANTS: 'default,elsewhere',
      CLIFFHANGER_WEB_DIR: path.join(source, 'web/dist'),
      CLIFFHANGER_MEDIA_PROGRAM: path.join(build, 'bin/cliffhanger-media'),
      CLIFFHANGER_ACCESS_TOKEN_KEY_FILE: file('access.pem'), CLIFFHANGER_SERVICE_SECRET_FILE: file('service.key'),
      CLIFFHANGER_HLS_KEYS_FILE: file('hls.key'), CLIFFHANGER_DRAIN_MS: '3000', ...this.settings,
    };
  }

  secrets() {
    const file = (name) => path.join(this.dir, name);
    const secret = () => `${crypto.randomBytes(32).toString('hex')}\n`;
    fs.writeFileSync(file('access.pem'), crypto.generateKeyPairSync('ed25519').privateKey.export({type: 'pkcs8', format: 'pem'}));
    fs.writeFileSync(file('service.key'), secret());
    fs.writeFileSync(file('hls.key'), `1:${secret()}`);
  }

  startPostgres() {
    this.keep('postgres', ...unprivileged(`${postgresBin}postgres`,
        ['-D', path.join(this.dir, 'pg'), '-k', this.dir, '-c', 'listen_addresses=', '-c', 'max_connections=200', '-c', `fsync=${this.durable ? 'on' : 'off'}`]));
  }

  startRedis() {
    this.keep('redis', 'redis-server',
        ['--port', '0', '--unixsocket', path.join(this.dir, 'redis.sock'), '--save', '', '--appendonly', 'no', '--dir', this.dir]);
  }

  keep(name, command, args, env = process.env) {
    const log = fs.openSync(path.join(this.dir, `${name}.log`), 'a');
    const child = spawn(command, args, {stdio: ['ignore', log, log], env});
    fs.closeSync(log);
    child.gone = new Promise((resolve) => child.on('exit', (code, signal) => resolve({code, signal})));
    this.processes.set(name, child);
    return child;
  }

  // Starts a service's process (or the one of all).
  launch(name) {
    this.keep(name, path.join(build, 'bin/cliffhanger'), ['serve', ...(name === 'all' ? [] : [name])], this.environment());
  }

  // Whether the services that the edge calls listen: it is ready without them, and its first calls would fail.
  async listens() {
    const called = this.names().filter((name) => !['all', 'worker', 'edge'].includes(name));
    return (await Promise.all(called.map((name) => accepts(path.join(this.dir, 'run', `${name}.sock`))))).every(Boolean);
  }

  // Until requests are answered; a process that has ended instead says why.
  async ready(seconds = 60) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      for (const name of this.names()) {
        const {exitCode, signalCode} = this.processes.get(name);
        if (exitCode !== null || signalCode) throw new Error(`${name} ended with ${exitCode ?? signalCode}: ${this.log(name).slice(-500)}`);
      }
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.status === 200 && await this.listens()) return;
    }
    throw new Error(`the house isn't ready within ${seconds} s`);
  }

  // kill -9, and what a supervisor does then.
  async crash(name) {
    const child = this.processes.get(name);
    child.kill('SIGKILL');
    await child.gone;
  }
  async restart(name) {
    await this.crash(name);
    this.launch(name);
  }
  flushRedis() { run('redis-cli', ['-s', path.join(this.dir, 'redis.sock'), 'FLUSHALL']); }

  sql(text, schema = 'public') {
    return run('psql', ['-h', this.dir, '-U', 'postgres', '-AtqX', '-c', `SET search_path TO ${schema}`, '-c', text]).trim();
  }

  log(name) { return fs.readFileSync(path.join(this.dir, `${name}.log`), 'utf8'); }

  async stop() {
    const ours = [...this.processes].filter(([name]) => name !== 'postgres' && name !== 'redis');
    for (const [, child] of ours) child.kill('SIGTERM');
    const late = Symbol('late');
    const codes = [];
    for (const [name, child] of ours.reverse()) {
      const end = await Promise.race([child.gone, sleep(20_000, late, {ref: false})]);
      if (end === late) child.kill('SIGKILL');
      codes.push([name, end === late ? 'hung' : end.code ?? end.signal]);
    }
    this.processes.get('redis')?.kill('SIGKILL');
    this.processes.get('postgres')?.kill('SIGQUIT');
    await this.processes.get('postgres')?.gone;
    if (!process.env.CLIFFHANGER_KEEP_TEST_DIR) fs.rmSync(this.dir, {recursive: true, force: true});
    return codes;
  }
}
