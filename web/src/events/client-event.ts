// What a device tells (proto/cliffhanger/insight/v1/insight.proto), as protobuf's JSON writes it.
export type EventKind =
  | 'EVENT_KIND_IMPRESSION'
  | 'EVENT_KIND_PLAY'
  | 'EVENT_KIND_FIRST_FRAME'
  | 'EVENT_KIND_PROGRESS'
  | 'EVENT_KIND_PAUSE'
  | 'EVENT_KIND_SEEK'
  | 'EVENT_KIND_STALL'
  | 'EVENT_KIND_RENDITION'
  | 'EVENT_KIND_COMPLETE'
  | 'EVENT_KIND_SKIP'
  | 'EVENT_KIND_SHARE'
  | 'EVENT_KIND_ERROR';

export interface ClientEvent {
  eventId: string;
  clientTime: string;
  kind: EventKind;
  episodeId?: string;
  seriesId?: string;
  revisionId?: string;
  sessionId?: string;
  positionMs?: string;
  amountMs?: string;
  bitrateBps?: string;
  place?: number;
  value?: string;
}

// What a batch says of the device that sends it: classes only, nothing that tells one device from another.
export interface EventDevice {
  platform: string;
  form: string;
  network: string;
  region?: string;
}

export interface RecordEventsAnswer {
  recorded?: number;
  repeatedEvents?: number;
  refused?: { eventId: string; code: string }[];
}
