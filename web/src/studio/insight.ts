// The tables of proto/cliffhanger/insight/v1/creator_insight_service.proto, as protobuf's JSON writes them.
import type { DeviceClass, WatchSource } from '../api/types';

type Int64 = string | number;

export interface CurvePoint {
  second: number;
  viewers: Int64;
  views: Int64;
  retention: number;
  survival: number;
  typical?: number;
  typicalLow?: number;
  typicalHigh?: number;
}

export interface Curves {
  durationMs?: Int64;
  viewers?: Int64;
  points?: CurvePoint[];
  comparedEpisodes?: number;
}

export interface Drop {
  second: number;
  fromSecond: number;
  toSecond: number;
  fall: number;
  leftViewers: Int64;
  stalledShare?: number;
  cause?: 'DROP_CAUSE_UNSPECIFIED' | 'DROP_CAUSE_SCENE' | 'DROP_CAUSE_NETWORK';
}

export interface Version {
  revisionId?: string;
  firstTime: string;
  viewers: Int64;
  plays: Int64;
  watchedMs: Int64;
  completion?: number;
  medianStayS?: number;
}

export interface Versions {
  versions?: Version[];
  suppressedVersions?: number;
}

export interface FunnelStep {
  episodeId: string;
  number: number;
  started: Int64;
  completed: Int64;
  reached: Int64;
  continued: Int64;
  continuation?: number;
  medianWaitS?: number;
  withinTenMinutes?: number;
  withinADay?: number;
}

export interface Funnel {
  viewers?: Int64;
  steps?: FunnelStep[];
}

export interface CohortCell {
  firstWeek: string;
  viewers: Int64;
  weeksLater: number;
  active?: Int64;
}

export interface Cohorts {
  cells?: CohortCell[];
  suppressedCohorts?: number;
}

export type Dimension =
  'AUDIENCE_DIMENSION_SOURCE' | 'AUDIENCE_DIMENSION_DEVICE' | 'AUDIENCE_DIMENSION_REGION';

export interface Slice {
  dimension: Dimension;
  source?: WatchSource;
  device?: DeviceClass;
  region?: string;
  rest?: boolean;
  viewers: Int64;
  share: number;
}

export interface Audience {
  viewers?: Int64;
  slices?: Slice[];
}

export interface Alert {
  episodeId: string;
  number: number;
  day: string;
  kind: 'ALERT_KIND_UNSPECIFIED' | 'ALERT_KIND_PLAYS' | 'ALERT_KIND_COMPLETION';
  value: number;
  usual: number;
  score: number;
}
