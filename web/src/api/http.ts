import { version } from '../../package.json';
import { BAD_ANSWER, NETWORK, Problem, problemOf } from './problem';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  token?: string;
  // Lets the request outlive the page.
  keepalive?: boolean;
  // Calling twice does what calling once does, so that we may try again.
  idempotent?: boolean;
  signal?: AbortSignal;
  // The answer is its body as it arrives, not JSON.
  stream?: boolean;
  // The media type that the answer is to have, where there are several.
  accept?: string;
}

export type Send = (request: HttpRequest) => Promise<unknown>;

export interface HttpDeps {
  fetch: typeof fetch;
  sleep: (ms: number) => Promise<void>;
}

const TIMEOUT_MS = 15_000;
const STREAM_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;
const BACKOFF_MS = 400;
// A server that asks us to wait longer than this gets no second attempt; the viewer decides.
const LONGEST_WAIT_S = 5;

// Sends a request and reads its JSON answer, or gives its body as it arrives. Idempotent requests are tried up to three times when the network
// or the server is briefly away. Fails with a Problem.
export function makeSend(deps: HttpDeps): Send {
  return async (request) => {
    const attempts = request.idempotent ? ATTEMPTS : 1;
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(deps.fetch, request);
      } catch (thrown) {
        const problem = thrown as Problem;
        if (attempt >= attempts || request.signal?.aborted || !brief(problem)) throw problem;
        await deps.sleep(Math.max(BACKOFF_MS * 2 ** (attempt - 1), problem.retryAfter * 1000));
      }
    }
  };
}

async function once(send: typeof fetch, request: HttpRequest): Promise<unknown> {
  const headers: Record<string, string> = {
    accept: request.accept ?? (request.stream ? '*/*' : 'application/json'),
    // Whom experiments are meant for; the language the browser says by itself.
    'cliffhanger-app': `web/${version}`,
  };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.token) headers['authorization'] = `Bearer ${request.token}`;
  const timeout = AbortSignal.timeout(request.stream ? STREAM_TIMEOUT_MS : TIMEOUT_MS);
  let response: Response;
  try {
    response = await send(request.path, {
      method: request.method,
      headers,
      cache: 'no-store',
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.keepalive ? { keepalive: true } : {}),
      signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    });
  } catch (thrown) {
    throw new Problem(NETWORK, 0, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!response.ok) throw await problemOf(response);
  if (request.stream) return response.body;
  if (response.status === 204) return {};
  try {
    return await response.json();
  } catch {
    throw new Problem(BAD_ANSWER, response.status, 'the answer is not JSON');
  }
}

function brief(problem: Problem): boolean {
  if (problem.retryAfter > LONGEST_WAIT_S) return false;
  return problem.code === NETWORK || [429, 502, 503, 504].includes(problem.status);
}
