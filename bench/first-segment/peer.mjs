// The peer: one ffmpeg command with the same rungs, until its first segments are complete (the second ones have begun).
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const rungs = [[1080, 1920, 21], [720, 1280, 22], [540, 960, 23], [360, 640, 24]];

function command(source, dir) {
  const filter = `[0:v]split=${rungs.length}${rungs.map((_, i) => `[a${i}]`).join('')};` +
    rungs.map(([w, h], i) => `[a${i}]scale=${w}:${h}:flags=bicubic,format=yuv420p[v${i}]`).join(';');
  const args = ['-v', 'error', '-y', '-i', source, '-filter_complex', filter];
  rungs.forEach(([, , crf], i) => args.push('-map', `[v${i}]`, '-map', '0:a:0', `-c:v:${i}`, 'libx264', `-preset:v:${i}`, 'veryfast', `-crf:v:${i}`, String(crf),
      `-g:v:${i}`, '60', `-keyint_min:v:${i}`, '60', `-sc_threshold:v:${i}`, '0'));
  args.push('-c:a', 'aac', '-f', 'hls', '-hls_time', '4', '-hls_segment_type', 'fmp4', '-hls_playlist_type', 'event',
      '-var_stream_map', rungs.map((_, i) => `v:${i},a:${i}`).join(' '), '-hls_segment_filename', path.join(dir, 'v%v-%d.m4s'), path.join(dir, 'v%v.m3u8'));
  return args;
}

export async function peer(source) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chb-'));
  const start = performance.now();
  const child = spawn('ffmpeg', command(source, dir), {stdio: ['ignore', 'ignore', 'inherit'], cwd: dir});
  const gone = new Promise((resolve) => child.on('exit', resolve));
  while (!fs.existsSync(path.join(dir, 'v2.m3u8')) && child.exitCode === null) await sleep(20);
  const seconds = (performance.now() - start) / 1000;
  const failed = child.exitCode > 0;
  child.kill('SIGKILL');
  await gone;
  fs.rmSync(dir, {recursive: true, force: true});
  if (failed) throw new Error('ffmpeg failed');
  return seconds;
}
