// The messages of proto/cliffhanger/**, as protobuf's JSON writes them: camelCase, enums by name, int64 as
// strings. A field that holds its default may be absent.

export interface Account {
  userId: string;
  email?: string;
  displayName?: string;
  role?: string;
  guest?: boolean;
}

export interface Tokens {
  accessToken: string;
  accessExpireTime: string;
  refreshToken: string;
  refreshExpireTime: string;
}

export interface SignedIn {
  account: Account;
  tokens: Tokens;
}

export interface Series {
  seriesId: string;
  ownerId?: string;
  title: string;
  synopsis?: string;
  tags?: string[];
  language?: string;
  coverUrl?: string;
  publishedEpisodes?: number;
  totalEpisodes?: number;
  // Years; absent: nobody said, which counts as 18 for who is in minors' mode.
  ageRating?: number;
}

// What a guardian set (proto/cliffhanger/accounts/v1/minors_service.proto).
export interface MinorsMode {
  enabled?: boolean;
  greatestRating?: number;
  // 0 or absent: any.
  dailyMinutes?: number;
  timeZone?: string;
}

export interface MinorsModeWish {
  pin: string;
  // The account's, to switch it on; a guest has none.
  password?: string;
  greatestRating: number;
  dailyMinutes: number;
  timeZone: string;
}

// A day of who may not watch as long as they like (proto/cliffhanger/playback/v1/daily_time_service.proto).
export interface DailyTime {
  watchedMs?: string | number;
  allowedMs?: string | number;
  resetTime?: string;
  usedUp?: boolean;
}

export interface Episode {
  episodeId: string;
  seriesId: string;
  number?: number;
  title?: string;
  synopsis?: string;
  locked?: boolean;
  mediaState?: string;
  durationMs?: string | number;
  coverUrl?: string;
}

export interface EpisodeInsight {
  plays?: string | number;
  viewers?: string | number;
  watchedMs?: string | number;
  completedViewers?: string | number;
}

export type FeedReason =
  | 'FEED_REASON_UNSPECIFIED'
  | 'FEED_REASON_POPULAR'
  | 'FEED_REASON_FOLLOWED'
  | 'FEED_REASON_NEW'
  | 'FEED_REASON_CONTINUE'
  | 'FEED_REASON_FOR_YOU'
  | 'FEED_REASON_BECAUSE_YOU_WATCHED'
  | 'FEED_REASON_TRENDING'
  | 'FEED_REASON_SIMILAR'
  | 'FEED_REASON_PINNED'
  | 'FEED_REASON_BOOSTED'
  | 'FEED_REASON_LIKED'
  | 'FEED_REASON_DISCOVER';

export interface FeedItem {
  series: Series;
  episode: Episode;
  reason?: FeedReason;
  becauseSeriesId?: string;
  becauseTitle?: string;
}

export interface PlaybackSession {
  sessionId: string;
  episodeId: string;
  seriesId?: string;
  revisionId?: string;
  playlistUrl: string;
  // A WebVTT track of small pictures.
  storyboardUrl?: string;
  expireTime?: string;
  resumeMs?: string | number;
  durationMs?: string | number;
  provisional?: boolean;
}

// What a start pack is asked for (proto/cliffhanger/playback/v1/start_pack.proto).
export interface StartPackWish {
  episodeIds: string[];
  maxBytes?: number;
  bandwidthBps?: string;
  shortSide?: number;
}

export interface StartPackIndex {
  items?: {
    episodeId: string;
    session?: PlaybackSession;
    code?: string;
    rung?: { url?: string };
    parts?: { url: string; offset?: number; bytes?: number; contentType?: string }[];
  }[];
}

export interface Progress {
  seriesId: string;
  episodeId: string;
  episodeNumber?: number;
  positionMs?: string | number;
  durationMs?: string | number;
  completed?: boolean;
}

export type WatchEvent = 'WATCH_EVENT_PROGRESS' | 'WATCH_EVENT_COMPLETE' | 'WATCH_EVENT_SKIP';

export type WatchSource =
  | 'WATCH_SOURCE_UNSPECIFIED'
  | 'WATCH_SOURCE_FEED'
  | 'WATCH_SOURCE_SERIES'
  | 'WATCH_SOURCE_SEARCH'
  | 'WATCH_SOURCE_CONTINUE'
  | 'WATCH_SOURCE_NEXT'
  | 'WATCH_SOURCE_LINK'
  | 'WATCH_SOURCE_NOTIFICATION';
export type DeviceClass =
  | 'DEVICE_CLASS_UNSPECIFIED'
  | 'DEVICE_CLASS_PHONE'
  | 'DEVICE_CLASS_TABLET'
  | 'DEVICE_CLASS_DESKTOP'
  | 'DEVICE_CLASS_TV';

// The circumstances of watching, for what creators learn.
export interface WatchContext {
  source?: WatchSource;
  device?: DeviceClass;
  region?: string;
}

export interface ProgressReport {
  sequence: number;
  event: WatchEvent;
  positionMs: number;
  watchedMs: number;
  context?: WatchContext;
}

export type Subject = 'SUBJECT_SERIES' | 'SUBJECT_EPISODE' | 'SUBJECT_CREATOR';
export type Reaction = 'REACTION_LIKE' | 'REACTION_FAVOURITE' | 'REACTION_FOLLOW';

export interface Standing {
  subject: Subject;
  subjectId: string;
  counts?: { likes?: string | number; favourites?: string | number; follows?: string | number };
  liked?: boolean;
  favourite?: boolean;
  followed?: boolean;
}

export type ConsentPurpose =
  'CONSENT_PURPOSE_ANALYTICS' | 'CONSENT_PURPOSE_PROFILING' | 'CONSENT_PURPOSE_MARKETING';

export interface ConsentDecision {
  purpose: ConsentPurpose;
  granted: boolean;
}

export interface Consent extends ConsentDecision {
  // Whether the viewer said so; else it is the house's default.
  decided: boolean;
}

// One row of what the house keeps of a person; `row` is JSON.
export interface PersonRecord {
  service: string;
  table: string;
  row: string;
}

export interface Page<T> {
  items: T[];
  nextPageToken: string;
}

// An int64 of protobuf's JSON, which is a string, as a number; 0 if it is absent. Exact up to 2^53.
export function int64(value: string | number | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}
