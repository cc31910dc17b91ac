// What the mock says of how episodes and series are watched: the tables of CreatorInsightService, made up, always the same.
const SECONDS = 96;

// From 0 to 1, the same for the same number.
const noise = (n) => {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};

export function insightTable(kind, id, table, library) {
  if (kind === 'episodes') return { curves, drops, versions }[table]?.();
  return { funnel: () => funnel(library.of(id)), cohorts, audience, alerts: () => alerts(library.of(id)) }[
    table
  ]?.();
}

export function episodeInsight(episodeId) {
  return {
    insight: { episodeId, plays: '5120', viewers: '4200', watchedMs: '301000000', completedViewers: '2350' },
  };
}

function curves() {
  let saw = 4200;
  let survival = 1;
  const points = Array.from({ length: SECONDS }, (_, second) => {
    const fall = second === 23 ? 0.14 : second === 61 ? 0.08 : second < 4 ? 0.03 : 0.003;
    const before = saw;
    saw = Math.round(saw * (1 - fall * (0.7 + 0.6 * noise(second))));
    survival *= saw / before + (second === 61 ? 0.06 : 0);
    const again = second > 70 && second < 80 ? 0.55 : 0.06;
    return {
      second,
      viewers: String(saw),
      views: String(Math.round(saw * (1 + again * noise(second + 7)))),
      retention: saw / 4200,
      survival,
      typical: 0.97 - second * 0.0042,
      typicalLow: 0.93 - second * 0.0055,
      typicalHigh: 0.99 - second * 0.0029,
    };
  });
  return { durationMs: String(SECONDS * 1000), viewers: '4200', points, comparedEpisodes: 37 };
}

function drops() {
  const drop = (second, fall, left, more) => ({
    second,
    fromSecond: second - 1,
    toSecond: second + 2,
    fall,
    leftViewers: String(left),
    cause: 'DROP_CAUSE_UNSPECIFIED',
    ...more,
  });
  return {
    drops: [
      drop(23, 0.152, 530, { cause: 'DROP_CAUSE_SCENE', stalledShare: 0.06 }),
      drop(61, 0.094, 248, { cause: 'DROP_CAUSE_NETWORK', stalledShare: 0.71 }),
      drop(88, 0.02, 17, {}),
    ],
  };
}

function versions() {
  const version = (n, firstTime, viewers, completion, medianStayS) => ({
    revisionId: `00000000-0000-7000-8009-00000000000${n}`,
    firstTime,
    viewers: String(viewers),
    plays: String(viewers),
    watchedMs: '1',
    completion,
    ...(medianStayS ? { medianStayS } : {}),
  });
  return {
    versions: [
      version(1, '2026-09-01T09:00:00Z', 1900, 0.49, 61),
      version(2, '2026-09-12T09:00:00Z', 2300, 0.61),
    ],
  };
}

function funnel(episodes) {
  let reached = 9400;
  const steps = Array.from({ length: 60 }, (_, at) => {
    const started = Math.round(reached * (1 + 0.04 * noise(at)));
    const completed = Math.round(started * (0.78 + 0.1 * noise(at + 3)));
    const continuation = at === 9 ? 0.61 : 0.9 + 0.08 * noise(at + 5);
    const step = {
      episodeId: episodes[at % episodes.length].episodeId,
      number: at + 1,
      started: String(started),
      completed: String(completed),
      reached: String(reached),
      continued: String(Math.round(completed * continuation)),
      ...(at < 59
        ? { continuation, medianWaitS: at % 10 === 9 ? 41_000 : 4 + 30 * noise(at), withinADay: 0.8 }
        : {}),
    };
    reached = Math.round(reached * (at === 9 ? 0.64 : at === 0 ? 0.72 : 0.975));
    return step;
  });
  return { viewers: '10318', steps };
}

function cohorts() {
  const cells = [];
  const monday = Date.now() - ((Date.now() - Date.UTC(2026, 0, 5)) % 604_800_000);
  for (let back = 6; back >= 0; back--) {
    for (let later = 0; later <= back; later++) {
      const viewers = 1900 - back * 140;
      const active =
        later === 0 ? viewers : Math.round(viewers * (0.42 / later) * (0.8 + 0.3 * noise(back + later)));
      cells.push({
        firstWeek: new Date(monday - back * 604_800_000).toISOString(),
        viewers: String(viewers),
        weeksLater: later,
        ...(later === 6 ? {} : { active: String(active) }),
      });
    }
  }
  return { cells };
}

function audience() {
  const viewers = 10_200;
  const slice = (dimension, share, more) => ({
    dimension: `AUDIENCE_DIMENSION_${dimension}`,
    viewers: String(Math.round(viewers * share)),
    share,
    ...more,
  });
  return {
    viewers: String(viewers),
    slices: [
      slice('SOURCE', 0.71, { source: 'WATCH_SOURCE_FEED' }),
      slice('SOURCE', 0.14, { source: 'WATCH_SOURCE_LINK' }),
      slice('SOURCE', 0.1, { source: 'WATCH_SOURCE_SEARCH' }),
      slice('SOURCE', 0.05, { rest: true }),
      slice('DEVICE', 0.88, { device: 'DEVICE_CLASS_PHONE' }),
      slice('DEVICE', 0.09, { device: 'DEVICE_CLASS_DESKTOP' }),
      slice('DEVICE', 0.03, {}),
      slice('REGION', 0.52, { region: 'mx' }),
      slice('REGION', 0.31, { region: 'es' }),
      slice('REGION', 0.17, { rest: true }),
    ],
  };
}

function alerts(episodes) {
  return {
    alerts: [
      {
        episodeId: episodes[0].episodeId,
        number: 1,
        day: '2026-09-14T00:00:00Z',
        kind: 'ALERT_KIND_PLAYS',
        value: 3120,
        usual: 1200,
        score: 9.1,
      },
      {
        episodeId: episodes[0].episodeId,
        number: 1,
        day: '2026-09-11T00:00:00Z',
        kind: 'ALERT_KIND_COMPLETION',
        value: 0.31,
        usual: 0.56,
        score: -5.2,
      },
    ],
  };
}

// As the edge writes it: the table of the answer, a line of names and a line for each entry.
export function csvOf(answer) {
  const rows = Object.values(answer).find((value) => Array.isArray(value)) ?? [];
  const names = [...new Set(rows.flatMap(Object.keys))];
  const line = (row) => names.map((name) => row[name] ?? '').join(',');
  return [names.join(','), ...rows.map(line), ''].join('\r\n');
}
