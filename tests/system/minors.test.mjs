// Minors' mode and regions on the real house: what a rating excludes is in no list and can't be watched, the day's minutes are counted on all devices together,
// and only the guardian's PIN changes it.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, makeEpisode, Person, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {scan} from './lib/scan.mjs';

const pin = '4711', password = 'correct horse battery';

describe('minors\' mode', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_TRUSTED_PROXIES: '1', CLIFFHANGER_EDGE_REGION_HEADER: 'X-Country'}});
  let maker, fit, adult;

  const newFilm = async (title, ageRating) => {
    const made = await makeEpisode(maker, title);
    await maker.call('PATCH', `/v1/series/${made.series.seriesId}`, {ageRating});
    await upload(maker, path.join(house.dir, 'clip.mp4'), made.episode.episodeId);
    await untilReady(maker, made.episode.episodeId);
    await publish(maker, made.episode.episodeId);
    return made;
  };
  const ids = (page, list = 'items') => (page[list] ?? []).map((one) => (one.series ?? one).seriesId).sort();
  const feed = async (viewer) => ids(await viewer.get('/v1/feed'));
  const limit = (viewer, mode) => viewer.call('PUT', '/v1/me/minors-mode', {pin, ...mode});
  // A feed alone doesn't show that recommendation knows: catalog leaves out for it what it hasn't heard of yet.
  const heard = (viewer) => until('recommendation has heard', () => viewer.get(`/v1/series/${adult.series.seriesId}/similar`).then(() => false, (error) => error.code === 'AGE_RESTRICTED'));
  const refused = (code, status = 403) => (error) => {
    assert.ok(error instanceof Problem, String(error));
    assert.deepEqual([error.code, error.status], [code, status]);
    return true;
  };
  const start = async (viewer, film) => (await viewer.post('/v1/playback/sessions', {episodeId: film.episode.episodeId})).session;
  const plays = async (session) => (await fetch(new URL(session.playlistUrl, house.url))).status;
  const watch = async (viewer, film, watchedMs) => {
    const session = await start(viewer, film);
    await viewer.post(`/v1/playback/sessions/${session.sessionId}:report`, {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 100, watchedMs});
    return session;
  };

  before(async () => {
    await house.start();
    makeClip(path.join(house.dir, 'clip.mp4'), {seconds: 2, size: '180x320'});
    maker = await creator(house.url);
    fit = await newFilm('A night at school', 6);
    adult = await newFilm('A night of revenge', 16);
    const viewer = await guest(house.url);
    await until('both are in the feed', async () => (await feed(viewer)).length === 2);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('a rating is a number of years, and creators\' alone', async () => {
    await assert.rejects(maker.call('PATCH', `/v1/series/${fit.series.seriesId}`, {ageRating: 19}), refused('INVALID_REQUEST', 400));
    const viewer = await guest(house.url);
    await assert.rejects(viewer.call('PATCH', `/v1/series/${fit.series.seriesId}`, {ageRating: 0}), refused('ROLE_TOO_LOW'));
    assert.equal((await viewer.get(`/v1/series/${adult.series.seriesId}`)).series.ageRating, 16);
    const draft = (await maker.post('/v1/series', {title: 'Nobody said', language: 'en'})).series;
    assert.ok(!('ageRating' in draft));
  });

  test('what is excluded is in no list, and can\'t be opened, begun or watched on', async () => {
    const viewer = await guest(house.url), both = [fit.series.seriesId, adult.series.seriesId].sort();
    const running = await start(viewer, adult);
    assert.equal(await plays(running), 200);
    assert.deepEqual(ids(await viewer.get('/v1/series:search?query=night'), 'series'), both);
    const told = Date.now();
    await limit(viewer, {greatestRating: 12});
    await until('the feed follows', async () => (await feed(viewer)).length === 1, {every: 50});
    console.log(`minors' mode: in the feed after ${Date.now() - told} ms`);
    const only = [fit.series.seriesId];
    assert.deepEqual(await feed(viewer), only);
    await until('catalog follows', async () => ids(await viewer.get('/v1/series'), 'series').length === 1);
    await heard(viewer);
    assert.deepEqual(ids(await viewer.get('/v1/series:search?query=night'), 'series'), only);
    assert.deepEqual(ids(await viewer.get(`/v1/series/${fit.series.seriesId}/similar`)), []);
    for (const link of [`/v1/series/${adult.series.seriesId}`, `/v1/series/${adult.series.seriesId}/episodes`, `/v1/series/${adult.series.seriesId}/next`,
      `/v1/series/${adult.series.seriesId}/similar`, `/v1/episodes/${adult.episode.episodeId}`])
      await assert.rejects(viewer.get(link), refused('AGE_RESTRICTED'), link);
    await assert.rejects(start(viewer, adult), (error) => refused('AGE_RESTRICTED')(error) && error.document.age_rating === '16');
    // Which ends what is begun just before, too.
    await until('what was being watched ends', async () => await plays(running) === 403);
    assert.equal(await plays(await start(viewer, fit)), 200);
    const {items} = await viewer.post('/v1/playback/sessions:prepare', {episodeIds: [adult.episode.episodeId, fit.episode.episodeId]});
    assert.deepEqual(items.map((item) => item.code ?? ''), ['AGE_RESTRICTED', '']);

    const other = await guest(house.url);
    assert.deepEqual(await feed(other), both);
    assert.equal(await plays(await start(other, adult)), 200);
  });

  test('what may not be shown in a region is in no list there, and is refused with 451, whatever a client says of itself', async () => {
    const film = await newFilm('A night in Berlin', 0), id = film.series.seriesId;
    await assert.rejects(maker.call('PATCH', `/v1/series/${id}`, {allowedRegions: ['Germany']}), refused('INVALID_REQUEST', 400));
    await maker.call('PATCH', `/v1/series/${id}`, {allowedRegions: ['DE']});
    const german = await guest(house.url, {'X-Country': 'de'}), french = await guest(house.url, {'X-Country': 'FR'}), nowhere = await guest(house.url);
    await until('the feed follows', async () => (await feed(german)).includes(id) && !(await feed(french)).includes(id));
    assert.ok(ids(await german.get('/v1/series:search?query=Berlin'), 'series').includes(id));
    assert.equal(await plays(await start(german, film)), 200);
    for (const viewer of [french, nowhere]) {
      assert.ok(!(await feed(viewer)).includes(id));
      assert.deepEqual(ids(await viewer.get('/v1/series:search?query=Berlin&viewerRegion=DE'), 'series'), []);
      await assert.rejects(viewer.get(`/v1/series/${id}?viewerRegion=DE`), refused('NOT_IN_REGION', 451));
      await assert.rejects(viewer.post('/v1/playback/sessions', {episodeId: film.episode.episodeId, viewerRegion: 'DE'}), refused('NOT_IN_REGION', 451));
      const {items} = await viewer.post('/v1/playback/sessions:prepare', {episodeIds: [film.episode.episodeId]});
      assert.deepEqual(items.map((item) => item.code), ['NOT_IN_REGION']);
    }
    assert.ok(!(await (await fetch(`${house.url}/openapi.json`)).text()).includes('viewerRegion'));
    await maker.post(`/v1/series/${id}:withdraw`, {});
    await until('it is gone again', async () => !(await feed(german)).includes(id));
  });

  test('only the PIN changes it, and guessing it is stopped', async () => {
    const viewer = await guest(house.url);
    await limit(viewer, {greatestRating: 6});
    await assert.rejects(limit(viewer, {greatestRating: 17, pin: '0000'}), refused('WRONG_PIN'));
    for (let i = 0; i < 4; ++i) await assert.rejects(viewer.post('/v1/me/minors-mode:end', {pin: `000${i}`}), refused('WRONG_PIN'));
    await assert.rejects(viewer.post('/v1/me/minors-mode:end', {pin}), refused('PIN_BLOCKED', 429));
    assert.equal((await viewer.get('/v1/me/minors-mode')).mode.greatestRating, 6);
    assert.equal(house.sql(`SELECT count(*) FROM minors_mode WHERE password_hash LIKE '%4711%'`, 'accounts'), '0');
  });

  test('the minutes of a day are those of all devices, and end what is being watched', async () => {
    const email = `ada-${crypto.randomUUID()}@example.com`;
    // Where no day ends meanwhile.
    const timeOf = (zone, time) => new Intl.DateTimeFormat('en', {timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}).format(time);
    const timeZone = ['America/New_York', 'Asia/Tokyo'].find((zone) => !timeOf(zone, new Date()).startsWith('23'));
    const phone = new Person(house.url), tablet = new Person(house.url);
    phone.token = (await phone.post('/v1/accounts', {email, password})).tokens.accessToken;
    tablet.token = (await tablet.post('/v1/sessions', {email, password})).tokens.accessToken;
    await assert.rejects(limit(phone, {greatestRating: 12, dailyMinutes: 1}), refused('WRONG_CREDENTIALS', 401));
    await limit(phone, {greatestRating: 12, dailyMinutes: 1, timeZone, password});
    await until('playback follows', async () => 'dailyTime' in await phone.get('/v1/me/daily-time'));
    let last;
    for (let i = 0; i < 3; ++i) for (const device of [phone, tablet]) last = await watch(device, fit, 10_000).catch((error) => refused('DAILY_TIME_USED_UP')(error) && last);
    const {dailyTime} = await tablet.get('/v1/me/daily-time');
    assert.ok(dailyTime.usedUp && Number(dailyTime.watchedMs) >= 60_000, JSON.stringify(dailyTime));
    const resets = new Date(dailyTime.resetTime);
    assert.equal(timeOf(timeZone, resets), '00:00');
    const usedUp = (error) => refused('DAILY_TIME_USED_UP')(error) && Date.parse(error.document.reset_time) === resets.getTime();
    for (const device of [phone, tablet]) {
      await assert.rejects(start(device, fit), usedUp);
      await until('the feed has heard too', () => device.get('/v1/feed').then(() => false, usedUp));
      await assert.rejects(device.post('/v1/start-packs', {episodeIds: [fit.episode.episodeId]}), refused('DAILY_TIME_USED_UP'));
    }
    await until('what was being watched ends', async () => await plays(last) === 403);
    await limit(phone, {greatestRating: 12, dailyMinutes: 2, timeZone});  // a minute more
    await until('it goes on', () => start(tablet, fit));
    await phone.post('/v1/me/minors-mode:end', {pin});
    await until('it is off', async () => (await feed(phone)).length === 2);
    await until('for playback too', async () => await plays(await start(phone, adult)) === 200);
  });

  test('it is part of an export, and goes with who is erased', async () => {
    const viewer = await guest(house.url), id = viewer.account.userId;
    await limit(viewer, {greatestRating: 12, dailyMinutes: 30});
    await until('playback follows', async () => 'dailyTime' in await viewer.get('/v1/me/daily-time'));
    await watch(viewer, fit, 5_000);
    const tables = ['accounts.minors_mode', 'catalog.minor', 'playback.minor', 'playback.watch_day', 'recommendation.minor'];
    await until('all have heard', () => tables.every((table) => scan(house, [id]).includes(table)));
    const exported = new Set();
    for (let page = ''; ;) {
      const answer = await viewer.get(`/v1/me/export?pageToken=${encodeURIComponent(page)}`);
      for (const record of answer.records ?? []) {
        exported.add(`${record.service}.${record.table}`);
        assert.ok(!record.row.includes('argon2'), record.row);
      }
      if (!(page = answer.nextPageToken)) break;
    }
    for (const table of tables) assert.ok(exported.has(table), table);
    await viewer.post('/v1/me:erase', {});
    await until('nothing is left', () => !tables.some((table) => scan(house, [id]).includes(table)));
  });

  test('services that are killed, and days without Redis, without PostgreSQL, change nothing', async () => {
    const viewer = await guest(house.url), only = [fit.series.seriesId];
    await limit(viewer, {greatestRating: 12});
    await Promise.all(['accounts', 'catalog', 'playback', 'recommendation'].map((name) => house.restart(name)));
    await house.ready();
    await until('all follow', async () => (await feed(viewer)).length === 1 && ids(await viewer.get('/v1/series'), 'series').length === 1);
    await heard(viewer);
    const [answer] = await until('playback is asked', () => start(viewer, adult).then(() => ['it was let in'],
        (error) => error.code === 'AGE_RESTRICTED' && [error.code]));
    assert.equal(answer, 'AGE_RESTRICTED');
    await house.crash('redis');
    assert.deepEqual(await feed(viewer), only);
    const postgres = house.processes.get('postgres');
    postgres.kill('SIGQUIT');  // at once, with all its processes
    await postgres.gone;
    const page = await until('a feed without the database', async () => {
      const got = await viewer.get('/v1/feed');
      return got.degraded && got;
    });
    assert.deepEqual(ids(page), only);
    house.startPostgres();
    house.startRedis();
    await until('the database is back', () => house.sql('SELECT 1') === '1');
    await until('it is as before', async () => !(await viewer.get('/v1/feed')).degraded);
    assert.deepEqual(await feed(viewer), only);
  });
});
