// Idle memory of each process, and what an upload of 2 GiB adds to any.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, makeEpisode} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, services, until} from './lib/house.mjs';

const mib = 1024;  // KiB
const status = (pid, field) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))[1]);
const resetPeak = (pid) => fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');

describe('memory, one process', () => {
  const house = new House();
  before(() => house.start());
  after(() => house.stop());
  test('idle: at most 300 MiB', async () => {
    await sleep(3000);
    const used = status(house.processes.get('all').pid, 'VmRSS');
    console.log(`all services in one process, idle: ${Math.round(used / mib)} MiB`);
    assert.ok(used <= 300 * mib, `${used} KiB`);
  });
});

describe('memory, one process per service', () => {
  const house = new House({split: true});
  let maker;
  before(async () => {
    await house.start();
    maker = await creator(house.url);
  });
  after(() => house.stop());

  test('idle: at most 64 MiB each', async () => {
    await sleep(3000);
    const used = services.map((name) => [name, status(house.processes.get(name).pid, 'VmRSS')]);
    console.log(`idle: ${used.map(([name, kib]) => `${name} ${Math.round(kib / mib)}`).join(', ')} MiB`);
    for (const [name, kib] of used) assert.ok(kib <= 64 * mib, `${name}: ${kib} KiB`);
  });

  test('an upload of 2 GiB adds at most 32 MiB anywhere', async () => {
    // A real clip with 2 GiB of a `free` box behind it: a hole in the file, but bytes on the way.
    const clip = makeClip(path.join(house.dir, 'big.mp4'), {seconds: 2});
    const size = fs.statSync(clip).size, pad = 2 ** 31;
    const head = Buffer.alloc(16);
    head.writeUInt32BE(1, 0);
    head.write('free', 4);
    head.writeBigUInt64BE(BigInt(pad), 8);
    fs.appendFileSync(clip, head);
    fs.truncateSync(clip, size + pad);
    const {episode} = await makeEpisode(maker);
    const before = services.map((name) => status(house.processes.get(name).pid, 'VmRSS'));
    for (const name of services) resetPeak(house.processes.get(name).pid);
    const b64 = (text) => Buffer.from(text).toString('base64');
    const made = await fetch(`${house.url}/uploads`, {method: 'POST', headers: {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`,
      'Upload-Length': String(size + pad), 'Upload-Metadata': `filename ${b64('big.mp4')},episode_id ${b64(episode.episodeId)}`}});
    assert.equal(made.status, 201);
    const at = new URL(made.headers.get('location'), house.url).href;
    const curl = spawn('curl', ['-sS', '-f', '-X', 'PATCH', '-T', clip, '-H', 'Tus-Resumable: 1.0.0', '-H', 'Expect:', '-H', `Authorization: Bearer ${maker.token}`,
      '-H', 'Content-Type: application/offset+octet-stream', '-H', 'Upload-Offset: 0', at], {stdio: 'inherit'});
    assert.equal(await new Promise((resolve) => curl.on('exit', resolve)), 0);
    await until('it is verified', async () => (await maker.get(`/v1/uploads/${at.split('/').pop()}`)).upload.state === 'UPLOAD_STATE_READY', {seconds: 120});
    const grown = services.map((name, i) => [name, status(house.processes.get(name).pid, 'VmHWM') - before[i]]);
    console.log(`a 2 GiB upload added: ${grown.map(([name, kib]) => `${name} ${(kib / mib).toFixed(1)}`).join(', ')} MiB`);
    for (const [name, kib] of grown) assert.ok(kib <= 32 * mib, `${name}: ${kib} KiB`);
  });
});
