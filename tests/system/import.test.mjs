// Imports from a URL, from the REST call to the player: an episode that plays, a process that dies on the way, one that is given up, and
// addresses that nobody gets anything from.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, publish, untilReady} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {makeClip, pad, probe} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

// A web server on an address of its own (all of 127.0.0.0/8 is this machine), so that the house may be let reach it and nothing else here.
class Origin {
  constructor(host) { Object.assign(this, {host, files: new Map(), requests: [], open: new Set()}); }
  // With `tls` by https.
  async start(tls) {
    const answer = (request, response) => this.answer(request, response);
    this.server = tls ? https.createServer(tls, answer) : http.createServer(answer);
    await new Promise((resolve) => this.server.listen(0, this.host, resolve));
    this.port = this.server.address().port;
    this.url = `http${tls ? 's' : ''}://${this.host}:${this.port}`;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
  // A file of `bytes`; its body waits at `hold` as long as `held` says so.
  put(path, bytes, {hold = Infinity, held = () => false} = {}) {
    this.files.set(path, {bytes, hold, held, tag: `"${crypto.createHash('sha256').update(bytes).digest('hex')}"`});
    return this.url + path;
  }
  async answer(request, response) {
    const {pathname, searchParams} = new URL(request.url, this.url);
    this.requests.push({path: pathname, range: request.headers.range});
    if (pathname === '/redirect') return response.writeHead(302, {Location: searchParams.get('to')}).end();
    const file = this.files.get(pathname);
    if (!file) return response.writeHead(404).end();
    const asked = request.headers['if-range'] === file.tag ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const from = Number(asked?.[1] ?? 0), {length} = file.bytes;
    response.writeHead(asked ? 206 : 200, {ETag: file.tag, 'Content-Type': 'video/mp4', 'Content-Length': length - from,
      ...(asked && {'Content-Range': `bytes ${from}-${length - 1}/${length}`})});
    this.open.add(response);
    response.on('close', () => this.open.delete(response));
    response.write(file.bytes.subarray(from, Math.max(from, file.hold)));
    while (file.held() && !response.destroyed) await new Promise((resolve) => setTimeout(resolve, 20));
    response.end(file.bytes.subarray(Math.max(from, Math.min(file.hold, length))));
  }
}

describe('imports from a URL', () => {
  const origin = new Origin('127.0.0.2'), inside = new Origin('127.0.0.1');
  const secure = new Origin('127.0.0.2'), forged = new Origin('127.0.0.3');  // the certificate is for 127.0.0.2
  let house, maker, clip;
  before(async () => {
    await origin.start();
    await inside.start();
    inside.put('/secret.mp4', Buffer.from('secret'));
    house = new House();
    const [key, cert] = ['origin.key', 'origin.pem'].map((name) => `${house.dir}/${name}`);
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=origin', '-days', '2',
      '-addext', 'subjectAltName=IP:127.0.0.2'], {encoding: 'utf8'});
    assert.equal(made.status, 0, made.stderr);
    const tls = {key: fs.readFileSync(key), cert: fs.readFileSync(cert)};
    await secure.start(tls);
    await forged.start(tls);
    Object.assign(house.settings, {CLIFFHANGER_INGEST_IMPORT_NETWORKS: '127.0.0.2/31', CLIFFHANGER_INGEST_IMPORT_CA_FILE: cert,
      CLIFFHANGER_INGEST_IMPORT_PORTS: [80, 443, ...[origin, inside, secure, forged].map((it) => it.port)].join()});
    await house.start();
    maker = await creator(house.url);
    clip = makeClip(`${house.dir}/clip.mp4`, {seconds: 3});
  });
  after(async () => {
    const codes = await house.stop();
    for (const it of [origin, inside, secure, forged]) await it.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });
  const begin = async (url, more = {}) => {
    const {episode} = await makeEpisode(maker);
    const {upload} = await maker.post(`/v1/episodes/${episode.episodeId}/uploads:import`, {url, ...more});
    return upload;
  };
  const now = async ({uploadId}) => (await maker.get(`/v1/uploads/${uploadId}`)).upload;
  const ended = (upload) => until('the import has ended', async () => {
    const it = await now(upload);
    return !['UPLOAD_STATE_RECEIVING', 'UPLOAD_STATE_VERIFYING'].includes(it.state) && it;
  });
  // Begins to import 20 MiB that stop at 10.
  const half = async (path) => {
    const file = `${house.dir}/large.mp4`;
    fs.copyFileSync(clip, file);
    const state = {held: true, bytes: fs.readFileSync(pad(file, 20 << 20))};
    state.upload = await begin(origin.put(path, state.bytes, {hold: 10 << 20, held: () => state.held}));
    const seen = await until('the first part is here', async () => {
      const it = await now(state.upload);
      return Number(it.offset) >= 8 << 20 && it;
    });
    assert.equal(seen.state, 'UPLOAD_STATE_RECEIVING');
    assert.equal(Number(seen.length), 20 << 20);
    return state;
  };

