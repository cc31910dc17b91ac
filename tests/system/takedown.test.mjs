// What was signed is taken back: sessions that are ended and films that are withdrawn are refused by every edge, whatever of the house is away
// meanwhile; everyone else watches on. And the keys that sign are changed while people watch.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {build, freePort, House, until} from './lib/house.mjs';

describe('taking down', () => {
  const house = new House({split: true, settings:
    {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_WORKER_ENCRYPTION: 'aes-128'}});
  let maker, boss, viewer, other, episode, clip, edges, everything, open;

  // A second edge beside the house's own.
  function launchSecond(name = 'edge-two') {
    house.keep(name, path.join(build, 'bin/cliffhanger'), ['serve', 'edge'],
        {...house.environment(), CLIFFHANGER_HTTP_PORT: new URL(edges[1]).port});
  }
  async function publishOne() {
    const made = (await makeEpisode(maker)).episode;
    await upload(maker, clip, made.episodeId);
    await untilReady(maker, made.episodeId);
    await publish(maker, made.episodeId);
    return made;
  }

  before(async () => {
    await house.start();
    edges = [house.url, `http://127.0.0.1:${await freePort()}`];
    launchSecond();
    await until('the second edge', async () => (await fetch(`${edges[1]}/readyz`)).status === 200);
    const made = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [maker, viewer, other] = [await creator(house.url), await guest(house.url), await guest(house.url)];
    clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 4, size: '180x320'});
    episode = await publishOne();
    const session = await start(viewer);
    const text = async (name) => (await fetch(edges[0] + nameOf(session, name))).text();
    const track = (await text('main.m3u8')).match(/^(v\d+\/)\S+\.m3u8$/m);
    const segment = track[1] + (await text(track[0])).match(/^[^#\n]+\.m4s$/m)[0];
    open = ['main.m3u8', segment];
    everything = [...open, 'key'];
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  const start = async (person, which = episode) =>
    (await person.post('/v1/playback/sessions', {episodeId: which.episodeId})).session;
  const revoke = (person, session) => person.post(`/v1/playback/sessions/${session.sessionId}:revoke`);
  const nameOf = (session, name) => session.playlistUrl.replace(/[^/]+$/, name);
  // Status and reason at each edge, of the playlist, a segment and the key.
  async function answers(session, names = everything, at = edges) {
    return Promise.all(at.flatMap((edge) => names.map(async (name) => {
      const answer = await fetch(edge + nameOf(session, name));
      const body = await answer.text();
      return answer.status === 200 ? '200' : `${answer.status} ${JSON.parse(body).code}`;
    })));
  }
  const plays = async (session) => assert.deepEqual([...new Set(await answers(session))], ['200']);
  const refused = (session, what, at = edges, seconds = 10) => until(`it is refused as ${what}`, async () => {
    const got = new Set(await answers(session, undefined, at));
    return got.size === 1 && got.has(what);
  }, {seconds});
  const fails = (promise, status, code) => assert.rejects(promise, (error) => {
    assert.ok(error instanceof Problem, error.stack);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });

  test('who watches ends a session: both edges refuse it, and nothing else', async () => {
    const session = await start(viewer), second = await start(viewer), others = await start(other);
    for (const it of [session, second, others]) await plays(it);
    await fails(revoke(other, session), 404, 'SESSION_NOT_FOUND');
    await revoke(viewer, session);
    await revoke(viewer, session);
    await refused(session, '403 SESSION_REVOKED');
    await plays(second);
    await plays(others);
    await viewer.post(`/v1/playback/sessions/${session.sessionId}:report`,
        {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 2000, watchedMs: 2000});
  });

  test('an edge that is killed and comes back still refuses it', async () => {
    const session = await start(viewer), others = await start(other);
    await revoke(viewer, session);
    await refused(session, '403 SESSION_REVOKED');
    await house.crash('edge-two');
    launchSecond();
    // From its first answer on.
    await until('it answers', async () => (await fetch(`${edges[1]}/healthz`)).status === 200);
    assert.deepEqual([...new Set(await answers(session, undefined, [edges[1]]))], ['403 SESSION_REVOKED']);
    await plays(others);
  });

  test('an operator ends all sessions of a person, and those of a film', async () => {
    const one = await start(viewer), two = await start(viewer), others = await start(other);
    await fails(other.post('/v1/playback/sessions:revoke', {userId: viewer.account.userId}), 403, 'ROLE_TOO_LOW');
    const done = await boss.post('/v1/playback/sessions:revoke', {userId: viewer.account.userId});
    assert.ok(done.revoked >= 2, JSON.stringify(done));
    await refused(one, '403 SESSION_REVOKED');
    await refused(two, '403 SESSION_REVOKED');
    await plays(others);
    await fails(viewer.post(`/v1/playback/revisions/${others.revisionId}:revoke`), 403, 'ROLE_TOO_LOW');
    await boss.post(`/v1/playback/revisions/${others.revisionId}:revoke`);
    await refused(others, '410 REVISION_WITHDRAWN');
    await plays(await start(other));
  });

  test('who signs out everywhere watches nowhere, until they sign in again', async () => {
    const person = await creator(house.url), session = await start(person), others = await start(other);
    await plays(session);
    await fails(other.post('/v1/sessions:sign-out-everywhere', {userId: person.account.userId}), 403, 'ROLE_TOO_LOW');
    await person.post('/v1/sessions:sign-out-everywhere');
    await refused(session, '403 SESSION_REVOKED');
    await fails(new Person(house.url).post('/v1/sessions:refresh', {refreshToken: person.tokens.refreshToken}), 401, 'REFRESH_TOKEN_INVALID');
    await plays(others);
    const back = await new Person(house.url).post('/v1/sessions', {email: person.email, password: 'correct horse battery'});
    await plays(await start(new Person(house.url, back.tokens.accessToken)));
  });

  test('without Redis it is refused all the same', async () => {
    const session = await start(viewer), others = await start(other);
    await house.crash('redis');
    await revoke(viewer, session);
    await refused(session, '403 SESSION_REVOKED');
    await plays(others);
    house.startRedis();
    const later = await start(viewer);
    await revoke(viewer, later);
    await refused(later, '403 SESSION_REVOKED');
    await refused(session, '403 SESSION_REVOKED');
  });

  test('without playback what is known holds, and what is signed is served', async () => {
    const session = await start(viewer), others = await start(other);
    await revoke(viewer, session);
    await refused(session, '403 SESSION_REVOKED');
    await house.crash('playback');
    await until('the edges notice', async () => {
      const metrics = await Promise.all(edges.map(async (edge) => (await fetch(`${edge}/metrics`)).text()));
      return metrics.every((it) => Number(it.match(/^cliffhanger_takedown_age_seconds (.*)$/m)[1]) > 3);
    });
    assert.deepEqual([...new Set(await answers(others, open))], ['200']);
    assert.deepEqual([...new Set(await answers(session, open))], ['403 SESSION_REVOKED']);
    // One that starts without playback hears it of Redis.
    await house.crash('edge-two');
    launchSecond();
    await refused(session, '403 SESSION_REVOKED', [edges[1]]);
    assert.deepEqual([...new Set(await answers(others, open))], ['200']);
    house.launch('playback');
    await house.ready();
    await until('it is asked again', async () => (await answers(others, ['key'])).every((it) => it === '200'));
  });

  test('a withdrawn episode ends for who watches, and its creator may look at it again', async () => {
    const gone = await publishOne(), session = await start(viewer, gone), before = await start(maker, gone);
    const others = await start(other);
    await plays(session);
    // A change of what is published, or of a draft, ends nothing.
    await maker.call('PATCH', `/v1/episodes/${gone.episodeId}`, {title: 'Another title'});
    await maker.post(`/v1/episodes/${gone.episodeId}:withdraw`);
    await refused(session, '410 REVISION_WITHDRAWN');
    await refused(before, '410 REVISION_WITHDRAWN');
    await fails(start(viewer, gone), 404, 'EPISODE_NOT_FOUND');
    await plays(await start(maker, gone));
    await plays(others);
  });

  test('withdrawn while Redis is away: refused once it is back', async () => {
    const gone = await publishOne(), session = await start(viewer, gone);
    await house.crash('redis');
    await maker.post(`/v1/episodes/${gone.episodeId}:withdraw`);
    await fails(start(viewer, gone), 404, 'EPISODE_NOT_FOUND');
    house.startRedis();
    await refused(session, '410 REVISION_WITHDRAWN', edges, 30);
  });

  test('a deleted draft ends for its creator', async () => {
    const draft = (await makeEpisode(maker)).episode;
    await upload(maker, clip, draft.episodeId);
    await untilReady(maker, draft.episodeId);
    const session = await start(maker, draft);
    await plays(session);
    await maker.call('DELETE', `/v1/episodes/${draft.episodeId}`);
    await refused(session, '410 REVISION_WITHDRAWN');
  });

  test('the keys of URLs are changed while people watch', async () => {
    const file = path.join(house.dir, 'hls.key'), old = fs.readFileSync(file, 'utf8').trim();
    const fresh = `2:${'0123456789abcdef'.repeat(4)}`;
    const before = await start(viewer);
    const idOf = (session) => session.playlistUrl.split('/')[2].split('.')[1];
    const renew = async (keys, ...names) => {
      fs.writeFileSync(file, keys.join('\n'));
      for (const name of names) name === 'edge-two' ? (await house.crash(name), launchSecond()) : await house.restart(name);
      await house.ready();
      await until('the second edge', async () => (await fetch(`${edges[1]}/readyz`)).status === 200);
    };
    // One edge at a time learns the new key; nobody signs with it yet.
    for (const name of ['edge', 'edge-two']) {
      await renew([old, fresh], name);
      await plays(before);
      await plays(await until('a session', () => start(viewer)));
    }
    await renew([fresh, old], 'playback');
    const session = await until('a session', () => start(viewer));
    assert.deepEqual([idOf(before), idOf(session)], ['1', '2']);
    await plays(before);
    await plays(session);
    await renew([fresh], 'edge', 'edge-two', 'playback');
    await refused(before, '403 TOKEN_INVALID');
    await until('playback is asked for its key again', async () => (await answers(session, ['key'])).every((it) => it === '200'));
    await plays(session);
  });
});
