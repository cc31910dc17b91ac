// Quality of experience on the real house: what a player in a browser and scripted apps tell is before the operator's eyes within seconds, counted once, whatever dies meanwhile.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {chromium} from 'playwright-core';

import {creator, guest, makeEpisode, Person, publish, untilReady, upload} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {get, urlsOf} from './lib/viewer.mjs';

const FRESH = {seconds: 5, every: 100};  // what was promised

describe('quality of experience', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  let episodeId, operator, viewer;

  const quality = (query = '') => operator.get(`/v1/operations/quality?window=QUALITY_WINDOW_HOUR${query}`);
  const event = (kind, more = {}) => ({eventId: crypto.randomUUID(), clientTime: new Date().toISOString(), kind: `EVENT_KIND_${kind}`, ...more});
  const device = {platform: 'PLATFORM_IOS', form: 'FORM_PHONE', network: 'NETWORK_CELLULAR', region: 'CO'};
  const send = (events) => viewer.post('/v1/events', {events, sendTime: new Date().toISOString(), device});

  before(async () => {
    await house.start();
    const maker = await creator(house.url);
    const {episode} = await makeEpisode(maker);
    ({episodeId} = episode);
    await upload(maker, makeClip(path.join(house.dir, 'one.mp4'), {seconds: 6, size: '360x640', hue: 40, tone: 500}), episodeId);
    await untilReady(maker, episodeId);
    await publish(maker, episodeId);
    const boss = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    operator = new Person(house.url, boss.tokens.accessToken);
    viewer = await guest(house.url);
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('what apps tell is there within five seconds, once, in the minute in which it happened', async () => {
    const sessionId = crypto.randomUUID();
    const shown = {sessionId, episodeId, bitrateBps: '1200000', value: '540p'};
    const ago = (ms) => ({clientTime: new Date(Date.now() - ms).toISOString()});
    const events = [event('PLAY', {sessionId, episodeId}), event('FIRST_FRAME', {...shown, amountMs: '2000'}), event('PROGRESS', {...shown, amountMs: '9000'}),
      event('STALL', {...shown, amountMs: '1000'}), event('PLAY', {episodeId}), event('SKIP', {episodeId, amountMs: '1500', value: 'unstarted'}),
      event('PLAY', {episodeId, ...ago(20 * 60_000)}), event('ERROR', {episodeId, value: 'HTTP 503', ...ago(20 * 60_000)})];
    await send(events);
    await send(events);  // from an offline queue that got no answer
    const {total} = await until('the figures are there', async () => {
      const answer = await quality();
      return answer.total.plays === '3' && answer;
    }, FRESH);
    assert.equal(total.startUpScore, 80);
    assert.ok(Math.abs(total.startUpP50Ms - 2000) <= 20, total.startUpP50Ms);
    assert.equal(total.rebufferingRatio, 0.1);
    assert.equal(total.bitrateBps, 1_200_000);
    assert.equal(total.errors, '1');
    assert.equal(total.exitsBeforeStart, '1');
    assert.equal(total.views, '3');
    const late = (await quality()).points.find((point) => point.quality.errors === '1');
    assert.ok(Date.now() - Date.parse(late.startTime) > 19 * 60_000);
    const regions = (await quality('&dimension=QUALITY_DIMENSION_REGION')).slices;
    assert.deepEqual(regions.map((slice) => [slice.value, slice.quality.plays]), [['CO', '3']]);
    assert.equal((await viewer.raw('GET', '/v1/operations/quality')).status, 403);
  });

  test('a batch that was answered counts once, whatever moment insight is killed at', async () => {
    const before = Number((await quality()).total.stalls);
    let told = 0, restarts = Promise.resolve();  // one after the other: of two at once one process would be lost sight of
    for (let round = 0; round < 4; ++round) {
      const events = Array.from({length: 40}, () => event('STALL', {amountMs: '100', sessionId: crypto.randomUUID()}));
      if (round % 2) restarts = restarts.then(() => house.restart('insight'));  // not waited for: it dies while the batch comes, or is folded
      await until('the batch is taken', () => send(events), {every: 50});
      told += events.length;
    }
    await restarts;
    await until('all are counted', async () => Number((await quality()).total.stalls) >= before + told, {every: 100});
    assert.equal(Number((await quality()).total.stalls), before + told);
  });

  test('what players say with their requests arrives by edge and rung, and changes no answer', async () => {
    const {session} = await viewer.post('/v1/playback/sessions', {episodeId});
    const urls = await urlsOf(house.url + session.playlistUrl, 2);
    const segment = urls.find((url) => /\/v\d+\/\d+\.m4s$/.test(url));
    const silent = await get(segment);
    const said = 'bl=4000,br=900,bs,d=2000,dl=4000,mtp=7000,ot=v,sid="x"';
    const telling = await get(`${segment}?CMCD=${encodeURIComponent(said)}`);
    assert.equal(telling.status, 200);
    assert.ok(telling.bytes.equals(silent.bytes));
    assert.equal(telling.headers.etag, silent.headers.etag);
    assert.equal((await fetch(segment, {headers: {'CMCD-Object': 'br=,,', 'CMCD-Request': '"'}})).status, 200);
    const answer = await until('CMCD is there', async () => {
      const answer = await quality();
      return answer.rungs.some((rung) => rung.starved === '1') && answer;
    }, FRESH);
    assert.equal(answer.edges[0].requests, '1');
    assert.equal(answer.rungs[0].bitrateBps, 900_000);
    assert.ok(Math.abs(answer.rungs[0].throughputP50Bps - 7_000_000) <= 70_000);
  });

  test('a real player, and an operator who looks on', async (context) => {
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
    context.after(() => browser.close());
    const before = await quality();
    const page = await browser.newPage({viewport: {width: 390, height: 844}});
    await page.goto(`${house.url}/watch/${episodeId}`);
    await page.waitForSelector('[data-active="true"][data-state="playing"]', {timeout: 60_000});
    const {total} = await until('the play is counted', async () => {
      const answer = await quality();
      return Number(answer.total.starts) > Number(before.total.starts) && Number(answer.edges[0].requests) > Number(before.edges[0].requests) && answer;
    }, FRESH);
    assert.equal(Number(total.plays), Number(before.total.plays) + 1);
    const web = (await quality('&dimension=QUALITY_DIMENSION_PLATFORM')).slices.find((slice) => slice.value === 'WEB');
    assert.equal(web.quality.plays, '1');
    const looking = await browser.newPage({viewport: {width: 390, height: 844}});
    await looking.addInitScript((session) => localStorage.setItem('cliffhanger.session', session), JSON.stringify({account: {userId: 'x'},
      tokens: {accessToken: operator.token, refreshToken: 'x', accessExpireTime: new Date(Date.now() + 600_000).toISOString()}}));
    await looking.goto(`${house.url}/operations`);
    await looking.waitForSelector('.page-operations[data-state="ready"] .plot canvas');
    assert.match(await looking.locator('[data-figure="startUp"] dd').first().textContent(), /\d m?s/);
  });
});
