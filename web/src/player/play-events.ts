import type { ClientEvent } from '../events/client-event';

export type TellEvent = (event: Omit<ClientEvent, 'eventId' | 'clientTime'>) => void;

// What is played, as far as it is known: there is no session before the server gave one.
export interface Playing {
  episodeId: string;
  seriesId?: string | undefined;
  revisionId?: string | undefined;
  sessionId?: string | undefined;
}

export interface Rendition {
  bitrateBps: number;
  // Its short side in lines: "720p"; '' if it is not known.
  name: string;
}

// PROGRESS is told this often while pictures move.
export const PROGRESS_MS = 5000;
// A longer gap between two ticks was a sleeping machine, not watching.
const LONGEST_TICK_MS = 2000;
// What a SKIP says of an episode that was left before its first picture.
const UNSTARTED = 'unstarted';

// Makes of what a player does the events that quality of experience is measured by, after the definitions of Mux Data: start-up from the
// viewer's wish to the first moving picture; a stall is a buffer that ran empty while it played, not what follows a seek; an error is one that
// the viewer saw, once until it plays again.
export class PlayEvents {
  private playing: Playing | null = null;
  private rendition: Rendition | null = null;
  private askedAt: number | null = null;
  private stalledAt: number | null = null;
  private seeking = false;
  private moving = false;
  private failed = false;
  private lastTick: number | null = null;
  private watchedMs = 0;

  constructor(
    private readonly tell: TellEvent,
    private readonly now: () => number,
  ) {}

  // Another episode, or another session of the same one.
  of(playing: Playing): void {
    if (playing.episodeId !== this.playing?.episodeId) this.reset();
    this.playing = playing;
  }

  // The viewer wants to see it.
  asked(positionMs: number): void {
    this.askedAt = this.now();
    this.emit('PLAY', positionMs, {});
  }

  // Pictures move, again or for the first time.
  moved(positionMs: number): void {
    const now = this.now();
    if (this.askedAt !== null) {
      this.emit('FIRST_FRAME', positionMs, {
        amountMs: ms(Math.max(0, now - this.askedAt)),
        ...this.shown(),
      });
      this.askedAt = null;
    }
    this.endStall(positionMs);
    this.seeking = false;
    this.failed = false;
    this.moving = true;
    this.lastTick = now;
  }

  // The buffer ran empty. Before the first picture that is start-up, and after a seek it is seeking.
  waited(): void {
    this.count();
    if (!this.moving || this.seeking || this.askedAt !== null) return;
    this.moving = false;
    this.stalledAt ??= this.now();
  }

  sought(fromMs: number, toMs: number): void {
    this.count();
    this.endStall(fromMs);
    this.seeking = true;
    this.emit('SEEK', toMs, { amountMs: ms(toMs - fromMs) });
  }

  // The seek is over.
  landed(): void {
    this.seeking = false;
    this.lastTick = this.moving ? this.now() : null;
  }

  // Called several times a second while it is watched.
  tick(positionMs: number): void {
    this.count();
    if (this.watchedMs >= PROGRESS_MS) this.progress(positionMs);
  }

  renditionIs(rendition: Rendition, positionMs: number): void {
    const same =
      this.rendition?.name === rendition.name && this.rendition.bitrateBps === rendition.bitrateBps;
    if (same) return;
    // What was watched before was watched in the one before.
    this.count();
    this.progress(positionMs);
    this.rendition = rendition;
    // The first one is told with the first picture.
    if (this.moving) this.emit('RENDITION', positionMs, this.shown());
  }

  paused(positionMs: number): void {
    if (this.stop(positionMs)) this.emit('PAUSE', positionMs, {});
  }

  completed(positionMs: number): void {
    this.stop(positionMs);
    this.emit('COMPLETE', positionMs, {});
  }

  // The viewer went on before the end.
  left(positionMs: number): void {
    const { askedAt } = this;
    this.askedAt = null;
    if (askedAt !== null && !this.failed) {
      this.emit('SKIP', positionMs, { amountMs: ms(Math.max(0, this.now() - askedAt)), value: UNSTARTED });
    } else if (this.stop(positionMs)) {
      this.emit('SKIP', positionMs, {});
    }
  }

  // The page is hidden and may never come back: what is known is told.
  hidden(positionMs: number): void {
    if (this.askedAt !== null) this.left(positionMs);
    else this.stop(positionMs);
  }

  // It does not play, and the viewer sees that.
  broken(code: string, positionMs: number): void {
    this.stop(positionMs);
    if (this.failed) return;
    this.failed = true;
    this.emit('ERROR', positionMs, { value: code.slice(0, 256) });
  }

  // Whether it had played, or stalled.
  private stop(positionMs: number): boolean {
    this.count();
    const had = this.moving || this.stalledAt !== null;
    this.progress(positionMs);
    this.endStall(positionMs);
    this.moving = false;
    this.lastTick = null;
    return had;
  }

  private count(): void {
    const now = this.now();
    if (this.moving && !this.seeking && this.lastTick !== null)
      this.watchedMs += Math.min(Math.max(0, now - this.lastTick), LONGEST_TICK_MS);
    this.lastTick = this.moving ? now : null;
  }

  private progress(positionMs: number): void {
    const watched = Math.round(this.watchedMs);
    this.watchedMs = 0;
    if (watched > 0) this.emit('PROGRESS', positionMs, { amountMs: ms(watched), ...this.shown() });
  }

  private endStall(positionMs: number): void {
    if (this.stalledAt === null) return;
    this.emit('STALL', positionMs, {
      amountMs: ms(Math.max(0, this.now() - this.stalledAt)),
      ...this.shown(),
    });
    this.stalledAt = null;
  }

  private shown(): { bitrateBps?: string; value?: string } {
    if (!this.rendition) return {};
    return { bitrateBps: ms(this.rendition.bitrateBps), value: this.rendition.name };
  }

  private reset(): void {
    this.askedAt = this.stalledAt = this.lastTick = null;
    this.seeking = this.moving = this.failed = false;
    this.watchedMs = 0;
    this.rendition = null;
  }

  private emit(kind: string, positionMs: number, more: Partial<ClientEvent>): void {
    if (!this.playing) return;
    const { episodeId, seriesId, revisionId, sessionId } = this.playing;
    this.tell({
      kind: `EVENT_KIND_${kind}` as ClientEvent['kind'],
      episodeId,
      ...(seriesId ? { seriesId } : {}),
      ...(revisionId ? { revisionId } : {}),
      ...(sessionId ? { sessionId } : {}),
      positionMs: ms(Math.max(0, positionMs)),
      ...more,
    });
  }
}

// An int64 of protobuf's JSON.
function ms(value: number): string {
  return String(Math.round(Number.isFinite(value) ? value : 0));
}
