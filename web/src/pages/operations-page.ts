import { asProblem } from '../api/problem';
import { currentLocale, problemText, t } from '../i18n/i18n';
import type { TextKey } from '../i18n/en';
import * as quality from '../operations/quality';
import type { DeliverySlice, Quality, QualityAnswer } from '../operations/quality';
import { Plot, type Line } from '../plots/plot';
import type { AppContext } from '../ui/app-context';
import { h, replace } from '../ui/dom';
import { pageElement, type Page } from './page';

const EVERY_MS = 3000;
const HOT = '#ff3d71';
const WARM = '#ff9a52';
const COOL = '#5ad1ff';
// Pixels of a plot.
const HEIGHT = 180;

// How well what is watched plays, for operators: figures, plots and tables, read again every three seconds.
export function operationsPage(app: AppContext): Page {
  const board = new Board(app);
  return { title: t('operations.title'), element: board.element, leave: () => board.leave() };
}

class Board {
  readonly element: HTMLElement;
  private window: quality.QualityWindow = 'FIVE_MINUTES';
  private dimension: quality.QualityDimension = 'RUNG';
  private readonly tiles = h('dl', { class: 'figures' });
  private readonly slices = h('div', { class: 'table-scroll' });
  private readonly edges = h('div', { class: 'table-scroll' });
  private readonly state = h('p', { class: 'quiet', attrs: { role: 'status' } });
  private readonly startUp = overTime('operations.startUp', quality.duration, 500, [
    { label: t('operations.half'), stroke: COOL },
    { label: t('operations.most'), stroke: HOT },
  ]);
  private readonly stalls = overTime('operations.rebuffering', quality.percent, 0.01, [
    { label: t('operations.rebuffering'), stroke: WARM },
  ]);
  private readonly errors = overTime('operations.errorsAndExits', quality.percent, 0.01, [
    { label: t('operations.errors'), stroke: HOT },
    { label: t('operations.exits'), stroke: WARM },
  ]);
  private readonly rungStage = h('div', {});
  private rungPlot: Plot | null = null;
  private rungNames = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading: AbortController | null = null;
  private left = false;

  constructor(private readonly app: AppContext) {
    this.element = pageElement(
      'operations',
      h('h1', { text: t('operations.title'), attrs: { tabindex: '-1' } }),
      this.choice('window', quality.WINDOWS, this.window, (value) => (this.window = value)),
      this.state,
      this.tiles,
      h(
        'div',
        { class: 'plots' },
        this.startUp.element,
        this.stalls.element,
        this.errors.element,
        this.rungStage,
      ),
      h('h2', { text: t('operations.by') }),
      this.choice('dimension', quality.DIMENSIONS, this.dimension, (value) => (this.dimension = value)),
      this.slices,
      h('h2', { text: t('operations.edges') }),
      this.edges,
    );
    void this.read();
  }

  leave(): void {
    this.left = true;
    clearTimeout(this.timer);
    this.reading?.abort();
    for (const plot of [this.startUp, this.stalls, this.errors, this.rungPlot]) plot?.destroy();
  }

  private async read(): Promise<void> {
    clearTimeout(this.timer);
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    try {
      if (document.visibilityState === 'visible') this.show(await this.ask(reading.signal));
    } catch (thrown) {
      if (reading.signal.aborted || this.left) return;
      this.state.textContent = problemText(asProblem(thrown));
      this.element.dataset['state'] = 'failed';
    }
    if (!reading.signal.aborted && !this.left) this.timer = setTimeout(() => void this.read(), EVERY_MS);
  }

  // What is told apart by rung is always needed, for its plot.
  private async ask(signal: AbortSignal): Promise<[QualityAnswer, QualityAnswer]> {
    const wanted = await this.app.api.quality(this.window, this.dimension, signal);
    if (this.dimension === 'RUNG') return [wanted, wanted];
    return [wanted, await this.app.api.quality(this.window, 'RUNG', signal)];
  }

  private show([answer, byRung]: [QualityAnswer, QualityAnswer]): void {
    if (this.left) return;
    this.element.dataset['state'] = 'ready';
    this.state.textContent = t('operations.asOf', {
      time: new Date(answer.time).toLocaleTimeString(currentLocale()),
    });
    const total = answer.total ?? {};
    replace(this.tiles, ...tiles(total));
    const step = quality.stepOf(this.window);
    draw(
      this.startUp,
      answer,
      step,
      (each) => each.startUpP50Ms,
      (each) => each.startUpP95Ms,
    );
    draw(this.stalls, answer, step, (each) => each.rebufferingRatio);
    draw(
      this.errors,
      answer,
      step,
      (each) => each.errorsPerPlay,
      (each) => each.exitsRatio,
    );
    this.showRungs(byRung);
    replace(this.slices, sliceTable(answer, this.dimension));
    replace(this.edges, edgeTable(answer.edges ?? []));
  }

  // Other rungs are another axis.
  private showRungs(answer: QualityAnswer): void {
    const { rungs, bitrates } = quality.bitratesByRung(answer);
    if (!this.rungPlot || this.rungNames !== rungs.join()) {
      this.rungPlot?.destroy();
      this.rungNames = rungs.join();
      this.rungPlot = new Plot({
        label: t('operations.bitrateByRung'),
        captioned: true,
        lines: [{ label: t('operations.bitrate'), stroke: COOL, fill: COOL, bars: true }],
        height: HEIGHT,
        xText: (at) => rungs[at] ?? '',
        yText: quality.bitrate,
        places: rungs.length,
        atLeast: 1_000_000,
      });
      replace(this.rungStage, this.rungPlot.element);
    }
    this.rungPlot.show(
      rungs.map((_, at) => at),
      [bitrates],
    );
  }

