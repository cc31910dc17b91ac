// Someone who watches: a signed playlist and its segments again and again, each over a fresh or a kept connection, and every byte as it
// was the first time.
import crypto from 'node:crypto';
import http from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';

import {guest, makeEpisode, publish, untilReady, upload} from './api.mjs';

// A published episode of `file`, and a session of a guest for it.
export async function watched(house, maker, file) {
  const {series, episode} = await makeEpisode(maker);
  await upload(maker, file, episode.episodeId);
  await untilReady(maker, episode.episodeId);
  await publish(maker, episode.episodeId);
  const person = await guest(house.url);
  const {session} = await person.post('/v1/playback/sessions', {episodeId: episode.episodeId});
  return {series, episode, person, session, url: house.url + session.playlistUrl};
}

// Status and bytes; 0 where the connection broke.
export function get(url, agent) {
  return new Promise((resolve) => {
    const request = http.get(url, {agent, timeout: 20_000}, (answer) => {
      const pieces = [];
      answer.on('data', (bytes) => pieces.push(bytes));
      answer.on('end', () => resolve({status: answer.statusCode, bytes: Buffer.concat(pieces), headers: answer.headers}));
      answer.on('error', (error) => resolve({status: 0, bytes: Buffer.alloc(0), error}));
    });
    request.on('timeout', () => request.destroy(new Error('nothing for 20 s')));
    request.on('error', (error) => resolve({status: 0, bytes: Buffer.alloc(0), error}));
  });
}

// The URLs of a main playlist's media playlists and of the first `most` segments of each.
export async function urlsOf(main, most = 3) {
  const lines = async (url) => (await get(url)).bytes.toString().split('\n').filter((line) => line && !line.startsWith('#'));
  const out = [main];
  for (const uri of await lines(main)) {
    const playlist = new URL(uri, main).href;
    out.push(playlist);
    for (const name of (await lines(playlist)).slice(0, most)) out.push(new URL(name, playlist).href);
  }
  return out;
}

export class Viewer {
  constructor(urls, {pause = 20, retry = () => false} = {}) {
    Object.assign(this, {urls, pause, retry, fetched: 0, wrong: [], broken: 0, running: true, digests: new Map()});
    this.agent = new http.Agent({keepAlive: true, maxSockets: 1});
    this.done = this.run();
  }
  async run() {
    for (let i = 0; this.running; ++i) {
      const url = this.urls[i % this.urls.length];
      const answer = await get(url, i % 2 ? this.agent : undefined);
      if (answer.status === 0 && this.retry(answer)) { ++this.broken; --i; await sleep(100); continue; }
      const digest = crypto.createHash('sha256').update(answer.bytes).digest('hex');
      if (answer.status !== 200) this.wrong.push(`${answer.status} ${answer.error?.message ?? answer.bytes.subarray(0, 200)}`);
      else if (this.digests.get(url) === undefined) this.digests.set(url, digest);
      else if (this.digests.get(url) !== digest) this.wrong.push(`other bytes of ${url}`);
      ++this.fetched;
      await sleep(this.pause);
    }
  }
  // Until it has fetched `more`.
  async fetches(more) { for (const end = this.fetched + more; this.fetched < end;) await sleep(20); }
  async stop() {
    this.running = false;
    await this.done;
    this.agent.destroy();
    return this.wrong;
  }
}
