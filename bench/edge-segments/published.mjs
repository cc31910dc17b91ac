// A revision that nobody encoded, for benches of the edge: random objects in the object store, and what playback would sign for them.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const revision = '0193b6c0-0000-7000-8000-000000000001';

// Puts `files` objects of `bytes` each, segments or playlists, where the edge of `house` finds them. Gives their keys in the object store and the paths that
// players ask for.
export function publish(house, kind, files, bytes) {
  const objects = {}, blobs = path.join(house.dir, 'blobs');
  const name = (i) => (kind === 'segments' ? `v1080/${i}.m4s` : `v1080-${i}.m3u8`);
  const write = (key, content) => {
    fs.mkdirSync(path.dirname(path.join(blobs, key)), {recursive: true});
    fs.writeFileSync(path.join(blobs, key), content);
  };
  for (let i = 0; i < files; ++i) {
    const key = `segments/default/${crypto.randomUUID()}.m4s`;
    write(key, crypto.randomBytes(bytes));
    objects[name(i)] = {key, bytes, type: kind === 'segments' ? 'video/mp4' : 'application/vnd.apple.mpegurl'};
  }
  write(`revisions/default/${revision}/ready.json`, JSON.stringify({state: 'ready', objects}));
  const [id, secret] = fs.readFileSync(path.join(house.dir, 'hls.key'), 'utf8').trim().split(':');
  const text = `1.${id}.default.${crypto.randomUUID()}.${revision}.${Math.floor(Date.now() / 1000) + 36000}`;
  const token = `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
  return {keys: Object.values(objects).map((it) => it.key), paths: Object.keys(objects).map((it) => `/hls/${token}/${revision}/${it}`)};
}
