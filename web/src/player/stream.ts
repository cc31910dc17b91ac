import type { CaptionTrack } from '../captions/choice';
import type { Rendition } from './play-events';

// What a stream tells its player.
export interface StreamEvents {
  // Stopped, or will when its buffer is empty. `status` is the HTTP status of the failed request, 0 if there
  // was none.
  failed(type: string, details: string, status: number): void;
  // Got over something.
  warned(type: string, details: string, status: number): void;
  // Which rendition is shown, now and whenever that changes; never where the browser doesn't tell.
  rendition(rendition: Rendition): void;
  // Which captions there are; may come again.
  captionTracks(tracks: CaptionTrack[]): void;
}

// One episode's media on a video element: hls.js, or the browser's own HLS.
export interface Stream {
  // Buffers as for playing instead of a few seconds only.
  goFull(): void;
  // Stops fetching; goFull() goes on.
  rest(): void;
  // Shows the captions of a track, by its place in the list told; -1: none.
  selectCaptions(track: number): void;
  // The caption text at a time in seconds; '' if there is none.
  captionAt(time: number): string;
  destroy(): void;
}
