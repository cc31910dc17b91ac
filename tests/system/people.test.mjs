// Guests who sign in or sign up and what they keep, tokens, roles and review, rate limits, and a trace that goes through the house.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

const password = 'correct horse battery';
const fails = (promise, status, code) => assert.rejects(promise, (error) => {
  assert.ok(error instanceof Problem, error.stack);
  assert.deepEqual([error.status, error.code], [status, code], error.message);
  return true;
});

describe('people', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_LOG_LEVEL: 'debug'}});
  let maker, clip, series, episode;

  before(async () => {
    await house.start();
    clip = makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 12, size: '180x320'});
    maker = await creator(house.url);
    ({series, episode} = await film(maker));
    await publish(maker, episode.episodeId);
  });
  after(() => house.stop());

  async function film(person) {
    const made = await makeEpisode(person);
    await upload(person, clip, made.episode.episodeId);
    await untilReady(person, made.episode.episodeId);
    return made;
  }
  const email = () => `${crypto.randomUUID()}@example.com`;
  const signUp = async (from = new Person(house.url), address = email()) => {
    const made = await from.post('/v1/accounts', {email: address, password, displayName: 'V'});
    return Object.assign(new Person(house.url, made.tokens.accessToken), {account: made.account, tokens: made.tokens, email: address});
  };
  const react = (person, subject, id, reaction, headers) =>
    person.call('PUT', `/v1/reactions/SUBJECT_${subject}/${id}/REACTION_${reaction}`, {}, headers);
  const standing = async (person) => (await person.post('/v1/standings:batchGet',
      {subjects: [{subject: 'SUBJECT_SERIES', subjectId: series.seriesId}]})).standings[0];
  const counts = (it) => ['likes', 'favourites', 'follows'].map((name) => Number(it.counts?.[name] ?? 0));
  const watchHalf = async (person) => {
    const {session} = await person.post('/v1/playback/sessions', {episodeId: episode.episodeId});
    await person.post(`/v1/playback/sessions/${session.sessionId}:report`,
        {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 6000, watchedMs: 6000});
  };
  const doEverything = async (person) => {
    await react(person, 'SERIES', series.seriesId, 'LIKE');
    await react(person, 'SERIES', series.seriesId, 'FAVOURITE');
    await react(person, 'SERIES', series.seriesId, 'FOLLOW');
    await watchHalf(person);
  };
  const assertHasEverything = async (person, base, who) => {
    const it = await until(`${who} has the guest's things`, async () => {
      const found = await standing(person);
      return found.liked && found.favourite && found.followed && found;
    });
    assert.deepEqual(counts(it), base.map((n) => n + 1));
    const item = await until(`${who} goes on watching`, async () => (await person.get('/v1/me/continue-watching')).items?.[0]);
    assert.deepEqual([item.episodeId, Number(item.positionMs)], [episode.episodeId, 6000]);
    const mine = await person.get('/v1/me/reactions?reaction=REACTION_FAVOURITE');
    assert.deepEqual(mine.subjects.map((s) => s.subjectId), [series.seriesId]);
  };

  test('a guest signs in to an account, which gets what the guest did; counters stay', async () => {
    const account = await signUp();
    const visitor = await guest(house.url);
    const base = counts(await standing(visitor));
    await doEverything(visitor);
    await react(visitor, 'SERIES', series.seriesId, 'LIKE');  // again: nothing
    const signedIn = await visitor.post('/v1/sessions', {email: account.email, password});
    assert.equal(signedIn.account.userId, account.account.userId);
    await assertHasEverything(new Person(house.url, signedIn.tokens.accessToken), base, 'the account');
    // A second guest who did the same: still one like of one person.
    const again = await guest(house.url);
    await doEverything(again);
    const tokens = (await again.post('/v1/sessions', {email: account.email, password})).tokens;
    await until('the second like is one with the first', async () =>
      counts(await standing(account)).every((n, i) => n === base[i] + 1));
    await assertHasEverything(new Person(house.url, tokens.accessToken), base, 'the account');
  });

  test('a guest signs up and stays the same person', async () => {
    const visitor = await guest(house.url);
    const base = counts(await standing(visitor));
    await doEverything(visitor);
    const account = await signUp(visitor);
    assert.equal(account.account.userId, visitor.account.userId);
    assert.equal(account.account.guest ?? false, false);
    await assertHasEverything(account, base, 'the account');
    await fails(signUp(new Person(house.url), account.email), 409, 'EMAIL_TAKEN');
  });

  test('refresh tokens rotate; one used again later ends the session', async () => {
    const {tokens} = await signUp();
    const anyone = new Person(house.url);
    const refresh = (token) => anyone.post('/v1/sessions:refresh', {refreshToken: token});
    const second = (await refresh(tokens.refreshToken)).tokens;
    assert.notEqual(second.refreshToken, tokens.refreshToken);
    // A lost answer: the same successor again.
    assert.equal((await refresh(tokens.refreshToken)).tokens.refreshToken, second.refreshToken);
    await new Person(house.url, second.accessToken).get('/v1/me');
    house.sql(`UPDATE refresh_token SET used_at = used_at - interval '11 s'`, 'accounts');  // the grace is over
    await fails(refresh(tokens.refreshToken), 401, 'REFRESH_TOKEN_REUSED');
    await fails(refresh(second.refreshToken), 401, 'REFRESH_TOKEN_INVALID');
    await fails(refresh('nonsense'), 401, 'REFRESH_TOKEN_INVALID');
  });

  test('signing out ends the session', async () => {
    const {tokens} = await signUp();
    const anyone = new Person(house.url);
    await anyone.post('/v1/sessions:sign-out', {refreshToken: tokens.refreshToken});
    await anyone.post('/v1/sessions:sign-out', {refreshToken: tokens.refreshToken});
    await fails(anyone.post('/v1/sessions:refresh', {refreshToken: tokens.refreshToken}), 401, 'REFRESH_TOKEN_INVALID');
  });

  test('an operator wants review in their tenant, and in no other', async () => {
    const {account, tokens} = await new Person(house.url).post('/v1/accounts', {email: 'Boss@example.com', password, displayName: 'Boss'});
    assert.equal(account.role, 'ROLE_OPERATOR');
    const operator = new Person(house.url, tokens.accessToken);
    await fails(maker.call('PUT', '/v1/settings/review', {reviewRequired: true}), 403, 'ROLE_TOO_LOW');
    await operator.call('PUT', '/v1/settings/review', {reviewRequired: true});
    try {
      const reviewed = (await film(maker)).episode.episodeId;
      assert.equal((await publish(maker, reviewed)).episode.state, 'EDITORIAL_STATE_IN_REVIEW');
      assert.equal((await publish(maker, reviewed)).episode.state, 'EDITORIAL_STATE_IN_REVIEW');
      const viewer = await guest(house.url);
      await fails(viewer.get(`/v1/episodes/${reviewed}`), 404, 'EPISODE_NOT_FOUND');
      await fails(viewer.post('/v1/playback/sessions', {episodeId: reviewed}), 404, 'EPISODE_NOT_FOUND');
      assert.ok((await operator.post('/v1/playback/sessions', {episodeId: reviewed})).session.playlistUrl);
      assert.equal((await publish(operator, reviewed)).episode.state, 'EDITORIAL_STATE_PUBLISHED');
      assert.ok((await viewer.post('/v1/playback/sessions', {episodeId: reviewed})).session.playlistUrl);

      const foreign = await creator(house.url, {'X-Cliffhanger-Tenant': 'elsewhere'});
      const theirs = (await film(foreign)).episode.episodeId;
      assert.equal((await publish(foreign, theirs)).episode.state, 'EDITORIAL_STATE_PUBLISHED');
      await fails(operator.get(`/v1/episodes/${theirs}`), 404, 'EPISODE_NOT_FOUND');
      await fails(operator.call('PUT', `/v1/accounts/${foreign.account.userId}/role`, {role: 'ROLE_OPERATOR'}), 404, 'ACCOUNT_NOT_FOUND');
    } finally {
      await operator.call('PUT', '/v1/settings/review', {reviewRequired: false});
    }
    await operator.call('PUT', `/v1/accounts/${maker.account.userId}/role`, {role: 'ROLE_VIEWER'});
    const demoted = (await new Person(house.url).post('/v1/sessions:refresh', {refreshToken: maker.tokens.refreshToken})).tokens;
    maker.tokens = demoted;
    await fails(new Person(house.url, demoted.accessToken).post('/v1/series', {title: 'x', language: 'en'}), 403, 'ROLE_TOO_LOW');
  });

  test('a trace goes from the door through gRPC and over the bus', async () => {
    const viewer = await guest(house.url);
    const trace = crypto.randomBytes(16).toString('hex');
    const answer = await viewer.raw('PUT', `/v1/reactions/SUBJECT_SERIES/${series.seriesId}/REACTION_LIKE`, {},
        {traceparent: `00-${trace}-${crypto.randomBytes(8).toString('hex')}-01`});
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('traceparent').split('-')[1], trace);
    const spans = (service) => house.log(service).split('\n').filter((line) => line.includes(trace)).map((line) => JSON.parse(line));
    await until('it went through gRPC', () => spans('community').some((line) => line.trace_id === trace));  // the line may follow the answer
    assert.equal(house.sql(`SELECT count(*) FROM outbox WHERE position('${trace}'::bytea IN event) > 0`, 'community'), '1');
    await until('the trace arrives over the bus', () => spans('recommendation').some((line) => line.trace_id === trace));
    const ids = [...spans('community'), ...spans('recommendation')].map((line) => line.span_id);
    assert.ok(new Set(ids).size >= 2, 'each has a span of its own');
    // A spoilt one is replaced by a new one.
    const spoilt = await viewer.raw('GET', '/v1/me', undefined, {traceparent: '00-nonsense-01'});
    assert.match(spoilt.headers.get('traceparent'), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });
});

