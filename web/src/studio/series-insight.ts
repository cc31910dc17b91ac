import { Problem } from '../api/problem';
import { int64, type Series } from '../api/types';
import { Plot } from '../plots/plot';
import type { AppContext } from '../ui/app-context';
import { h } from '../ui/dom';
import { pathOf } from '../ui/routes';
import type { Alert, Audience, Cohorts, Dimension, Funnel, FunnelStep, Slice } from './insight';
import { bar, csvButton, quiet, section } from './parts';
import { ratingPart } from './rating';
import { count, day, named, percent, s, wait } from './texts';
import { cohortRows, funnelColumns, slicesOf, weakestStep } from './transforms';

const DIMENSIONS: Dimension[] = [
  'AUDIENCE_DIMENSION_SOURCE',
  'AUDIENCE_DIMENSION_DEVICE',
  'AUDIENCE_DIMENSION_REGION',
];
// So many bars are readable on a phone; of longer series only the table tells each.
const MOST_BARS = 120;
const LONG_TABLE = 20;

// How a series is watched.
export async function drawSeries(
  app: AppContext,
  seriesId: string,
): Promise<{ series: Series; parts: HTMLElement[]; plots: Plot[] }> {
  const table = <T extends object>(name: string): Promise<T | Record<string, never>> =>
    app.api.insight<T>('series', seriesId, name).catch(unknownYet);
  const [series, funnel, cohorts, audience, { alerts = [] }] = await Promise.all([
    app.api.series(seriesId),
    table<Funnel>('funnel'),
    table<Cohorts>('cohorts'),
    table<Audience>('audience'),
    table<{ alerts?: Alert[] }>('alerts'),
  ]);
  const csv = (table: string, title: string): HTMLElement =>
    csvButton(app, { kind: 'series', id: seriesId, table }, title);
  const steps = funnel.steps ?? [];
  const plots = int64(funnel.viewers) > 0 ? [funnelPlot(steps.slice(0, MOST_BARS))] : [];
  const parts = [
    h('p', { class: 'studio-viewers', text: s('series.viewers', { count: count(int64(funnel.viewers)) }) }),
    alerts.length > 0
      ? section('alerts', s('alerts.title'), csv('alerts', s('alerts.title')), alertList(alerts))
      : null,
    section(
      'funnel',
      s('funnel.title'),
      csv('funnel', s('funnel.title')),
      ...(plots.length > 0
        ? [weakest(steps), plots[0]!.element, funnelTable(steps)]
        : [quiet(s('funnel.none')), steps.length > 0 ? funnelTable(steps) : null]),
    ),
    section('cohorts', s('cohorts.title'), csv('cohorts', s('cohorts.title')), ...cohortTable(cohorts)),
    section('audience', s('audience.title'), csv('audience', s('audience.title')), ...audienceBars(audience)),
    ratingPart(app, series),
  ];
  return { series, parts: parts.filter((part) => part !== null), plots };
}

// Insight hears of a series with its first episode: until then there is nothing to tell, and the series is there all the
// same (whether it is the caller's, its own request says).
function unknownYet(thrown: unknown): Record<string, never> {
  if (thrown instanceof Problem && thrown.status === 404) return {};
  throw thrown;
}

function alertList(alerts: Alert[]): HTMLElement {
  const text = (alert: Alert): string => {
    const share = alert.kind === 'ALERT_KIND_COMPLETION';
    const write = share ? percent : count;
    return s(share ? 'alerts.ALERT_KIND_COMPLETION' : 'alerts.ALERT_KIND_PLAYS', {
      day: day(alert.day),
      number: alert.number,
      value: write(alert.value),
      usual: write(alert.usual),
    });
  };
  return h('ol', { class: 'alerts' }, ...alerts.map((alert) => h('li', { text: text(alert) })));
}

function funnelPlot(steps: FunnelStep[]): Plot {
  const columns = funnelColumns(steps);
  return new Plot({
    label: s('funnel.label'),
    xLabel: s('funnel.episode'),
    yLabel: s('episode.viewers'),
    height: 240,
    xText: (number) => (Number.isInteger(number) ? String(number) : ''),
    yText: count,
    bars: true,
    lines: [
      { label: s('funnel.started'), stroke: '#ff3d71', fill: 'rgb(255 61 113 / 0.55)', bars: true, width: 0 },
      { label: s('funnel.completed'), stroke: '#ff9a52' },
      { label: s('funnel.reached'), stroke: '#8ab4ff', dash: [5, 5] },
    ],
  }).show(columns.numbers, [columns.started, columns.completed, columns.reached]);
}

