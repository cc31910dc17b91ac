import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { currentLocale } from '../i18n/i18n';
import { h } from '../ui/dom';

// A line of a plot, or its bars.
export interface PlotSeries {
  label: string;
  // A CSS colour.
  colour: string;
}

export interface PlotOptions {
  title: string;
  series: PlotSeries[];
  // Writes a value of the y axis, and in the legend.
  format(value: number): string;
  // Pixels.
  height?: number;
  // The names of the x axis' places from 0 up, for bars; absent: x is time, in seconds since 1970.
  places?: readonly string[];
  // The least that the y axis reaches up to.
  atLeast?: number;
}

const INK = 'rgb(255 255 255 / 0.72)';
const GRID = 'rgb(255 255 255 / 0.08)';
const FONT = '12px system-ui, sans-serif';

// uPlot in the page's colours, as wide as its place. What the plot shows is told in words by its caller too: a canvas says nothing to who
// can't see it.
export class Plot {
  readonly element: HTMLElement;
  private readonly stage = h('div', { class: 'plot-stage', aria: { hidden: 'true' } });
  private readonly plot: uPlot;
  private readonly resized: ResizeObserver;

  constructor(options: PlotOptions) {
    this.element = h('figure', { class: 'plot' }, h('figcaption', { text: options.title }), this.stage);
    this.plot = new uPlot(uplotOptions(options), [[], ...options.series.map(() => [])], this.stage);
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.stage);
  }

  // Places in ascending order, and for each series a value at each of them, or null.
  show(x: number[], values: (number | null)[][]): void {
    this.plot.setData([x, ...values] as uPlot.AlignedData);
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
  const { places, format } = options;
  const axis = {
    stroke: INK,
    font: FONT,
    grid: { stroke: GRID, width: 1 },
    ticks: { stroke: GRID, width: 1 },
  };
  const bars = uPlot.paths.bars!({ size: [0.6, 48] });
  return {
    width: 320,
    height: options.height ?? 180,
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { show: true, live: true },
    scales: {
      x: places
        ? { time: false, range: () => [-0.6, Math.max(0, places.length - 1) + 0.6] as [number, number] }
        : { time: true },
      y: {
        range: (_plot, _least, most) =>
          [0, Math.max(most ?? 0, options.atLeast ?? 0) * 1.1 || 1] as [number, number],
      },
    },
    axes: [
      places
        ? {
            ...axis,
            splits: () => places.map((_, at) => at),
            values: (_plot, at) => at.map((each) => places[each] ?? ''),
          }
        : { ...axis, space: 64, values: (_plot, at) => at.map(timeOf) },
      { ...axis, size: 62, values: (_plot, values) => values.map(format) },
    ],
    series: [
      // Without a name, uPlot gives it an English one.
      { label: ' ', value: (_plot, at) => (at === null ? '' : places ? (places[at] ?? '') : timeOf(at)) },
      ...options.series.map((series) => ({
        label: series.label,
        stroke: series.colour,
        width: 2,
        spanGaps: false,
        value: (_plot: uPlot, value: number | null) =>
          value === null || value === undefined ? '–' : format(value),
        ...(places ? { fill: series.colour, paths: bars, points: { show: false } } : {}),
      })),
    ],
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(currentLocale(), { hour: '2-digit', minute: '2-digit' });
}
