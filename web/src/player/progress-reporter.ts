import { Problem } from '../api/problem';
import type { ProgressReport, WatchEvent } from '../api/types';

export type SendReport = (sessionId: string, report: ProgressReport, leaving: boolean) => Promise<void>;

// A progress report leaves this often while the episode plays.
export const REPORT_EVERY_MS = 5000;
// A gap between two ticks that is longer than this was a sleeping machine, not watching.
const LONGEST_TICK_MS = 2000;

// Tells the server how far the viewer of one playback session is: every five seconds of playing, on pause,
// when the page hides, at the end and on a skip. Sequence numbers count up from 1 within the session; time
// that a failed report carried goes into the next one.
export class ProgressReporter {
  private sequence = 0;
  private watchedMs = 0;
  private lastTick: number | null = null;
  private sinceReportMs = 0;
  private closed = false;
  private started = false;

  constructor(
    private readonly sessionId: string,
    private readonly send: SendReport,
    private readonly now: () => number,
  ) {}

  // Called often while the player lives; `playing` is whether pictures really move.
  tick(playing: boolean, positionMs: number): void {
    const now = this.now();
    const last = this.lastTick;
    this.lastTick = playing ? now : null;
    if (!playing) return;
    this.started = true;
    if (last === null) return;
    const passed = Math.min(Math.max(0, now - last), LONGEST_TICK_MS);
    this.watchedMs += passed;
    this.sinceReportMs += passed;
    if (this.sinceReportMs >= REPORT_EVERY_MS) this.report('WATCH_EVENT_PROGRESS', positionMs, false);
  }

  paused(positionMs: number): void {
    this.tick(false, positionMs);
    if (this.started && this.watchedMs > 0) this.report('WATCH_EVENT_PROGRESS', positionMs, false);
  }

  // About to go elsewhere: a report says up to where its time was watched, so what was watched till now is told first.
  jumping(positionMs: number): void {
    this.paused(positionMs);
  }

  // The page is hidden and may never come back.
  hidden(positionMs: number): void {
    if (this.started && this.watchedMs > 0) this.report('WATCH_EVENT_PROGRESS', positionMs, true);
  }

  // The end was reached. What is played again after it is reported as progress of the same session.
  completed(durationMs: number): void {
    this.tick(false, durationMs);
    this.started = false;
    this.report('WATCH_EVENT_COMPLETE', durationMs, false);
  }

  // The viewer went on before the end; they may come back. Nothing is said of an episode that has not played
  // since.
  skipped(positionMs: number): void {
    this.tick(false, positionMs);
    if (this.started) this.report('WATCH_EVENT_SKIP', positionMs, false);
    this.started = false;
  }

  private report(event: WatchEvent, positionMs: number, leaving: boolean): void {
    if (this.closed) return;
    const watchedMs = Math.round(this.watchedMs);
    this.watchedMs = 0;
    this.sinceReportMs = 0;
    this.sequence += 1;
    const report = {
      sequence: this.sequence,
      event,
      positionMs: Math.max(0, Math.round(positionMs)),
      watchedMs,
    };
    this.send(this.sessionId, report, leaving).catch((thrown: unknown) => {
      if (thrown instanceof Problem && (thrown.status === 404 || thrown.status === 403)) this.closed = true;
      else this.watchedMs += watchedMs;
    });
  }
}
