import { asProblem } from '../api/problem';
import { int64, type Episode, type PlaybackSession } from '../api/types';
import type { CaptionTrack } from '../captions/choice';
import { note, type Diagnostics } from './diagnostics';
import { PlayEvents, type Rendition, type TellEvent } from './play-events';
import { ProgressReporter, type SendReport } from './progress-reporter';
import type { Stream, StreamEvents } from './stream';
import { mayPass, troubleOf, type Trouble } from './trouble';

// idle: nothing is open. loading: on its way, or waiting for data. ready: could play, but is not the current
// one.
export type PlayerState = 'idle' | 'loading' | 'ready' | 'playing' | 'paused' | 'ended' | 'error';

export interface PlayerDeps {
  startPlayback(episodeId: string): Promise<PlaybackSession>;
  report: SendReport;
  // Events for who looks after quality; see events/.
  tell: TellEvent;
  makeStream(
    video: HTMLVideoElement,
    session: PlaybackSession,
    startSeconds: number,
    events: StreamEvents,
  ): Stream;
  diagnostics: Diagnostics;
  isMuted(): boolean;
  // The browser refuses sound without a tap, so the page goes on without.
  onForcedMute(): void;
}

export interface PlayerListener {
  stateChanged(state: PlayerState, trouble: Trouble | null): void;
  // Several times a second while it is current.
  timeChanged(position: number, duration: number, caption: string): void;
  captionTracks(tracks: CaptionTrack[]): void;
  started(session: PlaybackSession): void;
}

const TICK_MS = 200;
// Attempts by itself, with growing pauses, before the viewer is asked.
const AUTO_RETRIES = 3;
const RETRY_MS = 1500;
// After this much undisturbed playing the attempts count anew.
const SOUND_SECONDS = 10;

// Plays one episode after the other on one video element: session, stream, progress reports, recovery.
export class EpisodePlayer {
  state: PlayerState = 'idle';
  trouble: Trouble | null = null;
  private episode: Episode | null = null;
  private session: PlaybackSession | null = null;
  private stream: Stream | null = null;
  private reporter: ProgressReporter | null = null;
  private readonly events: PlayEvents;
  private active = false;
  // Whether the viewer wants it to run, whatever it does just now.
  private wanted = false;
  private retries = 0;
  private playedSince = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  // Tells answers to an earlier open() from those to the newest one.
  private generation = 0;

  constructor(
    readonly video: HTMLVideoElement,
    private readonly deps: PlayerDeps,
    private readonly listener: PlayerListener,
  ) {
    this.events = new PlayEvents(deps.tell, () => Date.now());
    video.addEventListener('playing', () => this.onPlaying());
    video.addEventListener('seeked', () => this.events.landed());
    video.addEventListener('waiting', () => this.onWaiting());
    video.addEventListener('canplay', () => this.onCanPlay());
    video.addEventListener('pause', () => this.onPause());
    video.addEventListener('ended', () => this.onEnded());
    window.addEventListener('online', () => this.onOnline());
  }

  get episodeId(): string {
    return this.episode?.episodeId ?? '';
  }

  get position(): number {
    return this.video.currentTime;
  }

  // Seconds; what the server says until the media is there.
  get duration(): number {
    const known = this.video.duration;
    if (Number.isFinite(known) && known > 0) return known;
    return int64(this.session?.durationMs ?? this.episode?.durationMs) / 1000;
  }

  // Starts a session and fetches the first seconds. Opening what is open already does nothing.
  open(episode: Episode): void {
    if (this.episode?.episodeId === episode.episodeId && this.state !== 'idle') return;
    this.close();
    this.episode = episode;
    this.events.of({ episodeId: episode.episodeId, seriesId: episode.seriesId });
    this.retries = 0;
    void this.load(null);
  }

