import { int64, type Episode, type EpisodeInsight } from '../api/types';
import { clock } from '../i18n/i18n';
import { Plot, type Column, type Line } from '../plots/plot';
import type { AppContext } from '../ui/app-context';
import { h } from '../ui/dom';
import type { Curves, Drop, Version, Versions } from './insight';
import { addMoments } from './moments';
import { csvButton, figures, quiet, section } from './parts';
import { scrolling } from './series-insight';
import { count, day, percent, s } from './texts';
import { curveColumns, mostReplayed, type CurveColumns } from './transforms';

const BAND = 'rgb(255 255 255 / 0.1)';

// How an episode is watched.
export async function drawEpisode(
  app: AppContext,
  episodeId: string,
): Promise<{ episode: Episode; parts: HTMLElement[]; plots: Plot[] }> {
  const [episode, total, curves, { drops = [] }, { versions = [] }] = await Promise.all([
    app.api.episode(episodeId),
    app.api.episodeInsight(episodeId),
    app.api.insight<Curves>('episodes', episodeId, 'curves'),
    app.api.insight<{ drops?: Drop[] }>('episodes', episodeId, 'drops'),
    app.api.insight<Versions>('episodes', episodeId, 'versions'),
  ]);
  const points = curves.points ?? [];
  if (points.length === 0) return { episode, parts: [totals(total), quiet(s('episode.none'))], plots: [] };
  const csv = (table: string, title: string): HTMLElement =>
    csvButton(app, { kind: 'episodes', id: episodeId, table }, title);
  const columns = curveColumns(points);
  const retention = retentionPlot(columns);
  const heat = heatPlot(columns);
  const most = mostReplayed(points);
  const left = dropList(drops);
  // The page doesn't wait for it.
  void addMoments(app, episodeId, left).catch(() => undefined);
  const parts = [
    totals(total),
    section(
      'retention',
      s('curve.title'),
      csv('curves', s('curve.title')),
      retention.element,
      curves.comparedEpisodes ? quiet(s('curve.compared', { count: curves.comparedEpisodes })) : null,
    ),
    section(
      'heat',
      s('heat.title'),
      null,
      heat.element,
      most ? quiet(s('heat.most', { time: clock(most.second), times: count(most.times) })) : null,
    ),
    section('drops', s('drops.title'), csv('drops', s('drops.title')), left),
    versions.length > 1
      ? section('versions', s('versions.title'), csv('versions', s('versions.title')), versionTable(versions))
      : null,
  ];
  return { episode, parts: parts.filter((part) => part !== null), plots: [retention, heat] };
}

function totals(total: EpisodeInsight): HTMLElement {
  const viewers = int64(total.viewers);
  const completed = viewers > 0 ? percent(int64(total.completedViewers) / viewers) : '–';
  return figures([
    [s('episode.viewers'), count(viewers)],
    [s('episode.plays'), count(int64(total.plays))],
    [s('episode.watched'), s('episode.hours', { count: count(int64(total.watchedMs) / 3_600_000) })],
    [s('episode.completed'), completed],
  ]);
}

function retentionPlot(columns: CurveColumns): Plot {
  const compared = columns.typical.some((value) => value !== null);
  const typical: (Line & { values: Column })[] = compared
    ? [
        { label: '', values: columns.typicalHigh, stroke: BAND, edge: 'upper' },
        { label: '', values: columns.typicalLow, stroke: BAND, fill: BAND, edge: 'lower' },
        { label: s('curve.typical'), values: columns.typical, stroke: 'rgb(255 255 255 / 0.45)', width: 1.5 },
      ]
    : [];
  const lines = [
    ...typical,
    { label: s('curve.survival'), values: columns.survival, stroke: '#8ab4ff', dash: [5, 5] },
    {
      label: s('curve.retention'),
      values: columns.retention,
      stroke: '#ff3d71',
      fill: 'rgb(255 61 113 / 0.16)',
    },
  ];
  return new Plot({
    label: s('curve.label'),
    xLabel: s('plot.time'),
    yLabel: s('plot.share'),
    height: 260,
    xText: clock,
    yText: percent,
    yMax: 1,
    lines,
  }).show(
    columns.seconds,
    lines.map((line) => line.values),
  );
}

function heatPlot(columns: CurveColumns): Plot {
  return new Plot({
    label: s('heat.label'),
    xLabel: s('plot.time'),
    yLabel: s('plot.ofMost'),
    height: 150,
    xText: clock,
    yText: percent,
    yMax: 1,
    lines: [{ label: s('heat.views'), stroke: '#ff9a52', fill: 'rgb(255 154 82 / 0.4)', width: 1 }],
  }).show(columns.seconds, [columns.heat]);
}

function dropList(drops: Drop[]): HTMLElement {
  if (drops.length === 0) return quiet(s('drops.none'));
  const cause = (drop: Drop): HTMLElement | null => {
    if (drop.cause !== 'DROP_CAUSE_SCENE' && drop.cause !== 'DROP_CAUSE_NETWORK') return null;
    const network = drop.cause === 'DROP_CAUSE_NETWORK';
    return h('span', {
      class: network ? 'chip chip-network' : 'chip chip-scene',
      data: { cause: network ? 'network' : 'scene' },
      text: s(`drops.${drop.cause}`),
    });
  };
  const item = (drop: Drop): HTMLElement =>
    h(
      'li',
      { class: 'drop', data: { second: String(drop.second) } },
      h('strong', { class: 'drop-time', text: clock(drop.second) }),
      h('span', { class: 'drop-fall', text: `−${percent(drop.fall)}` }),
      cause(drop),
      h('span', {
        class: 'quiet drop-text',
        text: [
          s('drops.left', { count: int64(drop.leftViewers) }) + '.',
          drop.stalledShare ? s('drops.stalled', { share: percent(drop.stalledShare) }) : '',
        ].join(' '),
      }),
    );
  return h('ol', { class: 'drops' }, ...drops.map(item));
}

function versionTable(versions: Version[]): HTMLElement {
  const heads = ['', s('episode.viewers'), s('episode.completed'), s('versions.stay')];
  const row = (version: Version): HTMLElement =>
    h(
      'tr',
      {},
      h('th', { text: s('versions.since', { day: day(version.firstTime) }), attrs: { scope: 'row' } }),
      h('td', { text: count(int64(version.viewers)) }),
      h('td', { text: version.completion === undefined ? '–' : percent(version.completion) }),
      h('td', { text: version.medianStayS === undefined ? '–' : clock(version.medianStayS) }),
    );
  return scrolling(
    h(
      'table',
      { class: 'numbers' },
      h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { text, attrs: { scope: 'col' } })))),
      h('tbody', {}, ...versions.map(row)),
    ),
    s('versions.title'),
  );
}
