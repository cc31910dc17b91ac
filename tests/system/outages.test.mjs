// Parts that are away or say nothing: PostgreSQL, Redis, each service. What is signed plays on, over connections that are there and over new
// ones, also what nobody has asked for before; REST answers 503 with Retry-After within its deadline; uploads wait and lose nothing; and
// when the part is back, everything works again.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, guest, makeEpisode, Person, untilReady, upload} from './lib/api.mjs';
import {makeClip, pad} from './lib/clips.mjs';
import {gate} from './lib/gate.mjs';
import {House, until} from './lib/house.mjs';
import {get, urlsOf, Viewer, watched} from './lib/viewer.mjs';

// The door's own is 10 s; what is over this is a hang.
const hang = 20_000;
const delays = [0, 200, 500, ...Array(20).fill(1500)];

describe('parts that fail', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_RATE_PER_SECOND: '10000', CLIFFHANGER_RATE_BURST: '10000', CLIFFHANGER_EDGE_CALLS: '40'}});
  let postgres, redis, maker, film, viewer, cold, file;

  before(async () => {
    postgres = await gate(path.join(house.dir, '.s.PGSQL.5432'));
    redis = await gate(path.join(house.dir, 'redis.sock'));
    house.settings.CLIFFHANGER_DATABASE_URL = `host=127.0.0.1 port=${postgres.port} user=postgres dbname=postgres sslmode=disable`;
    house.settings.CLIFFHANGER_REDIS_URL = `redis://127.0.0.1:${redis.port}`;
    await house.start();
    maker = await creator(house.url);
    film = await watched(house, maker, makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 36}));
    const warm = await urlsOf(film.url, 2);
    cold = (await urlsOf(film.url, 100)).filter((url) => !warm.includes(url));
    viewer = new Viewer(warm);
    file = pad(makeClip(path.join(house.dir, 'upload.mp4'), {seconds: 2, size: '270x480'}), 6 << 20);
  });
  after(async () => {
    await viewer?.stop();
    await house.stop();
    postgres.close();
    redis.close();
  });

  const ask = (person, method, at, body) => person.raw(method, at, body, {}).then(async (answer) => {
    const text = await answer.text();
    return {status: answer.status, retry: answer.headers.get('retry-after'), type: answer.headers.get('content-type'), text,
      code: answer.headers.get('content-type') === 'application/problem+json' ? JSON.parse(text).code : ''};
  });
  const timely = (promise, what) => Promise.race([promise, sleep(hang, undefined, {ref: false}).then(() => assert.fail(`${what} hangs`))]);
  const assertAway = (answer, what) => {
    assert.equal(answer.status, 503, `${what}: ${answer.status} ${answer.text}`);
    assert.ok(Number(answer.retry) >= 1, `${what} has no Retry-After`);
    assert.equal(answer.type, 'application/problem+json', what);
    assert.doesNotMatch(answer.text ?? '', /unix:|\.sock|127\.0\.0\.1|\/tmp|psql|libpq/, `${what} says more than it should`);
  };
  // What asks a service, and nothing that must answer before.
  const calls = {
    accounts: () => ask(film.person, 'GET', '/v1/me'),
    catalog: () => ask(film.person, 'GET', `/v1/series/${film.series.seriesId}`),
    community: () => ask(film.person, 'POST', '/v1/standings:batchGet', {subjects: [{subject: 'SUBJECT_SERIES', subjectId: film.series.seriesId}]}),
    ingest: () => ask(maker, 'GET', `/v1/episodes/${film.episode.episodeId}/uploads`),
    transcode: () => ask(maker, 'GET', `/v1/episodes/${film.episode.episodeId}/revisions`),
    playback: () => ask(film.person, 'GET', '/v1/me/continue-watching'),
    recommendation: () => ask(film.person, 'GET', '/v1/feed'),
  };
  const tus = (method, at, headers = {}, body) => fetch(house.url + at, {method, body,
    headers: {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`, ...headers}});
  // Playback, which waits for nobody: over a kept connection and fresh ones, and, unless all is `known`, of an object that nobody has
  // asked for yet.
  const playsOn = async ({known = false} = {}) => {
    await viewer.fetches(viewer.urls.length * 2);
    if (known) return assert.deepEqual(viewer.wrong, []);
    assert.ok(cold.length > 0, 'the film is too short for so many outages');
    const answer = await get(cold.shift());
    assert.equal(answer.status, 200, answer.bytes.toString());
    assert.deepEqual(viewer.wrong, []);
  };
  const works = async (what) => {
    for (const [service, call] of Object.entries(calls)) {
      await until(`${service} answers after ${what}`, async () => {
        const {status, text} = await timely(call(), service);
        return status === 200 || Promise.reject(new Error(`${status} ${text}`));
      }, {every: 200});
    }
    const someone = await until('a guest', () => guest(house.url));
    const {session} = await until('a session', () => someone.post('/v1/playback/sessions', {episodeId: film.episode.episodeId}));
    assert.equal((await get(house.url + session.playlistUrl)).status, 200);
    assert.deepEqual(viewer.wrong, []);
  };
  // An upload during which `harm` happens and, six seconds later, `heal`; every byte arrives.
  const uploads = async (harm, heal) => {
    const {episode} = await makeEpisode(maker);
    let harmed;
    const offsets = [];
    const onAcknowledged = (offset) => offsets.push(offset);
    const id = await upload(maker, file, episode.episodeId, {retryDelays: delays, chunkSize: 512 << 10, onAcknowledged, onProgress: (sent, all) => {
      if (sent > all * 0.3) harmed ??= (async () => { await harm(); await sleep(6000); await heal(); })();
    }});
    await harmed;
    assert.deepEqual(offsets, offsets.toSorted((a, b) => a - b), 'the client never began anew, which a refused HEAD makes it do');
    await untilReady(maker, episode.episodeId);
    const {upload: made} = await maker.get(`/v1/uploads/${id}`);
    assert.equal(made.sha256, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex'));
  };

  for (const [how, harm] of [['refuses', () => postgres.refuse()], ['says nothing', () => postgres.stall()]]) {
    test(`PostgreSQL ${how}`, async () => {
      harm();
      const answers = await Promise.all(Object.entries(calls).map(async ([service, call]) => [service, await timely(call(), service)]));
      for (const [service, answer] of answers) {
        // The feed has a list for bad days, once there was time to make one.
        if (service === 'recommendation' && answer.status === 200) assert.equal(JSON.parse(answer.text).degraded, true);
        else assertAway(answer, service);
      }
      assertAway(await timely(ask(new Person(house.url), 'POST', '/v1/guests', {}), 'a guest'), 'a guest');
      assertAway(await timely(ask(film.person, 'POST', '/v1/playback/sessions', {episodeId: film.episode.episodeId}), 'a session'), 'a session');
      assertAway(await timely(ask(film.person, 'POST', '/v1/start-packs', {episodeIds: [film.episode.episodeId]}), 'a pack'), 'a pack');
      const created = await timely(tus('POST', '/uploads', {'Upload-Length': '10', 'Upload-Metadata': `episode_id ${Buffer.from(film.episode.episodeId).toString('base64')}`}), 'an upload');
      assert.equal(created.status, 503, await created.text());
      assert.ok(Number(created.headers.get('retry-after')) >= 1);
      await playsOn();
      postgres.open();
      await works(`PostgreSQL that ${how}`);
      await uploads(harm, () => postgres.open());
      await works(`PostgreSQL that ${how}, during an upload`);
    });
  }

  for (const [how, harm] of [['refuses', () => redis.refuse()], ['says nothing', () => redis.stall()]]) {
    test(`Redis ${how}: nobody notices but the events, which come later`, async () => {
      harm();
      for (const [service, call] of Object.entries(calls)) {
        const answer = await timely(call(), service);
        assert.equal(answer.status, 200, `${service}: ${answer.text}`);
      }
      await works(`Redis ${how}`);
      await uploads(harm, () => redis.open());
      await works('Redis is back');
    });
  }

  for (const service of Object.keys(calls)) {
    test(`${service} is stopped, and is killed`, async () => {
      const child = house.processes.get(service);
      child.kill('SIGSTOP');
      try {
        assertAway(await timely(calls[service](), service), service);
        await playsOn();
      } finally {
        child.kill('SIGCONT');
      }
      await works(`${service} goes on`);
      await house.crash(service);
      assertAway(await timely(calls[service](), service), service);
      await playsOn({known: true});
      house.launch(service);
      await works(`${service} starts again`);
    });
  }

  test('an upload while ingest is stopped, and while it is away', async () => {
    await uploads(() => house.processes.get('ingest').kill('SIGSTOP'), () => house.processes.get('ingest').kill('SIGCONT'));
    await uploads(() => house.crash('ingest'), () => house.launch('ingest'));
  });

  test('the circuit opens on a service that is silent, and closes when it answers', async () => {
    const child = house.processes.get('catalog');
    child.kill('SIGSTOP');
    try {
      for (const answer of await Promise.all(Array.from({length: 12}, () => timely(calls.catalog(), 'catalog')))) assertAway(answer, 'catalog');
      const codes = await Promise.all(Array.from({length: 5}, async () => {
        const answer = await timely(calls.catalog(), 'catalog');
        assertAway(answer, 'catalog');
        return answer.code;
      }));
      assert.ok(codes.filter((code) => code === 'CIRCUIT_OPEN').length >= 4, codes.join());
      assert.equal((await calls.accounts()).status, 200, 'others are asked');
      await playsOn();
    } finally {
      child.kill('SIGCONT');
    }
    await works('the circuit is closed');
  });

  test('too much to do: back office, uploads and feeds are refused, in this order, before playback', async () => {
    const child = house.processes.get('catalog');
    const waiting = [];
    const fill = (count) => { for (let i = 0; i < count; ++i) waiting.push(calls.catalog()); };
    const refused = async (what, answer) => {
      assertAway(answer, what);
      assert.equal(answer.code, 'OVERLOADED', `${what}: ${answer.text}`);
    };
    const office = () => ask(maker, 'GET', `/v1/episodes/${film.episode.episodeId}/revisions`);  // transcode answers
    const uploading = async () => {
      const answer = await tus('HEAD', `/uploads/${film.series.seriesId}`);
      return {status: answer.status, retry: answer.headers.get('retry-after'), type: answer.headers.get('content-type')};
    };
    child.kill('SIGSTOP');
    try {
      fill(18);  // of 40: more than 40 %
      await until('they are under way', async () => (await office()).code === 'OVERLOADED', {seconds: 9, every: 20});  // at ten they end
      assert.equal((await uploading()).status, 404, 'ingest is asked');
      assert.equal((await calls.community()).status, 200);
      fill(8);  // 65 %
      await until('uploads are refused', async () => (await uploading()).status === 423, {seconds: 9, every: 20});
      assert.ok(Number((await uploading()).retry) >= 1);
      assert.equal((await calls.community()).status, 200);
      // Up to 80 %, with one more each time: what asks whether they are there takes a place of theirs for a moment.
      fill(10);
      await until('feeds are refused', async () => {
        if ((await calls.community()).code === 'OVERLOADED') return true;
        fill(1);
      }, {seconds: 9, every: 20});
      await refused('back office', await office());
      await refused('a feed', await calls.recommendation());
      await refused('a pack of the feed', await ask(film.person, 'POST', '/v1/start-packs', {feed: true}));
      // Playback is served: sign-in, what a player asks, what is signed.
      assert.equal((await calls.accounts()).status, 200);
      assert.equal((await ask(new Person(house.url), 'POST', '/v1/guests', {})).status, 200);
      assert.equal((await calls.playback()).status, 200);
      await playsOn();
    } finally {
      child.kill('SIGCONT');
    }
    for (const answer of await Promise.all(waiting)) assert.ok([200, 503].includes(answer.status), answer.text);
    await works('the rush');
    assert.deepEqual(await viewer.stop(), []);
  });
});
