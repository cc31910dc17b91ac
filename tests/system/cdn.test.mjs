// Media through a CDN that checks signed cookies and URLs itself: viewers play through it, nobody else does, and what is taken down is forgotten there.
import assert from 'node:assert/strict';
import {execFile, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {Cdn, cookieHeader} from './lib/cdn.mjs';
import {makeClip, probe} from './lib/clips.mjs';
import {build, House, until} from './lib/house.mjs';

describe('a CDN in front', () => {
  const cdn = new Cdn(), settings = {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'};
  const house = new House({settings});
  const secrets = [crypto.randomBytes(24).toString('hex'), crypto.randomBytes(24).toString('hex')];
  let maker, viewer, boss, clip, episode;

  async function publishOne() {
    const made = (await makeEpisode(maker)).episode;
    await upload(maker, clip, made.episodeId);
    await untilReady(maker, made.episodeId);
    await publish(maker, made.episodeId);
    return made;
  }
  const start = async (person, which = episode) =>
    (await person.post('/v1/playback/sessions', {episodeId: which.episodeId})).session;
  const get = (url, pass, headers = {}) => fetch(url, {headers: {...(pass && {Cookie: cookieHeader(pass)}), ...headers}});
  const statusOf = async (...of) => (await get(...of)).status;
  const pathOf = (session, name = '') => new URL(session.cdn.baseUrl).pathname + name;
  // Everything that a player fetches of the first variant.
  async function everything(session, pass = session.cdn) {
    const seen = [];
    const text = async (url) => {
      const answer = await get(url, pass);
      assert.equal(answer.status, 200, url.href);
      seen.push(url.pathname);
      return answer.text();
    };
    const main = new URL(session.playlistUrl);
    const variant = new URL((await text(main)).match(/^[^#\n].*\.m3u8$/m)[0], main);
    const list = await text(variant);
    for (const name of [...list.matchAll(/URI="([^"]+)"/g)].map((it) => it[1]).concat(list.match(/^[^#\n]+$/gm))) await text(new URL(name, variant));
    return seen;
  }
  const purged = (session) => [...cdn.invalidations.values()].flat().filter((it) => it === `${pathOf(session)}*`).length;
  const gone = (session, names, seconds = 60) => until('the CDN refuses it', async () => {
    const got = await Promise.all(names.map((name) => statusOf(cdn.url + name, session.cdn)));
    return got.every((it) => [403, 404, 410].includes(it));
  }, {seconds});

  before(async () => {
    await cdn.start(secrets[0]);
    const file = (name, text) => {
      fs.writeFileSync(path.join(house.dir, name), text);
      return path.join(house.dir, name);
    };
    Object.assign(settings, {
      CLIFFHANGER_CDN_URL: cdn.url, CLIFFHANGER_CDN_KEY_PAIR_ID: cdn.keyPairId, CLIFFHANGER_CDN_DISTRIBUTION_ID: cdn.distribution,
      CLIFFHANGER_CDN_PRIVATE_KEY_FILE: file('cdn.pem', cdn.privateKey.export({type: 'pkcs8', format: 'pem'})),
      CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE: file('origin.secrets', secrets.join('\n')), CLIFFHANGER_CDN_API_ENDPOINT: cdn.url,
      CLIFFHANGER_CDN_ACCESS_KEY_ID: cdn.access.id, CLIFFHANGER_CDN_SECRET_KEY_FILE: file('cdn.secret', cdn.access.secret),
      CLIFFHANGER_CDN_COOKIE_DOMAIN: 'example.com',
    });
    await house.start();
    cdn.origin = house.url;
    const made = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [maker, viewer] = [await creator(house.url), await guest(house.url)];
    clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 4, size: '180x320'});
    episode = await publishOne();
  });
  after(async () => {
    const codes = await house.stop();
    await cdn.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a browser gets cookies for this film, and everything plays with them', async () => {
    const answer = await viewer.raw('POST', '/v1/playback/sessions', {episodeId: episode.episodeId});
    const {session} = await answer.json();
    assert.equal(session.playlistUrl, `${session.cdn.baseUrl}main.m3u8`);
    assert.ok(session.cdn.baseUrl.startsWith(`${cdn.url}/cdn/default/${session.revisionId}/`));
    const set = answer.headers.getSetCookie();
    assert.deepEqual(set.map((it) => it.split('=')[0]), ['CloudFront-Policy', 'CloudFront-Signature', 'CloudFront-Key-Pair-Id']);
    for (const [index, text] of set.entries()) {
      const {name, value} = session.cdn.cookies[index];
      assert.match(text, new RegExp(`^${name}=[\\w~-]+; Domain=example\\.com; Path=/cdn/default/${session.revisionId}/; Max-Age=\\d+; Secure; HttpOnly; SameSite=None$`));
      assert.ok(text.startsWith(`${name}=${value};`));
    }
    const seen = await everything(session);
    assert.ok(seen.length >= 4, seen.join());
    const {stdout} = await promisify(execFile)('ffprobe', ['-v', 'error', '-headers', `Cookie: ${cookieHeader(session.cdn)}\r\n`, '-select_streams', 'v:0',
      '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', session.playlistUrl]);
    assert.equal(parseInt(stdout, 10), probe(clip).frames);
  });

  test('the CDN asks for each object once, whoever watches', async () => {
    const one = await start(viewer), two = await start(await guest(house.url));
    cdn.cache.clear();  // or a playlist of the test before grows old between the two
    const seen = await everything(one);
    cdn.asked = [];
    assert.deepEqual(await everything(two), seen);
    assert.deepEqual(cdn.asked, [], 'no session is a part of the key');
    const part = await get(new URL(seen.at(-1), cdn.url), two.cdn, {Range: 'bytes=0-9'});
    assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 10]);
  });

  test('what sends no cookies puts the query behind every URL', async () => {
    const session = await start(viewer);
    for (const name of ['main.m3u8', 'main.mpd', 'storyboard.vtt', 'preview.m3u8'])
      assert.equal(await statusOf(`${session.cdn.baseUrl}${name}?${session.cdn.query}`), 200, name);
    assert.equal(await statusOf(session.playlistUrl), 403);
  });

  test('nobody else gets anything', async () => {
    const session = await start(viewer), other = await publishOne(), others = await start(viewer, other);
    const name = pathOf(session, 'main.m3u8'), resource = `${session.cdn.baseUrl}*`;
    const soon = Math.floor(Date.now() / 1000) + 60;
    assert.equal(await statusOf(cdn.url + name, cdn.sign(resource, soon)), 200, 'the check works');
    assert.equal(await statusOf(cdn.url + name, cdn.sign(resource, soon - 120)), 403, 'expired');
    assert.equal(await statusOf(cdn.url + name, others.cdn), 403, 'of another film');
    const {privateKey} = crypto.generateKeyPairSync('rsa', {modulusLength: 2048});
    assert.equal(await statusOf(cdn.url + name, cdn.sign(resource, soon, privateKey)), 403, 'of another key');
    const tampered = structuredClone(session.cdn);
    tampered.cookies[0].value = cdn.sign(`${cdn.url}/*`, soon).cookies[0].value;
    assert.equal(await statusOf(cdn.url + name, tampered), 403, 'another policy');
    assert.equal(await statusOf(cdn.url + name.replace('/default/', '/elsewhere/'), session.cdn), 403, 'of another tenant');
    // What such a viewer would get of the edge, if the CDN let it through.
    const edge = async (at, secret) => (await fetch(house.url + at, {headers: secret ? {'X-Cliffhanger-Origin-Secret': secret} : {}})).status;
    assert.equal(await edge(name), 403);
    assert.equal(await edge(name, secrets[0].slice(0, -1)), 403);
    assert.equal(await edge(name, secrets[0]), 200);
    assert.equal(await edge(name, secrets[1]), 200, 'the next secret');
    assert.equal(await edge(name.replace('/default/', '/elsewhere/'), secrets[0]), 404);
    assert.equal(await edge(pathOf(session, 'key'), secrets[0]), 404);
    for (const bad of ['..%2fready.json', '%2e%2e/main.m3u8', '..%2f..%2f..%2fetc/passwd', 'v1/..%2f..%2fmain.m3u8'])
      assert.ok([400, 404].includes(await edge(pathOf(session, bad), secrets[0])), bad);
  });

  test('a start pack has the URLs of the CDN, and its bytes', async () => {
    const answer = await viewer.raw('POST', '/v1/start-packs', {episodeIds: [episode.episodeId]});
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.getSetCookie().length, 3);
    const bytes = Buffer.from(await answer.arrayBuffer()), size = bytes.readUInt32BE(4);
    const [item] = JSON.parse(bytes.subarray(8, 8 + size)).items;
    assert.ok(item.parts.length > 3, JSON.stringify(item));
    for (const part of item.parts) {
      const got = Buffer.from(await (await get(part.url, item.session.cdn)).arrayBuffer());
      const offset = 8 + size + (part.offset ?? 0);
      assert.deepEqual(got, bytes.subarray(offset, offset + part.bytes), part.url);
    }
  });

  test('a session that is ended gets no other pass', async () => {
    const session = await start(viewer), path = `/v1/playback/sessions/${session.sessionId}`;
    const renewed = await viewer.raw('POST', `${path}:renew`, {});
    assert.equal(renewed.headers.getSetCookie().length, 3);
    assert.equal(await statusOf(session.playlistUrl, (await renewed.json()).cdn), 200);
    await viewer.post(`${path}:revoke`);
    await assert.rejects(viewer.post(`${path}:renew`), (error) => error instanceof Problem && error.code === 'SESSION_REVOKED');
  });

  test('a film that is withdrawn is gone from the CDN, and other films are not', async () => {
    const film = await publishOne(), session = await start(viewer, film), others = await start(viewer);
    const seen = await everything(session), kept = await everything(others);
    await maker.post(`/v1/episodes/${film.episodeId}:withdraw`);
    await gone(session, seen);
    assert.ok(purged(session) >= 1);
    assert.equal(cdn.refused, 0, 'every call of the API was signed');
    cdn.asked = [];
    assert.deepEqual(await everything(others), kept);
    assert.deepEqual(cdn.asked.filter((it) => !it.endsWith('.m3u8')), [], 'it was not forgotten');
    // Its creator looks at it again, at the edge.
    const again = await start(maker, film);
    assert.equal(again.cdn, undefined);
    assert.equal((await fetch(house.url + again.playlistUrl)).status, 200);
    await until('it is purged once more', () => purged(session) >= 2);
  });

  test('the API of the CDN is away, and the house dies meanwhile: it is purged all the same', async () => {
    const film = await publishOne(), session = await start(viewer, film), seen = await everything(session);
    cdn.failing = {status: 503, code: 'ServiceUnavailable'};
    await boss.post(`/v1/playback/revisions/${session.revisionId}:revoke`);
    const metrics = async () => (await fetch(`${house.url}/metrics`)).text();
    await until('it was tried', async () => /^cliffhanger_cdn_purge_requests_total\{outcome="CDN_BUSY"\} [1-9]/m.test(await metrics()));
    assert.equal(await statusOf(cdn.url + seen.at(-1), session.cdn), 200, 'the CDN has it still');
    await house.crash('all');
    house.launch('all');
    await house.ready();
    cdn.failing = null;
    await gone(session, seen, 90);
    assert.ok(purged(session) >= 1);
    assert.deepEqual((await boss.get('/v1/playback/dead-purges')).purges ?? [], []);
  });

  test('settings that do not go together are an error at the start', () => {
    const begin = (more, service) => {
      const done = spawnSync(path.join(build, 'bin/cliffhanger'), ['serve', service], {env: {...house.environment(), ...more}, encoding: 'utf8', timeout: 30_000});
      return [done.status !== 0 && done.status !== null, done.stdout + done.stderr];
    };
    for (const [service, more, says] of [
      ['playback', {CLIFFHANGER_CDN_PRIVATE_KEY_FILE: '/nowhere'}, /CLIFFHANGER_CDN_PRIVATE_KEY_FILE/],
      ['playback', {CLIFFHANGER_CDN_PRIVATE_KEY_FILE: path.join(house.dir, 'access.pem')}, /none of RSA/],
      ['playback', {CLIFFHANGER_CDN_URL: ''}, /CLIFFHANGER_CDN_URL is needed/],
      ['edge', {CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE: ''}, /CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE/],
    ]) {
      const [failed, said] = begin(more, service);
      assert.ok(failed, `${service} started with ${JSON.stringify(more)}`);
      assert.match(said, says);
    }
  });
});
