// API keys of the mock: made with the account's password, listed, ended. What tests set: `broken`, a status that the next call gets.
import { randomBytes, randomUUID } from 'node:crypto';

const DAY_MS = 86_400_000;
const MOST = 20;

export class ApiKeys {
  broken = 0;
  // Whether the answer to the next key that is made gets lost.
  loses = false;

  constructor(refusal) {
    this.refusal = refusal;
  }

  call(method, id, body, user) {
    if (this.broken) throw this.refusal(this.broken, 'UNAVAILABLE');
    user.keys ??= [];
    if (method === 'GET') return { apiKeys: user.keys.map((each) => this.shown(each)) };
    if (method === 'DELETE') return { apiKey: this.shown(this.end(id, user)) };
    if (user.account.role !== 'ROLE_CREATOR') throw this.refusal(403, 'ROLE_TOO_LOW');
    if (body.password !== user.password) throw this.refusal(401, 'WRONG_CREDENTIALS');
    if (user.keys.filter((each) => this.shown(each).state === 'API_KEY_STATE_LIVE').length >= MOST)
      throw this.refusal(409, 'TOO_MANY_API_KEYS');
    const key = `chk_${randomBytes(32).toString('base64url')}`;
    const made = this.add(user, { ...body, key });
    if (this.loses) {
      this.loses = false;
      throw this.refusal(504, 'DEADLINE_EXCEEDED');
    }
    return { apiKey: this.shown(made), key };
  }

  add(user, { name, scopes, days = 90, key = 'chk_demodemo', ...more }) {
    const now = Date.now();
    const made = {
      apiKeyId: randomUUID(),
      name,
      prefix: key.slice(0, 8),
      scopes,
      createTime: new Date(now).toISOString(),
      expireTime: new Date(now + days * DAY_MS).toISOString(),
      ...more,
    };
    delete made.password;
    (user.keys ??= []).unshift(made);
    return made;
  }

  end(id, user) {
    const key = user.keys.find((each) => each.apiKeyId === id);
    if (!key) throw this.refusal(404, 'API_KEY_NOT_FOUND');
    key.revokeTime ??= new Date().toISOString();
    return key;
  }

  shown(key) {
    const over = Date.parse(key.expireTime) <= Date.now() ? 'EXPIRED' : 'LIVE';
    return { ...key, state: `API_KEY_STATE_${key.revokeTime ? 'REVOKED' : over}` };
  }
}
