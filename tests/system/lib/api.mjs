// The public API as apps and creators use it.
import crypto from 'node:crypto';
import fs from 'node:fs';
import * as tus from 'tus-js-client';

import {until} from './house.mjs';

export class Problem extends Error {
  constructor(status, document) {
    super(`${status} ${document?.code}: ${document?.detail}`);
    Object.assign(this, {status, document, code: document?.code});
  }
}

// Someone with a token. `call` gives the answer's JSON or throws a Problem.
export class Person {
  constructor(url, token = '', headers = {}) { Object.assign(this, {url, token, headers}); }

  async raw(method, path, body, headers = {}) {
    return fetch(this.url + path, {
      method, redirect: 'error', body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      headers: {...(this.token && {Authorization: `Bearer ${this.token}`}),
        ...(body !== undefined && {'Content-Type': 'application/json'}), ...this.headers, ...headers},
    });
  }

  async call(method, path, body, headers) {
    const answer = await this.raw(method, path, body, headers);
    const text = await answer.text();
    if (answer.status >= 400) {
      let document;
      try { document = JSON.parse(text); } catch { document = {code: `NOT JSON: ${text.slice(0, 200)}`}; }
      throw new Problem(answer.status, document);
    }
    return text ? JSON.parse(text) : {};
  }
  get(path) { return this.call('GET', path); }
  post(path, body = {}, headers) { return this.call('POST', path, body, headers); }
}

export async function guest(url, headers = {}) {
  const person = new Person(url, '', headers);
  const made = await person.post('/v1/guests', {});
  return Object.assign(new Person(url, made.tokens.accessToken, headers), {account: made.account, tokens: made.tokens});
}

let people = 0;
export async function creator(url, headers = {}) {
  const person = new Person(url, '', headers);
  const email = `creator${++people}-${crypto.randomUUID()}@example.com`;
  const made = await person.post('/v1/accounts', {email, password: 'correct horse battery', displayName: 'C', creator: true});
  return Object.assign(new Person(url, made.tokens.accessToken, headers), {account: made.account, tokens: made.tokens, email});
}

export async function makeEpisode(person, title = 'A night in June') {
  const {series} = await person.post('/v1/series', {title, language: 'en', tags: ['revenge'], synopsis: 'She comes back.'});
  const {episode} = await person.post(`/v1/series/${series.seriesId}/episodes`, {title: 'One'});
  return {series, episode};
}

// Sends a file by tus-js-client in pieces of 256 KiB. `endpoint` may be a proxy's; `onProgress` may be async.
// `onAcknowledged` hears each offset that the server has confirmed.
export function upload(person, file, episodeId, {endpoint = person.url, chunkSize = 256 << 10, retryDelays = [0, 100, 300, 1000, 3000, 3000, 3000], onProgress, onAcknowledged, metadata = {}} = {}) {
  return new Promise((resolve, reject) => {
    const job = new tus.Upload(fs.createReadStream(file), {
      endpoint: `${endpoint}/uploads`, chunkSize, retryDelays, uploadSize: fs.statSync(file).size,
      headers: {Authorization: `Bearer ${person.token}`, ...person.headers},
      metadata: {filename: file.split('/').pop(), episode_id: episodeId, ...metadata},
      onProgress, onError: reject, onChunkComplete: (_, offset) => onAcknowledged?.(offset), onSuccess: () => resolve(job.url.split('/').pop()),
    });
    job.start();
  });
}

export const mediaState = async (person, episodeId) => (await person.get(`/v1/episodes/${episodeId}`)).episode;

export function untilReady(person, episodeId, seconds = 300) {
  return until('the episode is ready', async () => {
    const episode = await mediaState(person, episodeId);
    if (episode.mediaState === 'MEDIA_STATE_FAILED') return Promise.reject(Object.assign(new Error(`failed: ${episode.mediaFailure} ${episode.mediaFailureMessage}`)));
    return episode.mediaState === 'MEDIA_STATE_READY' && episode;
  }, {seconds, every: 250});
}

export function untilFailed(person, episodeId, seconds = 60) {
  return until('the episode fails', async () => {
    const episode = await mediaState(person, episodeId);
    return episode.mediaState === 'MEDIA_STATE_FAILED' && episode;
  }, {seconds, every: 200});
}

export async function publish(person, episodeId) {
  return person.post(`/v1/episodes/${episodeId}:publish`, {});
}
