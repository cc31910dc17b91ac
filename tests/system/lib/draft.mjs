// Resumable uploads of the IETF draft by hand, over fetch, and over sockets of our own for what fetch hides: answers before the answer.
import net from 'node:net';

import {creator, makeEpisode} from './api.mjs';

export const types = 'https://iana.org/assignments/http-problem-types#';

export class Draft {
  // A new creator with an episode to send files for.
  static async of(house) {
    const maker = await creator(house.url);
    return new Draft(house.url, maker, (await makeEpisode(maker)).episode.episodeId);
  }
  constructor(url, maker, episode) {
    Object.assign(this, {url, maker, episode, target: `/uploads?episode_id=${episode}`});
  }
  headers(more = {}) {
    const all = Object.entries({'Upload-Draft-Interop-Version': '8', Authorization: `Bearer ${this.maker.token}`, ...more});
    return Object.fromEntries(all.filter(([, value]) => value !== undefined));
  }
  // The answer; `headers` with the value undefined are left out.
  ask(method, at, headers, body) {
    return fetch(new URL(at, this.url), {method, body, headers: this.headers(headers)});
  }
  create(headers, body) {
    return this.ask('POST', this.target, headers, body);
  }
  // Where a new upload is that has no byte yet.
  async made(length) {
    const answer = await this.create({'Upload-Complete': '?0', 'Upload-Length': length?.toString()});
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.headers.get('location');
  }
  patch(at, offset, body, complete, headers = {}) {
    return this.ask('PATCH', at, {'Content-Type': 'application/partial-upload', 'Upload-Offset': String(offset), 'Upload-Complete': complete ? '?1' : '?0',
      ...headers}, body);
  }
  head(at, headers) {
    return this.ask('HEAD', at, headers);
  }
  async offset(at) {
    return Number((await this.head(at)).headers.get('upload-offset'));
  }
  // A connection on which a request has begun; `body` is the first part of what it sends.
  open(method, at, headers, body = '') {
    const {hostname, port} = new URL(this.url);
    const fields = Object.entries({Host: hostname, ...this.headers(headers)}).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return new Wire(net.connect({host: hostname, port: Number(port)}), `${method} ${at} HTTP/1.1\r\n${fields}\r\n${body}`);
  }
}

// One end of a connection, and the heads that came over it.
export class Wire {
  constructor(socket, first) {
    this.socket = socket;
    this.text = '';
    this.gone = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (bytes) => { this.text += bytes.toString('latin1'); this.wake?.(); });
    socket.on('end', () => { this.ended = true; this.wake?.(); });
    socket.on('error', () => { this.ended = true; this.wake?.(); });
    socket.write(first);
  }
  send(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, resolve));
  }
  // The next head, and with `body` as many bytes behind it as it says.
  async next({body = false, seconds = 60} = {}) {
    for (const end = Date.now() + seconds * 1000; ;) {
      const found = this.cut(body);
      if (found) return found;
      if (this.ended || Date.now() > end) throw new Error(`no answer but ${JSON.stringify(this.text)}`);
      await new Promise((resolve) => { this.wake = resolve; setTimeout(resolve, 200).unref(); });
    }
  }
  cut(body) {
    const at = this.text.indexOf('\r\n\r\n');
    if (at < 0) return null;
    const [line, ...fields] = this.text.slice(0, at).split('\r\n');
    const headers = Object.fromEntries(fields.map((it) => [it.slice(0, it.indexOf(':')).toLowerCase(), it.slice(it.indexOf(':') + 2)]));
    const length = body ? Number(headers['content-length'] ?? 0) : 0;
    if (this.text.length < at + 4 + length) return null;
    const rest = this.text.slice(at + 4, at + 4 + length);
    this.text = this.text.slice(at + 4 + length);
    return {status: Number(line.split(' ')[1]), line, headers, body: rest};
  }
  close() {
    this.socket.destroy();
    return this.gone;
  }
}
