// Clips to test with: a real vertical one from ../shared beside the source tree where that is, else one that ffmpeg makes.
import {spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import {source} from './house.mjs';

export const shared = process.env.CLIFFHANGER_SHARED_DIR ?? path.resolve(source, '../shared');

export function verticalClip(dir) {
  const real = path.join(shared, 'media/lp_sample.mp4');
  return fs.existsSync(real) ? real : makeClip(path.join(dir, 'vertical.mp4'), {seconds: 16, size: '576x1024'});
}

export function makeClip(file, {seconds = 6, size = '360x640', rate = 30, tone = 330, hue = 0} = {}) {
  const done = spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds},hue=h=${hue}`,
    '-f', 'lavfi', '-i', `sine=frequency=${tone}:duration=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20',
    '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', '-movflags', '+faststart', file], {encoding: 'utf8'});
  if (done.status !== 0) throw new Error(done.stderr);
  return file;
}

// Makes an MP4 `bytes` long with a box of noise behind it, which players skip: a big file that is quickly encoded.
export function pad(file, bytes) {
  const noise = crypto.randomBytes(bytes - fs.statSync(file).size);
  noise.writeUInt32BE(noise.length, 0);
  noise.write('free', 4, 'latin1');
  fs.appendFileSync(file, noise);
  return file;
}

// Frames and seconds of the first stream of a kind in a file or at a URL, by decoding everything.
export function probe(url, kind = 'v') {
  const done = spawnSync('ffprobe', ['-v', 'error', '-select_streams', `${kind}:0`, '-count_frames', '-show_entries',
    'stream=nb_read_frames,width,height,codec_name:format=duration', '-of', 'json', url], {encoding: 'utf8'});
  if (done.status !== 0) throw new Error(`ffprobe ${url}: ${done.stderr}`);
  const found = JSON.parse(done.stdout);
  return {...found.streams[0], frames: Number(found.streams[0].nb_read_frames), seconds: Number(found.format.duration), complaints: done.stderr};
}
