import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { h } from '../ui/dom';
import './plot.css';

// A value at each place of the x axis, or null where there is none.
export type Column = (number | null)[];

export interface Line {
  label: string;
  // A CSS colour.
  stroke: string;
  fill?: string;
  // Pixels; 2 where it isn't told.
  width?: number;
  dash?: number[];
  bars?: boolean;
  // One side of a band: draws nothing itself. The lower one has the fill, and follows the upper one.
  edge?: 'upper' | 'lower';
}

export interface PlotOptions {
  // What it shows, for who can't see it.
  label: string;
  // The label stands above the plot, too.
  captioned?: boolean;
  // Names of the axes, with their units where the numbers don't have them; that of x stands in the legend, too.
  xLabel?: string;
  yLabel?: string;
  lines: Line[];
  // Pixels.
  height: number;
  // Names of places on the axes and in the legend.
  xText: (value: number) => string;
  yText: (value: number) => string;
  // x is seconds since 1970.
  time?: boolean;
  // x is 0, 1, … up to this many, each with room for a bar and its name.
  places?: number;
  // Whole numbers on x that have bars: there is room for half a bar on either side.
  bars?: boolean;
  // Where the y axis ends; where it isn't told, with what is shown, but not below `atLeast` (1).
  yMax?: number;
  atLeast?: number;
}

const INK = 'rgb(255 255 255 / 0.68)';
const GRID = 'rgb(255 255 255 / 0.08)';
const FONT = '12px system-ui, sans-serif';

// uPlot in the page's colours, as wide as its place, with a legend that tells what is under the pointer or the finger.
export class Plot {
  readonly element: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly plot: uPlot;
  private readonly resized = new ResizeObserver(() => this.fit());

  constructor(options: PlotOptions) {
    const { label } = options;
    this.stage = h('div', { class: 'plot-stage', attrs: { role: 'img' }, aria: { label } });
    this.element = h(
      'figure',
      { class: 'plot' },
      options.captioned ? h('figcaption', { text: label, aria: { hidden: 'true' } }) : null,
      this.stage,
    );
    this.plot = new uPlot(uplotOptions(options), [[], ...options.lines.map(() => [])], this.stage);
    this.resized.observe(this.stage);
  }

  // Places in ascending order, and for each line a value at each of them. Returns itself.
  show(x: number[], values: Column[]): this {
    this.plot.setData([x, ...values] as uPlot.AlignedData);
    return this;
  }

  destroy(): void {
    this.resized.disconnect();
    this.plot.destroy();
  }

  private fit(): void {
    const width = Math.floor(this.stage.clientWidth);
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
  }
}

function uplotOptions(options: PlotOptions): uPlot.Options {
  const { places, xText, yText, atLeast = 1 } = options;
  const xAxis = axis(xText, { space: options.time ? 64 : 56, size: 28 }, options.xLabel);
  return {
    width: 320,
    height: options.height,
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    scales: {
      x: xScale(options),
      y: {
        range: (_, __, max) => [0, options.yMax ?? Math.max(max ?? 0, atLeast) * 1.05] as [number, number],
      },
    },
    axes: [
      places === undefined
        ? xAxis
        : { ...xAxis, splits: () => Array.from({ length: places }, (_, at) => at) },
      axis(yText, { space: 40, size: 62 }, options.yLabel),
    ],
    series: [
      // Without a name, uPlot gives it an English one.
      { label: options.xLabel ?? ' ', value: (_, value) => (value === null ? '–' : xText(value)) },
      ...options.lines.map((line) => seriesOf(line, yText, options.time ?? false)),
    ],
    bands: options.lines.flatMap((line, at) =>
      line.edge === 'lower' ? [{ series: [at, at + 1] as [number, number], fill: line.fill ?? GRID }] : [],
    ),
  };
}

function xScale({ places, bars, time }: PlotOptions): uPlot.Scale {
  if (places !== undefined) return { time: false, range: () => [-0.6, Math.max(0, places - 1) + 0.6] };
  if (bars) return { time: false, range: (_, least, most) => [(least ?? 1) - 0.6, (most ?? 1) + 0.6] };
  // A single moment is no range: uPlot would take days of it.
  if (time) return { time: true, range: (_, least, most) => around(least ?? 0, most ?? 0) };
  return { time: false };
}

function around(least: number, most: number): [number, number] {
  return least === most ? [least - 150, most + 150] : [least, most];
}

function axis(
  text: (value: number) => string,
  size: { space: number; size: number },
  label?: string,
): uPlot.Axis {
  return {
    ...(label ? { label, labelSize: 20, labelGap: 0, labelFont: FONT } : {}),
    stroke: INK,
    font: FONT,
    grid: { stroke: GRID, width: 1 },
    ticks: { show: false },
    values: (_, places) => places.map(text),
    ...size,
  };
}

// Over time there may be a moment with nothing beside it, which a line alone doesn't show.
function seriesOf(line: Line, text: (value: number) => string, dotted: boolean): uPlot.Series {
  return {
    label: line.label,
    stroke: line.stroke,
    width: line.edge ? 0 : (line.width ?? 2),
    ...(line.edge ? { class: 'plot-edge' } : {}),
    points: dotted ? { show: true, size: 5, fill: line.stroke } : { show: false },
    value: (_, value) => (value === null || value === undefined ? '–' : text(value)),
    ...(line.fill && !line.edge ? { fill: line.fill } : {}),
    ...(line.dash ? { dash: line.dash } : {}),
    ...(line.bars ? { paths: uPlot.paths.bars!({ size: [0.6, 48] }) } : {}),
  };
}
