// Makes the mock's episodes with ffmpeg: short 9:16 clips as HLS with captions in two languages, and covers.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Pictures come from the clips of CLIFFHANGER_SHARED_DIR or ../../shared where these are, else they are
// drawn.
const SHARED = process.env.CLIFFHANGER_SHARED_DIR ?? new URL('../../../shared', import.meta.url).pathname;
const CLIPS = [
  ['lp_sample.mp4', 0],
  ['intel_onebyone.mp4', 20],
  ['video-h265.mp4', 0],
  ['lp_sample.mp4', 8],
  ['intel_onebyone.mp4', 60],
  ['video-h264.mp4', 0],
  ['intel_onebyone.mp4', 95],
];

// One episode in `folder`: main.m3u8, its renditions, cover.jpg, storyboard.vtt.
export async function makeClip(folder, index, seconds, lines) {
  await mkdir(folder, { recursive: true });
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    ...picture(index, seconds),
    '-f',
    'lavfi',
    '-t',
    String(seconds),
    '-i',
    `sine=frequency=${180 + index * 40}:sample_rate=48000`,
    '-map',
    '0:v:0',
    '-map',
    '1:a:0',
    '-t',
    String(seconds),
    '-vf',
    "crop='min(iw,ih*9/16)':ih,scale=406:720,setsar=1,fps=25,format=yuv420p,tpad=stop_mode=clone:stop_duration=60",
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-g',
    '50',
    '-keyint_min',
    '50',
    '-sc_threshold',
    '0',
    '-threads',
    '1',
    '-c:a',
    'aac',
    '-b:a',
    '64k',
    '-f',
    'hls',
    '-hls_time',
    '2',
    '-hls_playlist_type',
    'vod',
    '-hls_segment_type',
    'fmp4',
    '-hls_segment_filename',
    join(folder, 'v%03d.m4s'),
    join(folder, 'video.m3u8'),
  ]);
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-i',
    join(folder, 'video.m3u8'),
    '-frames:v',
    '1',
    '-vf',
    "select='gte(n,15)',scale=360:-2",
    join(folder, 'cover.jpg'),
  ]);
  // The cover does for every picture.
  await writeFile(
    join(folder, 'storyboard.vtt'),
    'WEBVTT\n\n00:00:00.000 --> 00:10:00.000\ncover.jpg#xywh=0,0,160,284\n',
  );
  for (const [language, texts] of Object.entries(lines)) await captions(folder, language, texts, seconds);
  const media = Object.keys(lines).map(
    (language) =>
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",LANGUAGE="${language}",` +
      `NAME="${language}",DEFAULT=NO,AUTOSELECT=YES,URI="${language}.m3u8"`,
  );
  await writeFile(
    join(folder, 'main.m3u8'),
    [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      ...media,
      '#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=406x720,FRAME-RATE=25,SUBTITLES="subs"',
      'video.m3u8',
      '',
    ].join('\n'),
  );
}

function picture(index, seconds) {
  const [name, start] = CLIPS[index % CLIPS.length];
  const path = join(SHARED, 'media', name);
  if (existsSync(path)) return ['-ss', String(start), '-t', String(seconds), '-i', path];
  const colours = [
    '0x54123b:c1=0xff3d71',
    '0x12233f:c1=0x3d7dff',
    '0x3f1d12:c1=0xff9a52',
    '0x0f3430:c1=0x2fc9a5',
  ];
  return [
    '-f',
    'lavfi',
    '-t',
    String(seconds),
    '-i',
    `gradients=s=406x720:r=25:speed=0.03:seed=${index + 1}:c0=${colours[index % colours.length]}`,
  ];
}

async function captions(folder, language, texts, seconds) {
  const each = seconds / texts.length;
  const cues = texts.map((text, at) => `${stamp(at * each)} --> ${stamp((at + 1) * each - 0.2)}\n${text}\n`);
  await writeFile(
    join(folder, `${language}.vtt`),
    ['WEBVTT', 'X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000', '', ...cues].join('\n'),
  );
  await writeFile(
    join(folder, `${language}.m3u8`),
    [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      `#EXT-X-TARGETDURATION:${Math.ceil(seconds)}`,
      `#EXTINF:${seconds.toFixed(3)},`,
      `${language}.vtt`,
      '#EXT-X-ENDLIST',
      '',
    ].join('\n'),
  );
}

function stamp(seconds) {
  return `00:00:${seconds.toFixed(3).padStart(6, '0')}`;
}
