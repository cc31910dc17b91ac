// vmaf.mjs METER SOURCE FOLDER: the VMAF of each rung in FOLDER/ours and FOLDER/peer against the source, both shown at the
// source's size, as players do. Prints a line a rung, and then FOLDER/said's last line with `vmaf` added.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [meter, source, folder] = process.argv.slice(2);
const every = 5; // pictures: enough for a mean within a tenth of a point
const video = JSON.parse(
  execFileSync(meter, ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=width,height', '-of', 'json', source]),
).streams[0];

// One file of a rung: its initialisation segment and all segments in their order.
function joined(init, segments, into) {
  writeFileSync(into, Buffer.concat([init, ...segments].map((file) => readFileSync(file))));
  return into;
}
const number = (name) => Number(name.match(/(\d+)\.m4s$/)[1]);
function segmentsOf(path, wanted) {
  const names = readdirSync(path).filter((name) => name.endsWith('.m4s') && wanted(name));
  return names.sort((a, b) => number(a) - number(b)).map((name) => join(path, name));
}

// The pictures are in a bt709 ladder what they were in the source's matrix, whatever that was: each side is compared in bt709.
function vmaf(file) {
  const log = join(folder, 'vmaf.json');
  const same = `scale=${video.width}:${video.height}:flags=bicubic,format=yuv420p,settb=AVTB,setpts=N`;
  const graph =
    `movie=${file},${same}[d];movie=${source},${same}[r];` +
    `[d][r]libvmaf=n_threads=2:n_subsample=${every}:log_fmt=json:log_path=${log},format=yuv420p[out0]`;
  const args = ['-v', 'error', '-f', 'lavfi', '-i', graph, '-count_frames', '-show_entries', 'stream=nb_read_frames'];
  execFileSync(meter, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return JSON.parse(readFileSync(log)).pooled_metrics.vmaf.mean;
}

const ours = join(folder, 'ours');
const rungs = readdirSync(ours)
  .map((name) => name.match(/^v(\d+)-init\.mp4$/)?.[1])
  .filter(Boolean)
  .sort((a, b) => b - a);
const result = {};
rungs.forEach((side, i) => {
  const name = `v${side}`;
  const peer = join(folder, 'peer', `v${i}`);
  const init = readdirSync(peer).find((file) => file.endsWith('.mp4'));
  const mine = vmaf(joined(join(ours, `${name}-init.mp4`), segmentsOf(ours, (n) => n.startsWith(`${name}-`)), join(folder, 'a.mp4')));
  const theirs = vmaf(joined(join(peer, init), segmentsOf(peer, () => true), join(folder, 'b.mp4')));
  result[name] = { ours: +mine.toFixed(2), peer: +theirs.toFixed(2), difference: +(mine - theirs).toFixed(2) };
  console.log(`  ${name}: VMAF ${mine.toFixed(2)}, ffmpeg ${theirs.toFixed(2)}, difference ${(mine - theirs).toFixed(2)}`);
});
const said = JSON.parse(readFileSync(join(folder, 'said'), 'utf8').trim().split('\n').at(-1));
console.log(JSON.stringify({ ...said, vmaf: result }));
