import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from './problem';
import { RENEW_BEFORE_MS, TokenKeeper, type Exclusive, type KeyValueStore } from './token-keeper';
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

  const keeper = (exclusive: Exclusive = (work) => work()): TokenKeeper =>
    new TokenKeeper({
      store,
      calls: { createGuest, refresh },
      now: () => now,
      exclusive,
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
    await one.adopt(signedIn('ana', false));
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

  // A renewal that waits for its answer.
  const renewing = async (one: TokenKeeper): Promise<{ token: Promise<string>; answer: () => void }> => {
    await one.adopt(signedIn('ana', false));
    let answer = (): void => {};
    refresh.mockImplementationOnce(
      (used) => new Promise((resolve) => (answer = () => resolve(tokens(`${used}+`)))),
    );
    const token = one.renew('access-ana');
    await Promise.resolve();
    return { token, answer: () => answer() };
  };

  it('stays signed out when the answer of a renewal comes after it', async () => {
    const one = keeper();
    const { token, answer } = await renewing(one);
    expect(await one.forget()).toBe('refresh-ana');
    answer();
    expect(await token).toBe('access-guest1');
    expect(one.account()).toEqual({ userId: 'guest1', guest: true });
    expect(onSignedOut).not.toHaveBeenCalled();
  });

  it('keeps the account that signed in while another was renewed', async () => {
    const one = keeper();
    const { token, answer } = await renewing(one);
    await one.adopt(signedIn('bea', false));
    answer();
    expect(await token).toBe('access-bea');
    expect(one.account()?.userId).toBe('bea');
    expect(createGuest).not.toHaveBeenCalled();
  });

  it('signs out after a renewal that is under way, with its token', async () => {
    let last: Promise<unknown> = Promise.resolve();
    const one = keeper((work) => {
      const mine = last.then(work);
      last = mine.catch(() => undefined);
      return mine;
    });
    const { token, answer } = await renewing(one);
    const forgotten = one.forget();
    await vi.waitFor(() => expect(refresh).toHaveBeenCalledTimes(1));
    answer();
    expect(await token).toBe('access-refresh-ana+');
    expect(await forgotten).toBe('refresh-refresh-ana+');
    expect(one.account()).toBeNull();
  });

  it('does not put a guest over who signed in meanwhile', async () => {
    const one = keeper();
    let answer = (): void => {};
    createGuest.mockImplementationOnce(
      () => new Promise((resolve) => (answer = () => resolve(signedIn('late', true)))),
    );
    const token = one.accessToken();
    await Promise.resolve();
    await keeper().adopt(signedIn('ana', false));
    answer();
    expect(await token).toBe('access-ana');
    expect(one.account()?.userId).toBe('ana');
  });

  it('bears a damaged store', async () => {
    store.setItem('cliffhanger.session', '{"tokens":');
    expect(await keeper().accessToken()).toBe('access-guest1');
  });
});
