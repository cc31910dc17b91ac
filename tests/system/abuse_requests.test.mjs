// Requests made to be read in two ways, to be too much, or to reach what is not theirs, over bare sockets: each gets an honest answer, the
// connection ends where nobody can say any more where the next request begins, and memory stays where it was.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import zlib from 'node:zlib';

import {creator} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House} from './lib/house.mjs';
import {peak, resetPeak} from './lib/process.mjs';
import {ask} from './lib/raw.mjs';
import {get, urlsOf, Viewer, watched} from './lib/viewer.mjs';

describe('hostile requests', () => {
  const house = new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '10000', CLIFFHANGER_RATE_BURST: '10000'}});
  let maker, film, urls, viewer;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    film = await watched(house, maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 4}));
    urls = await urlsOf(film.url);
    viewer = new Viewer(urls);
  });
  after(async () => {
    await viewer?.stop();
    await house.stop();
  });

  const host = () => new URL(house.url).host;
  // Who watches meanwhile is served, and every answer is the one that it was.
  const innocent = async () => {
    await viewer.fetches(urls.length);
    assert.deepEqual(viewer.wrong, []);
  };
  const head = (line, ...fields) => `${line} HTTP/1.1\r\n${[`Host: ${host()}`, ...fields].map((it) => `${it}\r\n`).join('')}\r\n`;
  const assertRefused = (raw, statuses, what) => {
    assert.ok([statuses].flat().includes(raw.status), `${what}: ${raw.text.slice(0, 300)}`);
    assert.equal(raw.answers, 1, `${what} was read as more than one request: ${raw.text}`);
    assert.equal(raw.header('Connection'), 'close', what);
    assert.equal(raw.header('Content-Type'), 'application/problem+json', what);
    assert.equal(JSON.parse(raw.text.split('\r\n\r\n')[1]).status, raw.status, what);
  };

  test('smuggling: no request hides in another', async () => {
    const hidden = `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n\r\n`;
    const post = (...fields) => head('POST /v1/guests', 'Content-Type: application/json', ...fields);
    const chunked = 'Transfer-Encoding: chunked';
    const cases = {
      'length and coding': [post('Content-Length: 5', chunked) + `0\r\n\r\n${hidden}`, 400],
      'coding and length': [post(chunked, 'Content-Length: 5') + `0\r\n\r\n${hidden}`, 400],
      'two lengths': [post('Content-Length: 2', `Content-Length: ${2 + hidden.length}`) + `{}${hidden}`, 400],
      'two equal lengths': [post('Content-Length: 2', 'Content-Length: 2') + '{}', 400],
      'a list of lengths': [post('Content-Length: 2, 2') + '{}', 400],
      'a signed length': [post('Content-Length: +2') + '{}', 400],
      'a negative length': [post('Content-Length: -2') + '{}', 400],
      'a length in hexadecimal': [post('Content-Length: 0x2') + '{}', 400],
      'a length with a space in it': [post('Content-Length: 1 2') + '{}', 400],
      'a length with a decimal point': [post('Content-Length: 2.0') + '{}', 400],
      'an empty length': [post('Content-Length:') + '{}', 400],
      'a length beyond 64 bits': [post('Content-Length: 18446744073709551618') + '{}', 400],
      'another coding': [post('Transfer-Encoding: xchunked') + `0\r\n\r\n${hidden}`, 501],
      'chunked in quotes': [post('Transfer-Encoding: "chunked"') + `0\r\n\r\n${hidden}`, 501],
      'chunked and identity': [post('Transfer-Encoding: chunked, identity') + `0\r\n\r\n${hidden}`, 501],
      'identity': [post('Transfer-Encoding: identity') + hidden, 501],
      'gzip and chunked': [post('Transfer-Encoding: gzip, chunked') + `0\r\n\r\n${hidden}`, 501],
      'the coding twice': [post(chunked, chunked) + `0\r\n\r\n${hidden}`, 400],
      'the coding twice, differently': [post(chunked, 'Transfer-Encoding: cow') + `0\r\n\r\n${hidden}`, 400],
      'a space before the colon': [post('Transfer-Encoding : chunked') + `0\r\n\r\n${hidden}`, 400],
      'a tab before the colon': [post('Content-Length\t: 2') + '{}', 400],
      'a vertical tab before the coding': [post('Transfer-Encoding: \x0bchunked') + `0\r\n\r\n${hidden}`, [400, 501]],
      'a folded coding': [post('Transfer-Encoding:\r\n chunked') + `0\r\n\r\n${hidden}`, 400],
      'a field that begins with a space': [post(' Content-Length: 2') + '{}', 400],
      'the coding of a version that has none': [post(chunked).replace('HTTP/1.1', 'HTTP/1.0') + `0\r\n\r\n${hidden}`, 400],
      'bare line feeds': [`POST /v1/guests HTTP/1.1\nHost: ${host()}\nContent-Length: 2\n\n{}\r\n\r\n`, 400],
      'a bare line feed in a field': [post('X: a\nContent-Length: 2') + '{}', 400],
      'a bare carriage return in a field': [post('X: a\rContent-Length: 2') + '{}', 400],
      'a zero byte': [post('X: a\0b') + '{}', 400],
      'a bare line feed behind a chunk size': [post(chunked) + '2\n{}\r\n0\r\n\r\n', 400],
      'a bare line feed behind a chunk': [post(chunked) + '2\r\n{}\n0\r\n\r\n', 400],
      'a chunk longer than said': [post(chunked) + '2\r\n{}{}\r\n0\r\n\r\n', 400],
      'a signed chunk size': [post(chunked) + '+2\r\n{}\r\n0\r\n\r\n', 400],
      'a chunk size with 0x': [post(chunked) + '0x2\r\n{}\r\n0\r\n\r\n', 400],
      'a chunk size beyond 64 bits': [post(chunked) + '10000000000000002\r\n{}\r\n0\r\n\r\n', 400],
      'no chunk size': [post(chunked) + '\r\n{}\r\n0\r\n\r\n', 400],
      'an endless chunk extension': [post(chunked) + `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, 400],
      'endless trailers': [post(chunked) + `2\r\n{}\r\n0\r\n${'X: 1\r\n'.repeat(4000)}\r\n`, [400, 431]],
      'two hosts': [`GET /healthz HTTP/1.1\r\nHost: ${host()}\r\nHost: other.example\r\n\r\n`, 400],
      'no host': ['GET /healthz HTTP/1.1\r\n\r\n', 400],
      'a target with another host': [head('GET http://other.example/healthz'), 400],
      'a target with a person': [head(`GET http://admin@${host()}/healthz`), 400],
      'a target of another kind': [head('GET ftp://other.example/healthz'), 400],
      'CONNECT': [head('CONNECT other.example:443'), [400, 405]],
      'GET *': [head('GET *'), 400],
      'an end of line in the target': [head('GET /healthz\r\nX: b'), 400],
      'a space in the target': [head('GET /healthz /x'), [400, 505]],
      'a version of its own': [`GET /healthz HTTP/1.1 \r\nHost: ${host()}\r\n\r\n`, [400, 505]],
      'version 3': [`GET /healthz HTTP/3.0\r\nHost: ${host()}\r\n\r\n`, 505],
    };
    for (const [what, [bytes, statuses]] of Object.entries(cases)) {
      assertRefused(await ask(house.url, bytes).catch((error) => assert.fail(`${what}: ${error.message}`)), statuses, what);
    }
    await innocent();
  });

  test('what looks like smuggling and is none is read as it should be', async () => {
    const fine = async (what, bytes, statuses) => {
      const raw = await ask(house.url, bytes);
      assert.deepEqual([...raw.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((it) => Number(it[1])), statuses, `${what}: ${raw.text}`);
    };
    const last = head('GET /healthz', 'Connection: close');
    const json = 'Content-Type: application/json';
    await fine('a body of a GET', head('GET /healthz', `Content-Length: ${last.length}`) + last + last, [200, 200]);
    await fine('escaped ends of line in the target', head('GET /v1/series%0d%0aX:%20b?x=%0d%0a', 'Connection: close'), [400]);
    const trailed = (trailers) => head('POST /v1/guests', json, 'Transfer-Encoding: chunked') + `2\r\n{}\r\n0\r\n${trailers}\r\n\r\n${last}`;
    await fine('trailers change nothing', trailed('Host: other.example\r\nAuthorization: Bearer x\r\nX-Sum: 1'), [200, 200]);
    await fine('trailers that would frame end it', trailed('Content-Length: 1000'), [400]);
    await fine('CHUNKED', head('POST /v1/guests', json, 'TRANSFER-ENCODING: CHUNKED') + `2;a=b\r\n{}\r\n0\r\n\r\n${last}`, [200, 200]);
    await fine('an underscore for a hyphen is another field', head('GET /healthz', 'Content_Length: 1000') + last, [200, 200]);
    await fine('the whole URL', head(`GET http://${host()}/healthz`, 'Connection: close'), [200]);
    await fine('an offer of HTTP/2 is not taken', head('GET /healthz', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk') + last, [200, 200]);
  });

  test('heads and targets have bounds', async () => {
    const big = 'a'.repeat(9000);
    assertRefused(await ask(house.url, head(`GET /${big}`)), 414, 'a long path');
    assertRefused(await ask(house.url, head(`GET /v1/series?q=${big}`)), 414, 'a long query');
    assertRefused(await ask(house.url, `GET /${big.repeat(100)}`), 414, 'a target that does not end');
    assertRefused(await ask(house.url, head('GET /healthz', `X: ${big}${big}`)), 431, 'a long field');
    assertRefused(await ask(house.url, head('GET /healthz', ...Array.from({length: 100}, (_, i) => `X${i}: 1`))), 431, 'many fields');
    assertRefused(await ask(house.url, head('GET /healthz', ...Array.from({length: 5000}, () => 'Cookie: a=b'))), 431, 'very many fields');
    assertRefused(await ask(house.url, head(`GET /v1/series?${'a=1&'.repeat(100)}`)), 400, 'many parameters');
    assert.equal((await ask(house.url, head(`GET /v1/series?q=${'a'.repeat(7000)}`, 'Connection: close'))).status, 400, 'within the bounds the API judges');
    await innocent();
  });

  test('no path leads out', async () => {
    const [token, revision] = film.session.playlistUrl.split('/').slice(2, 4);
    const signed = `/hls/${token}/${revision}`;
    const up = ['..', '%2e%2e', '%2E.', '.%2e', '%252e%252e', '..;', '%c0%ae%c0%ae', '%e0%80%ae%e0%80%ae', '%uff0e%uff0e', '..%00', '..%5c', '..\\', '....', '%ef%bc%8e%ef%bc%8e'];
    const slashes = ['/', '%2f', '%2F', '%5c', '\\', '%252f', '%c0%af', '//', '%ef%bc%8f'];
    const secrets = ['hls.key', 'service.key', 'access.pem'].map((name) => fs.readFileSync(path.join(house.dir, name), 'utf8').trim());
    let asked = 0;
    const reach = async (target) => {
      const answer = await ask(house.url, head(`GET ${target}`, 'Connection: close'));
      ++asked;
      for (const secret of [...secrets, 'root:x:0:0']) assert.ok(!answer.text.includes(secret), target);
      const page = answer.status === 200 && answer.text.includes('<!doctype html>');
      assert.ok([400, 403, 404, 405, 414].includes(answer.status) || page, `${target}: ${answer.text.slice(0, 200)}`);
      assert.ok(!(page && /^\/(hls|covers|uploads|v1)\b/.test(target)), target);
    };
    for (const step of up) {
      for (const slash of slashes) {
        for (const root of [signed, '/covers', '/uploads', '', '/assets']) {
          await reach(`${root}${slash === '/' ? '/' : `/x${slash}`}${(step + slash).repeat(8)}etc${slash}passwd`);
        }
      }
    }
    for (const name of ['hls.key', 'blobs', 'run/edge.port', 'index.json', 'ready.json', '%00', 'main.m3u8%00.mp4', 'main.m3u8%20', 'MAIN.M3U8', 'main.m3u8/', '']) {
      await reach(`${signed}/${name}`);
      await reach(`/covers/${name}`);
    }
    for (const id of ['..', '%2e%2e', '../../uploads', 'a%00', "'%20OR%201=1--", `${film.episode.episodeId}%2f..`]) {
      for (const [method, fields] of [['HEAD', []], ['PATCH', ['Content-Type: application/offset+octet-stream', 'Upload-Offset: 0', 'Content-Length: 0']], ['DELETE', []]]) {
        const answer = await ask(house.url, head(`${method} /uploads/${id}`, 'Tus-Resumable: 1.0.0', `Authorization: Bearer ${maker.token}`, 'Connection: close', ...fields));
        assert.ok([400, 404].includes(answer.status), `${method} ${id}: ${answer.text.slice(0, 200)}`);
      }
    }
    assert.ok(asked > 600);
    await innocent();
  });

  test('huge and overlapping sets of ranges cost no more than the object', async () => {
    const url = urls.find((it) => it.includes('.m4s'));
    const whole = (await get(url)).bytes;
    const target = new URL(url).pathname;
    const many = (count, of) => `Range: bytes=${Array.from({length: count}, (_, i) => of(i)).join(',')}`;
    for (const field of [many(1500, () => '0-'), many(1200, (i) => `${i}-${i}`), many(900, (i) => `-${i + 1}`), 'Range: bytes=0-0,-1', 'Range: bytes=5-1', 'Range: bytes=0-18446744073709551615,0-',
      'Range: bytes=99999999999999999999999999-', 'Range: lines=0-1', 'Range: bytes=a-b', 'Range: bytes=--1', 'Range: bytes=0-1\r\nRange: bytes=2-3']) {
      const answer = await ask(house.url, head(`GET ${target}`, field, 'Connection: close'));
      assert.equal(answer.status, 200, field.slice(0, 60));
      assert.equal(answer.text.length - answer.text.indexOf('\r\n\r\n') - 4, whole.length, field.slice(0, 60));
    }
    for (const [range, status, bytes] of [['0-18446744073709551615', 206, whole.length], ['0-0', 206, 1], [`${whole.length}-`, 416], ['-0', 416]]) {
      const answer = await ask(house.url, head(`GET ${target}`, `Range: bytes=${range}`, 'Connection: close'));
      assert.equal(answer.status, status, range);
      if (bytes) assert.equal(answer.text.length - answer.text.indexOf('\r\n\r\n') - 4, bytes, range);
    }
    await innocent();
  });

  test('bombs: JSON that is deep, wide, long or packed is refused before anything is built', async () => {
    const {pid} = house.processes.get('all');
    const auth = [`Authorization: Bearer ${maker.token}`, 'Content-Type: application/json', 'Connection: close'];
    const post = (body, ...fields) => ask(house.url, Buffer.concat([Buffer.from(head('POST /v1/series', ...auth, `Content-Length: ${body.length}`, ...fields)), Buffer.from(body)]));
    const expect = async (answer, status, code) => {
      const raw = await answer;
      assert.equal(raw.status, status, raw.text.slice(0, 300));
      assert.equal(JSON.parse(raw.text.split('\r\n\r\n')[1]).code, code);
    };
    await innocent();
    resetPeak(pid);
    const before = peak(pid);
    const deep = (open, close) => open.repeat(100_000) + close.repeat(100_000);
    const bomb = zlib.gzipSync(Buffer.alloc(100 << 20));
    for (const [coding, packed] of [['gzip', bomb], ['deflate', zlib.deflateSync(Buffer.alloc(10 << 20))], ['br', zlib.brotliCompressSync(Buffer.alloc(1 << 20))]])
      await expect(post(packed, `Content-Encoding: ${coding}`), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await Promise.all(Array.from({length: 6}, async () => {
      await expect(post(deep('[', ']')), 400, 'INVALID_JSON');
      await expect(post(deep('{"a":', '}').slice(0, 600_000)), 400, 'INVALID_JSON');
      await expect(post(`{"tags":[${'[],'.repeat(300_000)}[]]}`), 400, 'INVALID_REQUEST');
      await expect(post(`{${Array.from({length: 80_000}, (_, i) => `"k${i}":0`).join(',')}}`), 400, 'INVALID_REQUEST');
      await expect(post(`{"title":"${'\\u0041'.repeat(170_000)}"}`), 400, 'INVALID_REQUEST');
      await expect(post(`{"title":${'9'.repeat(1_000_000)}}`), 400, 'INVALID_REQUEST');
      await expect(ask(house.url, head('POST /v1/series', ...auth, `Content-Length: ${100 << 20}`) + ' '.repeat(100_000)), 413, 'BODY_TOO_LARGE');
      const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
      await expect(ask(house.url, head('POST /v1/series', ...auth, 'Transfer-Encoding: chunked') + chunk.repeat(30)), 413, 'BODY_TOO_LARGE');
    }));
    await expect(ask(house.url, head('POST /v1/start-packs', ...auth, 'Content-Encoding: gzip', `Content-Length: 20`) + 'x'.repeat(20)), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expect(ask(house.url, head('POST /uploads', ...auth.slice(0, 1), 'Connection: close', 'Tus-Resumable: 1.0.0', 'Upload-Length: 10', 'Content-Encoding: gzip')), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const grown = peak(pid) - before;
    console.log(`bombs added ${grown.toFixed(1)} MiB at their peak`);
    assert.ok(grown < 96, `${grown} MiB`);
    await innocent();
    assert.deepEqual(await viewer.stop(), []);
  });
});
