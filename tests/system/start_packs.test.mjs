// Start packs on the real house: everything a player needs to start the next episodes, in one answer; what it costs, who gets it, and a player
// that starts from it alone.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {creator, guest, Problem, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {readPack} from './lib/packs.mjs';

const kEpisodes = 5;
const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

describe('start packs', () => {
  const house = new House(), browser = new Browser();
  const episodes = [];
  let maker, series, viewer;

  const ask = async (wish, headers = {}, person = viewer) => {
    const answer = await person.raw('POST', '/v1/start-packs', wish, headers);
    if (answer.status !== 200) throw new Problem(answer.status, await answer.json());
    assert.equal(answer.headers.get('content-type'), 'application/vnd.cliffhanger.start-pack');
    assert.equal(answer.headers.get('cache-control'), 'private, no-store');
    return readPack(new Uint8Array(await answer.arrayBuffer()));
  };
  const starts = () => Number(house.sql(`SELECT count(*) FROM outbox WHERE position('playback.v1.PlaybackStarted'::bytea in event) > 0`, 'playback'));

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    ({series} = await maker.post('/v1/series', {title: 'Swipes', language: 'en', synopsis: 'On and on.'}));
    for (let i = 1; i <= kEpisodes; ++i) {
      const {episode} = await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: `Episode ${i}`, locked: i === 3});
      episodes.push(episode.episodeId);
      if (i === kEpisodes) continue;  // a draft
      await upload(maker, makeClip(path.join(house.dir, `${i}.mp4`), {seconds: 8, size: '540x960', hue: i * 60, tone: 200 + i * 50}), episode.episodeId);
    }
    for (const id of episodes.slice(0, kEpisodes - 1)) {
      await untilReady(maker, id);
      await publish(maker, id);
    }
    viewer = await guest(house.url);
  });
  after(async () => {
    await browser.stop();
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('the next episodes of a series, each part what its URL gives; the locked one with its reason', async () => {
    const pack = await ask({seriesId: series.seriesId, count: 4});
    assert.deepEqual(pack.items.map((it) => it.episodeId), episodes.slice(0, 4));
    assert.deepEqual(pack.items.map((it) => it.code), ['', '', 'EPISODE_LOCKED', '']);
    assert.equal(pack.items[2].session, undefined);
    assert.deepEqual(pack.items[2].parts, []);
    let bytes = 0;
    for (const item of pack.items) {
      for (const part of item.parts) {
        const answer = await fetch(new URL(part.url, house.url));
        assert.equal(answer.status, 200, part.url);
        const whole = Buffer.from(await answer.arrayBuffer());
        assert.equal(sha(whole), sha(pack.bytes(part)), part.url);
        assert.equal(answer.headers.get('content-type'), part.contentType);
        bytes += part.bytes;
      }
    }
    assert.equal(bytes, pack.parts.length);
    const names = pack.items[0].parts.map((part) => part.url.split('/').slice(4).join('/'));
    const rung = names[1].split('/')[0];
    assert.deepEqual(names, ['main.m3u8', `${rung}/video.m3u8`, 'audio/audio.m3u8', `${rung}/init.mp4`, `${rung}/0.m4s`, 'audio/init.mp4', 'audio/0.m4s',
      `${rung}/1.m4s`, 'audio/1.m4s']);
    // What the first episode needs comes first, and all starts before any second segment.
    const offset = (item, part) => pack.items[item].parts[part].offset;
    assert.equal(offset(0, 0), 0);
    assert.ok(offset(3, 6) < offset(0, 7) && offset(0, 7) < offset(1, 7));
  });

  test('drafts and other tenants\' episodes are not there; without a token there is nothing', async () => {
    const pack = await ask({episodeIds: [episodes[4], crypto.randomUUID(), episodes[1]]});
    assert.deepEqual(pack.items.map((it) => it.code), ['EPISODE_NOT_FOUND', 'EPISODE_NOT_FOUND', '']);
    const elsewhere = await guest(house.url, {'X-Cliffhanger-Tenant': 'elsewhere'});
    assert.deepEqual((await ask({episodeIds: [episodes[1]]}, {}, elsewhere)).items.map((it) => it.code), ['EPISODE_NOT_FOUND']);
    const stranger = await fetch(`${house.url}/v1/start-packs`, {method: 'POST', body: JSON.stringify({episodeIds: [episodes[1]]})});
    assert.equal(stranger.status, 401);
    for (const wish of [{}, {seriesId: series.seriesId, count: 11}, {episodeIds: Array(11).fill(episodes[0])}, {seriesId: series.seriesId, feed: true}]) {
      await assert.rejects(ask(wish), (error) => error.status === 400 && error.code === 'INVALID_REQUEST');
    }
    await assert.rejects(ask({seriesId: crypto.randomUUID()}), (error) => error.status === 404);
  });

  test('the budget holds, in whole segments', async () => {
    const whole = await ask({seriesId: series.seriesId, count: 2});
    const full = whole.length;
    for (const maxBytes of [full, full - 1, Math.round(full / 2), 20_000]) {
      const pack = await ask({seriesId: series.seriesId, count: 2, maxBytes});
      const counts = pack.items.map((it) => it.parts.length);
      assert.ok(counts.every((count) => [0, 7, 9].includes(count)), `${counts}`);
      assert.ok(pack.length <= maxBytes || counts.every((count) => count === 0), `${pack.length} of ${maxBytes}`);
      if (maxBytes < full) assert.ok(counts[1] < 9, `${counts}`);
      pack.items.forEach((it, i) => assert.equal(it.code, counts[i] ? '' : 'BUDGET_SPENT'));
    }
  });

  test('Save-Data, CMCD and the screen choose less', async () => {
    const width = (pack) => pack.items[0].rung.width;
    const saving = await ask({seriesId: series.seriesId, count: 3}, {'Save-Data': 'on'});
    assert.equal(saving.items.length, 1);
    assert.equal(saving.items[0].parts.length, 7);
    assert.equal(width(saving), 360);
    assert.equal(width(await ask({seriesId: series.seriesId, count: 1})), 540);
    assert.equal(width(await ask({seriesId: series.seriesId, count: 1, shortSide: 300})), 360);
    assert.ok(width(await ask({seriesId: series.seriesId, count: 1}, {'CMCD-Request': 'mtp=100'})) < 360);
    const low = await ask({seriesId: series.seriesId, count: 1}, {'CMCD-Request': 'bl=1000,mtp=5000'});
    assert.equal(low.items[0].code, 'BUFFER_TOO_LOW');
    assert.ok(low.items[0].session.playlistUrl);
  });

  test('a pack starts nothing until something is watched', async () => {
    const told = starts();
    const person = await guest(house.url);
    const pack = await ask({seriesId: series.seriesId, count: 2}, {}, person);
    assert.equal(starts(), told);
    const {sessionId} = pack.items[1].session;
    await person.post(`/v1/playback/sessions/${sessionId}:report`, {sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 2500, watchedMs: 2500});
    assert.equal(starts(), told + 1);
    await person.post(`/v1/playback/sessions/${sessionId}:report`, {sequence: 2, event: 'WATCH_EVENT_PROGRESS', positionMs: 4500, watchedMs: 2000});
    assert.equal(starts(), told + 1);
    // And what was watched is where the next pack begins.
    const next = await ask({episodeIds: [episodes[1]]}, {}, person);
    assert.equal(next.items[0].session.resumeMs, '4500');
    assert.ok(next.items[0].parts.some((part) => part.url.endsWith('/2.m4s')));
    assert.ok(!next.items[0].parts.some((part) => part.url.endsWith('/0.m4s')));
  });

  test('the feed as packs', async () => {
    const first = await until('the feed has it', async () => {
      const pack = await ask({feed: true, count: 1});
      return pack.items.length === 1 && pack;
    });
    assert.ok(episodes.includes(first.items[0].episodeId));
    assert.equal(first.items[0].code, '');
  });

  test('the page plays the next episode from a pack: no session, no playlist and no first segment is asked for', async () => {
    const tab = await browser.context.newPage();
    const asked = [];
    const packs = [];
    tab.on('request', (request) => asked.push(`${new URL(request.url()).pathname} ${request.postData() ?? ''}`));
    tab.on('response', (response) => response.url().endsWith('/v1/start-packs') && packs.push(response.status()));
    try {
      await tab.goto(`${house.url}/watch/${episodes[0]}`);
      const playing = (id) => tab.waitForFunction((episode) => {
        const video = document.querySelector(`.card[data-place="current"][data-episode-id="${episode}"] video`);
        return video && video.currentTime > 0.5;
      }, id, {timeout: 60_000});
      await playing(episodes[0]);
      await tab.waitForSelector(`.card[data-place="next"][data-episode-id="${episodes[1]}"][data-state="ready"]`, {timeout: 60_000});
      assert.deepEqual(packs, [200]);
      await tab.keyboard.press('ArrowDown');
      await playing(episodes[1]);
      const revision = (await viewer.post('/v1/playback/sessions', {episodeId: episodes[1]})).session.revisionId;
      const sessions = asked.filter((line) => line.startsWith('/v1/playback/sessions '));
      assert.ok(sessions[0].includes(episodes[0]));
      assert.ok(!sessions.some((line) => line.includes(episodes[1])), sessions.join('\n'));
      const media = asked.filter((line) => line.includes(`/${revision}/`));
      assert.ok(!media.some((line) => /m3u8 $|init|\/[01]\.m4s $/.test(line)), media.join('\n'));
    } finally {
      await tab.close();
    }
  });

  test('what was withdrawn is in no pack', async () => {
    await maker.post(`/v1/episodes/${episodes[3]}:withdraw`, {});
    const pack = await ask({episodeIds: [episodes[3], episodes[0]]});
    assert.deepEqual(pack.items.map((it) => it.code), ['EPISODE_NOT_FOUND', '']);
  });

  test('a player starts from the pack, with no request for what is in it', async () => {
    const pack = await ask({episodeIds: [episodes[0]]});
    const item = pack.items[0];
    const held = Object.fromEntries(item.parts.map((part) =>
      [new URL(part.url, house.url).href, {type: part.contentType, base64: Buffer.from(pack.bytes(part)).toString('base64')}]));
    const seen = await browser.playHeld(new URL(item.session.playlistUrl, house.url).href, new URL(item.rung.url, house.url).href, held);
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.position >= 1, `stopped at ${seen.position}`);
    assert.ok(seen.served >= 7, `${seen.served} from the pack`);
    for (const url of seen.asked) assert.ok(!(url in held), `asked for ${url}`);
  });
});
