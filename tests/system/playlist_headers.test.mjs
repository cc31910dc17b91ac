// What comes with the playlists of a real episode: links to what a player asks for first, codings, and for how long who may keep them.
import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

describe('playlists', () => {
  const house = new House();
  let main;

  before(async () => {
    await house.start();
    const maker = await creator(house.url);
    const {episode} = await makeEpisode(maker);
    await upload(maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 4, size: '180x320'}), episode.episodeId);
    await untilReady(maker, episode.episodeId);
    await publish(maker, episode.episodeId);
    const {session} = await (await guest(house.url)).post('/v1/playback/sessions', {episodeId: episode.episodeId});
    main = new URL(session.playlistUrl, house.url);
  });
  after(async () => {
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  // Not fetch: it asks for codings of its own.
  const get = (url, headers = {}) => new Promise((resolve, reject) => http.get(url, {headers}, (answer) => {
    const pieces = [];
    answer.on('data', (piece) => pieces.push(piece));
    answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces)}));
  }).on('error', reject));
  const links = (answer) => [...(answer.headers.link ?? '').matchAll(/<([^>]+)>; rel=preload; as=fetch; crossorigin/g)].map((it) => it[1]);

  test('the main playlist names what a player asks for first, under the same token', async () => {
    // What isn't in memory yet is read behind the answer.
    const answer = await until('all is named', async () => {
      const got = await get(main);
      return links(got).length === 6 && got;
    });
    const text = String(answer.body);
    const video = text.match(/^(v\d+)\/\S+\.m3u8$/m)[0];
    const audio = text.match(/TYPE=AUDIO.*URI="([^"]+)"/)[1];
    const first = async (name) => {
      const media = await get(new URL(name, main));
      const own = [String(media.body).match(/#EXT-X-MAP:URI="([^"]+)"/)[1], String(media.body).match(/^[^#\s].*$/m)[0]];
      assert.deepEqual(links(media), own);
      return own.map((it) => name.slice(0, name.lastIndexOf('/') + 1) + it);
    };
    assert.deepEqual(links(answer), [video, audio, ...await first(video), ...await first(audio)]);
    for (const name of links(answer)) assert.equal((await get(new URL(name, main))).status, 200, name);
  });

  test('each coding is the same text under a tag of its own', async () => {
    const plain = await get(main);
    const tags = new Set([plain.headers.etag]);
    for (const [accept, unpack] of [['gzip', zlib.gunzipSync], ['gzip, br', zlib.brotliDecompressSync]]) {
      const coded = await get(main, {'accept-encoding': accept});
      assert.equal(String(unpack(coded.body)), String(plain.body));
      tags.add(coded.headers.etag);
      assert.equal((await get(main, {'accept-encoding': accept, 'if-none-match': coded.headers.etag})).status, 304);
    }
    assert.equal(tags.size, 3);
  });

  test('players may keep it for a minute, a CDN for seconds', async () => {
    const {headers} = await get(main);
    assert.match(headers['cache-control'], /^private, max-age=60, stale-while-revalidate=\d+, stale-if-error=\d+$/);
    const [, age, stale] = headers['cdn-cache-control'].match(/^public, max-age=(\d+), stale-while-revalidate=(\d+), stale-if-error=\d+$/);
    assert.ok(Number(age) + Number(stale) <= 8, 'with the two seconds of an edge ten at most');
    assert.equal((await get(String(main).replace(/.m3u8$/, 'x'))).headers['cdn-cache-control'], undefined);
  });
});
