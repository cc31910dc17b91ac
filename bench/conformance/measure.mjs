// Ours as it is delivered by the house on private servers; the peers' in folders, made of one encode with our rungs' sizes.
import {execFileSync, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {creator, makeEpisode, mediaState} from '../../tests/system/lib/api.mjs';
import {House} from '../../tests/system/lib/house.mjs';

const [source, peers, document] = process.argv.slice(2);
const program = path.join(process.env.CLIFFHANGER_BUILD_DIR, 'bin', 'cliffhanger-media');
const rungs = [[540, 960, 23], [1080, 1920, 21], [720, 1280, 22], [360, 640, 24]];  // the default first, as ours has it
const piece = 8 << 20;
const b64 = (text) => Buffer.from(text).toString('base64');
const run = (command, args, options = {}) => execFileSync(command, args, {stdio: ['ignore', 'ignore', 'inherit'], ...options});

function check(what) {
  const done = spawnSync(program, ['check', what, '--json'], {encoding: 'utf8', maxBuffer: 64 << 20});
  if (done.status !== 0 && done.status !== 1) throw new Error(`check ${what}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

async function ours() {
  const house = await new House().start();
  try {
    const maker = await creator(house.url);
    const {episode} = await makeEpisode(maker, 'Conformance');
    const headers = {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`};
    const bytes = fs.readFileSync(source);
    const made = await fetch(`${house.url}/uploads`, {method: 'POST', headers: {...headers, 'Upload-Length': String(bytes.length),
      'Upload-Metadata': `filename ${b64('e.mp4')},episode_id ${b64(episode.episodeId)}`}});
    const at = new URL(made.headers.get('location'), house.url);
    for (let offset = 0; offset < bytes.length; offset += piece) {
      const answer = await fetch(at, {method: 'PATCH', body: bytes.subarray(offset, offset + piece),
        headers: {...headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset)}});
      if (answer.status !== 204) throw new Error(`PATCH ${answer.status}: ${await answer.text()}`);
    }
    for (;;) {
      const {mediaState: state} = await mediaState(maker, episode.episodeId);
      if (state === 'MEDIA_STATE_READY') break;
      if (state === 'MEDIA_STATE_FAILED') throw new Error('the revision failed');
      await sleep(200);
    }
    // With captions, so that the rules about them have something to judge.
    await maker.call('PUT', `/v1/episodes/${episode.episodeId}/captions/en`, {text: 'WEBVTT\n\n00:01.000 --> 00:03.000\nHello.\n', label: 'English'});
    const answer = await maker.raw('POST', '/v1/playback/sessions', {episodeId: episode.episodeId});
    const {session} = await answer.json();
    const url = new URL(session.playlistUrl, house.url).href;
    for (let i = 0; i < 300 && !(await (await fetch(url, {cache: 'no-store'})).text()).includes('TYPE=SUBTITLES'); ++i) await sleep(100);
    return check(url);
  } finally {
    await house.stop();
  }
}

// One encode for both peers: a key frame every 2 s, none at cuts.
function encode(folder) {
  const rate = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=r_frame_rate', '-of', 'csv=p=0', source],
    {encoding: 'utf8'}).trim().split('/').map(Number);
  const gop = String(Math.round(2 * rate[0] / rate[1]));
  // The sound as long as the pictures (a source's may be shorter), as a packager may expect of what it is given.
  const length = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=duration', '-of', 'csv=p=0', source],
    {encoding: 'utf8'}).trim();
  const filter = `[0:v]split=${rungs.length}${rungs.map((_, i) => `[a${i}]`).join('')};` +
    rungs.map(([w, h], i) => `[a${i}]scale=${w}:${h}:flags=bicubic[v${i}]`).join(';');
  const args = ['-v', 'error', '-y', '-i', source, '-filter_complex', filter];
  rungs.forEach(([, , crf], i) => args.push('-map', `[v${i}]`, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf),
    '-profile:v', 'high', '-g', gop, '-keyint_min', gop, '-sc_threshold', '0', path.join(folder, `v${i}.mp4`)));
  args.push('-map', '0:a:0', '-af', 'apad', '-t', length, '-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-ar', '48000', path.join(folder, 'a.mp4'));
  run('ffmpeg', args);
}

function ffmpeg(folder) {
  const out = path.join(folder, 'ffmpeg');
  fs.mkdirSync(out);
  const args = ['-v', 'error', '-y'];
  rungs.forEach((_, i) => args.push('-i', path.join(folder, `v${i}.mp4`)));
  args.push('-i', path.join(folder, 'a.mp4'));
  rungs.forEach((_, i) => args.push('-map', `${i}:v`));
  args.push('-map', `${rungs.length}:a`, '-c', 'copy', '-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4',
    '-hls_flags', 'independent_segments', '-master_pl_name', 'main.m3u8',
    '-var_stream_map', [...rungs.map((_, i) => `v:${i},agroup:audio`), 'a:0,agroup:audio'].join(' '),
    '-hls_segment_filename', '%v/%d.m4s', '%v/index.m3u8');
  run('ffmpeg', args, {cwd: out});
  return check(out);
}

