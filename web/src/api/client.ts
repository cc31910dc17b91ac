import type { EventBatch } from '../events/event-queue';
import type { RecordEventsAnswer } from '../events/client-event';
import type { QualityAnswer, QualityDimension, QualityWindow } from '../operations/quality';
import type { ApiKey, ApiKeyWish } from '../studio/api-keys';
import type { HttpRequest, Send } from './http';
import { Problem } from './problem';
import type { TokenCalls, TokenKeeper } from './token-keeper';
import type {
  Account,
  Consent,
  ConsentDecision,
  DailyTime,
  Episode,
  EpisodeInsight,
  FeedItem,
  MinorsMode,
  MinorsModeWish,
  Page,
  PersonRecord,
  PlaybackSession,
  Progress,
  ProgressReport,
  Reaction,
  Series,
  SignedIn,
  Standing,
  StartPackWish,
  Subject,
  Tokens,
} from './types';

// The calls that make and renew tokens; they carry none themselves.
export function tokenCalls(send: Send, language: () => string): TokenCalls {
  return {
    async createGuest() {
      const body = { language: language() };
      return (await send({ method: 'POST', path: '/v1/guests', body })) as SignedIn;
    },
    async refresh(refreshToken) {
      const body = { refreshToken };
      const answer = await send({ method: 'POST', path: '/v1/sessions:refresh', body });
      return (answer as { tokens: Tokens }).tokens;
    },
  };
}

// The API as the page uses it. Every method fails with a Problem.
export class ApiClient {
  constructor(
    private readonly send: Send,
    private readonly tokens: TokenKeeper,
  ) {}

  async feed(pageToken: string, pageSize = 8): Promise<Page<FeedItem>> {
    return page<FeedItem>(await this.get('/v1/feed', { pageSize, pageToken }), 'items');
  }

  async series(seriesId: string): Promise<Series> {
    return (await this.get<{ series: Series }>(`/v1/series/${id(seriesId)}`)).series;
  }

  // The caller's own, in any state.
  async mySeries(pageToken: string): Promise<Page<Series>> {
    return page<Series>(await this.get('/v1/series', { mine: 'true', pageSize: 50, pageToken }), 'series');
  }

  async episodeInsight(episodeId: string): Promise<EpisodeInsight> {
    return (await this.get<{ insight: EpisodeInsight }>(`/v1/episodes/${id(episodeId)}/insight`)).insight;
  }

  // A table of what creators learn: `path` beneath an episode or a series (studio/insight.ts).
  async insight<T>(kind: 'episodes' | 'series', subjectId: string, table: string): Promise<T> {
    return this.get<T & Record<string, unknown>>(insightPath(kind, subjectId, table));
  }

  // The same as CSV.
  async insightCsv(kind: 'episodes' | 'series', subjectId: string, table: string): Promise<Blob> {
    const request: HttpRequest = {
      method: 'GET',
      path: insightPath(kind, subjectId, table),
      idempotent: true,
      accept: 'text/csv',
      stream: true,
    };
    return new Response((await this.call(request)) as ReadableStream<Uint8Array>).blob();
  }

  async listSeries(pageToken: string, pageSize = 24): Promise<Page<Series>> {
    return page<Series>(await this.get('/v1/series', { pageSize, pageToken }), 'series');
  }

  async searchSeries(query: string, pageToken: string, signal?: AbortSignal): Promise<Page<Series>> {
    return page<Series>(
      await this.get('/v1/series:search', { query, pageSize: 24, pageToken }, signal),
      'series',
    );
  }

  async episode(episodeId: string): Promise<Episode> {
    return (await this.get<{ episode: Episode }>(`/v1/episodes/${id(episodeId)}`)).episode;
  }

  async episodes(seriesId: string, pageToken: string): Promise<Page<Episode>> {
    const path = `/v1/series/${id(seriesId)}/episodes`;
    return page<Episode>(await this.get(path, { pageSize: 100, pageToken }), 'episodes');
  }