  // Becomes the one that is watched, and plays.
  activate(): void {
    if (this.active) return;
    this.active = true;
    this.wanted = true;
    clearInterval(this.ticker);
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.stream?.goFull();
    if (this.state === 'ended') this.video.currentTime = 0;
    this.events.asked(this.position * 1000);
    if (this.stream) this.play();
    else if (this.state === 'error' && this.trouble?.kind !== 'locked') this.retry();
  }

  // Is no longer watched. `skipped`: the viewer swiped on, rather than to look at another page.
  deactivate(skipped: boolean): void {
    if (!this.active) return;
    this.active = false;
    this.wanted = false;
    clearInterval(this.ticker);
    if (skipped) this.events.left(this.position * 1000);
    else this.events.hidden(this.position * 1000);
    if (skipped && this.state !== 'ended') this.reporter?.skipped(this.position * 1000);
    else this.reporter?.paused(this.position * 1000);
    this.video.pause();
    this.stream?.rest();
  }

  close(): void {
    this.deactivate(true);
    this.generation += 1;
    clearTimeout(this.retryTimer);
    this.dropStream();
    this.reporter = null;
    this.episode = null;
    this.session = null;
    this.setState('idle');
  }

  play(): void {
    if (!this.stream) return;
    this.wanted = true;
    if (this.video.ended) this.video.currentTime = 0;
    this.video.muted = this.deps.isMuted();
    this.video.play().catch((thrown: unknown) => this.onRefused(thrown));
  }

  pause(): void {
    this.wanted = false;
    this.video.pause();
  }

  toggle(): void {
    if (this.state === 'playing' || (this.state === 'loading' && this.wanted)) this.pause();
    else this.play();
  }

