import type { PackedParts } from '../packs/start-packs';
import { HlsStream, hlsSupported } from './hls-stream';
import { NativeStream } from './native-stream';
import type { Stream, StreamEvents } from './stream';

export type MakeStream = (
  video: HTMLVideoElement,
  url: string,
  startSeconds: number,
  events: StreamEvents,
) => Stream;

// hls.js where there is a Media Source, the browser's own HLS elsewhere, which can't be given parts of packs.
export function streamsFrom(packs: PackedParts): MakeStream {
  return (video, url, startSeconds, events) =>
    hlsSupported()
      ? new HlsStream(video, url, startSeconds, packs, events)
      : new NativeStream(video, url, startSeconds, events);
}
