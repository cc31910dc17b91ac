// What browsers are told of each kind of answer: who may read it, who may frame it, what it may run, that its type is not guessed.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House} from './lib/house.mjs';
import {ask} from './lib/raw.mjs';
import {urlsOf, watched} from './lib/viewer.mjs';

const app = 'https://app.example', other = 'https://evil.example';
const [expose, allow] = ['access-control-expose-headers', 'access-control-allow-origin'];

for (const origins of ['*', `${app}, http://localhost:5173`]) {
  describe(`security headers with CLIFFHANGER_CORS_ORIGINS=${origins}`, () => {
    const house = new House({settings: {CLIFFHANGER_CORS_ORIGINS: origins}});
    const all = origins === '*';
    let maker, film, kinds;

    before(async () => {
      await house.start();
      maker = await creator(house.url);
      film = await watched(house, maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 3}));
      const urls = await urlsOf(film.url, 1);
      const auth = {Authorization: `Bearer ${maker.token}`};
      const at = (target, options = {}) => (origin) => fetch(new URL(target, house.url), {...options, headers: {...options.headers, ...(origin && {Origin: origin})}});
      kinds = {
        page: at('/'), asset: at('/icon.svg'), reference: at('/docs'), 'the pages\' 404': at('/nothing.js'),
        JSON: at('/v1/me', {headers: auth}), contract: at('/openapi.json'), problem: at('/v1/me'), 'an unknown tenant': at('/v1/me', {headers: {'X-Cliffhanger-Tenant': 'none'}}),
        playlist: at(urls[0]), segment: at(urls.find((it) => it.includes('.m4s'))), 'a range': at(urls.find((it) => it.includes('.m4s')), {headers: {Range: 'bytes=0-9'}}),
        'a forged token': at('/hls/nonsense/x/main.m3u8'), cover: at('/covers/none.jpg'), 'upload options': at('/uploads', {method: 'OPTIONS'}),
        upload: at('/uploads', {method: 'POST', headers: {...auth, 'Tus-Resumable': '1.0.0', 'Upload-Length': '5', 'Upload-Metadata': `episode_id ${Buffer.from(film.episode.episodeId).toString('base64')}`}}),
        'an upload\'s problem': at('/uploads/none', {method: 'HEAD', headers: {'Tus-Resumable': '1.0.0'}}),
        events: at(`/v1/episodes/${film.episode.episodeId}/events`, {headers: auth}), health: at('/healthz'),
      };
    });
    after(() => house.stop());
    const isPage = (kind) => ['page', 'asset', 'reference', 'the pages\' 404', 'health'].includes(kind);

    test('types are not guessed, nothing is framed, and only pages run anything', async () => {
      for (const [kind, get] of Object.entries(kinds)) {
        const answer = await get();
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', kind);
        assert.ok(answer.headers.get('referrer-policy'), kind);
        const policy = answer.headers.get('content-security-policy') ?? '';
        assert.match(policy, /frame-ancestors 'none'/, kind);
        if (['page', 'reference'].includes(kind)) {
          assert.match(policy, /script-src 'self'(;|$)/, kind);
          assert.match(policy, /object-src 'none'/, kind);
          assert.match(policy, /base-uri 'none'/, kind);
          assert.equal(answer.headers.get('x-frame-options'), 'DENY');
        } else if (['JSON', 'problem', 'upload', 'events', 'cover', 'an upload\'s problem'].includes(kind)) {
          assert.match(policy, /default-src 'none'/, kind);
        }
        assert.equal(answer.headers.get('set-cookie'), null, `${kind}: tokens travel in headers, never in cookies`);
        assert.equal(answer.headers.get('server'), null);
        await answer.body?.cancel();
      }
      const malformed = await ask(house.url, 'GET / HTTP/1.1\r\n\r\n');
      assert.equal(malformed.header('X-Content-Type-Options'), 'nosniff');
    });

    test('other origins', async () => {
      for (const [kind, get] of Object.entries(kinds)) {
        for (const origin of [app, other, 'null', undefined]) {
          const answer = await get(origin);
          const wanted = isPage(kind) ? null : all ? '*' : origin === app ? app : null;
          assert.equal(answer.headers.get(allow), wanted, `${kind} for ${origin}`);
          const exposed = answer.headers.get(expose)?.split(', ') ?? [];
          const media = /^.(hls|covers)./.test(new URL(answer.url).pathname);  // has no more than its own
          for (const field of ['ETag', 'Retry-After', ...(media ? [] : ['Upload-Offset'])]) assert.equal(exposed.includes(field), wanted !== null, `${field}, ${kind} for ${origin}`);
          assert.equal(media && exposed.includes('Upload-Offset'), false);
          assert.equal(answer.headers.get('access-control-allow-credentials'), null);
          if (!all && !isPage(kind)) assert.match(answer.headers.get('vary') ?? '', /Origin/, kind);
          await answer.body?.cancel();
        }
      }
    });

    test('preflights', async () => {
      const preflight = (target, origin, method) => fetch(house.url + target, {method: 'OPTIONS', headers: {Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'authorization, upload-offset'}});
      for (const [target, method] of [['/v1/series', 'POST'], ['/uploads/x', 'PATCH'], ['/hls/a/b/main.m3u8', 'GET']]) {
        const good = await preflight(target, app, method);
        assert.equal(good.status, 204);
        assert.equal(good.headers.get(allow), all ? '*' : app);
        assert.ok(good.headers.get('access-control-allow-methods').includes(method));
        for (const name of ['Authorization', 'Upload-Offset', 'Idempotency-Key', 'CMCD-Request']) assert.ok(good.headers.get('access-control-allow-headers').includes(name), name);
        const bad = await preflight(target, other, method);
        assert.equal(bad.headers.get(allow), all ? '*' : null);
        assert.equal(bad.headers.has('access-control-allow-methods'), all);
      }
      assert.equal((await preflight('/', other, 'POST')).headers.get(allow), null);
      // What is asked from elsewhere all the same has no cookie to go by.
      assert.equal((await fetch(`${house.url}/v1/me`, {headers: {Origin: other}})).status, 401);
      assert.ok((await guest(house.url)).token);
    });
  });
}

describe('CLIFFHANGER_CORS_ORIGINS', () => {
  for (const bad of ['example.com', 'https://a.example/', 'https://A.example', 'https://a.example,,', 'https://*.example', '']) {
    test(`${JSON.stringify(bad)} is refused at the start`, async () => {
      const house = new House({settings: {CLIFFHANGER_CORS_ORIGINS: bad}});
      try {
        await assert.rejects(house.start(), bad === '' ? /BAD_ORIGINS|ended with/ : /BAD_ORIGINS/);
      } finally {
        await house.stop();
      }
    });
  }
});
