// API keys as proto/cliffhanger/accounts/v1/api_keys_service.proto has them, and what the page makes of them.
export type ApiKeyScope = 'API_KEY_SCOPE_READ' | 'API_KEY_SCOPE_UPLOAD' | 'API_KEY_SCOPE_PUBLISH';

export const SCOPES: readonly ApiKeyScope[] = [
  'API_KEY_SCOPE_READ',
  'API_KEY_SCOPE_UPLOAD',
  'API_KEY_SCOPE_PUBLISH',
];
export const EXPIRY_DAYS: readonly number[] = [7, 30, 90, 180, 365, 730];
export const USUAL_DAYS = 90;
export const LONGEST_NAME = 60;

export interface ApiKey {
  apiKeyId: string;
  name: string;
  // The first characters of the key.
  prefix?: string;
  scopes?: ApiKeyScope[];
  expireTime: string;
  createTime?: string;
  // Absent if it never was used.
  lastUseTime?: string;
  revokeTime?: string;
  revokedByOperator?: boolean;
  madeByOperator?: boolean;
  state?: string;
}

export interface ApiKeyWish {
  name: string;
  scopes: ApiKeyScope[];
  days: number;
  password: string;
}

// How a key stands; `soon`: it can be used, and expires within a week.
export type Standing = 'live' | 'soon' | 'expired' | 'ended' | 'endedByOperator';

const SOON_MS = 7 * 86_400_000;

// The server's word counts; a server from before it said so leaves the times. `now` in ms.
export function standingOf(key: ApiKey, now: number): Standing {
  if (key.revokeTime || key.state === 'API_KEY_STATE_REVOKED')
    return key.revokedByOperator ? 'endedByOperator' : 'ended';
  const left = Date.parse(key.expireTime) - now;
  const silent = key.state === undefined || key.state === 'API_KEY_STATE_UNSPECIFIED';
  if (key.state === 'API_KEY_STATE_EXPIRED' || (silent && left <= 0)) return 'expired';
  return left < SOON_MS ? 'soon' : 'live';
}

// Those that can be used, and those that can't any more; each as the server has them, the newest first.
export function parted(keys: readonly ApiKey[], now: number): { live: ApiKey[]; over: ApiKey[] } {
  const usable = (key: ApiKey): boolean => ['live', 'soon'].includes(standingOf(key, now));
  return { live: keys.filter(usable), over: keys.filter((key) => !usable(key)) };
}

// The scopes in the order in which they are offered; what this page doesn't know is left out.
export function scopesOf(key: ApiKey): ApiKeyScope[] {
  return SCOPES.filter((scope) => key.scopes?.includes(scope));
}

// Whether a request that failed so may have made a key that nobody saw.
export function mayHaveMade(problem: { code: string; status: number }): boolean {
  return problem.status === 0 || problem.status >= 500 || problem.code === 'BAD_ANSWER';
}
