// `cliffhanger upload` and `cliffhanger status` as a creator uses them: a folder, a bad file in it, a second run, kill -9 in the middle of a big
// file, a door that goes away, and no credentials.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator} from './lib/api.mjs';
import {cliffhanger} from './lib/cli.mjs';
import {makeClip, pad} from './lib/clips.mjs';
import {cutter} from './lib/cutter.mjs';
import {House, until} from './lib/house.mjs';

describe('the commands for creators', () => {
  const house = new House({split: true});
  const proxies = [];
  let maker, folder;

  before(async () => {
    await house.start();
    maker = await creator(house.url);
    folder = path.join(house.dir, 'Season 1');
    fs.mkdirSync(folder);
    for (const [i, name] of ['1 The Lamp.mp4', '2 The Key.mp4', '10 The End.mp4'].entries()) {
      makeClip(path.join(folder, name), {seconds: 2, size: '270x480', tone: 400 + 50 * i});
    }
    fs.writeFileSync(path.join(folder, '3 The Letter.mp4'), 'Dear reader,\n'.repeat(500));
    fs.writeFileSync(path.join(folder, 'notes.txt'), 'not for upload');
  });
  after(async () => {
    for (const it of proxies) it.close();
    await house.stop();
  });

  const env = (more = {}) => ({HOME: house.dir, XDG_STATE_HOME: path.join(house.dir, 'cli-state'), CLIFFHANGER_URL: house.url,
    CLIFFHANGER_EMAIL: maker.email, CLIFFHANGER_PASSWORD: 'correct horse battery', ...more});
  const seriesTitled = async (title) => (await maker.get('/v1/series?mine=true&pageSize=100')).series?.find((it) => it.title === title);
  const episodesOf = async (series) => (await maker.get(`/v1/series/${series.seriesId}/episodes`)).episodes ?? [];
  const uploadsOf = async (episode) => (await maker.get(`/v1/episodes/${episode.episodeId}/uploads`)).uploads ?? [];
  const uploadsInAll = () => Number(house.sql('SELECT count(*) FROM upload', 'ingest'));
  const slow = async (rate) => {
    const proxy = await cutter(house.url, {rate});
    proxies.push(proxy);
    return proxy;
  };

  test('a folder in natural order, several at once; a bad file says why and stops nothing', async () => {
    const proxy = await slow(400_000);
    const sessions = () => Number(house.sql('SELECT count(*) FROM session', 'accounts'));
    const before = sessions();
    const end = await cliffhanger(['upload', folder, '--series', 'The Comeback', '--publish'], env({CLIFFHANGER_URL: proxy.url})).end;
    assert.equal(end.code, 1, end.out + end.err);
    assert.equal(sessions(), before + 1, 'one sign-in for all files');
    const episodes = await episodesOf(await seriesTitled('The Comeback'));
    assert.deepEqual(episodes.map((it) => [it.number, it.title]), [[1, 'The Lamp'], [2, 'The Key'], [3, 'The Letter'], [4, 'The End']]);
    assert.deepEqual(episodes.map((it) => it.state), ['PUBLISHED', 'PUBLISHED', 'DRAFT', 'PUBLISHED'].map((it) => `EDITORIAL_STATE_${it}`));
    assert.equal(episodes[2].mediaFailure, 'MEDIA_NOT_VIDEO');
    assert.match(end.err, /3 The Letter\.mp4: MEDIA_NOT_VIDEO: \S+/);
    assert.match(end.out, /3 of 4 files/);
    // No terminal: whole lines without control characters, and few of them.
    assert.doesNotMatch(end.out, /[\x1b\r█]/);
    const lines = end.out.trim().split('\n');
    assert.ok(lines.length < 40, end.out);
    const first = (name, stage) => lines.findIndex((it) => it.startsWith(name) && it.includes(stage));
    assert.ok(first('2 The Key', 'uploading') >= 0 && first('2 The Key', 'uploading') < first('1 The Lamp', 'published'), end.out);
  });

  test('a second run sends nothing of what is there', async () => {
    const before = uploadsInAll();
    const end = await cliffhanger(['upload', folder, '--series', 'The Comeback', '--publish'], env()).end;
    assert.equal(end.code, 1, end.out + end.err);
    assert.match(end.err, /3 The Letter\.mp4: MEDIA_NOT_VIDEO/);
    const episodes = await episodesOf(await seriesTitled('The Comeback'));
    assert.equal(episodes.length, 4);
    for (const it of episodes.filter((it) => it.number !== 3)) assert.equal((await uploadsOf(it)).length, 1, it.title);
    assert.ok(uploadsInAll() <= before + 1, 'only the bad file may be tried again');
  });

  test('the bad file made good takes the place it had', async () => {
    makeClip(path.join(folder, '3 The Letter.mp4'), {seconds: 2, size: '270x480', tone: 777});
    const end = await cliffhanger(['upload', folder, '--series', 'The Comeback', '--publish'], env()).end;
    assert.equal(end.code, 0, end.out + end.err);
    const episodes = await episodesOf(await seriesTitled('The Comeback'));
    assert.deepEqual(episodes.map((it) => [it.number, it.title, it.state]),
        ['The Lamp', 'The Key', 'The Letter', 'The End'].map((it, i) => [i + 1, it, 'EDITORIAL_STATE_PUBLISHED']));
    for (const it of episodes.filter((it) => it.number !== 3)) assert.equal((await uploadsOf(it)).length, 1, it.title);
  });

  test('kill -9 of the command, then of the door, in the middle of a big file', async () => {
    const file = pad(makeClip(path.join(house.dir, 'big.mp4'), {seconds: 2, size: '270x480', tone: 610}), 12 << 20);
    const size = fs.statSync(file).size;
    const first = await slow(2_000_000);
    const args = ['upload', file, '--series', 'Big', '--publish'];
    const one = cliffhanger(args, env({CLIFFHANGER_URL: first.url, CLIFFHANGER_TOKEN: maker.token}));
    await until('a part of it went through', () => first.passed > 4 << 20, {every: 20});
    one.child.kill('SIGKILL');
    assert.equal((await one.end).signal, 'SIGKILL');

    const [episode] = await episodesOf(await seriesTitled('Big'));
    const begun = await until('what arrived is committed', async () => {
      const [upload] = await uploadsOf(episode);
      return Number(upload?.offset ?? 0) > 0 && upload;
    });
    const offset = Number(begun.offset);
    assert.ok(offset < size, `${offset} of ${size}`);

    const already = first.passed;
    const two = cliffhanger(args, env({CLIFFHANGER_URL: first.url}));
    await until('it goes on', () => first.passed > already + (1 << 20), {every: 20});
    await house.crash('edge');
    await sleep(1500);
    assert.equal(two.child.exitCode, null, two.err);
    const [half] = await until('ingest still knows it', async () => {
      const row = house.sql(`SELECT received FROM upload WHERE upload_id = '${begun.uploadId}'`, 'ingest');
      return row && [Number(row)];
    });
    assert.ok(half >= offset);
    house.launch('edge');
    const end = await two.end;
    assert.equal(end.code, 0, end.out + end.err);
    const uploads = await uploadsOf(episode);
    assert.equal(uploads.length, 1, 'the upload was continued, not begun again');
    assert.equal(uploads[0].sha256, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex'));
    assert.equal((await episodesOf(await seriesTitled('Big'))).length, 1);
    // What went through after the kill is the rest, and what was under way when the edge died.
    assert.ok(first.passed - already < size - offset + (10 << 20), `${first.passed - already} bytes for the last ${size - offset}`);
  });

  test('status of an episode, of a series, of nothing', async () => {
    const series = await seriesTitled('The Comeback');
    const [, two] = await episodesOf(series);
    const one = await cliffhanger(['status', two.episodeId], env()).end;
    assert.equal(one.code, 0, one.err);
    assert.match(one.out, /2\s+The Key\s+published\s+ready\s+2\.\d s/);
    const all = await cliffhanger(['status', series.seriesId], env()).end;
    assert.equal(all.code, 0, all.err);
    assert.deepEqual(all.out.match(/The (Comeback|Lamp|Key|Letter|End)/g), ['The Comeback', 'The Lamp', 'The Key', 'The Letter', 'The End']);
    const none = await cliffhanger(['status', '01890000-0000-7000-8000-000000000000'], env()).end;
    assert.equal(none.code, 1);
    assert.match(none.err, /NOT_FOUND: There is no episode or series/);
  });

  test('an age rating is set, shown and taken back, twice without harm, and of one\'s own series only', async () => {
    const {seriesId} = await seriesTitled('The Comeback');
    const rate = (...args) => cliffhanger(['rate', ...args], env()).end;
    const rating = async () => (await maker.get(`/v1/series/${seriesId}`)).series.ageRating;
    for (const age of ['16', '16', '0']) {
      const end = await rate(seriesId, age);
      assert.equal(end.code, 0, end.err);
      assert.equal(end.out, `The Comeback: from age ${age} on\n`);
      assert.equal(await rating(), Number(age));
    }
    assert.match((await cliffhanger(['status', seriesId], env()).end).out, /The Comeback \(.*, from age 0 on\)/);
    assert.equal((await rate(seriesId, 'none')).out, 'The Comeback: not rated\n');
    assert.equal(await rating(), undefined);
    for (const wrong of [[seriesId], [seriesId, '19'], [seriesId, '-1'], [seriesId, '1x'], ['The Comeback', '12'], [seriesId, '12', '13']])
      assert.equal((await rate(...wrong)).code, 2, wrong.join(' '));
    assert.equal(await rating(), undefined);
    const other = await creator(house.url);
    const end = await cliffhanger(['rate', seriesId, '12'], env({CLIFFHANGER_EMAIL: other.email})).end;
    assert.equal(end.code, 1);
    assert.match(end.err, /SERIES_NOT_FOUND/);
  });

  test('no credentials, wrong ones, wrong arguments', async () => {
    const nobody = {HOME: house.dir, CLIFFHANGER_URL: house.url};
    for (const args of [['upload', folder, '--series', 'X'], ['status', '01890000-0000-7000-8000-000000000000']]) {
      const end = await cliffhanger(args, nobody).end;
      assert.equal(end.code, 2, end.err);
      assert.match(end.err, /NO_CREDENTIALS: .*CLIFFHANGER_TOKEN/);
    }
    const wrong = await cliffhanger(['upload', folder, '--series', 'X'], env({CLIFFHANGER_PASSWORD: 'not this one'})).end;
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /WRONG_CREDENTIALS/);
    const spoilt = await cliffhanger(['upload', folder, '--series', 'X'], {...nobody, CLIFFHANGER_TOKEN: 'x.y.z'}).end;
    assert.equal(spoilt.code, 1);
    assert.match(spoilt.err, /TOKEN_/);
    for (const args of [['upload', folder], ['upload', folder, '--series', 'X', '--colour', 'red'], ['upload']]) {
      assert.equal((await cliffhanger(args, env()).end).code, 2, args.join(' '));
    }
    const missing = await cliffhanger(['upload', path.join(house.dir, 'nowhere'), '--series', 'X'], env()).end;
    assert.equal(missing.code, 1);
    assert.match(missing.err, /NO_SUCH_FILE/);
    assert.equal(await seriesTitled('X'), undefined);
  });
});
