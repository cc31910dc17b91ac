// A film that operators take down goes from the cuts that show it, at the edge within the time that is promised, whichever service dies in
// between; and comes back with it.
import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, Person, publish, untilReady, upload} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';

const kPromised = 10;  // seconds

describe('takedowns of films in cuts', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  let maker, boss, viewer, series, one, two, recap, trailer, recapCut, trailerCut;

  const more = async (title) => (await maker.post(`/v1/series/${series.seriesId}/episodes`, {title})).episode;
  const cut = async (episode, ...stretches) => (await maker.post(`/v1/episodes/${episode.episodeId}/cuts`,
      {stretches: stretches.map(([of, fromMs, toMs]) => ({episodeId: of.episodeId, fromMs, toMs}))})).revision.revisionId;
  const revision = async (id) => (await maker.get(`/v1/revisions/${id}`)).revision;
  const episodeOf = async (it) => (await maker.get(`/v1/episodes/${it.episodeId}`)).episode;
  const is = (id, state) => until(`the cut is ${state}`, async () => (await revision(id)).state === `REVISION_STATE_${state}`, {every: 200});
  const start = async (person, episode) => (await person.post('/v1/playback/sessions', {episodeId: episode.episodeId})).session;
  const withdraw = (person, episode) => person.post(`/v1/episodes/${episode.episodeId}:withdraw`);
  const restore = (episode) => boss.post(`/v1/episodes/${episode.episodeId}:restore`);

  // A session of the episode, and what its player asks for.
  async function watch(person, episode) {
    return urlsOf(await until('it can be watched', () => start(person, episode).catch(() => undefined), {every: 200}));
  }
  // The playlist and the first segment of a film in it.
  async function urlsOf(session) {
    const main = new URL(session.playlistUrl, house.url);
    const list = new URL(HLS.parse(await (await fetch(main)).text()).variants[0].uri, main);
    const segment = new URL(HLS.parse(await (await fetch(list)).text()).segments[0].uri, list);
    return [main, list, segment];
  }
  const answers = (urls) => Promise.all(urls.map(async (url) => {
    const answer = await fetch(url);
    const body = await answer.text();
    return answer.status === 200 ? '200' : `${answer.status} ${JSON.parse(body).code}`;
  }));
  const plays = async (urls) => assert.deepEqual([...new Set(await answers(urls))], ['200']);
  const refused = (urls, seconds = kPromised) => until('it is refused', async () =>
    (await answers(urls)).every((it) => it === '410 REVISION_WITHDRAWN'), {seconds});

  before(async () => {
    await house.start();
    const made = await new Person(house.url).post('/v1/accounts',
        {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [maker, viewer] = [await creator(house.url), await guest(house.url)];
    ({series, episode: one} = await makeEpisode(maker));
    [two, recap, trailer] = [await more('Two'), await more('Previously'), await more('Coming')];
    const clips = [[one, 440], [two, 550]].map(([it, tone]) => [it, makeClip(path.join(house.dir, `${tone}.mp4`), {seconds: 4, size: '180x320', tone})]);
    for (const [it, clip] of clips) await upload(maker, clip, it.episodeId);
    for (const [it] of clips) await untilReady(maker, it.episodeId);
    recapCut = await cut(recap, [two, 0, 2000], [one, 2000, 4000]);
    trailerCut = await cut(trailer, [two, 0, 4000]);
    for (const id of [recapCut, trailerCut]) await is(id, 'READY');
    for (const it of [one, two, recap, trailer]) await until('catalog has heard of it', () =>
      publish(maker, it.episodeId).then(() => true, () => false), {every: 200});
  });
  after(async () => {
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('who may see it is told which cuts show a film, and which parts', async () => {
    for (const person of [boss, maker]) {
      const {appearances} = await person.get(`/v1/episodes/${one.episodeId}/appearances`);
      assert.deepEqual(appearances.map((it) => [it.revision.revisionId, it.revision.episodeId, it.ownerId]),
          [[recapCut, recap.episodeId, maker.account.userId]]);
      const [part] = appearances[0].parts;
      assert.deepEqual([part.fromMs, part.toMs, part.atMs].map(Number), [2000, 4000, 2000]);
    }
    const first = await boss.get(`/v1/episodes/${two.episodeId}/appearances?pageSize=1`);
    const second = await boss.get(`/v1/episodes/${two.episodeId}/appearances?pageSize=1&pageToken=${first.nextPageToken}`);
    assert.deepEqual([first, second].map((it) => it.appearances[0].revision.revisionId), [trailerCut, recapCut]);
    assert.ok(!second.nextPageToken);
    const other = await (await creator(house.url)).get(`/v1/episodes/${one.episodeId}/appearances`);
    assert.ok(!other.appearances?.length);
    const printed = await cliffhanger(['appearances', one.episodeId], {CLIFFHANGER_URL: house.url, CLIFFHANGER_TOKEN: boss.token}).end;
    assert.equal(printed.code, 0, printed.err);
    assert.match(printed.out, new RegExp(`^${recapCut}  of episode ${recap.episodeId}, account ${maker.account.userId}: ready\n {4}0:02.0 to 0:04.0 of film `));
  });

  test('its creator may withdraw a film, and its cuts stay', async () => {
    const own = await more('A draft of which nobody knows'), shown = await more('A cut of it');
    await upload(maker, path.join(house.dir, '440.mp4'), own.episodeId);
    await untilReady(maker, own.episodeId);
    const id = await cut(shown, [own, 0, 2000]);
    await is(id, 'READY');
    await withdraw(maker, own);
    await plays(await watch(maker, shown));
    assert.ok(!(await revision(id)).withheldReason);
  });

  test('a film that is taken down is refused in the cut too, and what shows another plays on', async () => {
    const watched = await watch(viewer, recap), others = await watch(viewer, trailer);
    await plays([...watched, ...others]);
    const {episode: down} = await withdraw(boss, one);
    assert.equal(down.state, 'EDITORIAL_STATE_TAKEN_DOWN');
    await refused(watched);
    await until('viewers get no other session', () => start(viewer, recap).then(() => false, (error) => error.code === 'EPISODE_NOT_FOUND'), {seconds: kPromised});
    await plays(others);
    await plays(await watch(viewer, trailer));
    const told = await revision(recapCut);
    assert.equal(told.withheldReason, 'FILM_TAKEN_DOWN');
    assert.match(told.withheldMessage, new RegExp(`taken down: episode ${one.episodeId}`));
    const seen = await episodeOf(recap);
    assert.deepEqual([seen.state, seen.takenDownReason, seen.takenDownMessage], ['EDITORIAL_STATE_TAKEN_DOWN', 'FILM_TAKEN_DOWN', told.withheldMessage]);
    await assert.rejects(publish(maker, recap.episodeId), {code: 'FILM_TAKEN_DOWN'});
    await assert.rejects(publish(maker, one.episodeId), {code: 'EPISODE_TAKEN_DOWN'});
    await assert.rejects(cut(recap, [one, 0, 2000]), {code: 'FILM_TAKEN_DOWN'});
    await assert.rejects(maker.post(`/v1/episodes/${one.episodeId}:restore`), {code: 'ROLE_TOO_LOW'});
  });

  test('restored, the cut comes back with it', async () => {
    await restore(one);
    const watched = await watch(viewer, recap);
    await plays(watched);
    assert.ok(!(await revision(recapCut)).withheldReason);
    await plays(await watch(viewer, one));
  });

  // Each is killed before it can have handled what it hears, and is away while the others act.
  for (const name of ['catalog', 'transcode', 'playback', 'redis']) {
    test(`with ${name} killed in the middle it is refused within the promise of its return, and no earlier restored than lifted`, async () => {
      const watched = await watch(viewer, recap), others = await watch(viewer, trailer);
      await plays([...watched, ...others]);
      if (name === 'catalog') {
        await withdraw(boss, one);
        await house.crash(name);
      } else {
        await house.crash(name);
        await withdraw(boss, one);
      }
      if (name === 'redis') house.startRedis();
      else house.launch(name);
      await house.ready();
      await refused(watched, name === 'redis' ? 30 : kPromised);
      await until('nobody gets another', () => start(viewer, recap).then(() => false, (error) => error.code === 'EPISODE_NOT_FOUND'));
      await plays(others);
      await until('it is restored', () => restore(one).then(() => true, () => false));
      await plays(await watch(viewer, recap));
    });
  }

  test('an ending of an experiment that is another episode\'s film is refused with it', async () => {
    const draft = await more('The gun'), shown = await more('The letter');
    for (const it of [draft, shown]) await upload(maker, path.join(house.dir, '440.mp4'), it.episodeId);
    for (const it of [draft, shown]) await untilReady(maker, it.episodeId);
    await publish(maker, shown.episodeId);
    const film = house.sql(`SELECT ready_revision FROM episode WHERE episode_id = '${draft.episodeId}'`, 'catalog');
    const {experiment} = await maker.post('/v1/experiments', {definition: {key: 'gun', name: 'gun',
      subject: {kind: 'EXPERIMENT_SUBJECT_KIND_ENDING', episodeId: shown.episodeId},
      variations: [{key: 'letter'}, {key: 'gun', value: {ending: {episodeId: draft.episodeId}}}]}});
    await maker.post(`/v1/experiments/${experiment.id}:start`);
    // Of so many strangers one at least gets each.
    const urls = new Map();
    await until('somebody gets each film', async () => {
      const session = await start(await guest(house.url), shown);
      if (!urls.has(session.revisionId)) urls.set(session.revisionId, await urlsOf(session));
      return urls.size === 2;
    }, {every: 200});
    assert.ok(urls.has(film));
    const others = [...urls].find(([id]) => id !== film)[1];
    await plays([...urls.get(film), ...others]);
    await withdraw(boss, draft);
    await refused(urls.get(film));
    await plays(others);
    for (let i = 0; i < 8; ++i) assert.notEqual((await start(await guest(house.url), shown)).revisionId, film);
    await restore(draft);
  });

  test('a cut that is being made ends with the reason', async () => {
    const late = await more('Too late');
    await house.crash('worker');
    const id = await cut(late, [two, 0, 2000], [one, 0, 2000]);
    await withdraw(boss, one);
    await is(id, 'FAILED');
    house.launch('worker');
    const failed = await revision(id);
    assert.equal(failed.failureReason, 'FILM_TAKEN_DOWN');
    assert.match(failed.failureMessage, new RegExp(one.episodeId));
    await until('its creator sees it', async () => (await episodeOf(late)).mediaFailure === 'FILM_TAKEN_DOWN');
    await restore(one);
    await until('a cut of it can be made again', () => cut(late, [one, 0, 2000]).catch(() => undefined), {every: 200});
    assert.equal((await revision(id)).state, 'REVISION_STATE_FAILED');
  });

  test('a series that is taken down takes the cuts of its films along, and what its creator withdrew stays away', async () => {
    const other = await makeEpisode(maker, 'Clips'), shown = other.episode;
    const id = await cut(shown, [one, 0, 2000]);
    await is(id, 'READY');
    await until('catalog has heard of it', () => publish(maker, shown.episodeId).then(() => true, () => false), {every: 200});
    const watched = await watch(viewer, shown);
    await withdraw(maker, trailer);
    await boss.post(`/v1/series/${series.seriesId}:withdraw`);
    await refused(watched);
    await boss.post(`/v1/series/${series.seriesId}:restore`);
    for (const it of [shown, recap, one]) await plays(await watch(viewer, it));
    assert.equal((await episodeOf(trailer)).state, 'EDITORIAL_STATE_WITHDRAWN');
  });
});