function shaka(folder) {
  const out = path.join(folder, 'shaka');
  fs.mkdirSync(out);
  const packager = path.join(peers, 'node_modules', 'shaka-packager', 'bin', `packager-linux-${os.arch()}`);
  const streams = rungs.map((_, i) => `in=../v${i}.mp4,stream=video,init_segment=v${i}/init.mp4,segment_template=v${i}/$Number$.m4s,` +
    `playlist_name=v${i}/video.m3u8,iframe_playlist_name=v${i}/iframes.m3u8`);
  run(packager, [...streams, 'in=../a.mp4,stream=audio,init_segment=a/init.mp4,segment_template=a/$Number$.m4s,playlist_name=a/audio.m3u8,' +
    'hls_group_id=audio,hls_name=Original', '--segment_duration', '4', '--hls_master_playlist_output', 'main.m3u8', '--hls_playlist_type', 'VOD', '--quiet'],
    {cwd: out});
  return check(out);
}

const off = (said, was) => said && was ? `${said >= was ? '+' : ''}${((said / was - 1) * 100).toFixed(1)} %` : 'not declared';
const worst = (report, said, was) => report.variants.map((one) => off(one[said], one[was]))
  .sort((a, b) => Math.abs(parseFloat(b) || 1e9) - Math.abs(parseFloat(a) || 1e9))[0];

function table(reports) {
  const names = Object.keys(reports);
  const rows = [`| rule | | meaning | ${names.join(' | ')} |`, `|---|---|---|${names.map(() => '---|').join('')}`];
  reports[names[0]].rules.forEach((rule, i) => {
    const cells = names.map((name) => {
      const one = reports[name].rules[i];
      return one.result === 'met' ? 'met' : one.result === 'unmet' ? `**not met** (${one.failed} of ${one.judged})` : '–';
    });
    rows.push(`| ${rule.id} | ${rule.level} | ${rule.meaning} | ${cells.join(' | ')} |`);
  });
  rows.push(`| | | MUSTs and SHOULDs not met | ${names.map((n) => `${reports[n].musts} and ${reports[n].shoulds}`).join(' | ')} |`);
  rows.push(`| | | BANDWIDTH against the measured peak, worst variant | ${names.map((n) => worst(reports[n], 'declaredPeak', 'measuredPeak')).join(' | ')} |`);
  rows.push(`| | | AVERAGE-BANDWIDTH against what was measured, worst variant | ${names.map((n) => worst(reports[n], 'declaredAverage', 'measuredAverage')).join(' | ')} |`);
  return rows.join('\n');
}

function figures(reports) {
  const kb = (value) => value ? (value / 1000).toFixed(1) : '–';
  const rows = ['| writer | variant | peak said | measured | off | average said | measured | off |', '|---|---|--:|--:|--:|--:|--:|--:|'];
  for (const [name, report] of Object.entries(reports)) {
    for (const one of report.variants) {
      rows.push(`| ${name} | ${one.name.replace(/^.*(?=\/[^/]+\/[^/]+$)\//, '')} | ${kb(one.declaredPeak)} | ${kb(one.measuredPeak)} | ${off(one.declaredPeak, one.measuredPeak)} | ` +
        `${kb(one.declaredAverage)} | ${kb(one.measuredAverage)} | ${off(one.declaredAverage, one.measuredAverage)} |`);
    }
  }
  return rows.join('\n');
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chc-'));
try {
  encode(folder);
  const reports = {ours: await ours(), 'ffmpeg 5.1': ffmpeg(folder), 'shaka-packager': shaka(folder)};
  const text = `${table(reports)}\n\nBandwidth, kb/s:\n\n${figures(reports)}\n`;
  console.log(text);
  if (document) {
    const [before, rest] = fs.readFileSync(document, 'utf8').split('<!-- table -->\n');
    const after = rest.slice(rest.indexOf('<!-- end of table -->'));
    fs.writeFileSync(document, `${before}<!-- table -->\n${text}${after}`);
  }
  const unmet = (name) => ({musts: reports[name].musts, shoulds: reports[name].shoulds, bandwidth_off: worst(reports[name], 'declaredPeak', 'measuredPeak')});
  const cpu = spawnSync('sh', ['-c', "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"], {encoding: 'utf8'}).stdout.trim();
  console.log(JSON.stringify({name: 'conformance', ours: unmet('ours'), peer: {ffmpeg: unmet('ffmpeg 5.1'), shaka: unmet('shaka-packager')},
    machine: `${os.cpus().length} × ${cpu}`}));
} finally {
  fs.rmSync(folder, {recursive: true, force: true});
}