  private choice<T extends string>(
    name: string,
    values: readonly T[],
    chosen: T,
    choose: (value: T) => void,
  ): HTMLElement {
    const buttons = values.map((value) =>
      h('button', {
        class: 'chip',
        text: t(`operations.${name}.${value}` as TextKey),
        data: { [name]: value },
        attrs: { type: 'button' },
        aria: { pressed: String(value === chosen) },
        onClick: (event: Event) => {
          choose(value);
          for (const each of buttons) each.setAttribute('aria-pressed', String(each === event.currentTarget));
          void this.read();
        },
      }),
    );
    return h(
      'div',
      { class: 'chips', attrs: { role: 'group' }, aria: { label: t(`operations.${name}` as TextKey) } },
      ...buttons,
    );
  }
}

function overTime(label: TextKey, yText: (value: number) => string, atLeast: number, lines: Line[]): Plot {
  return new Plot({
    label: t(label),
    captioned: true,
    lines,
    height: HEIGHT,
    xText: timeOfDay,
    yText,
    time: true,
    atLeast,
  });
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(currentLocale(), { hour: '2-digit', minute: '2-digit' });
}

function draw(
  plot: Plot,
  answer: QualityAnswer,
  step: number,
  ...figures: ((each: Quality) => number | undefined)[]
): void {
  const { x, values } = quality.pointsOf(answer, step, ...figures);
  plot.show(x, values);
}

function tiles(total: Quality): HTMLElement[] {
  const all: [string, TextKey, string, string][] = [
    [
      'experience',
      'operations.experience',
      quality.score(total.experienceScore),
      t('operations.views', { count: quality.count(total.views) }),
    ],
    ['plays', 'operations.plays', quality.count(total.plays), ''],
    [
      'startUp',
      'operations.startUp',
      quality.duration(total.startUpP50Ms),
      `95 %: ${quality.duration(total.startUpP95Ms)}`,
    ],
    ['rebuffering', 'operations.rebuffering', quality.percent(total.rebufferingRatio), ''],
    ['errors', 'operations.errors', quality.percent(total.errorsPerPlay), quality.count(total.errors)],
    ['exits', 'operations.exits', quality.percent(total.exitsRatio), quality.count(total.exitsBeforeStart)],
    ['bitrate', 'operations.bitrate', quality.bitrate(total.bitrateBps), ''],
  ];
  return all.map(([name, label, value, more]) =>
    h(
      'div',
      { class: 'figure', data: { figure: name } },
      h('dt', { text: t(label) }),
      h('dd', { text: value }),
      more ? h('dd', { class: 'figure-more', text: more }) : null,
    ),
  );
}

function table(caption: string, heads: string[], rows: string[][]): HTMLElement {
  if (rows.length === 0) return h('p', { class: 'quiet', text: t('operations.none') });
  return h(
    'table',
    { class: 'figures-table' },
    h('caption', { class: 'visually-hidden', text: caption }),
    h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { text, attrs: { scope: 'col' } })))),
    h(
      'tbody',
      {},
      ...rows.map(([name, ...cells]) =>
        h(
          'tr',
          {},
          h('th', { text: name ?? '', attrs: { scope: 'row' } }),
          ...cells.map((text) => h('td', { text })),
        ),
      ),
    ),
  );
}

function sliceTable(answer: QualityAnswer, dimension: quality.QualityDimension): HTMLElement {
  const byRung = dimension === 'RUNG';
  const heads: TextKey[] = [
    byRung ? 'operations.starts' : 'operations.plays',
    'operations.half',
    'operations.most',
    'operations.rebuffering',
    ...(byRung ? [] : (['operations.errors', 'operations.exits', 'operations.experience'] as TextKey[])),
    'operations.bitrate',
    'operations.watched',
  ];
  const rows = (answer.slices ?? []).map(({ value, quality: each = {} }) => [
    value ? nameOf(dimension, value) : t('operations.unknown'),
    quality.count(byRung ? each.starts : each.plays),
    quality.duration(each.startUpP50Ms),
    quality.duration(each.startUpP95Ms),
    quality.percent(each.rebufferingRatio),
    ...(byRung
      ? []
      : [
          quality.percent(each.errorsPerPlay),
          quality.percent(each.exitsRatio),
          quality.score(each.experienceScore),
        ]),
    quality.bitrate(each.bitrateBps),
    t('operations.minutes', { count: quality.count(Math.round(Number(each.playedMs ?? 0) / 60_000)) }),
  ]);
  return table(
    t('operations.by'),
    [t(`operations.dimension.${dimension}`), ...heads.map((key) => t(key))],
    rows,
  );
}

function edgeTable(edges: DeliverySlice[]): HTMLElement {
  const heads: TextKey[] = [
    'operations.requests',
    'operations.starved',
    'operations.late',
    'operations.throughput',
    'operations.buffer',
  ];
  const rows = edges.map((edge) => [
    edge.value ?? '',
    quality.count(edge.requests),
    quality.count(edge.starved),
    quality.count(edge.late),
    quality.bitrate(edge.throughputP50Bps),
    quality.duration(edge.bufferMs),
  ]);
  return table(t('operations.edges'), [t('operations.edge'), ...heads.map((key) => t(key))], rows);
}

// A region in the reader's language; a class in words.
function nameOf(dimension: quality.QualityDimension, value: string): string {
  if (dimension === 'RUNG') return value;
  if (dimension === 'REGION') {
    try {
      return (
        new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'region' }).of(value) ?? value
      );
    } catch {
      return value;
    }
  }
  return t(`operations.value.${value}` as TextKey);
}
