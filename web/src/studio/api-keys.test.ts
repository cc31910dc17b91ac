import { describe, expect, it } from 'vitest';
import { mayHaveMade, parted, scopesOf, standingOf, type ApiKey } from './api-keys';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const key = (more: Partial<ApiKey> = {}): ApiKey => ({
  apiKeyId: 'k',
  name: 'render farm',
  expireTime: '2027-02-28T12:00:00Z',
  state: 'API_KEY_STATE_LIVE',
  ...more,
});

describe('how a key stands', () => {
  it('is what the server says, whatever the clock of the device', () => {
    expect(standingOf(key(), NOW)).toBe('live');
    expect(standingOf(key(), Date.parse('2030-01-01T00:00:00Z'))).toBe('soon');
    expect(standingOf(key({ state: 'API_KEY_STATE_EXPIRED' }), 0)).toBe('expired');
    expect(
      standingOf(key({ state: 'API_KEY_STATE_UNSPECIFIED', expireTime: '2026-11-30T12:00:00Z' }), NOW),
    ).toBe('expired');
    expect(standingOf(key({ state: 'API_KEY_STATE_REVOKED' }), NOW)).toBe('ended');
    expect(standingOf(key({ state: 'API_KEY_STATE_REVOKED', revokedByOperator: true }), NOW)).toBe(
      'endedByOperator',
    );
  });

  it('tells a week before one expires', () => {
    expect(standingOf(key({ expireTime: '2026-12-07T12:00:00Z' }), NOW)).toBe('live');
    expect(standingOf(key({ expireTime: '2026-12-07T11:59:59Z' }), NOW)).toBe('soon');
  });

  it('follows from the times where an older server says nothing', () => {
    const old = (more: Partial<ApiKey>): ApiKey => {
      const { state: _, ...rest } = key(more);
      return rest;
    };
    expect(standingOf(old({}), NOW)).toBe('live');
    expect(standingOf(old({ expireTime: '2026-11-30T12:00:00Z' }), NOW)).toBe('expired');
    expect(standingOf(old({ revokeTime: '2026-11-29T12:00:00Z' }), NOW)).toBe('ended');
  });
});

it('parts what can be used from what can not, and keeps the order', () => {
  const keys = [
    key({ apiKeyId: 'a', state: 'API_KEY_STATE_REVOKED' }),
    key({ apiKeyId: 'b' }),
    key({ apiKeyId: 'c', state: 'API_KEY_STATE_EXPIRED' }),
    key({ apiKeyId: 'd', expireTime: '2026-12-01T00:00:00Z' }),
  ];
  const { live, over } = parted(keys, NOW);
  expect(live.map((each) => each.apiKeyId)).toEqual(['b', 'd']);
  expect(over.map((each) => each.apiKeyId)).toEqual(['a', 'c']);
});

it('names scopes in one order and leaves out what it doesn’t know', () => {
  const scopes = ['API_KEY_SCOPE_PUBLISH', 'API_KEY_SCOPE_OF_TOMORROW', 'API_KEY_SCOPE_READ'];
  expect(scopesOf(key({ scopes: scopes as ApiKey['scopes'] & object }))).toEqual([
    'API_KEY_SCOPE_READ',
    'API_KEY_SCOPE_PUBLISH',
  ]);
  expect(scopesOf(key())).toEqual([]);
});

it('knows which failures may have made a key all the same', () => {
  expect(mayHaveMade({ code: 'NETWORK', status: 0 })).toBe(true);
  expect(mayHaveMade({ code: 'UNAVAILABLE', status: 503 })).toBe(true);
  expect(mayHaveMade({ code: 'BAD_ANSWER', status: 200 })).toBe(true);
  expect(mayHaveMade({ code: 'WRONG_CREDENTIALS', status: 401 })).toBe(false);
  expect(mayHaveMade({ code: 'RATE_LIMITED', status: 429 })).toBe(false);
});
