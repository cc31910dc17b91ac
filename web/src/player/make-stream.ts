import type { PlaybackSession } from '../api/types';
import type { PackedParts } from '../packs/start-packs';
import { HlsStream, hlsSupported } from './hls-stream';
import { NativeStream } from './native-stream';
import type { Stream, StreamEvents } from './stream';

export type MakeStream = (
  video: HTMLVideoElement,
  session: PlaybackSession,
  startSeconds: number,
  events: StreamEvents,
) => Stream;

// hls.js where there is a Media Source, the browser's own HLS elsewhere, which can't be given parts of packs.
export function streamsFrom(packs: PackedParts): MakeStream {
  return (video, session, startSeconds, events) =>
    hlsSupported()
      ? new HlsStream(video, session, startSeconds, packs, events)
      : new NativeStream(video, session.playlistUrl, startSeconds, events);
}