describe('rate limits', () => {
  const house = new House({settings: {CLIFFHANGER_RATE_PER_SECOND: '1', CLIFFHANGER_RATE_BURST: '20'}});
  before(() => house.start());
  after(() => house.stop());

  test('who asks too much gets 429 and when to come back; others do not', async () => {
    const greedy = await guest(house.url), modest = await guest(house.url);
    const answers = await Promise.all(Array.from({length: 60}, () => greedy.raw('GET', '/v1/me')));
    const refused = answers.filter((it) => it.status === 429);
    assert.ok(refused.length >= 20 && answers.some((it) => it.status === 200), `${refused.length} of ${answers.length} refused`);
    const document = await refused[0].json();
    assert.equal(refused[0].headers.get('content-type'), 'application/problem+json');
    assert.equal(document.status, 429);
    assert.match(document.code, /^[A-Z_]+$/);
    const wait = Number(refused[0].headers.get('retry-after'));
    assert.ok(wait >= 1 && wait <= 60, `Retry-After: ${refused[0].headers.get('retry-after')}`);
    assert.equal((await modest.raw('GET', '/v1/me')).status, 200);
    await sleep(wait * 1000 + 200);
    assert.equal((await greedy.raw('GET', '/v1/me')).status, 200, 'not after the wait it was told');
  });
});
