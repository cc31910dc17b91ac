import Hls, { ErrorTypes, Events, type ErrorData, type HlsConfig } from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import { CueList } from '../captions/cues';
import type { PlaybackSession } from '../api/types';
import { packLoader } from '../packs/pack-loader';
import type { PackedParts } from '../packs/start-packs';
import { isElsewhere } from './elsewhere';
import type { Stream, StreamEvents } from './stream';

// Seconds fetched of an episode that is only next: its first segments.
const PRELOAD_SECONDS = 4;
const FULL_SECONDS = 24;
const MOST_BYTES = 24_000_000;
const BEHIND_SECONDS = 20;

export function hlsSupported(): boolean {
  return Hls.isSupported();
}

// What streams have measured of the network, in bits a second; 0 before the first.
export function measuredBandwidth(): number {
  return HlsStream.estimate;
}

// Common Media Client Data (CTA-5004) in headers, where the page and the media have one origin: no preflight is needed, and URLs stay what
// start packs and caches know. A CDN is told nothing: it would not hand it on.
function cmcdOf(session: PlaybackSession): Partial<HlsConfig> {
  if (isElsewhere(session.playlistUrl)) return {};
  return { cmcd: { sessionId: session.sessionId, contentId: session.episodeId, useHeaders: true } };
}

// An episode through hls.js and Media Source Extensions.
export class HlsStream implements Stream {
  // What earlier streams measured, in bits a second, so that the next episode starts at the right quality.
  static estimate = 0;

  private readonly hls: Hls;
  private readonly cues = new CueList();
  private selected = -1;
  private mediaRecoveries = 0;

  constructor(
    video: HTMLVideoElement,
    session: PlaybackSession,
    startSeconds: number,
    packs: PackedParts,
    private readonly events: StreamEvents,
  ) {
    const url = session.playlistUrl;
    this.hls = new Hls({
      ...HlsStream.config(startSeconds),
      ...cmcdOf(session),
      loader: packLoader(packs),
    });
    this.startWith(packs.rung(url));
    this.tellRenditions();
    this.hls.on(Events.ERROR, (_event, data) => this.onError(data));
    this.hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_event, data) => {
      const tracks = data.subtitleTracks.map((track) => ({ language: track.lang ?? '', label: track.name }));
      // hls.js makes a choice of its own right after this event, so ours has to come later.
      queueMicrotask(() => this.events.captionTracks(tracks));
    });
    this.hls.on(Events.CUES_PARSED, (_event, data) => {
      const ours = data.track === 'default' || data.track === `subtitles${this.selected}`;
      if (data.type === 'subtitles' && ours) this.cues.add(data.cues as VTTCue[]);
    });
    this.hls.loadSource(url);
    this.hls.attachMedia(video);
  }

  goFull(): void {
    this.hls.config.maxBufferLength = FULL_SECONDS;
    this.hls.config.maxMaxBufferLength = FULL_SECONDS * 2;
    this.hls.resumeBuffering();
  }

  rest(): void {
    this.remember();
    this.hls.config.maxBufferLength = PRELOAD_SECONDS;
    this.hls.config.maxMaxBufferLength = PRELOAD_SECONDS;
    this.hls.pauseBuffering();
  }

  selectCaptions(track: number): void {
    if (track === this.selected && this.hls.subtitleTrack === track) return;
    this.selected = track;
    this.cues.clear();
    this.hls.subtitleTrack = track;
  }

  captionAt(time: number): string {
    return this.selected < 0 ? '' : this.cues.textAt(time);
  }

  destroy(): void {
    this.remember();
    this.hls.destroy();
  }

  private static config(startSeconds: number): Partial<HlsConfig> {
    return {
      enableWorker: true,
      workerPath,
      startPosition: startSeconds,
      maxBufferLength: PRELOAD_SECONDS,
      maxMaxBufferLength: PRELOAD_SECONDS,
      maxBufferSize: MOST_BYTES,
      backBufferLength: BEHIND_SECONDS,
      capLevelToPlayerSize: true,
      xhrSetup: (xhr, url) => {
        xhr.withCredentials = isElsewhere(url);
      },
      // The page draws captions itself, above its own controls.
      renderTextTracksNatively: false,
      enableCEA708Captions: false,
      ...(HlsStream.estimate > 0 ? { abrEwmaDefaultEstimate: HlsStream.estimate } : {}),
    };
  }

  // The rung whose first segments a pack brought; '': what hls.js thinks best.
  private startWith(rung: string): void {
    if (!rung) return;
    this.hls.on(Events.MANIFEST_PARSED, () => {
      const level = this.hls.levels.findIndex((each) => each.url.includes(rung));
      if (level >= 0) this.hls.startLevel = level;
    });
  }

  // By what is played, and before that by what was fetched first.
  private tellRenditions(): void {
    let known = false;
    const tell = (at: number): void => {
      const level = this.hls.levels[at];
      if (!level) return;
      known = true;
      const lines = Math.min(level.width, level.height);
      this.events.rendition({ bitrateBps: level.bitrate, name: lines > 0 ? `${lines}p` : '' });
    };
    this.hls.on(Events.FRAG_BUFFERED, (_event, data) => {
      if (!known && data.frag.type === 'main') tell(data.frag.level);
    });
    this.hls.on(Events.LEVEL_SWITCHED, (_event, data) => tell(data.level));
  }

  private remember(): void {
    const measured = this.hls.bandwidthEstimate;
    if (Number.isFinite(measured) && measured > 0) HlsStream.estimate = measured;
  }

  private onError(data: ErrorData): void {
    const status = data.response?.code ?? 0;
    if (!data.fatal && status !== 403 && status !== 410) {
      this.events.warned(data.type, data.details, status);
      return;
    }
    if (data.fatal && data.type === ErrorTypes.MEDIA_ERROR && this.mediaRecoveries < 1) {
      this.mediaRecoveries += 1;
      this.events.warned(data.type, data.details, status);
      this.hls.recoverMediaError();
      return;
    }
    this.events.failed(data.type, data.details, status);
  }
}
