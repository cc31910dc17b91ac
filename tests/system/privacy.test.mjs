// What people decide about their data, on the real house: a refusal reaches insight and the feed, an export is complete, and an erasure leaves nothing
// anywhere but a digest, whatever dies meanwhile. Proved by looking through every table, Redis and the object store.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {scan} from './lib/scan.mjs';

const password = 'correct horse battery';
const keepers = ['accounts', 'catalog', 'community', 'ingest', 'insight', 'playback', 'recommendation', 'transcode'];
// Erased, and not part of an export: what every service has beside its own tables, which repeats what is elsewhere; and how many people follow a
// creator, which is what others did.
const plumbing = /\.(outbox|idempotency|work|lane|consumed|erasing|counter)$/;

describe('privacy', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  let maker, clip, film, boss;

  const newFilm = async (person) => {
    const made = await makeEpisode(person);
    await upload(person, clip, made.episode.episodeId);
    await untilReady(person, made.episode.episodeId);
    await publish(person, made.episode.episodeId);
    return made;
  };
  const decide = (person, purpose, granted) =>
    person.call('PUT', '/v1/me/consents', {decisions: [{purpose: `CONSENT_PURPOSE_${purpose}`, granted}], policyVersion: '2026-11'});
  const play = () => ({eventId: crypto.randomUUID(), clientTime: new Date().toISOString(), kind: 'EVENT_KIND_PLAY'});
  const tell = (person, events = [play()]) => person.post('/v1/events', {events, sendTime: new Date().toISOString()});
  const react = (person, subject, id, reaction, headers) =>
    person.call('PUT', `/v1/reactions/SUBJECT_${subject}/${id}/REACTION_${reaction}`, {}, headers);
  const watch = async (person, episode, event = 'WATCH_EVENT_COMPLETE') => {
    const {session} = await person.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    await person.post(`/v1/playback/sessions/${session.sessionId}:report`, {sequence: 1, event, positionMs: 2000, watchedMs: 2000});
    return session;
  };
  const erasure = async (id) => (await new Person(house.url).get(`/v1/erasures/${id}`)).erasure;
  const untilFirstRound = (id) => until('every service has confirmed', async () => (await erasure(id)).waitingFor.length === 0);
  // Half an hour later, when no access token works any more.
  const secondRound = async (id) => {
    house.sql(`UPDATE erasure SET asked_at = asked_at - interval '30 minutes' WHERE erasure_id = '${id}'`, 'accounts');
    await until('the erasure is complete', async () => (await erasure(id)).state === 'ERASURE_STATE_ERASED');
  };
  const nothingLeft = async (texts, but = []) => {
    let found;
    await until('nothing is left', () => (found = scan(house, texts).filter((where) => !but.includes(where))).length === 0, {every: 500})
        .catch(() => assert.deepEqual(found, []));
  };

  before(async () => {
    await house.start();
    clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 2, size: '180x320'});
    boss = Object.assign(new Person(house.url), {});
    boss.token = (await boss.post('/v1/accounts', {email: 'boss@example.com', password, displayName: 'Boss'})).tokens.accessToken;
    maker = await creator(house.url);
    film = await newFilm(maker);
    for (const hashAttribute of ['id', 'deviceId']) {
      const definition = {key: `by-${hashAttribute.toLowerCase()}`, name: hashAttribute, hashAttribute, subject: {kind: 'EXPERIMENT_SUBJECT_KIND_FEATURE'}, variations: [{key: 'a'}, {key: 'b'}]};
      const {experiment} = await boss.post('/v1/experiments', {definition});
      await boss.post(`/v1/experiments/${experiment.id}:start`);
    }
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('who refuses analytics is not in insight, from the moment of the refusal', async () => {
    const viewer = await guest(house.url);
    const {consents} = await viewer.get('/v1/me/consents');
    assert.deepEqual(consents.map((one) => [one.granted, one.decided]), [[true, false], [true, false], [false, false]]);
    assert.equal((await tell(viewer)).recorded, 1);
    await decide(viewer, 'ANALYTICS', false);
    await until('insight has heard', async () => (await tell(viewer)).withoutConsent === 1);
    assert.equal(house.sql(`SELECT count(*) FROM event WHERE user_id = '${viewer.account.userId}'`, 'insight'), '1');
    await watch(viewer, film.episode);
    await decide(viewer, 'ANALYTICS', true);
    await until('insight has heard', async () => (await tell(viewer)).recorded === 1);
    assert.equal(house.sql(`SELECT count(*) FROM viewing WHERE user_id = '${viewer.account.userId}'`, 'insight'), '0');
  });

  test('of who refuses profiling the feed forgets what it learnt, and does not write down who was shown what', async () => {
    await newFilm(maker);
    const viewer = await guest(house.url);
    const {items: [top]} = await until('there is a feed', async () => { const page = await viewer.get('/v1/feed'); return page.items?.length > 0 && page; });
    const learnt = () => house.sql(`SELECT coalesce(sum(cardinality(tags)), 0) FROM viewer WHERE user_id = '${viewer.account.userId}'`, 'recommendation');
    await watch(viewer, top.episode);
    await until('a taste is learnt', () => learnt() !== '0');
    await decide(viewer, 'PROFILING', false);
    await until('it is forgotten', () => learnt() === '0');
    const page = await viewer.get('/v1/feed');
    assert.ok(!(page.items ?? []).some((item) => item.series.seriesId === top.series.seriesId), 'what they finished still does not come');
    await until('the page is in the log, without them', () => house.sql(`SELECT user_id IS NULL FROM decision WHERE decision_id = '${page.decisionId}'`, 'recommendation') === 't');
    await watch(viewer, (await (await guest(house.url)).get('/v1/feed')).items[0].episode);
    assert.equal(learnt(), '0');
  });

  test('a person who did everything sees it all, and is gone from everywhere, though every service is killed meanwhile', async () => {
    const email = `ada-${crypto.randomUUID()}@example.com`;
    const ada = new Person(house.url);
    const signedUp = await ada.post('/v1/accounts', {email, password, displayName: 'Ada', creator: true});
    const visitor = await guest(house.url), device = `phone-${crypto.randomUUID()}`;
    const doEverything = async (person) => {
      const {assignments} = await person.get(`/v1/me/experiments?keys=by-id&keys=by-deviceid&deviceId=${device}`);
      assert.equal(assignments.length, 2);
      await react(person, 'SERIES', film.series.seriesId, 'LIKE', {'Idempotency-Key': crypto.randomUUID()});
      await react(person, 'CREATOR', maker.account.userId, 'FOLLOW');
      await watch(person, film.episode);
      await tell(person);
      await decide(person, 'MARKETING', true);
    };
    await doEverything(visitor);
    ada.token = (await visitor.post('/v1/sessions', {email, password})).tokens.accessToken;
    await doEverything(ada);
    await ada.post('/v1/api-keys', {name: 'of Ada', scopes: ['API_KEY_SCOPE_READ'], password});
    await tell(visitor);  // late, with the guest's token
    const own = await newFilm(ada);
    const fan = await guest(house.url);
    await react(fan, 'CREATOR', signedUp.account.userId, 'FOLLOW');
    await watch(fan, own.episode);

    const texts = [signedUp.account.userId, visitor.account.userId, email, device];
    const before = await until('all services know of it', () => {
      const found = scan(house, texts);
      return keepers.every((service) => found.some((where) => where.startsWith(`${service}.`) && !plumbing.test(where))) &&
        found.includes('insight.viewing') && found.some((where) => where.startsWith('insight.event_')) && found.includes('insight.sticky_bucket') && found.includes('recommendation.reaction') && found;
    });
    assert.ok(before.some((where) => where.startsWith('redis cliffhanger:events:')), before.join());

    const exported = new Set();
    for (let page = ''; ;) {
      const answer = await ada.get(`/v1/me/export?pageToken=${encodeURIComponent(page)}`);
      for (const record of answer.records) {
        assert.ok(JSON.parse(record.row).tenant === 'default' && !record.row.includes('argon2'), record.row);
        exported.add(`${record.service}.${record.table}`);
      }
      if (!(page = answer.nextPageToken)) break;
    }
    assert.deepEqual(before.filter((where) => !where.startsWith('redis') && !plumbing.test(where) && !exported.has(where)), []);

    await assert.rejects(ada.post('/v1/me:erase', {password: 'something else'}), (error) => error instanceof Problem && error.code === 'WRONG_CREDENTIALS');
    await assert.rejects(ada.post('/v1/me:erase', {password}), (error) => error.code === 'SERIES_PUBLISHED');
    await ada.post(`/v1/series/${own.series.seriesId}:withdraw`, {});
    const {erasure: asked} = await ada.post('/v1/me:erase', {password});
    await Promise.all(keepers.map((name) => house.restart(name)));
    await house.ready();
    await untilFirstRound(asked.erasureId);
    assert.equal((await ada.post('/v1/me:erase', {password})).erasure.erasureId, asked.erasureId, 'a lost answer is given again');
    await assert.rejects(new Person(house.url).post('/v1/sessions', {email, password}), (error) => error.code === 'WRONG_CREDENTIALS');
    await nothingLeft(texts, ['accounts.erasure']);  // where the ids wait for the second round

    await until('community is asked', () => react(ada, 'SERIES', film.series.seriesId, 'LIKE'));  // the old token is still good
    await until('playback is asked', () => watch(ada, film.episode));
    assert.ok(scan(house, texts).includes('community.reaction'));
    house.flushRedis();
    await secondRound(asked.erasureId);
    await nothingLeft(texts);
    const standing = (await fan.post('/v1/standings:batchGet', {subjects: [{subject: 'SUBJECT_SERIES', subjectId: film.series.seriesId}]})).standings[0];
    assert.equal(Number(standing.counts?.likes ?? 0), 0, 'what was said is counted no more');
    await assert.rejects(fan.get(`/v1/episodes/${own.episode.episodeId}`), (error) => error.status === 404);
  });

  test('while a service is away the erasure waits for it, and operators see it', async () => {
    const viewer = await guest(house.url);
    await tell(viewer);
    await house.crash('insight');
    const {erasure: asked} = await viewer.post('/v1/me:erase', {});
    await until('only insight is waited for', async () => {
      const {waitingFor} = await erasure(asked.erasureId);
      return waitingFor.length <= 2 && waitingFor.includes('insight');
    });
    house.sql(`UPDATE erasure SET asked_at = asked_at - interval '2 days' WHERE erasure_id = '${asked.erasureId}'`, 'accounts');
    const {erasures} = await boss.get('/v1/erasures?overdue=true');
    assert.deepEqual(erasures.map((one) => [one.erasureId, one.overdue]), [[asked.erasureId, true]]);
    await assert.rejects(viewer.get('/v1/erasures'), (error) => error.status === 403);
    house.launch('insight');
    await secondRound(asked.erasureId);
    await nothingLeft([viewer.account.userId]);
  });
});
