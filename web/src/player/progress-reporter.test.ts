import { beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../api/problem';
import type { ProgressReport } from '../api/types';
import { ProgressReporter } from './progress-reporter';

describe('ProgressReporter', () => {
  let now = 0;
  let sent: (ProgressReport & { leaving: boolean })[] = [];
  let failure: unknown = null;
  let reporter: ProgressReporter;

  beforeEach(() => {
    now = 1000;
    sent = [];
    failure = null;
    const send = async (_session: string, report: ProgressReport, leaving: boolean): Promise<void> => {
      sent.push({ ...report, leaving });
      if (failure) throw failure;
    };
    reporter = new ProgressReporter('session', send, () => now);
  });

  function play(ms: number, from = 0): void {
    for (let passed = 0; passed <= ms; passed += 250) {
      reporter.tick(true, from + passed);
      now += 250;
    }
    now -= 250;
  }

  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

  it('reports every five seconds of playing, counting up', () => {
    play(11_000);
    expect(sent.map((report) => report.sequence)).toEqual([1, 2]);
    expect(sent.map((report) => report.watchedMs)).toEqual([5000, 5000]);
    expect(sent.every((report) => report.event === 'WATCH_EVENT_PROGRESS' && !report.leaving)).toBe(true);
  });

  it('tells what was watched before a jump where it was watched', () => {
    play(2000);
    reporter.jumping(2000);
    reporter.jumping(40_000);
    reporter.tick(true, 60_000);
    now += 1000;
    reporter.tick(true, 61_000);
    reporter.skipped(61_000);
    expect(sent.map((report) => [report.positionMs, report.watchedMs])).toEqual([
      [2000, 2000],
      [61_000, 1000],
    ]);
  });

  it('counts no time that was paused or slept through', () => {
    play(2000);
    reporter.paused(2000);
    expect(sent.at(-1)).toMatchObject({ watchedMs: 2000, positionMs: 2000 });
    now += 60_000;
    reporter.tick(true, 2000);
    now += 3_600_000;
    reporter.tick(true, 2000);
    reporter.paused(2000);
    expect(sent.at(-1)?.watchedMs).toBe(2000);
  });

  it('keeps a hidden page alive for its last report', () => {
    play(1500);
    reporter.hidden(1500);
    expect(sent).toEqual([
      { sequence: 1, event: 'WATCH_EVENT_PROGRESS', positionMs: 1500, watchedMs: 1500, leaving: true },
    ]);
    reporter.hidden(1500);
    expect(sent).toHaveLength(1);
  });

  it('says nothing of an episode that never played', () => {
    reporter.paused(0);
    reporter.hidden(0);
    reporter.skipped(0);
    expect(sent).toEqual([]);
  });

  it('takes going on after the end for no skip, and one skip for one', () => {
    play(1000);
    reporter.completed(1000);
    reporter.skipped(1000);
    play(1000);
    reporter.skipped(1000);
    reporter.skipped(1000);
    expect(sent.map((report) => report.event)).toEqual(['WATCH_EVENT_COMPLETE', 'WATCH_EVENT_SKIP']);
    expect(sent.map((report) => report.sequence)).toEqual([1, 2]);
  });

  it('carries the time of a failed report over, with a new sequence', async () => {
    failure = new Problem('NETWORK', 0, 'away');
    play(5000);
    await settled();
    failure = null;
    reporter.paused(5000);
    expect(sent.map((report) => [report.sequence, report.watchedMs])).toEqual([
      [1, 5000],
      [2, 5000],
    ]);
  });

  it('is silent once the session is gone', async () => {
    failure = new Problem('SESSION_NOT_FOUND', 404, 'gone');
    play(5000);
    await settled();
    play(20_000);
    expect(sent).toHaveLength(1);
  });
});