  test('a film becomes an episode that plays', async () => {
    const bytes = fs.readFileSync(clip), sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
    const upload = await begin(`${origin.put('/films/A%20night.mp4', bytes)}?signature=secret`, {sha256});
    assert.equal(upload.state, 'UPLOAD_STATE_RECEIVING');
    assert.equal(upload.filename, 'A night.mp4');
    assert.equal(upload.importStatus.url, `${origin.url}/films/A%20night.mp4`);
    const ready = await ended(upload);
    assert.equal(ready.state, 'UPLOAD_STATE_READY', ready.failureMessage);
    assert.equal(ready.sha256, sha256);
    assert.equal(Number(ready.length), bytes.length);
    await untilReady(maker, upload.episodeId);
    await publish(maker, upload.episodeId);
    const viewer = await guest(house.url);
    const {session} = await until('it is public', () => viewer.post('/v1/playback/sessions', {episodeId: upload.episodeId}).catch(() => undefined));
    assert.equal(probe(new URL(session.playlistUrl, house.url).href).frames, probe(clip).frames);
    const {uploads} = await maker.get(`/v1/episodes/${upload.episodeId}/uploads`);
    assert.deepEqual(uploads.map((it) => it.uploadId), [upload.uploadId]);
    assert.ok(!house.log('all').includes('signature=secret'), 'what signs a URL is in no log');
    assert.equal(house.sql(`SELECT count(*) FROM import WHERE url <> ''`, 'ingest'), '0');
  });

  test('a process that is killed in the middle goes on where it was', async () => {
    const large = await half('/large.mp4');
    await house.restart('all');
    large.held = false;
    await house.ready();
    const ready = await ended(large.upload);
    assert.equal(ready.state, 'UPLOAD_STATE_READY', ready.failureMessage);
    assert.equal(ready.sha256, crypto.createHash('sha256').update(large.bytes).digest('hex'));
    assert.deepEqual(origin.requests.filter((it) => it.path === '/large.mp4').map((it) => it.range), [undefined, `bytes=${8 << 20}-`]);
  });

  test('one that is given up stops at once and leaves nothing', async () => {
    const large = await half('/given-up.mp4');
    await maker.call('DELETE', `/v1/uploads/${large.upload.uploadId}`);
    await until('the connection is closed', () => origin.open.size === 0);
    assert.equal((await now(large.upload)).state, 'UPLOAD_STATE_TERMINATED');
    const parts = `${house.dir}/blobs/parts/default/${large.upload.uploadId}`;
    await until('its parts are removed', () => !fs.existsSync(parts) || fs.readdirSync(parts).length === 0);
    large.held = false;
  });