function weakest(steps: FunnelStep[]): HTMLElement | null {
  const step = weakestStep(steps);
  if (!step) return null;
  return h('p', {
    text: s('funnel.weakest', { number: step.number, share: percent(step.continuation ?? 0) }),
  });
}

function funnelTable(steps: FunnelStep[]): HTMLElement {
  const heads = [
    s('funnel.episode'),
    s('funnel.started'),
    s('funnel.completed'),
    s('funnel.goesOn'),
    s('funnel.wait'),
  ];
  const row = (step: FunnelStep): HTMLElement =>
    h(
      'tr',
      { data: { episodeId: step.episodeId } },
      h(
        'th',
        { attrs: { scope: 'row' } },
        h('a', {
          class: 'link',
          text: s('episode.title', { number: step.number }),
          attrs: { href: pathOf({ name: 'studioEpisode', episodeId: step.episodeId }) },
        }),
      ),
      h('td', { text: count(int64(step.started)) }),
      h('td', { text: count(int64(step.completed)) }),
      h('td', { text: step.continuation === undefined ? '–' : percent(step.continuation) }),
      h('td', { text: step.medianWaitS === undefined ? '–' : wait(step.medianWaitS) }),
    );
  const table = scrolling(
    h(
      'table',
      { class: 'numbers' },
      h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { text, attrs: { scope: 'col' } })))),
      h('tbody', {}, ...steps.map(row)),
    ),
    s('funnel.title'),
  );
  // A hundred rows would bury what comes below.
  if (steps.length > LONG_TABLE) table.classList.add('scrolling-long');
  return table;
}

function cohortTable(cohorts: Cohorts): HTMLElement[] {
  const rows = cohortRows(cohorts.cells ?? [], Date.now());
  if (rows.length === 0) return [quiet(s('cohorts.none'))];
  const width = Math.max(...rows.map((row) => row.shares.length));
  const cell = (share: number | 'hidden'): HTMLElement => {
    if (share === 'hidden')
      return h('td', { class: 'cohort-hidden', text: '·', attrs: { title: s('cohorts.hidden') } });
    const element = h('td', { class: 'cohort', text: percent(share) });
    element.style.setProperty('--share', share.toFixed(3));
    return element;
  };
  const weeks = Array.from({ length: width }, (_, week) =>
    h('th', { text: `+${week}`, attrs: { scope: 'col' } }),
  );
  const table = h(
    'table',
    { class: 'numbers' },
    h(
      'thead',
      {},
      h('tr', {}, h('th', { text: s('cohorts.week') }), h('th', { text: s('cohorts.viewers') }), ...weeks),
    ),
    h(
      'tbody',
      {},
      ...rows.map((row) =>
        h(
          'tr',
          {},
          h('th', { text: day(row.firstWeek), attrs: { scope: 'row' } }),
          h('td', { text: count(row.viewers) }),
          ...row.shares.map(cell),
        ),
      ),
    ),
  );
  return [quiet(s('cohorts.text')), scrolling(table, s('cohorts.title'))];
}

function audienceBars(audience: Audience): HTMLElement[] {
  const slices = audience.slices ?? [];
  if (slices.length === 0) return [quiet(s('audience.none'))];
  const groups = DIMENSIONS.map((dimension) => {
    const bars = slicesOf(slices, dimension).map((slice) =>
      bar(sliceName(slice), slice.share, `${percent(slice.share)} · ${count(int64(slice.viewers))}`),
    );
    if (bars.length === 0) return null;
    return h(
      'div',
      { class: 'bar-group', data: { dimension } },
      h('h3', { text: s(`audience.${dimension}`) }),
      h('ol', {}, ...bars),
    );
  });
  if (groups.every((group) => group === null)) return [quiet(s('audience.few'))];
  return [quiet(s('audience.text')), h('div', { class: 'bar-groups' }, ...groups)];
}

function sliceName(slice: Slice): string {
  if (slice.rest) return s('audience.rest');
  if (slice.dimension === 'AUDIENCE_DIMENSION_SOURCE') return named('source', slice.source);
  if (slice.dimension === 'AUDIENCE_DIMENSION_DEVICE') return named('device', slice.device);
  if (!slice.region) return s('audience.unknown');
  const code = slice.region.toUpperCase();
  try {
    return (
      new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'region' }).of(code) ?? code
    );
  } catch {
    return code;
  }
}

// A table that is wider than the screen scrolls by itself, also with the keyboard.
export function scrolling(table: HTMLElement, label: string): HTMLElement {
  return h('div', { class: 'scrolling', attrs: { tabindex: '0', role: 'region' }, aria: { label } }, table);
}
