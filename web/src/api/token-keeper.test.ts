import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from './problem';
import { RENEW_BEFORE_MS, TokenKeeper, type KeyValueStore } from './token-keeper';
import type { SignedIn, Tokens } from './types';

const START = Date.parse('2026-01-01T00:00:00Z');
const LIFE = 900_000;

class MapStore implements KeyValueStore {
  private readonly map = new Map<string, string>();
  getItem(key: string): string | null {
    return this.map.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.map.set(key, value);
  }
  removeItem(key: string): void {
    this.map.delete(key);
  }
}

describe('TokenKeeper', () => {
  let now = START;
  let made = 0;
  let store: MapStore;
  const tokens = (name: string): Tokens => ({
    accessToken: `access-${name}`,
    accessExpireTime: new Date(now + LIFE).toISOString(),
    refreshToken: `refresh-${name}`,
    refreshExpireTime: new Date(now + 30 * 86_400_000).toISOString(),
  });
  const signedIn = (name: string, guest: boolean): SignedIn => ({
    account: { userId: name, guest },
    tokens: tokens(name),
  });
  const createGuest = vi.fn<() => Promise<SignedIn>>();
  const refresh = vi.fn<(token: string) => Promise<Tokens>>();
  const onSignedOut = vi.fn();

  const keeper = (): TokenKeeper =>
    new TokenKeeper({
      store,
      calls: { createGuest, refresh },
      now: () => now,
      exclusive: (work) => work(),
      onSignedOut,
    });

  beforeEach(() => {
    now = START;
    made = 0;
    store = new MapStore();
    onSignedOut.mockReset();
    createGuest.mockReset().mockImplementation(async () => signedIn(`guest${++made}`, true));
    refresh.mockReset().mockImplementation(async (used) => tokens(`${used}+`));
  });

  it('makes one guest for many callers', async () => {
    const one = keeper();
    const all = await Promise.all([one.accessToken(), one.accessToken(), one.accessToken()]);
    expect(all).toEqual(['access-guest1', 'access-guest1', 'access-guest1']);
    expect(createGuest).toHaveBeenCalledTimes(1);
    expect(await keeper().accessToken()).toBe('access-guest1');
  });

  it('renews before expiry, once for many callers', async () => {
    const one = keeper();
    await one.accessToken();
    now += LIFE - RENEW_BEFORE_MS;
    const all = await Promise.all([one.accessToken(), one.accessToken(), one.renew('access-guest1')]);
    expect(new Set(all)).toEqual(new Set(['access-refresh-guest1+']));
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(refresh).toHaveBeenCalledWith('refresh-guest1');
  });

  it('does not use a refresh token that another tab has used', async () => {
    const one = keeper();
    await one.accessToken();
    const other = keeper();
    expect(await other.renew('access-guest1')).toBe('access-refresh-guest1+');
    expect(await one.renew('access-guest1')).toBe('access-refresh-guest1+');
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it.each(['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED'])('becomes a new guest after %s', async (code) => {
    const one = keeper();
    await one.accessToken();
    refresh.mockRejectedValue(new Problem(code, 401, 'over'));
    expect(await one.renew('access-guest1')).toBe('access-guest2');
    expect(onSignedOut).not.toHaveBeenCalled();
  });

  it('says so when a person, not a guest, was signed out', async () => {
    const one = keeper();
    one.adopt(signedIn('ana', false));
    refresh.mockRejectedValue(new Problem('REFRESH_TOKEN_INVALID', 401, 'over'));
    await one.renew('access-ana');
    expect(onSignedOut).toHaveBeenCalledTimes(1);
    expect(one.account()?.guest).toBe(true);
  });

  it('keeps the session when the network is away', async () => {
    const one = keeper();
    await one.accessToken();
    refresh.mockRejectedValueOnce(new Problem('NETWORK', 0, 'away'));
    await expect(one.renew('access-guest1')).rejects.toMatchObject({ code: 'NETWORK' });
    expect(await one.renew('access-guest1')).toBe('access-refresh-guest1+');
    expect(createGuest).toHaveBeenCalledTimes(1);
  });

  it('bears a damaged store', async () => {
    store.setItem('cliffhanger.session', '{"tokens":');
    expect(await keeper().accessToken()).toBe('access-guest1');
  });
});
