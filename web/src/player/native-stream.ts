import { plainText } from '../captions/choice';
import { isElsewhere } from './elsewhere';
import type { Stream, StreamEvents } from './stream';

// An episode through the browser's own HLS, where there is no Media Source (iPhones before iOS 17.1).
export class NativeStream implements Stream {
  private readonly abort = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    url: string,
    startSeconds: number,
    private readonly events: StreamEvents,
  ) {
    const { signal } = this.abort;
    video.addEventListener('error', () => this.onError(), { signal });
    video.addEventListener(
      'loadedmetadata',
      () => {
        if (startSeconds > 0) video.currentTime = startSeconds;
        this.tellTracks();
      },
      { signal },
    );
    video.textTracks.addEventListener('addtrack', () => this.tellTracks(), { signal });
    video.preload = 'metadata';
    video.crossOrigin = isElsewhere(url) ? 'use-credentials' : null;
    video.src = url;
  }

  goFull(): void {
    this.video.preload = 'auto';
  }

  rest(): void {
    this.video.preload = 'metadata';
  }

  selectCaptions(track: number): void {
    this.tracks().forEach((each, index) => {
      each.mode = index === track ? 'hidden' : 'disabled';
    });
  }

  captionAt(): string {
    const on = this.tracks().find((track) => track.mode === 'hidden');
    return Array.from(on?.activeCues ?? [], (cue) => plainText((cue as VTTCue).text)).join('\n');
  }

  destroy(): void {
    this.abort.abort();
    this.video.removeAttribute('src');
    this.video.load();
  }

  private tracks(): TextTrack[] {
    return Array.from(this.video.textTracks).filter(
      (track) => track.kind === 'subtitles' || track.kind === 'captions',
    );
  }

  private tellTracks(): void {
    this.events.captionTracks(
      this.tracks().map((track) => ({ language: track.language, label: track.label })),
    );
  }

  // The browser tells no HTTP status; a source it refuses may be an expired URL, so it counts as 403 and the
  // player starts a session again, a few times at the most.
  private onError(): void {
    const code = this.video.error?.code ?? 0;
    const status =
      code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED || code === MediaError.MEDIA_ERR_NETWORK ? 403 : 0;
    this.events.failed('native', `MEDIA_ERR_${code}`, status);
  }
}
