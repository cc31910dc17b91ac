// tus 1.0 by hand, header by header, for tests of what clients can't be made to do.
import crypto from 'node:crypto';

import {creator, makeEpisode} from './api.mjs';

export const b64 = (bytes) => Buffer.from(bytes).toString('base64');
// The field Upload-Checksum.
export function checksum(algorithm, bytes) {
  const value = algorithm === 'crc32c' ? crc32c(Buffer.from(bytes)) : crypto.createHash(algorithm).update(bytes).digest();
  return `${algorithm} ${value.toString('base64')}`;
}
// Of RFC 3720, bit by bit.
function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE(~crc >>> 0);
  return out;
}

export class Tus {
  // A new creator with an episode to send files for.
  static async of(house) {
    const maker = await creator(house.url);
    return new Tus(house.url, maker, (await makeEpisode(maker)).episode.episodeId);
  }
  constructor(url, maker, episode) {
    Object.assign(this, {url, maker, episode, metadata: `episode_id ${b64(episode)}`});
  }
  // The answer; `headers` with the value undefined are left out.
  async ask(method, at, headers = {}, body) {
    const all = Object.entries({'Tus-Resumable': '1.0.0', Authorization: `Bearer ${this.maker.token}`, ...headers});
    return fetch(new URL(at, this.url), {method, body, headers: Object.fromEntries(all.filter(([, value]) => value !== undefined))});
  }
  create(headers, body) {
    return this.ask('POST', '/uploads', {'Upload-Metadata': this.metadata, ...headers}, body);
  }
  // Where a new upload is.
  async made(headers, body) {
    const answer = await this.create(headers, body);
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.headers.get('location');
  }
  patch(at, offset, body, headers = {}) {
    return this.ask('PATCH', at, {'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset), ...headers}, body);
  }
  head(at, headers) {
    return this.ask('HEAD', at, headers);
  }
  async offset(at) {
    return Number((await this.head(at)).headers.get('upload-offset'));
  }
  // A partial upload with all its bytes.
  async partial(bytes) {
    const at = await this.made({'Upload-Length': String(bytes.length), 'Upload-Concat': 'partial', 'Upload-Metadata': undefined});
    const sent = await this.patch(at, 0, bytes);
    if (sent.status !== 204) throw new Error(`${sent.status} ${await sent.text()}`);
    return at;
  }
}
