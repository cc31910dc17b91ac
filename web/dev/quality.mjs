// Made-up quality of experience for the operators' page: steady figures that move a little with the minute.
const RUNGS = { '360p': 720_000, '540p': 1_350_000, '720p': 2_400_000, '1080p': 4_300_000 };
const VALUES = {
  RUNG: Object.keys(RUNGS),
  REGION: ['MX', 'US', 'CO', 'AR', ''],
  NETWORK: ['WIFI', 'CELLULAR', 'SLOW', ''],
  PLATFORM: ['ANDROID', 'IOS', 'WEB'],
  FORM: ['PHONE', 'TABLET', 'DESKTOP'],
};

function of(seed, plays, bitrateBps = 1_900_000) {
  const wave = 1 + 0.3 * Math.sin(seed * 1.7);
  return {
    plays: String(plays),
    starts: String(Math.round(plays * 0.97)),
    startUpP50Ms: 420 * wave,
    startUpP90Ms: 1100 * wave,
    startUpP95Ms: 1900 * wave,
    startUpScore: 93,
    playedMs: String(plays * 41_000),
    stalls: String(Math.round(plays * 0.04)),
    stalledMs: String(Math.round(plays * 130 * wave)),
    rebufferingRatio: 0.0031 * wave,
    stallsPerMinute: 0.05,
    errors: String(Math.round(plays * 0.006)),
    errorsPerPlay: 0.006 * wave,
    exitsBeforeStart: String(Math.round(plays * 0.02)),
    exitsRatio: 0.021 * wave,
    bitrateBps,
    smoothnessScore: 97,
    successScore: 98.6,
    experienceScore: 94.1,
    views: String(plays),
  };
}

// The answer of GET /v1/operations/quality.
export function quality(query) {
  const dimension = (query.get('dimension') ?? '').replace('QUALITY_DIMENSION_', '');
  const now = Date.now();
  const step = query.get('window') === 'QUALITY_WINDOW_DAY' ? 3_600_000 : 60_000;
  const points = Array.from({ length: step > 60_000 ? 24 : 60 }, (_, at) => at)
    .filter((at) => at % 23 !== 11) // minutes in which nobody watched
    .map((at) => {
      const start = Math.floor(now / step) * step - (step > 60_000 ? 23 - at : 59 - at) * step;
      return { startTime: new Date(start).toISOString(), quality: of(start / step, 180 + (at % 7) * 11) };
    });
  return {
    time: new Date(now).toISOString(),
    total: of(now / 60_000, 1204),
    slices: (VALUES[dimension] ?? []).map((value, at) => ({
      value,
      quality: of(at, 600 - at * 120, RUNGS[value]),
    })),
    points,
    edges: ['edge-0', 'edge-1'].map((value, at) => ({
      value,
      requests: String(48_210 - at * 900),
      mediaRequests: '41022',
      starved: String(112 + at * 40),
      late: String(31 + at),
      throughputP50Bps: 18_400_000,
      throughputP10Bps: 2_900_000,
      bufferMs: 11_200,
    })),
    rungs: [],
  };
}
