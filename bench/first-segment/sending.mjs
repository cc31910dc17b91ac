// An episode on its way into the house: all but the last piece first, so that many can end at the same moment.
import {makeEpisode, mediaState} from '../../tests/system/lib/api.mjs';
import {setTimeout as sleep} from 'node:timers/promises';

const piece = 8 << 20;
const b64 = (text) => Buffer.from(text).toString('base64');
const first = (text) => text.split('\n').find((line) => line && !line.startsWith('#'));

// The same film as another file: what the container says of its minor version, which no reader minds, makes its first bytes differ, and so its digest.
// All up to `share` of it in pieces, then the rest.
function* pieces(bytes, number, share) {
  const end = Math.floor(bytes.length * share);
  const head = Buffer.from(bytes.subarray(0, Math.min(piece, end)));
  if (head.toString('latin1', 4, 8) !== 'ftyp') throw new Error('the source has no ftyp box in front');
  head.writeUInt32BE(number, 12);
  yield head;
  for (let at = piece; at < end; at += piece) yield bytes.subarray(at, Math.min(at + piece, end));
  if (end < bytes.length) yield bytes.subarray(end);
}

export class Sending {
  // `number` makes the file one that the house has not seen. The last piece is of the usual size, or all behind `share`.
  constructor(house, maker, bytes, number, share = 1) {
    Object.assign(this, {house, maker, length: bytes.length, parts: [...pieces(bytes, number, share)], offset: 0});
    this.headers = {'Tus-Resumable': '1.0.0', Authorization: `Bearer ${maker.token}`};
  }

  async begin() {
    this.episode = (await makeEpisode(this.maker, `Bench ${Math.random()}`)).episode.episodeId;
    const made = await fetch(`${this.house.url}/uploads`, {method: 'POST', headers: {...this.headers, 'Upload-Length': String(this.length),
      'Upload-Metadata': `filename ${b64('e.mp4')},episode_id ${b64(this.episode)}`}});
    if (made.status !== 201) throw new Error(`POST ${made.status}: ${await made.text()}`);
    this.at = new URL(made.headers.get('location'), this.house.url);
    while (this.parts.length > 1) await this.send();
    return this;
  }

  // The last piece; the clock runs from its first byte, so that its own way counts as ours.
  async end() {
    this.start = performance.now();
    await this.send();
    return this;
  }

  async send() {
    const body = this.parts.shift();
    const answer = await fetch(this.at, {method: 'PATCH', body,
      headers: {...this.headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(this.offset)}});
    if (answer.status !== 204) throw new Error(`PATCH ${answer.status}: ${await answer.text()}`);
    this.offset += body.length;
  }

  // Seconds until a session is given, and playlist, init and first segment come; asked for every so many milliseconds.
  async playable(every = 50) {
    for (;;) {
      const answer = await this.maker.raw('POST', '/v1/playback/sessions', {episodeId: this.episode});
      if (answer.ok && (await this.plays((await answer.json()).session.playlistUrl))) return this.seconds();
      await sleep(every);
    }
  }
  async plays(playlist) {
    const base = new URL(playlist, this.house.url);
    const media = new URL(first(await (await fetch(base)).text()), base);
    const text = await (await fetch(media)).text();
    const segment = await fetch(new URL(first(text), media));
    const init = await fetch(new URL(text.match(/EXT-X-MAP:URI="([^"]+)"/)[1], media));
    return segment.ok && init.ok && (await segment.arrayBuffer()).byteLength > 0;
  }

  // Seconds until the whole revision is ready.
  async ready() {
    for (;; await sleep(200)) {
      const {mediaState: state} = await mediaState(this.maker, this.episode);
      if (state === 'MEDIA_STATE_READY') return this.seconds();
      if (state === 'MEDIA_STATE_FAILED') throw new Error('the revision failed');
    }
  }

  seconds() { return (performance.now() - this.start) / 1000; }
}
