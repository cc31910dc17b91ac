// The house as a whole on private servers; each round uploads the episode with another last byte, so that no round finds segments of an earlier one.
import {spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, makeEpisode, mediaState} from '../../tests/system/lib/api.mjs';
import {House} from '../../tests/system/lib/house.mjs';

const [source, rounds] = [process.argv[2], Number(process.argv[3])];
const piece = 8 << 20;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const b64 = (text) => Buffer.from(text).toString('base64');

// A free box behind the file: another digest, the same film.
const variant = (bytes, n) => {
  const box = Buffer.alloc(16);
  box.writeUInt32BE(16, 0);
  box.write('free', 4);
  box.writeBigUInt64BE(BigInt(n), 8);
  return Buffer.concat([bytes, box]);
};

async function ours(house, maker, bytes) {
  const {episode} = await makeEpisode(maker, `Bench ${Math.random()}`);
  const headers = {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`};
  const made = await fetch(`${house.url}/uploads`, {method: 'POST', headers: {...headers, 'Upload-Length': String(bytes.length),
    'Upload-Metadata': `filename ${b64('e.mp4')},episode_id ${b64(episode.episodeId)}`}});
  const at = new URL(made.headers.get('location'), house.url);
  let start;
  for (let offset = 0; offset < bytes.length; offset += piece) {
    start = performance.now();  // of the last piece in the end: its own way counts as ours
    const answer = await fetch(at, {method: 'PATCH', body: bytes.subarray(offset, offset + piece),
      headers: {...headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset)}});
    if (answer.status !== 204) throw new Error(`PATCH ${answer.status}: ${await answer.text()}`);
  }
  // Playable: a session is given, and playlist, init and first segment come.
  for (;;) {
    const answer = await maker.raw('POST', '/v1/playback/sessions', {episodeId: episode.episodeId});
    if (answer.ok) {
      const {session} = await answer.json();
      const base = new URL(session.playlistUrl, house.url);
      const first = (text) => text.split('\n').find((line) => line && !line.startsWith('#'));
      const media = new URL(first(await (await fetch(base)).text()), base);
      const text = await (await fetch(media)).text();
      const segment = await fetch(new URL(first(text), media));
      const init = await fetch(new URL(text.match(/EXT-X-MAP:URI="([^"]+)"/)[1], media));
      if (segment.ok && init.ok && (await segment.arrayBuffer()).byteLength > 0) break;
    }
    await sleep(20);
  }
  const seconds = (performance.now() - start) / 1000;
  // The rest is not this bench's business, but its work must not run into the next round.
  while ((await mediaState(maker, episode.episodeId)).mediaState !== 'MEDIA_STATE_READY') await sleep(200);
  return {seconds, whole: (performance.now() - start) / 1000};
}

// One ffmpeg command with the same rungs: until its first segments are complete (the second ones have begun).
async function peer() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chb-'));
  const rungs = [[1080, 1920, 21], [720, 1280, 22], [540, 960, 23], [360, 640, 24]];
  const filter = `[0:v]split=${rungs.length}${rungs.map((_, i) => `[a${i}]`).join('')};` +
    rungs.map(([w, h], i) => `[a${i}]scale=${w}:${h}:flags=bicubic[v${i}]`).join(';');
  const args = ['-v', 'error', '-y', '-i', source, '-filter_complex', filter];
  rungs.forEach(([, , crf], i) => args.push('-map', `[v${i}]`, '-map', '0:a:0', `-c:v:${i}`, 'libx264', `-preset:v:${i}`, 'veryfast', `-crf:v:${i}`, String(crf),
      `-g:v:${i}`, '60', `-keyint_min:v:${i}`, '60', `-sc_threshold:v:${i}`, '0'));
  args.push('-c:a', 'aac', '-f', 'hls', '-hls_time', '4', '-hls_segment_type', 'fmp4', '-hls_playlist_type', 'event',
      '-var_stream_map', rungs.map((_, i) => `v:${i},a:${i}`).join(' '), '-hls_segment_filename', path.join(dir, 'v%v-%d.m4s'), path.join(dir, 'v%v.m3u8'));
  const start = performance.now();
  const child = spawn('ffmpeg', args, {stdio: ['ignore', 'ignore', 'inherit'], cwd: dir});
  const gone = new Promise((resolve) => child.on('exit', resolve));
  while (!fs.existsSync(path.join(dir, 'v2.m3u8')) && child.exitCode === null) await sleep(20);
  const seconds = (performance.now() - start) / 1000;
  child.kill('SIGKILL');
  await gone;
  fs.rmSync(dir, {recursive: true, force: true});
  return seconds;
}

const house = await new House().start();
const maker = await creator(house.url);
const bytes = fs.readFileSync(source);
const found = {ours: [], whole: [], peer: []};
try {
  for (let round = 0; round < rounds; ++round) {
    const mine = await ours(house, maker, variant(bytes, round));
    found.ours.push(mine.seconds);
    found.whole.push(mine.whole);
    found.peer.push(await peer());
    console.log(`round ${round + 1}: first playable segment after ${mine.seconds.toFixed(2)} s, whole revision ${mine.whole.toFixed(1)} s; ffmpeg's first segments after ${found.peer.at(-1).toFixed(2)} s`);
  }
} finally {
  await house.stop();
}
const cpu = spawnSync('sh', ['-c', "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"], {encoding: 'utf8'}).stdout.trim();
console.log(JSON.stringify({name: 'first-segment', ratio: {wall: +(median(found.ours) / median(found.peer)).toFixed(3)},
  ours: {seconds: +median(found.ours).toFixed(2), whole_seconds: +median(found.whole).toFixed(1)},
  peer: {command: 'ffmpeg, one command, all rungs', seconds: +median(found.peer).toFixed(2)}, machine: `${os.cpus().length} × ${cpu}`}));
