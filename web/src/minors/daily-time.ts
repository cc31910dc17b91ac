import { int64, type DailyTime } from '../api/types';

// Minutes that are left of the day: what has begun counts, so that 0 means that nothing is left.
export function minutesLeft(day: DailyTime): number {
  const left = int64(day.allowedMs) - int64(day.watchedMs);
  return day.usedUp || left <= 0 ? 0 : Math.ceil(left / 60_000);
}

export function minutesAllowed(day: DailyTime): number {
  return Math.round(int64(day.allowedMs) / 60_000);
}

// What a guardian chooses from, with what was chosen before, whatever it was.
export function minuteChoices(chosen: number): number[] {
  const usual = [0, 15, 30, 45, 60, 90, 120, 180];
  return [...new Set([...usual, chosen])].sort((a, b) => a - b);
}
