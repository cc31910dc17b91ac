// A small stand-in for the edge, for looking at the page and for its browser tests: the API of the contract
// in memory, HLS made by ffmpeg at the start, and the edge's Content-Security-Policy. `npm run mock` serves
// dist/ at port 8090.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeClip } from './clips.mjs';
import { ApiKeys } from './keys.mjs';
import { csvOf, episodeInsight, insightTable } from './insight.mjs';
import { Library } from './library.mjs';
import { Minors } from './minors.mjs';
import { quality } from './quality.mjs';

const DIST = new URL('../dist', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mp4': 'video/mp4',
  '.m4s': 'video/mp4',
  '.vtt': 'text/vtt',
  '.jpg': 'image/jpeg',
};
const CSP =
  "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; style-src 'self'; " +
  "script-src 'self'; connect-src 'self'";
const ACCESS_MS = 900_000;

class Refusal extends Error {
  constructor(status, code, detail = code, more = {}) {
    super(detail);
    Object.assign(this, { status, code, more });
  }
}

// Starts the mock on a port (0: any). `seconds` is the length of each episode.
export async function startMock({ port = 0, seconds = 12 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cliffhanger-mock-'));
  const library = new Library(seconds);
  for (const [index, episode] of library.episodes.entries()) {
    if (episode.mediaState === 'MEDIA_STATE_READY') {
      await makeClip(join(folder, episode.episodeId), index, seconds, library.lines(episode));
    }
  }
  const mock = new Mock(library, folder);
  const server = createServer((request, response) => void mock.serve(request, response));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    mock,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Mock {
  // What tests set: see browser.test.mjs.
  empty = false;
  brokenFeed = false;
  failMedia = 0;
  asksFirst = false; // whether analytics and profiling wait for the viewer's consent
  users = new Map();
  access = new Map();
  refresh = new Map();
  sessions = new Map();
  reports = [];
  requests = [];
  // By their ids, and the batches that they came in.
  events = new Map();
  batches = [];
  // What players said with their requests (CMCD), by header.
  cmcd = [];

  minors = new Minors((...all) => new Refusal(...all));
  keys = new ApiKeys((...all) => new Refusal(...all));

  constructor(library, folder) {
    this.library = library;
    this.folder = folder;
  }

  async serve(request, response) {
    const url = new URL(request.url, 'http://mock');
    this.requests.push(`${request.method} ${url.pathname}`);
    try {
      if (url.pathname.startsWith('/v1/')) {
        const body = await read(request);
        const answer = this.call(request.method, url, body, request.headers.authorization ?? '');
        if (answer instanceof Buffer) send(response, 200, 'application/vnd.cliffhanger.start-pack', answer);
        else if (request.headers.accept === 'text/csv') send(response, 200, 'text/csv', csvOf(answer));
        else send(response, 200, 'application/json', JSON.stringify(answer));
      } else if (url.pathname.startsWith('/hls/')) {
        const said = Object.entries(request.headers).filter(([name]) => name.startsWith('cmcd-'));
        if (said.length > 0) this.cmcd.push({ path: url.pathname, ...Object.fromEntries(said) });
        await this.media(url.pathname.split('/').slice(2), response);
      } else {
        await page(url.pathname, response);
      }
    } catch (thrown) {
      const { status = 500, code = 'INTERNAL', more = {} } = thrown;
      if (!thrown.code) console.error(thrown);
      send(
        response,
        status,
        'application/problem+json',
        JSON.stringify({ ...more, status, code, detail: thrown.message }),
      );
    }
  }

  async media([token, episodeId, name], response) {
    if (token !== 'cover') {
      const session = this.sessions.get(token);
      if (!session || session.revoked) throw new Refusal(403, 'PLAYBACK_TOKEN_INVALID');
      if (this.failMedia > 0 && name.endsWith('.m4s')) {
        this.failMedia -= 1;
        throw new Refusal(503, 'UNAVAILABLE');
      }
    }
    const path = normalize(join(this.folder, episodeId, name));
    if (!path.startsWith(this.folder)) throw new Refusal(404, 'NOT_FOUND');
    const bytes = await readFile(path).catch(() => {
      throw new Refusal(404, 'NOT_FOUND');
    });
    send(response, 200, TYPES[extname(path)] ?? 'application/octet-stream', bytes);
  }

  call(method, url, body, authorization) {
    const path = url.pathname.slice(3);
    if (method === 'POST' && path === '/guests')
      return this.enter({ userId: randomUUID(), guest: true, role: 'ROLE_VIEWER' });
    if (method === 'POST' && path === '/sessions:refresh') return this.renew(body.refreshToken);
    if (method === 'POST' && path === '/sessions:sign-out') return {};
    const user = this.access.get(authorization.replace('Bearer ', ''));
    if (!user) throw new Refusal(401, 'TOKEN_INVALID');
    if (method === 'POST' && path === '/accounts') return this.signUp(user, body);
    if (method === 'POST' && path === '/sessions') return this.signIn(body);
    return this.watch(method, path, url.searchParams, body, user);
  }

  watch(method, path, query, body, user) {
    const { library } = this;
    const [, first, id, ...rest] = path.split('/');
    if (path === '/feed') return this.feed(query, user);
    if (path === '/series') return { series: this.empty ? [] : library.series };
    if (path === '/series:search') return { series: library.search(query.get('query') ?? '') };
    if (rest[0] === 'insight') {
      if (user.account.guest) throw new Refusal(403, 'ROLE_TOO_LOW');
      if (rest.length === 1) return episodeInsight(id);
      return found(insightTable(first, id, rest[1], library), 'NOT_FOUND');
    }
    if (path.startsWith('/me/minors-mode') || path === '/me/daily-time')
      return this.minors.call(method, path, body, user);
    if (first === 'series') this.minors.check(found(library.oneSeries(id)), user);
    if (first === 'series' && method === 'PATCH') return { series: library.rate(id, body) };
    if (first === 'series' && rest.length === 0) return { series: library.oneSeries(id) };
    if (first === 'series' && rest[0] === 'episodes') return { episodes: library.of(id) };
    if (first === 'series' && rest[0] === 'next')
      return { episode: found(this.next(id, user), 'NO_EPISODE_LEFT') };
    if (first === 'episodes') return { episode: found(library.episode(id), 'EPISODE_NOT_FOUND') };
    if (path === '/playback/sessions:prepare')
      return {
        items: body.episodeIds.map((episodeId) => ({ episodeId, ...this.startSession(episodeId, user) })),
      };
    if (path === '/playback/sessions') return this.startSession(body.episodeId, user);
    if (first === 'api-keys') return this.keys.call(method, id, body, user);
    if (path === '/events') return this.recordEvents(body);
    if (path === '/operations/quality') return quality(query);
    if (path === '/start-packs') return this.pack(body.episodeIds, user);
    if (first === 'playback') return this.report(rest[0].replace(':report', ''), body, user);
    if (path === '/me/continue-watching') return { items: [...user.progress.values()].reverse() };
    if (path === '/me/reactions') return { subjects: this.reacted(query.get('reaction'), user) };
    if (path.startsWith('/me/consents') || path === '/me/export' || path === '/me:erase')
      return this.privacy(method, path, body, user);
    if (path === '/standings:batchGet') {
      return { standings: body.subjects.map((each) => this.standing(each.subjectId, user)) };
    }
    if (first === 'reactions') {
      const key = `${rest[0]}/${rest[1]}`;
      if (method === 'PUT') user.reactions.add(key);
      else user.reactions.delete(key);
      return { standing: this.standing(rest[0], user) };
    }
    throw new Refusal(404, 'NOT_FOUND', `${method} ${path}`);
  }

  privacy(method, path, body, user) {
    user.consents ??= new Map();
    if (path === '/me/export')
      return {
        records: [{ service: 'accounts', table: 'account', row: JSON.stringify(user.account) }],
        nextPageToken: '',
      };
    if (path === '/me:erase') {
      if (!user.account.guest && body.password !== user.password) throw new Refusal(401, 'WRONG_CREDENTIALS');
      this.users.delete(user.account.userId);
      for (const tokens of [this.access, this.refresh])
        for (const [token, other] of tokens) if (other === user) tokens.delete(token);
      return { erasure: { erasureId: randomUUID(), state: 'ERASURE_STATE_ERASING' } };
    }
    if (method === 'PUT')
      for (const { purpose, granted } of body.decisions) user.consents.set(purpose, granted);
    const consents = ['ANALYTICS', 'PROFILING', 'MARKETING'].map((name) => {
      const purpose = `CONSENT_PURPOSE_${name}`;
      const fallback = name !== 'MARKETING' && !this.asksFirst;
      const decided = user.consents.has(purpose);
      return { purpose, granted: decided ? user.consents.get(purpose) : fallback, decided };
    });
    return { consents, history: [] };
  }

  feed(query, user) {
    if (this.brokenFeed) throw new Refusal(500, 'INTERNAL');
    if (this.empty) return { items: [] };
    this.minors.checkTime(user);
    const from = Number(query.get('pageToken') || 0);
    const all = this.library.series.filter(
      (series) => this.next(series.seriesId, user) && this.minors.fits(series, user),
    );
    const items = all.slice(from, from + 2).map((series, at) => ({
      series,
      episode: this.next(series.seriesId, user),
      reason: ['FEED_REASON_POPULAR', 'FEED_REASON_NEW'][at % 2],
    }));
    return { items, nextPageToken: from + 2 < all.length ? String(from + 2) : '' };
  }

  next(seriesId, user) {
    return this.library.of(seriesId).find((episode) => !user.completed.has(episode.episodeId));
  }

  startSession(episodeId, user) {
    const episode = found(this.library.episode(episodeId), 'EPISODE_NOT_FOUND');
    if (episode.locked) throw new Refusal(403, 'EPISODE_LOCKED');
    this.minors.check(this.library.oneSeries(episode.seriesId), user);
    this.minors.checkTime(user);
    if (episode.mediaState !== 'MEDIA_STATE_READY') throw new Refusal(409, 'EPISODE_NOT_READY');
    const progress = user.progress.get(episode.seriesId);
    const resumeMs = progress?.episodeId === episodeId && !progress.completed ? progress.positionMs : '0';
    const sessionId = randomUUID();
    this.sessions.set(sessionId, { episode, sequence: 0 });
    return {
      session: {
        sessionId,
        episodeId,
        seriesId: episode.seriesId,
        resumeMs,
        durationMs: episode.durationMs,
        playlistUrl: `/hls/${sessionId}/${episodeId}/main.m3u8`,
        storyboardUrl: `/hls/${sessionId}/${episodeId}/storyboard.vtt`,
      },
    };
  }

  // Sessions alone: what they play is asked for as always.
  pack(episodeIds, user) {
    const items = episodeIds.map((episodeId) => {
      try {
        return { episodeId, code: 'DATA_SAVER', ...this.startSession(episodeId, user) };
      } catch (thrown) {
        return { episodeId, code: thrown.code };
      }
    });
    const index = Buffer.from(JSON.stringify({ items }));
    const head = Buffer.from('CHP1\0\0\0\0', 'latin1');
    head.writeUInt32BE(index.length, 4);
    return Buffer.concat([head, index]);
  }

  report(sessionId, body, user) {
    const session = found(this.sessions.get(sessionId), 'SESSION_NOT_FOUND');
    const { episode } = session;
    this.reports.push({ ...body, sessionId, episodeId: episode.episodeId });
    if (Number(body.sequence) <= session.sequence) return {};
    session.sequence = Number(body.sequence);
    const completed = body.event === 'WATCH_EVENT_COMPLETE';
    if (completed) user.completed.add(episode.episodeId);
    user.progress.delete(episode.seriesId);
    user.progress.set(episode.seriesId, {
      seriesId: episode.seriesId,
      episodeId: episode.episodeId,
      completed,
      episodeNumber: episode.number,
      positionMs: body.positionMs,
      durationMs: episode.durationMs,
    });
    return {};
  }

  recordEvents(batch) {
    this.batches.push(batch);
    for (const event of batch.events) this.events.set(event.eventId, event);
    return { recorded: batch.events.length };
  }

  standing(subjectId, user) {
    const has = (reaction) => user.reactions.has(`${subjectId}/${reaction}`);
    const base = this.library.popularity(subjectId);
    return {
      subject: 'SUBJECT_SERIES',
      subjectId,
      liked: has('REACTION_LIKE'),
      favourite: has('REACTION_FAVOURITE'),
      followed: has('REACTION_FOLLOW'),
      counts: { likes: String(base + Number(has('REACTION_LIKE'))), favourites: '40' },
    };
  }

  reacted(reaction, user) {
    return [...user.reactions]
      .filter((key) => key.endsWith(reaction))
      .map((key) => ({ subject: 'SUBJECT_SERIES', subjectId: key.split('/')[0] }));
  }

  enter(account, old) {
    const user = Object.assign(old ?? { reactions: new Set(), progress: new Map(), completed: new Set() }, {
      account,
    });
    this.users.set(account.userId, user);
    return { account, tokens: this.tokens(user) };
  }

  tokens(user) {
    const [accessToken, refreshToken] = [randomUUID(), randomUUID()];
    this.access.set(accessToken, user);
    this.refresh.set(refreshToken, user);
    const at = (ms) => new Date(Date.now() + ms).toISOString();
    return {
      accessToken,
      accessExpireTime: at(ACCESS_MS),
      refreshToken,
      refreshExpireTime: at(30 * 86_400_000),
    };
  }

  renew(token) {
    const user = this.refresh.get(token);
    if (!user) throw new Refusal(401, 'REFRESH_TOKEN_INVALID');
    this.refresh.delete(token);
    return { tokens: this.tokens(user) };
  }

  signUp(user, { email, password, displayName }) {
    if ([...this.users.values()].some((other) => other.account.email === email))
      throw new Refusal(409, 'EMAIL_TAKEN');
    user.password = password;
    const role = email.startsWith('creator@') ? 'ROLE_CREATOR' : 'ROLE_VIEWER';
    return this.enter({ ...user.account, guest: false, email, displayName, role }, user);
  }

  signIn({ email, password }) {
    const user = [...this.users.values()].find(
      (other) => other.account.email === email && other.password === password,
    );
    if (!user) throw new Refusal(401, 'WRONG_CREDENTIALS');
    return this.enter(user.account, user);
  }
}

function found(value, code = 'SERIES_NOT_FOUND') {
  if (!value) throw new Refusal(404, code);
  return value;
}

// A file of dist/, or the page itself for its own addresses.
async function page(path, response) {
  const file = normalize(join(DIST, path));
  const known = file.startsWith(DIST) && extname(file) !== '';
  const bytes = await readFile(known ? file : join(DIST, 'index.html')).catch(() => {
    throw new Refusal(404, 'NOT_FOUND');
  });
  response.setHeader('content-security-policy', CSP);
  send(response, 200, TYPES[known ? extname(file) : '.html'] ?? 'application/octet-stream', bytes);
}

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : {};
}

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await startMock({ port: Number(process.env.PORT ?? 8090) });
  console.log(`the mock is at ${url}`);
}
