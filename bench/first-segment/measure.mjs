// measure.mjs SOURCE HDR|"" FASTSTART|"" ROUNDS OTHERS: the house as a whole on private servers, each scenario with files that it has not seen.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

import {creator} from '../../tests/system/lib/api.mjs';
import {House, until} from '../../tests/system/lib/house.mjs';
import {peer} from './peer.mjs';
import {Sending} from './sending.mjs';

const [source, hdr, faststart] = process.argv.slice(2), [rounds, others] = process.argv.slice(5).map(Number);
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const round = (seconds, digits = 2) => +seconds.toFixed(digits);
let files = 0;

async function inHouse(perform, settings = {}) {
  const house = await new House({settings}).start();
  try {
    return await perform(house);
  } finally {
    await house.stop();
  }
}
const send = async (house, bytes, maker, share) =>
  new Sending(house, maker ?? await creator(house.url), bytes, ++files, share).begin();

// One upload and nothing else to do; then the peer on the same file.
async function alone(file) {
  const bytes = fs.readFileSync(file);
  return inHouse(async (house) => {
    const found = {seconds: [], whole: [], peer: []}, maker = await creator(house.url);
    for (let i = 0; i < rounds; ++i) {
      const mine = await (await send(house, bytes, maker)).end();
      found.seconds.push(await mine.playable());
      found.whole.push(await mine.ready());  // its work must not run into what comes next
      found.peer.push(await peer(file));
      console.log(`  round ${i + 1}: first playable segment after ${found.seconds.at(-1).toFixed(2)} s, whole revision ${found.whole.at(-1).toFixed(1)} s; ffmpeg's first segments after ${found.peer.at(-1).toFixed(2)} s`);
    }
    return found;
  });
}

// `others` creators' episodes are in full work, their heads done, when one more creator's last byte arrives.
async function among() {
  const bytes = fs.readFileSync(source);
  return inHouse(async (house) => {
    for (let i = 0; i < others; ++i) await (await (await send(house, bytes)).end()).playable();
    const seconds = await (await (await send(house, bytes)).end()).playable();
    console.log(`  with ${others} others in work: first playable segment after ${seconds.toFixed(2)} s`);
    return seconds;
  });
}

// So many creators' last bytes at the same moment: until the last of their heads plays.
async function atOnce() {
  const bytes = fs.readFileSync(source);
  return inHouse(async (house) => {
    const all = [];
    for (let i = 0; i < others; ++i) all.push(await send(house, bytes));
    const seconds = await Promise.all(all.map(async (one) => (await one.end()).playable(500)));  // so many who ask are work too
    console.log(`  ${others} at once: first ${Math.min(...seconds).toFixed(2)} s, median ${median(seconds).toFixed(2)} s, last ${Math.max(...seconds).toFixed(2)} s`);
    return Math.max(...seconds);
  });
}

// An index in front, and the last tenth of the file is still to come when its head is made, or when it would have been (`headBytes` 0: never).
async function early(file, headBytes) {
  const bytes = fs.readFileSync(file);
  return inHouse(async (house) => {
    const seconds = [], maker = await creator(house.url);
    for (let i = 0; i < rounds; ++i) {
      const mine = await send(house, bytes, maker, 0.9);
      if (headBytes > 0) {
        await until('its head is made', () => house.sql(`SELECT count(*) FILTER (WHERE w.state = 'done') > 0 AND count(*) FILTER
          (WHERE w.state IN ('ready', 'leased')) = 0 FROM work w JOIN revision r ON r.revision_id = w.subject
          WHERE w.kind = 'early' AND r.episode_id = '${mine.episode}'`, 'transcode') === 't', {seconds: 300});
      }
      seconds.push(await (await mine.end()).playable());
      await mine.ready();
      console.log(`  round ${i + 1}, last tenth still to come, head ${headBytes > 0 ? 'made early' : 'made after it'}: ${seconds.at(-1).toFixed(2)} s`);
    }
    return median(seconds);
  }, {CLIFFHANGER_INGEST_HEAD_BYTES: String(headBytes)});
}

const plain = await alone(source);
const ours = {seconds: round(median(plain.seconds)), whole_seconds: round(median(plain.whole), 1)};
const other = {command: 'ffmpeg, one command, all rungs', seconds: round(median(plain.peer))};
if (hdr) {
  console.log('  4K HEVC HDR:');
  const found = await alone(hdr);
  ours.hdr_seconds = round(median(found.seconds));
  other.hdr_seconds = round(median(found.peer));
  if (faststart) ours.hdr_early_seconds = round(await early(hdr, 32 << 20));  // as is the default; its index is in front
}
const ratio = {wall: round(median(plain.seconds) / median(plain.peer), 3)};
if (faststart) {
  ours.early_seconds = round(await early(faststart, Math.min(32 << 20, fs.statSync(faststart).size >> 1)));
  ours.not_early_seconds = round(await early(faststart, 0));
  ratio.early = round(ours.early_seconds / ours.not_early_seconds, 3);
}
if (others > 0) {
  ours.among_seconds = round(await among());
  ours.at_once_seconds = round(await atOnce());
}
const cpu = spawnSync('sh', ['-c', "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"], {encoding: 'utf8'}).stdout.trim();
console.log(JSON.stringify({name: 'first-segment', ratio, ours, peer: other, others,
  machine: `${os.cpus().length} × ${cpu}`}));
