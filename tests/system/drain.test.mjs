// SIGTERM in the middle of work: the process says that it isn't ready, ends what it does within the drain time, exits with 0, and what was
// under way goes on after the restart.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, makeEpisode, mediaState, untilReady, upload} from './lib/api.mjs';
import {makeClip, pad} from './lib/clips.mjs';
import {cutter} from './lib/cutter.mjs';
import {freePort, House, until} from './lib/house.mjs';

const drainMs = 3000;

describe('SIGTERM', () => {
  const house = new House({settings: {CLIFFHANGER_DRAIN_MS: String(drainMs)}});
  let maker, series, health;

  before(async () => {
    house.settings.CLIFFHANGER_HEALTH_PORT = String(await freePort());
    health = `http://127.0.0.1:${house.settings.CLIFFHANGER_HEALTH_PORT}/readyz`;
    await house.start();
    maker = await creator(house.url);
    ({series} = await makeEpisode(maker));
  });
  after(() => house.stop());

  const newEpisode = async () => (await maker.post(`/v1/series/${series.seriesId}/episodes`, {title: 'E'})).episode.episodeId;
  // Ends the house's one process; what it answered at /readyz meanwhile, and how it ended.
  const terminate = async () => {
    const child = house.processes.get('all');
    const answers = [];
    let gone = false;
    child.kill('SIGTERM');
    const asking = (async () => {
      while (!gone) {
        const answer = await fetch(health).catch(() => null);
        if (answer) answers.push([answer.status, (await answer.json().catch(() => ({}))).code]);
        await sleep(50);
      }
    })();
    // The drain time, and a margin for a slow machine: later is a hang.
    const end = await Promise.race([child.gone, sleep(drainMs + 60_000, {code: 'hung'}, {ref: false})]);
    gone = true;
    await asking;
    return {...end, answers};
  };
  // Pids of the house's media children.
  const children = () => fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const [, , parent] = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/, 'x').split(' ');
      return Number(parent) === house.processes.get('all').pid;
    } catch {
      return false;  // it ended
    }
  });
  const alive = (pid) => fs.existsSync(`/proc/${pid}`);

  test('during a PATCH: what arrived is kept, and it goes on', async () => {
    const file = pad(makeClip(path.join(house.dir, 'big.mp4'), {seconds: 2, size: '270x480'}), 6 << 20);
    const bytes = fs.readFileSync(file);
    const episodeId = await newEpisode();
    const b64 = (text) => Buffer.from(text).toString('base64');
    const tus = (method, at, headers = {}, body, base = house.url) => fetch(base + at, {method, body,
      headers: {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`, ...headers}});
    const made = await tus('POST', '/uploads', {'Upload-Length': String(bytes.length),
      'Upload-Metadata': `filename ${b64('big.mp4')},episode_id ${b64(episodeId)}`});
    const at = new URL(made.headers.get('location'), house.url).pathname;
    const append = (from, base) => tus('PATCH', at, {'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(from)},
        bytes.subarray(from), base);
    const slow = await cutter(house.url, {rate: 500_000});
    const patch = append(0, slow.url).then((it) => it.status, () => 'cut');
    await until('bytes go through', () => slow.passed > 1 << 20, {every: 20});
    const end = await terminate();
    assert.equal(end.code, 0, JSON.stringify(end));
    assert.ok(end.answers.some(([status, code]) => status === 503 && code === 'DRAINING'), JSON.stringify(end.answers));
    const told = end.answers.findIndex(([status]) => status === 503);
    assert.ok(end.answers.slice(told).every(([status]) => status === 503), JSON.stringify(end.answers));
    assert.notEqual(await patch, 204, 'it was not the whole');
    slow.close();

    house.launch('all');
    await house.ready();
    const offset = Number((await tus('HEAD', at)).headers.get('upload-offset'));
    assert.ok(offset > 0 && offset < bytes.length, `${offset} of ${bytes.length}`);
    assert.equal((await append(offset)).status, 204);
    await untilReady(maker, episodeId);
    const {uploads} = await maker.get(`/v1/episodes/${episodeId}/uploads`);
    assert.equal(uploads[0].sha256, crypto.createHash('sha256').update(bytes).digest('hex'));
  });

  test('during encoding: the children end, the work is given back and done after the restart', async () => {
    const episodeId = await newEpisode();
    await upload(maker, makeClip(path.join(house.dir, 'long.mp4'), {seconds: 24, size: '540x960', tone: 510}), episodeId);
    const working = await until('it is encoded', async () => {
      const state = await mediaState(maker, episodeId);
      const now = children();
      return (state.mediaPercent ?? 0) > 0 && state.mediaState !== 'MEDIA_STATE_READY' && now.length > 0 && now;
    }, {every: 50});
    const end = await terminate();
    assert.equal(end.code, 0, JSON.stringify(end));
    assert.deepEqual(working.filter(alive), []);
    // Given back, not left to run out: nobody holds a lease.
    assert.equal(house.sql('SELECT count(*) FROM work WHERE state = \'leased\'', 'transcode'), '0');
    const done = Number(house.sql('SELECT count(*) FROM piece', 'transcode'));
    assert.ok(done > 0);
    house.launch('all');
    await house.ready();
    await untilReady(maker, episodeId);
  });

  test('idle: at once', async () => {
    const end = await terminate();
    assert.equal(end.code, 0, JSON.stringify(end));
    house.launch('all');
    await house.ready();
  });
});
