// Quality of experience, as proto/cliffhanger/insight/v1/quality.proto has it.
import { currentLocale } from '../i18n/i18n';
import { int64 } from '../api/types';

type Int64 = string | number;

export interface Quality {
  plays?: Int64;
  starts?: Int64;
  startUpP50Ms?: number;
  startUpP90Ms?: number;
  startUpP95Ms?: number;
  startUpScore?: number;
  playedMs?: Int64;
  stalls?: Int64;
  stalledMs?: Int64;
  rebufferingRatio?: number;
  stallsPerMinute?: number;
  errors?: Int64;
  errorsPerPlay?: number;
  exitsBeforeStart?: Int64;
  exitsRatio?: number;
  bitrateBps?: number;
  smoothnessScore?: number;
  successScore?: number;
  experienceScore?: number;
  views?: Int64;
}

export interface DeliverySlice {
  value?: string;
  requests?: Int64;
  mediaRequests?: Int64;
  starved?: Int64;
  late?: Int64;
  bitrateBps?: number;
  throughputP50Bps?: number;
  throughputP10Bps?: number;
  bufferMs?: number;
}

export interface QualityAnswer {
  time: string;
  total?: Quality;
  slices?: { value?: string; quality?: Quality }[];
  points?: { startTime: string; quality?: Quality }[];
  edges?: DeliverySlice[];
  rungs?: DeliverySlice[];
}

export const WINDOWS = ['MINUTE', 'FIVE_MINUTES', 'HOUR', 'DAY'] as const;
export const DIMENSIONS = ['RUNG', 'REGION', 'NETWORK', 'PLATFORM', 'FORM'] as const;
export type QualityWindow = (typeof WINDOWS)[number];
export type QualityDimension = (typeof DIMENSIONS)[number];

// What is not known.
export const NOTHING = '–';

function decimal(value: number, digits: number): string {
  return new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: digits }).format(value);
}

// 0.0123 → "1.2 %".
export function percent(ratio: number | undefined): string {
  if (ratio === undefined) return NOTHING;
  return new Intl.NumberFormat(currentLocale(), { style: 'percent', maximumFractionDigits: 1 }).format(ratio);
}

// 843 → "843 ms", 2310 → "2.3 s".
export function duration(ms: number | undefined): string {
  if (ms === undefined) return NOTHING;
  return ms < 1000 ? `${decimal(ms, 0)} ms` : `${decimal(ms / 1000, 1)} s`;
}

// Bits a second: 2_140_000 → "2.1 Mbit/s".
export function bitrate(bps: number | undefined): string {
  if (bps === undefined) return NOTHING;
  return bps < 1_000_000 ? `${decimal(bps / 1000, 0)} kbit/s` : `${decimal(bps / 1_000_000, 1)} Mbit/s`;
}

export function score(value: number | undefined): string {
  return value === undefined ? NOTHING : decimal(value, 0);
}

export function count(value: Int64 | undefined): string {
  return decimal(int64(value), 0);
}

// Seconds of a point: a day is told by the hour, what is shorter by the minute.
export function stepOf(window: QualityWindow): number {
  return window === 'DAY' ? 3600 : 60;
}

// The points of a plot, `step` seconds each: seconds since 1970, and a figure of each. What lies between two that are further
// apart stays a gap, and is not bridged by a line.
export function pointsOf(
  answer: QualityAnswer,
  step: number,
  ...figures: ((quality: Quality) => number | undefined)[]
): { x: number[]; values: (number | null)[][] } {
  const points = answer.points ?? [];
  const starts = points.map((point) => Date.parse(point.startTime) / 1000);
  const x: number[] = [];
  const values: (number | null)[][] = figures.map(() => []);
  points.forEach((point, at) => {
    const before = x.at(-1);
    if (before !== undefined && starts[at]! - before > step) {
      x.push(before + step);
      for (const line of values) line.push(null);
    }
    x.push(starts[at]!);
    figures.forEach((figure, line) => values[line]!.push(figure(point.quality ?? {}) ?? null));
  });
  return { x, values };
}

// Rungs from the lowest up, with what was shown of each, bits a second.
export function bitratesByRung(answer: QualityAnswer): { rungs: string[]; bitrates: number[] } {
  const known = (answer.slices ?? [])
    .filter((slice) => slice.value && slice.quality?.bitrateBps !== undefined)
    .sort((a, b) => parseInt(a.value!, 10) - parseInt(b.value!, 10));
  return {
    rungs: known.map((slice) => slice.value!),
    bitrates: known.map((slice) => slice.quality!.bitrateBps!),
  };
}
