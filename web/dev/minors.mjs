// Minors' mode of the mock: a PIN, a greatest rating, and minutes of a day that tests use up.
const ADULT = 18;
const MINUTE_MS = 60_000;

export class Minors {
  constructor(refusal) {
    this.refusal = refusal;
  }

  call(method, path, body, user) {
    if (path === '/me/daily-time') return this.day(user);
    const mode = user.minors;
    if (method === 'GET') return { mode: this.shown(mode) };
    if (mode && body.pin !== mode.pin) throw this.refusal(403, 'WRONG_PIN');
    if (path.endsWith(':end')) {
      user.minors = undefined;
      return { mode: {} };
    }
    if (!mode && !user.account.guest && body.password !== user.password)
      throw this.refusal(401, 'WRONG_CREDENTIALS');
    user.minors = { ...body, watchedMs: mode?.watchedMs ?? 0 };
    return { mode: this.shown(user.minors) };
  }

  shown(mode) {
    if (!mode) return {};
    const { greatestRating, dailyMinutes, timeZone } = mode;
    return { enabled: true, greatestRating, dailyMinutes, timeZone };
  }

  day({ minors }) {
    if (!minors?.dailyMinutes) return {};
    const allowedMs = minors.dailyMinutes * MINUTE_MS;
    return {
      dailyTime: {
        watchedMs: String(minors.watchedMs),
        allowedMs: String(allowedMs),
        resetTime: reset(),
        usedUp: minors.watchedMs >= allowedMs,
      },
    };
  }

  fits(series, { minors }) {
    return !minors || (series.ageRating ?? ADULT) <= minors.greatestRating;
  }

  check(series, user) {
    if (this.fits(series, user)) return;
    throw this.refusal(403, 'AGE_RESTRICTED', 'AGE_RESTRICTED', {
      age_rating: String(series.ageRating ?? ADULT),
    });
  }

  checkTime(user) {
    if (this.day(user).dailyTime?.usedUp)
      throw this.refusal(403, 'DAILY_TIME_USED_UP', 'DAILY_TIME_USED_UP', { reset_time: reset() });
  }
}

function reset() {
  const at = new Date();
  at.setUTCHours(24, 0, 0, 0);
  return at.toISOString();
}
