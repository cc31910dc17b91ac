import { Problem } from './problem';
import type { Account, SignedIn, Tokens } from './types';

// The part of localStorage that we use; tests give a map.
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

// The calls that need no token, given by the API client.
export interface TokenCalls {
  createGuest(): Promise<SignedIn>;
  refresh(refreshToken: string): Promise<Tokens>;
}

// Runs `work` while no other tab does; without the Web Locks API it just runs.
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

export interface TokenKeeperDeps {
  store: KeyValueStore;
  calls: TokenCalls;
  now: () => number;
  exclusive: Exclusive;
  // The session of a person who had signed in came to its end, and they are a guest now.
  onSignedOut?: () => void;
}

const KEY = 'cliffhanger.session';
// A token is renewed this long before it expires, so that no request leaves with one that dies on its way.
export const RENEW_BEFORE_MS = 60_000;

// Keeps the tokens of this browser: makes a guest at the first start, renews before expiry, one renewal at a
// time (also across tabs: the second use of a refresh token would end the whole session), and becomes a new
// guest when the session is over.
export class TokenKeeper {
  private pending: Promise<string> | null = null;

  constructor(private readonly deps: TokenKeeperDeps) {}

  // An access token that is good for a while yet. Fails with a Problem if no guest can be made.
  async accessToken(): Promise<string> {
    const session = this.read();
    if (session && this.fresh(session.tokens)) return session.tokens.accessToken;
    return this.renew(session?.tokens.accessToken ?? '');
  }

  // Like accessToken(), but never `rejected`, which the server refused.
  renew(rejected: string): Promise<string> {
    this.pending ??= this.deps
      .exclusive(() => this.renewNow(rejected))
      .finally(() => {
        this.pending = null;
      });
    return this.pending;
  }

  // The access token as it is now, for requests that can't wait (the page is being closed); '' if there is
  // none.
  currentToken(): string {
    return this.read()?.tokens.accessToken ?? '';
  }

  account(): Account | null {
    return this.read()?.account ?? null;
  }

  // Takes over the session of a sign-in or sign-up, after a renewal that is under way.
  adopt(session: SignedIn): Promise<void> {
    return this.deps.exclusive(async () => this.write(session));
  }

  // Gives the refresh token of the session that is no more, '' if there was none; with it the server ends the
  // session. After a renewal that is under way, whose token that is then.
  forget(): Promise<string> {
    return this.deps.exclusive(async () => {
      const refreshToken = this.read()?.tokens.refreshToken ?? '';
      this.deps.store.removeItem(KEY);
      return refreshToken;
    });
  }

  private async renewNow(rejected: string): Promise<string> {
    const session = this.read();
    // Another tab, or an earlier caller, may have renewed while we waited for the lock.
    if (session && session.tokens.accessToken !== rejected && this.fresh(session.tokens)) {
      return session.tokens.accessToken;
    }
    if (!session) return this.becomeGuest();
    const used = session.tokens.refreshToken;
    const tokens = await this.refreshed(used);
    // Without the Web Locks API somebody may have signed in or out, or another tab renewed, while we waited:
    // what is stored counts then, not what we got for a session that is no more.
    const now = this.read();
    if (!now) return this.becomeGuest();
    if (now.tokens.refreshToken !== used) return this.renewNow('');
    if (tokens) {
      this.write({ account: session.account, tokens });
      return tokens.accessToken;
    }
    this.deps.store.removeItem(KEY);
    if (!session.account.guest) this.deps.onSignedOut?.();
    return this.becomeGuest();
  }

  // null: the session is over.
  private async refreshed(refreshToken: string): Promise<Tokens | null> {
    try {
      return await this.deps.calls.refresh(refreshToken);
    } catch (thrown) {
      if (sessionOver(thrown)) return null;
      throw thrown;
    }
  }

  private async becomeGuest(): Promise<string> {
    const session = await this.deps.calls.createGuest();
    const now = this.read(); // somebody signed in meanwhile, or another tab made a guest
    if (now && this.fresh(now.tokens)) return now.tokens.accessToken;
    this.write({ account: { ...session.account, guest: true }, tokens: session.tokens });
    return session.tokens.accessToken;
  }

  private write(session: SignedIn): void {
    this.deps.store.setItem(KEY, JSON.stringify(session));
  }

  private fresh(tokens: Tokens): boolean {
    return Date.parse(tokens.accessExpireTime) - this.deps.now() > RENEW_BEFORE_MS;
  }

  private read(): SignedIn | null {
    const stored = this.deps.store.getItem(KEY);
    if (!stored) return null;
    try {
      const session = JSON.parse(stored) as Partial<SignedIn>;
      if (!session.tokens?.accessToken || !session.tokens.refreshToken || !session.account) return null;
      return { account: session.account, tokens: session.tokens };
    } catch {
      return null;
    }
  }
}

function sessionOver(thrown: unknown): boolean {
  return (
    thrown instanceof Problem &&
    (thrown.code === 'REFRESH_TOKEN_INVALID' ||
      thrown.code === 'REFRESH_TOKEN_REUSED' ||
      thrown.status === 401)
  );
}

// Web Locks where the browser has them (secure contexts), else nothing to wait for.
export function tabLock(locks: LockManager | undefined): Exclusive {
  if (!locks) return (work) => work();
  return (work) => locks.request('cliffhanger.tokens', () => work()) as ReturnType<typeof work>;
}
