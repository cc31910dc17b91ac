import { describe, expect, it } from 'vitest';
import { bitrate, bitratesByRung, count, duration, NOTHING, percent, pointsOf, score } from './quality';

describe('figures', () => {
  it('are short, and say when there is nothing', () => {
    expect(percent(0.0123)).toBe('1.2%');
    expect(duration(843.4)).toBe('843 ms');
    expect(duration(2310)).toBe('2.3 s');
    expect(bitrate(843_000)).toBe('843 kbit/s');
    expect(bitrate(2_140_000)).toBe('2.1 Mbit/s');
    expect(score(86.4)).toBe('86');
    expect(count('12800')).toBe('12,800');
    expect(count(undefined)).toBe('0');
    for (const each of [percent, duration, bitrate, score]) expect(each(undefined)).toBe(NOTHING);
  });

  it('leave gaps where nothing happened', () => {
    const at = (minute: number): string => new Date(minute * 60_000).toISOString();
    const points = [1, 2, 5].map((minute) => ({
      startTime: at(minute),
      quality: { startUpP50Ms: minute * 100 },
    }));
    points[1]!.quality = {} as (typeof points)[1]['quality'];
    const { x, values } = pointsOf(
      { time: at(5), points },
      60,
      (quality) => quality.startUpP50Ms,
      (quality) => quality.errorsPerPlay,
    );
    expect(x).toEqual([60, 120, 180, 300]);
    expect(values).toEqual([
      [100, null, null, 500],
      [null, null, null, null],
    ]);
    // Two minutes far apart are two moments, and no line.
    const apart = { time: at(5), points: [points[0]!, points[2]!] };
    expect(pointsOf(apart, 60, (quality) => quality.startUpP50Ms).values).toEqual([[100, null, 500]]);
    expect(pointsOf({ time: at(1) }, 60)).toEqual({ x: [], values: [] });
    expect(
      pointsOf({ time: at(1), points: points.slice(0, 1) }, 60, (quality) => quality.startUpP50Ms).values,
    ).toEqual([[100]]);
  });

  it('put rungs in their order', () => {
    const slices = ['1080p', '', '360p', '720p'].map((value, at) => ({
      value,
      quality: { bitrateBps: at * 1e6 },
    }));
    slices.push({ value: '240p', quality: {} as { bitrateBps: number } });
    expect(bitratesByRung({ time: '', slices })).toEqual({
      rungs: ['360p', '720p', '1080p'],
      bitrates: [2e6, 3e6, 0],
    });
  });
});
