import { describe, expect, it, vi } from 'vitest';
import { ApiClient } from './client';
import { makeSend, type HttpRequest } from './http';
import { Problem } from './problem';
import type { TokenKeeper } from './token-keeper';

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | Error;

function server(...answers: Answer[]): {
  send: ReturnType<typeof makeSend>;
  calls: Request[];
  waits: number[];
} {
  const calls: Request[] = [];
  const waits: number[] = [];
  const fetch = async (path: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    calls.push(new Request(new URL(String(path), 'http://example.test'), { ...init, signal: null }));
    const answer = answers.shift();
    if (!answer) throw new Error('one call too many');
    if (answer instanceof Error) throw answer;
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
    return new Response(body, { status: answer.status, headers: answer.headers ?? {} });
  };
  return { send: makeSend({ fetch, sleep: async (ms) => void waits.push(ms) }), calls, waits };
}

const get: HttpRequest = { method: 'GET', path: '/v1/feed', idempotent: true };
const post: HttpRequest = { method: 'POST', path: '/v1/playback/sessions', body: { episodeId: 'x' } };

describe('send', () => {
  it('turns problem+json into a Problem', async () => {
    const errors = [{ field: 'email', message: 'is no address' }];
    const { send } = server({ status: 400, body: { code: 'BAD_FIELD', detail: 'one is wrong', errors } });
    const problem = await send(post).catch((thrown: unknown) => thrown);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({
      code: 'BAD_FIELD',
      status: 400,
      message: 'one is wrong',
      fields: errors,
    });
  });

  it('says which app it is', async () => {
    const { send, calls } = server({ status: 200 });
    await send(get);
    expect(calls[0]!.headers.get('cliffhanger-app')).toMatch(/^web\/\d+\.\d+\.\d+/);
  });

  it('bears an error that is not JSON and a success that is not', async () => {
    const { send } = server({ status: 500, body: '<html>' }, { status: 200, body: '<html>' });
    await expect(send(post)).rejects.toMatchObject({ code: 'HTTP_500' });
    await expect(send(post)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it('tries idempotent requests again, others not', async () => {
    const again = server(new TypeError('reset'), { status: 503 }, { status: 200, body: { items: [] } });
    await expect(again.send(get)).resolves.toEqual({ items: [] });
    expect(again.waits).toEqual([400, 800]);
    const once = server(new TypeError('reset'));
    await expect(once.send(post)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(once.calls).toHaveLength(1);
  });

  it('waits as long as the server asks, or gives up', async () => {
    const soon = server({ status: 429, headers: { 'retry-after': '2' } }, { status: 200 });
    await soon.send(get);
    expect(soon.waits).toEqual([2000]);
    const late = server({ status: 429, headers: { 'retry-after': '60' } });
    await expect(late.send(get)).rejects.toMatchObject({ status: 429, retryAfter: 60 });
  });
});

describe('ApiClient', () => {
  const keeper = (): TokenKeeper =>
    ({
      accessToken: vi.fn(async () => 'old'),
      renew: vi.fn(async () => 'new'),
      currentToken: () => 'now',
      adopt: vi.fn(),
    }) as unknown as TokenKeeper;

  it('renews a refused token once', async () => {
    const tokens = keeper();
    const { send, calls } = server(
      { status: 401, body: { code: 'TOKEN_EXPIRED' } },
      { status: 200, body: {} },
    );
    expect(await new ApiClient(send, tokens).feed('')).toEqual({ items: [], nextPageToken: '' });
    expect(tokens.renew).toHaveBeenCalledWith('old');
    expect(calls.map((call) => call.headers.get('authorization'))).toEqual(['Bearer old', 'Bearer new']);
    const refused = server({ status: 401 }, { status: 401, body: { code: 'TOKEN_INVALID' } });
    await expect(new ApiClient(refused.send, keeper()).feed('')).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  it('takes wrong credentials as the answer, not as an old token', async () => {
    const { send } = server({ status: 401, body: { code: 'WRONG_CREDENTIALS' } });
    await expect(new ApiClient(send, keeper()).signIn('a@b.c', 'x')).rejects.toMatchObject({
      code: 'WRONG_CREDENTIALS',
    });
  });

  it('writes paths and bodies of the contract', async () => {
    const { send, calls } = server({ status: 200 }, { status: 200 }, { status: 200 }, { status: 200 });
    const api = new ApiClient(send, keeper());
    await api.setReaction('SUBJECT_SERIES', 's1', 'REACTION_LIKE', true);
    await api.setReaction('SUBJECT_SERIES', 's1', 'REACTION_LIKE', false);
    await api.searchSeries('love & war', '');
    const report = { sequence: 3, event: 'WATCH_EVENT_SKIP' as const, positionMs: 12, watchedMs: 5 };
    await api.report('p1', report, true);
    expect(calls.map((call) => `${call.method} ${new URL(call.url).pathname}`)).toEqual([
      'PUT /v1/reactions/SUBJECT_SERIES/s1/REACTION_LIKE',
      'DELETE /v1/reactions/SUBJECT_SERIES/s1/REACTION_LIKE',
      'GET /v1/series:search',
      'POST /v1/playback/sessions/p1:report',
    ]);
    expect(new URL(calls[2]!.url).searchParams.get('query')).toBe('love & war');
    expect(await calls[3]!.json()).toEqual({
      sequence: '3',
      event: 'WATCH_EVENT_SKIP',
      positionMs: '12',
      watchedMs: '5',
    });
    expect(calls[3]!.headers.get('authorization')).toBe('Bearer now');
  });

  it('knows the end of a series', async () => {
    const { send } = server({ status: 404, body: { code: 'NO_EPISODE_LEFT' } });
    expect(await new ApiClient(send, keeper()).nextEpisode('s1')).toBeNull();
  });
});
