import { HlsStream, hlsSupported } from './hls-stream';
import { NativeStream } from './native-stream';
import type { Stream, StreamEvents } from './stream';

// hls.js where there is a Media Source, the browser's own HLS elsewhere.
export function makeStream(
  video: HTMLVideoElement,
  url: string,
  startSeconds: number,
  events: StreamEvents,
): Stream {
  return hlsSupported()
    ? new HlsStream(video, url, startSeconds, events)
    : new NativeStream(video, url, startSeconds, events);
}
