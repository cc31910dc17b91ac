import { expect, it } from 'vitest';
import { minuteChoices, minutesAllowed, minutesLeft } from './daily-time';

it('tells the minutes that are left, begun ones too, and none when the day is used up', () => {
  const day = (watchedMs: number): object => ({ watchedMs: String(watchedMs), allowedMs: '3600000' });
  expect([0, 1, 59_999, 60_000, 3_599_999, 3_600_000, 4_000_000].map((ms) => minutesLeft(day(ms)))).toEqual([
    60, 60, 60, 59, 1, 0, 0,
  ]);
  expect(minutesLeft({ ...day(10), usedUp: true })).toBe(0);
  expect(minutesLeft({})).toBe(0);
  expect(minutesAllowed(day(0))).toBe(60);
});

it('keeps what was chosen elsewhere among the choices', () => {
  expect(minuteChoices(30)).toEqual([0, 15, 30, 45, 60, 90, 120, 180]);
  expect(minuteChoices(50)).toEqual([0, 15, 30, 45, 50, 60, 90, 120, 180]);
});