  seek(seconds: number): void {
    if (!this.stream || this.duration <= 0) return;
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.1));
    this.reporter?.jumping(this.video.currentTime * 1000);
    this.events.sought(this.position * 1000, to * 1000);
    this.video.currentTime = to;
    if (this.state === 'ended') this.play();
    this.tick();
  }

  // Starts again where it stopped; what the viewer's button does.
  retry(): void {
    clearTimeout(this.retryTimer);
    this.retries = 0;
    if (this.episode)
      void this.load(this.stream || this.video.currentTime > 0 ? this.video.currentTime : null);
  }

  selectCaptions(track: number): void {
    this.stream?.selectCaptions(track);
  }

  // The page is about to be hidden or closed.
  pageHidden(): void {
    if (!this.active) return;
    this.reporter?.hidden(this.position * 1000);
    this.events.hidden(this.position * 1000);
  }

  // `from` is where to go on in seconds, null: where the server says.
  private async load(from: number | null): Promise<void> {
    const generation = ++this.generation;
    const episode = this.episode!;
    this.setState('loading');
    let session: PlaybackSession;
    try {
      session = await this.deps.startPlayback(episode.episodeId);
    } catch (thrown) {
      if (generation === this.generation) this.refused(thrown, from);
      return;
    }
    if (generation !== this.generation) return;
    this.dropStream();
    this.session = session;
    this.reporter = new ProgressReporter(session.sessionId, this.deps.report, () => performance.now());
    const { sessionId, revisionId } = session;
    this.events.of({ episodeId: episode.episodeId, seriesId: episode.seriesId, revisionId, sessionId });
    this.listener.started(session);
    const start = from ?? int64(session.resumeMs) / 1000;
    // A stream fails once; video and audio may both say so.
    let alive = true;
    this.stream = this.deps.makeStream(this.video, session, start, {
      failed: (type, details, status) => {
        if (alive && generation === this.generation) this.onFailed(type, details, status);
        alive = false;
      },
      warned: (type, details, status) => this.log('warnings', type, details, status),
      rendition: (rendition) => this.onRendition(rendition, generation),
      captionTracks: (tracks) => this.listener.captionTracks(tracks),
    });
    if (!this.active) return;
    this.stream.goFull();
    if (this.wanted) this.play();
  }

  private refused(thrown: unknown, from: number | null): void {
    const problem = asProblem(thrown);
    const trouble = troubleOf(problem, navigator.onLine);
    if (mayPass(trouble)) this.log('errors', 'session', problem.code, problem.status);
    this.fail(trouble, from);
  }

  private onFailed(type: string, details: string, status: number): void {
    this.log('errors', type, details, status);
    const from = this.video.currentTime;
    // An URL that no longer works is replaced at once, without a word to the viewer.
    if ((status === 403 || status === 410) && this.retries < AUTO_RETRIES) {
      this.retries += 1;
      void this.load(from > 0 ? from : null);
      return;
    }
    const offline = !navigator.onLine;
    this.fail(
      { kind: offline ? 'offline' : 'failed', code: status ? `HTTP ${status}` : details },
      from > 0 ? from : null,
    );
  }

  private fail(trouble: Trouble, from: number | null): void {
    this.reporter?.paused(this.position * 1000);
    if (this.active && mayPass(trouble)) this.events.broken(trouble.code, this.position * 1000);
    this.trouble = trouble;
    this.setState('error');
    this.video.pause();
    if (!mayPass(trouble) || this.retries >= AUTO_RETRIES) return;
    this.retries += 1;
    this.retryTimer = setTimeout(() => void this.load(from), RETRY_MS * 2 ** (this.retries - 1));
  }

  private onOnline(): void {
    if (this.state === 'error' && this.trouble && mayPass(this.trouble)) this.retry();
  }

  private onRefused(thrown: unknown): void {
    if (!(thrown instanceof DOMException) || thrown.name !== 'NotAllowedError') return;
    if (this.video.muted) {
      this.wanted = false;
      this.setState('paused');
      return;
    }
    this.deps.onForcedMute();
    this.video.muted = true;
    this.video.play().catch(() => this.setState('paused'));
  }

  private onRendition(rendition: Rendition, generation: number): void {
    if (generation === this.generation) this.events.renditionIs(rendition, this.position * 1000);
  }

  private onPlaying(): void {
    if (this.active) this.events.moved(this.position * 1000);
    if (this.active) this.tellTime();
    this.setState('playing');
  }

  private onWaiting(): void {
    if (!this.active || !this.wanted || this.state === 'error') return;
    this.events.waited();
    this.setState('loading');
  }

  private onCanPlay(): void {
    if (this.state !== 'loading') return;
    if (!this.active) this.setState('ready');
    else if (!this.wanted) this.setState('paused');
  }

  private onPause(): void {
    if (this.video.ended || this.state === 'error' || this.state === 'idle') return;
    this.reporter?.paused(this.position * 1000);
    if (this.active) this.events.paused(this.position * 1000);
    if (this.active && !this.wanted) this.setState('paused');
    else if (!this.active) this.setState('ready');
  }

  private onEnded(): void {
    this.wanted = false;
    this.reporter?.completed(this.duration * 1000);
    this.events.completed(this.duration * 1000);
    this.setState('ended');
  }

  private tick(): void {
    const playing = this.state === 'playing' && !this.video.paused;
    this.reporter?.tick(playing, this.position * 1000);
    this.events.tick(this.position * 1000);
    if (playing) this.playedSince += TICK_MS / 1000;
    if (this.playedSince >= SOUND_SECONDS) this.retries = 0;
    this.tellTime();
  }

  private tellTime(): void {
    const caption = this.stream?.captionAt(this.position) ?? '';
    this.listener.timeChanged(this.position, this.duration, caption);
  }

  private setState(state: PlayerState): void {
    if (state === 'playing' && !this.active) return;
    if (state !== 'error') this.trouble = null;
    if (state !== 'playing') this.playedSince = 0;
    if (state === this.state && state !== 'error') return;
    this.state = state;
    this.listener.stateChanged(state, this.trouble);
  }

  private dropStream(): void {
    this.stream?.destroy();
    this.stream = null;
  }

  private log(list: keyof Diagnostics, type: string, details: string, status: number): void {
    note(this.deps.diagnostics[list], { episodeId: this.episodeId, type, details, status });
  }
}
