// Experiments that the house applies by itself: titles, covers, paywalls, rankings and endings that some viewers get and others don't, everywhere
// the same; who was shown what; and what is left of it while insight is away.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {seedSeries} from './lib/seed.mjs';

// So many that there are some of either arm: of the guests 0.7 see the series on their first page, and none of an arm does once in 10^7 runs; all who play
// get the same film once in 10^9.
const kGuests = 40, kPlays = 32, kPages = 64;

describe('arms', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com', CLIFFHANGER_RATE_PER_SECOND: '1000',
    CLIFFHANGER_RATE_BURST: '5000'}});
  let boss, maker, series, pictured, one, film, cut;
  const guests = [];

  const define = (person, definition) => person.post('/v1/experiments', {definition: {name: definition.key, ...definition}});
  const run = async (person, definition) => {
    const {experiment} = await define(person, definition);
    return (await person.post(`/v1/experiments/${experiment.id}:start`)).experiment;
  };
  const variations = (value) => [{key: 'control'}, {key: 'other', value}];
  const about = (kind, subject) => ({kind: `EXPERIMENT_SUBJECT_KIND_${kind}`, ...subject});
  const report = async (experiment, person = boss) => (await person.get(`/v1/experiments/${experiment.id}/report`)).report;
  const people = async (experiment, person) => ((await report(experiment, person)).people ?? []).map(Number);
  const impression = (person, what) => person.post('/v1/events', {sendTime: new Date().toISOString(),
    events: [{eventId: crypto.randomUUID(), clientTime: new Date(Date.now() - 100).toISOString(), kind: 'EVENT_KIND_IMPRESSION', ...what}]});
  const many = async (count, make) => {
    const out = [];
    for (let i = 0; i < count; i += 8) out.push(...await Promise.all(Array.from({length: Math.min(8, count - i)}, make)));
    return out;
  };
  // What the log has of these decisions: id → "{key=variation,…}".
  const armsOf = (decisions) => new Map(house.sql(`SELECT decision_id, arms FROM decision WHERE decision_id IN ('${decisions.join("','")}')`, 'recommendation')
      .split('\n').filter(Boolean).map((line) => line.split('|')));
  const titleOf = async (person) => (await person.get(`/v1/series/${series.id}`)).series.title;
  // Until every service knows of what runs: of so many strangers one at least gets it.
  const untilApplied = (what, got) => until(what, async () => {
    for (let i = 0; i < 8; ++i) if (await got(await guest(house.url))) return true;
  }, {every: 300});

  before(async () => {
    await house.start();
    seedSeries(house, {count: 40});
    const {tokens} = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, tokens.accessToken);
    const popular = house.sql('SELECT series_id FROM recommendation.series ORDER BY heat DESC LIMIT 2').split('\n');
    const find = (id) => ({id, episode: house.sql(`SELECT episode_id FROM catalog.episode WHERE series_id = '${id}' AND number = 1`),
      title: house.sql(`SELECT title FROM catalog.series WHERE series_id = '${id}'`)});
    [series, pictured] = popular.map(find);
    const viewer = await guest(house.url);
    await until('the catalogue is in memory', async () => (await viewer.get('/v1/feed')).items?.length === 10);
    maker = await creator(house.url);
    const made = await makeEpisode(maker);
    one = made.episode;
    await upload(maker, makeClip(`${house.dir}/one.mp4`, {seconds: 6}), one.episodeId);
    await untilReady(maker, one.episodeId);
    await publish(maker, one.episodeId);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('what names something that is not there is refused, with the reason', async () => {
    const refused = async (person, definition) => {
      const problem = await define(person, {key: 'wrong', ...definition}).then(() => assert.fail('it was taken'), (error) => error);
      assert.ok(problem instanceof Problem, problem.stack);
      return `${problem.code} ${(problem.document.errors ?? []).map(({field, message}) => `${field}: ${message}`).join('; ')}`.trim();
    };
    const nowhere = crypto.randomUUID();
    assert.equal(await refused(boss, {subject: about('TITLE', {seriesId: nowhere}), variations: variations({title: 'X'})}), 'SERIES_NOT_FOUND');
    assert.equal(await refused(maker, {subject: about('TITLE', {seriesId: series.id}), variations: variations({title: 'X'})}), 'SERIES_NOT_FOUND');
    assert.match(await refused(boss, {subject: about('TITLE', {seriesId: series.id}), variations: variations({title: ''})}), /variations\[1\]\.value: has a title/);
    assert.match(await refused(boss, {subject: about('COVER', {seriesId: series.id}), variations: variations({cover: {episodeId: nowhere}})}),
      /INVALID_EXPERIMENT definition\.variations\[1\]\.value: names a cover/);
    assert.match(await refused(maker, {subject: about('ENDING', {episodeId: one.episodeId}), variations: variations({ending: {revisionId: nowhere}})}),
      /variations\[1\]\.value: names an ending that is not there/);
    assert.match(await refused(boss, {subject: about('PAYWALL_POSITION', {seriesId: series.id}), variations: variations({paywall: 99})}), /behind the last/);
    assert.match(await refused(boss, {subject: about('RANKING', {}), variations: variations({ranking: {weights: {popularty: 1}}})}), /popularty/);
    assert.match(await refused(maker, {subject: about('RANKING', {}), variations: variations({ranking: {}})}), /ROLE_TOO_LOW/);
  });

  let title;
  test('a title is the same on the feed, in lists and on its page, and no answer may be kept by others', async () => {
    title = await run(boss, {key: 'title', subject: about('TITLE', {seriesId: series.id}), variations: variations({title: 'She knows'})});
    const twice = await define(boss, {key: 'title-2', subject: about('TITLE', {seriesId: series.id}), variations: variations({title: 'Y'})});
    await assert.rejects(boss.post(`/v1/experiments/${twice.experiment.id}:start`), {code: 'SUBJECT_TAKEN'});
    await untilApplied('the title', async (person) => await titleOf(person) === 'She knows');
    guests.push(...await many(kGuests, async () => {
      const person = await guest(house.url);
      const {assignments: [{variationKey}]} = await person.get('/v1/me/experiments');
      const got = variationKey === 'other' ? 'She knows' : series.title;
      // On a busy machine the answer may come too late for the first request (that is the control); once it is known it stays.
      await until('they get what they are given', async () => await titleOf(person) === got);
      const page = await person.get('/v1/feed');
      const card = page.items.find((it) => it.series.seriesId === series.id);
      if (card) assert.equal(card.series.title, got);
      const listed = (await person.get('/v1/series?pageSize=100')).series.find((it) => it.seriesId === series.id);
      assert.equal(listed.title, got);
      for (const path of ['/v1/feed', `/v1/series/${series.id}`])
        assert.equal((await person.raw('GET', path)).headers.get('cache-control'), 'no-store');
      return {person, arm: got === 'She knows' ? 1 : 0, decision: page.decisionId, onPage: card !== undefined};
    }));
    // Places are drawn.
    for (const wanted of [0, 1]) assert.ok(guests.some(({arm, onPage}) => arm === wanted && onPage), `of variation ${wanted}`);
    assert.equal(await titleOf(boss), series.title, 'operators see what there is');
  });

  test('the log of decisions says which', async () => {
    await until('the log has them', () => armsOf(guests.map(({decision}) => decision)).size === kGuests);
    const logged = armsOf(guests.map(({decision}) => decision));
    for (const {decision, arm, onPage} of guests) assert.equal(logged.get(decision), onPage ? `{title=${arm ? 'other' : 'control'}}` : '{}');
  });

  test('who has it in view is exposed once, and nobody before', async () => {
    assert.deepEqual(await people(title), [0, 0]);
    for (const {person} of guests) {
      await impression(person, {seriesId: series.id, episodeId: series.episode, value: 'feed', place: 1});
      await impression(person, {seriesId: series.id, value: 'series'});
    }
    await impression(await guest(house.url), {seriesId: pictured.id});
    const others = guests.filter(({arm}) => arm === 1).length;
    assert.deepEqual(await people(title), [kGuests - others, others]);
    assert.equal(house.sql('SELECT count(*) FROM exposure', 'insight'), String(kGuests));
  });

  test('likes, follows and comments are counted by arm', async () => {
    const loud = await run(boss, {key: 'loud', subject: about('TITLE', {seriesId: pictured.id}), variations: variations({title: 'Listen'}),
      metrics: ['LIKES', 'FOLLOWS', 'COMMENTS', 'RETURNED'].map((it) => `EXPERIMENT_METRIC_${it}`)});
    await untilApplied('the title', async (it) => (await it.get(`/v1/series/${pictured.id}`)).series.title === 'Listen');
    const person = await guest(house.url);
    const arm = (await person.get(`/v1/series/${pictured.id}`)).series.title === 'Listen' ? 1 : 0;
    await impression(person, {seriesId: pictured.id});
    await person.call('PUT', `/v1/reactions/SUBJECT_SERIES/${pictured.id}/REACTION_LIKE`, {});
    await person.call('PUT', `/v1/reactions/SUBJECT_SERIES/${pictured.id}/REACTION_FOLLOW`, {});
    const batch = {sendTime: new Date().toISOString(), events: [{eventId: crypto.randomUUID(), clientTime: new Date(Date.now() - 50).toISOString(),
      kind: 'EVENT_KIND_COMMENT', seriesId: pictured.id}]};
    await person.post('/v1/events', batch);
    await person.post('/v1/events', batch);
    await until('they are counted', async () => {
      const {metrics} = await report(loud);
      return metrics.map(({arms}) => Number(arms[arm].mean ?? 0)).join() === '1,1,1,0';
    }, {seconds: 15});
    await boss.post(`/v1/experiments/${loud.id}:stop`, {});
  });

  test('covers and paywalls', async () => {
    house.sql(`UPDATE catalog.episode SET cover_key = 'covers/default/a.jpg', published_cover_key = 'covers/default/a.jpg' WHERE episode_id = '${series.episode}'`);
    await run(boss, {key: 'cover', subject: about('COVER', {episodeId: pictured.episode}), variations: variations({cover: {episodeId: series.episode}})});
    await run(boss, {key: 'paywall', subject: about('PAYWALL_POSITION', {seriesId: pictured.id}), variations: [{key: 'three', value: {paywall: 3}}, {key: 'two', value: {paywall: 2}}]});
    await untilApplied('the cover', async (it) => (await it.get(`/v1/episodes/${pictured.episode}`)).episode.coverUrl === '/covers/default/a.jpg');
    const person = await guest(house.url);
    const position = await until('the paywall', async () => (await person.get(`/v1/series/${pictured.id}`)).series.paywallPosition);
    assert.ok([2, 3].includes(position));
    const {session} = await person.post('/v1/playback/sessions', {episodeId: pictured.episode});
    assert.equal(session.paywallPosition, position);
    const cover = async () => (await person.get(`/v1/episodes/${pictured.episode}`)).episode.coverUrl ?? '';
    assert.equal(await cover(), (await person.get(`/v1/series/${pictured.id}/episodes`)).episodes[0].coverUrl ?? '');
  });

  test('a ranking is the viewer\'s own, exposed with the page, and in the log', async () => {
    const ranking = await run(boss, {key: 'ranking', subject: about('RANKING', {}), variations: variations({ranking: {weights: {popularity: -90, trend: -90}}})});
    const logged = (pages) => until('the log has them', () => {
      const found = armsOf(pages.map(({decisionId}) => decisionId));
      return found.size === pages.length && found;
    });
    await untilApplied('the ranking', async (person) => {
      const page = await person.get('/v1/feed');
      return (await logged([page])).get(page.decisionId).includes('ranking=');
    });
    const popular = new Set(house.sql('SELECT series_id FROM recommendation.series ORDER BY heat DESC LIMIT 10').split('\n'));
    const asked = await many(kPages, async () => {
      const person = await guest(house.url), page = await person.get('/v1/feed');
      const {assignments} = await person.get('/v1/me/experiments');
      await person.get('/v1/feed');
      return {page, given: assignments.find((it) => it.key === 'ranking').variationKey};
    });
    // On a busy machine a page may not wait until it is known; it is in nobody's experiment then.
    const said = await logged(asked.map(({page}) => page));
    const seen = asked.filter(({page}) => said.get(page.decisionId).includes('ranking='));
    assert.ok(seen.length >= kPages / 2, `${seen.length} of ${kPages}`);
    for (const {page, given} of seen) assert.match(said.get(page.decisionId), new RegExp(`ranking=${given}`));
    const ofPopular = (arm) => {
      const pages = seen.filter(({given}) => given === arm).map(({page}) => page.items.filter((it) => popular.has(it.series.seriesId)).length);
      assert.ok(pages.length > 0, arm);
      return pages.reduce((a, b) => a + b) / pages.length;
    };
    assert.ok(ofPopular('control') > ofPopular('other') + 1,  // it is 3.9 and 1.0, give or take 1.5 and 0.7 a page
       `${ofPopular('control')} of the ten most popular on a page, and ${ofPopular('other')}`);
    await until('all are exposed', async () => (await people(ranking)).reduce((a, b) => a + b, 0) >= seen.length);
    await boss.post(`/v1/experiments/${ranking.id}:stop`, {});
  });

  let ending;
  test('an ending plays in the episode\'s place, and only playing it is being exposed', async () => {
    const {revision} = await maker.post(`/v1/episodes/${one.episodeId}/cuts`, {stretches: [{episodeId: one.episodeId, fromMs: 0, toMs: 4000}]});
    cut = revision.revisionId;
    await until('the cut is ready', async () => (await maker.get(`/v1/revisions/${cut}`)).revision.state === 'REVISION_STATE_READY');
    await until('catalog has it', () => house.sql(`SELECT ready_revision FROM episode WHERE episode_id = '${one.episodeId}'`, 'catalog') === cut);
    film = house.sql(`SELECT published_revision FROM episode WHERE episode_id = '${one.episodeId}'`, 'catalog');
    const early = await guest(house.url);
    assert.equal((await early.post('/v1/playback/sessions', {episodeId: one.episodeId})).session.revisionId, film);
    await until('insight knows who began', () => house.sql(`SELECT count(*) FROM passage WHERE episode_id = '${one.episodeId}'`, 'insight') === '1');
    ending = await run(maker, {key: 'ending', subject: about('ENDING', {episodeId: one.episodeId}), variations: variations({ending: {revisionId: cut}})});
    const plays = async (person) => (await person.post('/v1/playback/sessions', {episodeId: one.episodeId})).session;
    const prepared = async (person) => (await person.post('/v1/playback/sessions:prepare', {episodeIds: [one.episodeId]})).items[0].session;
    await untilApplied('the ending', async (person) => (await prepared(person)).revisionId === cut);
    assert.deepEqual(await people(ending, maker), [0, 0], 'what is only prepared was not played');
    assert.equal((await plays(early)).revisionId, film, 'nobody gets another ending in mid-plot');
    assert.equal((await plays(maker)).revisionId, cut, 'the owner gets the newest');
    const seen = await many(kPlays, async () => {
      const person = await guest(house.url), session = await plays(person);
      assert.ok([film, cut].includes(session.revisionId));
      assert.equal(Number(session.durationMs), session.revisionId === cut ? 4000 : 6000);
      assert.equal((await plays(person)).revisionId, session.revisionId);
      return {person, session};
    });
    const cuts = seen.filter(({session}) => session.revisionId === cut).length;
    await until('they are exposed', async () => (await people(ending)).join() === [kPlays - cuts, cuts].join());
    const watcher = seen.find(({session}) => session.revisionId === cut);
    const playlist = await fetch(new URL(watcher.session.playlistUrl, house.url));
    assert.equal(playlist.status, 200);
    assert.match(playlist.headers.get('cache-control'), /private/);
    await watcher.person.post(`/v1/playback/sessions/${watcher.session.sessionId}:report`, {sequence: 1, event: 'WATCH_EVENT_COMPLETE', positionMs: 4000, watchedMs: 4000});
    await until('who came to the end is in the report of leaving', async () =>
      Number((await report(ending)).cliffhanger[1].reached ?? 0) === 1);
    assert.deepEqual(await people(ending, maker), [0, 0], 'a creator is told nothing new of fewer than twenty people');
    await maker.post(`/v1/experiments/${ending.id}:stop`, {winnerKey: 'control'});
    assert.equal((await plays(watcher.person)).revisionId, cut, 'they keep what they saw');
  });

  test('who refuses profiling sees what everybody sees', async () => {
    const shy = await many(6, async () => {
      const person = await guest(house.url);
      await person.call('PUT', '/v1/me/consents', {decisions: [{purpose: 'CONSENT_PURPOSE_PROFILING', granted: false}], policyVersion: '2026-11'});
      return person;
    });
    await until('insight has heard', () => house.sql('SELECT count(*) FROM consent WHERE NOT profiling', 'insight') === '6');
    for (const person of shy) assert.equal(await titleOf(person), series.title);
    assert.equal(house.sql(`SELECT count(*) FROM sticky_bucket b JOIN consent p ON NOT p.profiling AND b.value = p.user_id::text`, 'insight'), '0');
  });

  test('while insight is away there is no error and no wait, and everything is as before when it is back', async () => {
    await house.crash('insight');
    const fresh = await many(6, () => guest(house.url));
    for (const person of fresh) {
      assert.equal(await titleOf(person), series.title);
      assert.equal((await person.get('/v1/feed')).items.length, 10);
      assert.equal((await person.post('/v1/playback/sessions', {episodeId: one.episodeId})).session.revisionId, film);
    }
    house.launch('insight');
    for (const {person, arm} of guests) await until('it has its title again', async () => await titleOf(person) === (arm ? 'She knows' : series.title));
    const others = guests.filter(({arm}) => arm === 1).length;
    // The edge's breaker for insight closes a moment after.
    await until('the report is there, and nobody is counted twice', async () => (await people(title)).join() === [kGuests - others, others].join());
  });
});