  // Where the viewer goes on in a series; null after its last episode.
  async nextEpisode(seriesId: string): Promise<Episode | null> {
    try {
      return (await this.get<{ episode: Episode }>(`/v1/series/${id(seriesId)}/next`)).episode;
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === 'NO_EPISODE_LEFT') return null;
      throw thrown;
    }
  }

  async startPlayback(episodeId: string): Promise<PlaybackSession> {
    const request: HttpRequest = { method: 'POST', path: '/v1/playback/sessions', body: { episodeId } };
    return ((await this.call(request)) as { session: PlaybackSession }).session;
  }

  // A session that counts for nothing until something is reported of it; null where there may be none.
  async preparePlayback(episodeId: string): Promise<PlaybackSession | null> {
    const path = '/v1/playback/sessions:prepare';
    const answer = await this.call({ method: 'POST', path, body: { episodeIds: [episodeId] } });
    return (answer as { items?: { session?: PlaybackSession }[] }).items?.[0]?.session ?? null;
  }

  // What the next episodes start from; see packs/pack-reader.
  async startPack(wish: StartPackWish): Promise<ReadableStream<Uint8Array>> {
    const request: HttpRequest = { method: 'POST', path: '/v1/start-packs', body: wish, stream: true };
    return (await this.call(request)) as ReadableStream<Uint8Array>;
  }

  // Says where the viewer is. With `leaving` the request outlives the page and doesn't wait for a new token.
  async report(sessionId: string, report: ProgressReport, leaving: boolean): Promise<void> {
    const request: HttpRequest = {
      method: 'POST',
      path: `/v1/playback/sessions/${id(sessionId)}:report`,
      body: {
        ...report,
        sequence: String(report.sequence),
        positionMs: String(report.positionMs),
        watchedMs: String(report.watchedMs),
      },
      keepalive: leaving,
      idempotent: !leaving,
    };
    if (leaving) await this.send({ ...request, token: this.tokens.currentToken() });
    else await this.call(request);
  }

  // The caller's, newest first; those that ended lately too.
  async apiKeys(): Promise<ApiKey[]> {
    return (await this.get<{ apiKeys?: ApiKey[] }>('/v1/api-keys')).apiKeys ?? [];
  }

  // `key` is in this answer alone. Not tried again: a second one would be a second key.
  async createApiKey(wish: ApiKeyWish): Promise<{ apiKey: ApiKey; key: string }> {
    const made = await this.call({ method: 'POST', path: '/v1/api-keys', body: wish });
    return made as { apiKey: ApiKey; key: string };
  }

  async endApiKey(apiKeyId: string): Promise<void> {
    await this.call({ method: 'DELETE', path: `/v1/api-keys/${id(apiKeyId)}`, idempotent: true });
  }

  // For operators.
  async quality(
    window: QualityWindow,
    dimension: QualityDimension,
    signal: AbortSignal,
  ): Promise<QualityAnswer> {
    const query = { window: `QUALITY_WINDOW_${window}`, dimension: `QUALITY_DIMENSION_${dimension}` };
    return this.get<QualityAnswer>('/v1/operations/quality', query, signal);
  }

  // Tells what happened here. With `leaving` the request outlives the page: what sendBeacon does, but with a token.
  async recordEvents(batch: EventBatch, leaving: boolean): Promise<RecordEventsAnswer> {
    const request: HttpRequest = { method: 'POST', path: '/v1/events', body: batch, keepalive: leaving };
    const answer = leaving
      ? await this.send({ ...request, token: this.tokens.currentToken() })
      : await this.call(request);
    return answer as RecordEventsAnswer;
  }

  async continueWatching(): Promise<Progress[]> {
    return page<Progress>(await this.get('/v1/me/continue-watching', { pageSize: 20 }), 'items').items;
  }

  async standings(subject: Subject, ids: string[]): Promise<Standing[]> {
    if (ids.length === 0) return [];
    const body = { subjects: ids.map((subjectId) => ({ subject, subjectId })) };
    const answer = await this.call({
      method: 'POST',
      path: '/v1/standings:batchGet',
      body,
      idempotent: true,
    });
    return (answer as { standings?: Standing[] }).standings ?? [];
  }

  async setReaction(
    subject: Subject,
    subjectId: string,
    reaction: Reaction,
    on: boolean,
  ): Promise<Standing | null> {
    const path = `/v1/reactions/${subject}/${id(subjectId)}/${reaction}`;
    const request: HttpRequest = on
      ? { method: 'PUT', path, body: {}, idempotent: true }
      : { method: 'DELETE', path, idempotent: true };
    return ((await this.call(request)) as { standing?: Standing }).standing ?? null;
  }

  async myReactions(reaction: Reaction): Promise<{ subject: Subject; subjectId: string }[]> {
    const answer = await this.get('/v1/me/reactions', { reaction, pageSize: 50 });
    return page<{ subject: Subject; subjectId: string }>(answer, 'subjects').items;
  }

  // The guest of this browser becomes the account, or is merged into it.
  async signUp(email: string, password: string, displayName: string): Promise<Account> {
    return this.enter('/v1/accounts', { email, password, displayName });
  }

  async signIn(email: string, password: string): Promise<Account> {
    return this.enter('/v1/sessions', { email, password });
  }

  // Ends the session here and on the server; a new guest takes over with the next call.
  async signOut(): Promise<void> {
    const refreshToken = await this.tokens.forget();
    if (!refreshToken) return;
    await this.send({
      method: 'POST',
      path: '/v1/sessions:sign-out',
      body: { refreshToken },
      idempotent: true,
    });
  }

  async consents(): Promise<Consent[]> {
    const answer = await this.get<{ consents?: Partial<Consent>[] }>('/v1/me/consents');
    return (answer.consents ?? []).map((each) => ({ granted: false, decided: false, ...each }) as Consent);
  }

  async setConsents(decisions: ConsentDecision[], policyVersion: string): Promise<void> {
    const body = { decisions, policyVersion };
    await this.call({ method: 'PUT', path: '/v1/me/consents', body, idempotent: true });
  }

  // All that the house keeps of the viewer.
  async exportMe(): Promise<PersonRecord[]> {
    const records: PersonRecord[] = [];
    for (let pageToken = ''; ;) {
      const got = page<PersonRecord>(await this.get('/v1/me/export', { pageToken }), 'records');
      records.push(...got.items);
      if (!got.nextPageToken) return records;
      pageToken = got.nextPageToken;
    }
  }

  // Forgets the viewer, everywhere; a new guest takes over with the next call. A guest has no password.
  async eraseMe(password: string): Promise<void> {
    await this.call({ method: 'POST', path: '/v1/me:erase', body: { password }, idempotent: true });
    await this.tokens.forget();
  }

  async minorsMode(): Promise<MinorsMode> {
    return (await this.get<{ mode?: MinorsMode }>('/v1/me/minors-mode')).mode ?? {};
  }

  async setMinorsMode(wish: MinorsModeWish): Promise<void> {
    await this.call({ method: 'PUT', path: '/v1/me/minors-mode', body: wish });
  }

  async endMinorsMode(pin: string): Promise<void> {
    await this.call({ method: 'POST', path: '/v1/me/minors-mode:end', body: { pin } });
  }

  // null for who may watch as long as they like.
  async dailyTime(): Promise<DailyTime | null> {
    return (await this.get<{ dailyTime?: DailyTime }>('/v1/me/daily-time')).dailyTime ?? null;
  }

  // From which age on a series of the caller's is meant to be seen; null: nobody says.
  async rateSeries(seriesId: string, ageRating: number | null): Promise<Series> {
    const body = { updateMask: 'ageRating', ...(ageRating === null ? {} : { ageRating }) };
    const path = `/v1/series/${id(seriesId)}`;
    return ((await this.call({ method: 'PATCH', path, body, idempotent: true })) as { series: Series })
      .series;
  }

  private async enter(path: string, body: unknown): Promise<Account> {
    const session = (await this.call({ method: 'POST', path, body })) as SignedIn;
    await this.tokens.adopt(session);
    return session.account;
  }

  private async get<T = Record<string, unknown>>(
    path: string,
    query: Record<string, string | number> = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== '') search.set(name, String(value));
    const full = search.size > 0 ? `${path}?${search}` : path;
    return (await this.call({
      method: 'GET',
      path: full,
      idempotent: true,
      ...(signal ? { signal } : {}),
    })) as T;
  }

  // Sends with the caller's token; one that the server refuses is renewed once.
  private async call(request: HttpRequest): Promise<unknown> {
    const token = await this.tokens.accessToken();
    try {
      return await this.send({ ...request, token });
    } catch (thrown) {
      const refused =
        thrown instanceof Problem && thrown.status === 401 && thrown.code !== 'WRONG_CREDENTIALS';
      if (!refused) throw thrown;
    }
    return this.send({ ...request, token: await this.tokens.renew(token) });
  }
}

function id(value: string): string {
  return encodeURIComponent(value);
}

function insightPath(kind: string, subjectId: string, table: string): string {
  return `/v1/${kind}/${id(subjectId)}/insight/${table}`;
}

function page<T>(answer: unknown, field: string): Page<T> {
  const record = answer as Record<string, unknown>;
  const items = record[field];
  const next = record['nextPageToken'];
  return {
    items: Array.isArray(items) ? (items as T[]) : [],
    nextPageToken: typeof next === 'string' ? next : '',
  };
}