  test('from a terminal: to the published episode, and an unknown file says why and may be tried again', async () => {
    const env = {HOME: house.dir, XDG_STATE_HOME: `${house.dir}/cli-state`, CLIFFHANGER_URL: house.url, CLIFFHANGER_EMAIL: maker.email,
      CLIFFHANGER_PASSWORD: 'correct horse battery'};
    const run = () => cliffhanger(['import', `${origin.url}/7%20-%20late.mp4?signature=secret`, '--series', 'The Lamp', '--title', 'Late', '--publish'], env).end;
    const missing = await run();
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^IMPORT_NOT_FOUND: \S+/);
    origin.put('/7%20-%20late.mp4', fs.readFileSync(clip));
    const done = await run();
    assert.equal(done.code, 0, done.out + done.err);
    const series = (await maker.get('/v1/series?mine=true&pageSize=100')).series.find((it) => it.title === 'The Lamp');
    const {episodes} = await maker.get(`/v1/series/${series.seriesId}/episodes`);
    assert.deepEqual(episodes.map((it) => [it.title, it.state]), [['Late', 'EDITORIAL_STATE_PUBLISHED']], 'one episode, for both runs');
    assert.ok(!fs.readFileSync(`${house.dir}/cli-state/cliffhanger/uploads.json`, 'utf8').includes('signature'), 'the journal keeps no signature');
  });

  test('by https only from whom the certificate is for, and never down to http', async () => {
    const letter = Buffer.from('Dear reader,\n');
    assert.equal((await ended(await begin(secure.put('/letter.mp4', letter)))).failureReason, 'MEDIA_NOT_VIDEO', 'it was fetched');
    assert.equal((await ended(await begin(forged.put('/letter.mp4', letter)))).failureReason, 'IMPORT_TLS_REFUSED');
    assert.deepEqual(forged.requests, []);
    const before = origin.requests.length;
    const down = await ended(await begin(`${secure.url}/redirect?to=${encodeURIComponent(`${origin.url}/letter.mp4`)}`));
    assert.equal(down.failureReason, 'IMPORT_REDIRECT_REFUSED');
    assert.equal(origin.requests.length, before);
  });

  test('what is wrong with the file is said', async () => {
    assert.equal((await ended(await begin(`${origin.url}/nothing.mp4`))).failureReason, 'IMPORT_NOT_FOUND');
    assert.equal((await ended(await begin(origin.put('/letter.mp4', Buffer.from('Dear reader,\n'))))).failureReason, 'MEDIA_NOT_VIDEO');
    const other = await ended(await begin(origin.put('/other.mp4', fs.readFileSync(clip)), {sha256: '0'.repeat(64)}));
    assert.equal(other.failureReason, 'DIGEST_MISMATCH');
  });

  test('nobody gets at what is inside', async () => {
    const {episode} = await makeEpisode(maker);
    const refused = async (url, code) => {
      await assert.rejects(maker.post(`/v1/episodes/${episode.episodeId}/uploads:import`, {url}), (why) => {
        assert.equal(why.code, code, url);
        assert.equal(why.status, 400);
        return true;
      });
    };
    for (const host of ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      await refused(`http://${host}:${inside.port}/secret.mp4`, 'IMPORT_ADDRESS_REFUSED');
    }
    for (const url of ['http://169.254.169.254/latest/meta-data/', 'http://10.0.0.1/', 'https://[fd00:ec2::254]/']) {
      await refused(url, 'IMPORT_ADDRESS_REFUSED');
    }
    for (const url of ['file:///etc/passwd', 'ftp://example.com/a.mp4', 'http://example.com:5432/', 'http://me:secret@example.com/a.mp4', 'a.mp4']) {
      await refused(url, 'IMPORT_URL_REFUSED');
    }
    for (const to of [`http://127.0.0.1:${inside.port}/secret.mp4`, 'http://169.254.169.254/latest/meta-data/', `http://[::1]:${inside.port}/`]) {
      const upload = await ended(await begin(`${origin.url}/redirect?to=${encodeURIComponent(to)}`));
      assert.equal(upload.failureReason, 'IMPORT_ADDRESS_REFUSED', to);
    }
    const local = await ended(await begin(`http://localhost:${inside.port}/secret.mp4`));
    assert.equal(local.failureReason, 'IMPORT_ADDRESS_REFUSED');
    const file = await ended(await begin(`${origin.url}/redirect?to=${encodeURIComponent('file:///etc/passwd')}`));
    assert.equal(file.failureReason, 'IMPORT_REDIRECT_REFUSED');
    assert.deepEqual(inside.requests, []);
  });

  test("another's episode does not exist for it", async () => {
    const {episode} = await makeEpisode(maker);
    const other = await creator(house.url);
    await assert.rejects(other.post(`/v1/episodes/${episode.episodeId}/uploads:import`, {url: `${origin.url}/a.mp4`}),
        (why) => why.status === 404 && why.code === 'EPISODE_NOT_FOUND');
  });
});
