// Slow on purpose, and far too many: senders that drip, readers that take nothing, floods of connections from one address and from many. Each
// ends by itself, memory stays bounded, and who watches meanwhile is served.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, guest} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {rss} from './lib/process.mjs';
import {Raw} from './lib/raw.mjs';
import {Tus} from './lib/tus.mjs';
import {urlsOf, Viewer, watched} from './lib/viewer.mjs';

const most = 600, mostOfOne = 250;

describe('slow peers and floods', () => {
  const house = new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '10000', CLIFFHANGER_RATE_BURST: '10000',
    CLIFFHANGER_HTTP_CONNECTIONS: String(most), CLIFFHANGER_HTTP_CONNECTIONS_OF_ONE: String(mostOfOne)}});
  let maker, film, urls, viewer, pid;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    film = await watched(house, maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 8, size: '540x960'}));
    urls = await urlsOf(film.url);
    viewer = new Viewer(urls);
    pid = house.processes.get('all').pid;
    await viewer.fetches(urls.length);
  });
  after(async () => {
    await viewer?.stop();
    await house.stop();
  });

  const host = () => new URL(house.url).host;
  const innocent = async () => {
    await viewer.fetches(urls.length);
    assert.deepEqual(viewer.wrong, []);
  };
  const metric = async (name) => Number((await (await fetch(`${house.url}/metrics`)).text()).match(new RegExp(`^${name} (\\d+)`, 'm'))?.[1] ?? 0);
  const open = (count, from, options = {}) => Array.from({length: count}, () => new Raw(house.url, {from, ...options}));
  // Sends `piece` to each every second until it is closed.
  const drip = async (raws, piece) => {
    while (raws.some((it) => !it.ended)) {
      for (const raw of raws) raw.send(piece);
      await sleep(1000, undefined, {ref: false});
    }
  };
  const count = (raws) => raws.reduce((sum, {status}) => ({...sum, [status]: (sum[status] ?? 0) + 1}), {});

  test('heads and bodies that drip get 408, readers that take nothing are cut, memory is bounded', async () => {
    const before = rss(pid);
    const tus = await Tus.of(house);
    const at = await tus.made({'Upload-Length': '100000'});
    const heads = open(200, '127.0.0.2');
    for (const raw of heads) raw.send(`GET / HTTP/1.1\r\nHost: ${host()}\r\nX: `);
    const silent = open(40, '127.0.0.2');
    // Almost a whole megabyte each, and then hardly anything.
    const bodies = open(60, '127.0.0.3');
    for (const raw of bodies) raw.send(`POST /v1/guests HTTP/1.1\r\nHost: ${host()}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n${' '.repeat(900_000)}`);
    const [upload] = open(1, '127.0.0.3');
    upload.send(`PATCH ${new URL(at, house.url).pathname} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${tus.maker.token}\r\nTus-Resumable: 1.0.0\r\n` +
      `Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 100000\r\n\r\n${'u'.repeat(30_000)}`);
    // Each asks for every segment ten times and takes none of them.
    const readers = open(150, '127.0.0.4', {read: false});
    const wanted = urls.filter((it) => it.includes('.m4s')).map((it) => `GET ${new URL(it).pathname} HTTP/1.1\r\nHost: ${host()}\r\n\r\n`).join('').repeat(10);
    for (const raw of readers) raw.send(wanted);
    const dripping = [drip(heads, 'x'), drip([...bodies, upload], ' ')];

    await innocent();
    const grown = [];
    const seen = setInterval(() => grown.push(rss(pid) - before), 500);
    await Promise.all(heads.map((raw) => raw.answer(60)));
    assert.deepEqual(count(heads), {408: heads.length});
    for (const raw of heads) assert.equal(raw.header('Connection'), 'close');
    await Promise.all(silent.map((raw) => raw.answer(60)));
    assert.deepEqual(count(silent), {0: silent.length}, 'who said nothing is told nothing');
    await innocent();
    await Promise.all([...bodies, upload].map((raw) => raw.answer(120)));
    // Eight large bodies of one address at once; the others are told so at once.
    assert.deepEqual(count(bodies), {408: 8, 429: bodies.length - 8});
    assert.equal(upload.status, 503, upload.text);  // its clients take a 4xx as the end
    assert.ok(await tus.offset(at) >= 30_000, 'what arrived is kept');
    // The viewer, and whom we ask with.
    await until('the readers are cut', async () => await metric('cliffhanger_http_connections') < 20, {seconds: 120, every: 500});
    clearInterval(seen);
    console.log(`slow peers added at most ${Math.max(...grown).toFixed(1)} MiB`);
    assert.ok(Math.max(...grown) < 96, `${Math.max(...grown)} MiB`);
    for (const raw of [...heads, ...silent, ...bodies, upload, ...readers]) raw.close();
    await Promise.all(dripping);
    await innocent();
  });

  test('a reader that is slow, but moves, gets every byte', async () => {
    const url = urls.find((it) => it.includes('.m4s'));
    const slow = new Raw(house.url, {from: '127.0.0.5', read: false});
    slow.socket.on('data', (bytes) => {
      slow.text += bytes.toString('latin1');
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 100);
    });
    slow.send(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`);
    slow.socket.resume();
    await slow.answer(120);
    assert.equal(slow.text.length - slow.text.indexOf('\r\n\r\n') - 4, Number(slow.header('Content-Length')));
  });

  test('a flood from one address fills its own share, and from many all there are; both end', async () => {
    const before = rss(pid);
    const flood = open(mostOfOne + 60, '127.0.0.2');
    const refused = () => flood.filter((raw) => raw.ended);
    await until('those over its share are refused', () => refused().length >= 60);
    assert.deepEqual(count(refused()), {429: 60});
    assert.ok(Number(refused()[0].header('Retry-After')) > 0);
    await innocent();
    assert.equal((await guest(house.url)).account.guest, true, 'other addresses come in');

    const many = ['127.0.0.3', '127.0.0.4', '127.0.0.5'].flatMap((from) => open(mostOfOne, from));
    const turned = () => many.filter((raw) => raw.ended);
    await until('those over all there are are refused', () => turned().length >= 4 * mostOfOne - most);
    assert.deepEqual(Object.keys(count(turned())), ['503']);
    // Who has a connection keeps it, and is served.
    const kept = many.find((raw) => !raw.ended);
    kept.send(`GET /healthz HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`);
    await kept.answer();
    assert.equal(kept.status, 200);
    assert.ok(rss(pid) - before < 96, `${rss(pid) - before} MiB`);

    const metrics = async () => (await (await fetch(`${house.url}/metrics`)).text()).match(/^cliffhanger_http_requests_total\{route="refused".*$/gm) ?? [];
    // Silence is closed after ten seconds, and there is room again.
    await until('there is room again', async () => (await fetch(`${house.url}/healthz`).catch(() => ({}))).status === 200);
    await Promise.all([...flood, ...many].map((raw) => raw.answer(60)));
    const counted = await metrics();
    for (const status of ['429', '503']) assert.ok(counted.some((it) => it.includes(`status="${status}"`)), `${status}: ${counted}`);
    const late = viewer.wrong.filter((it) => !it.startsWith('503') && !it.startsWith('0 '));
    assert.deepEqual(late, [], 'nothing wrong was ever served');
    viewer.wrong = [];
    await innocent();
    assert.deepEqual(await viewer.stop(), []);
  });
});
