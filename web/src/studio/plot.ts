import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { h } from '../ui/dom';
import type { Column } from './transforms';

export interface Line {
  label: string;
  values: Column;
  // A CSS colour.
  stroke: string;
  fill?: string;
  width?: number;
  dash?: number[];
  bars?: boolean;
  // One side of a band: draws nothing itself. The lower one has the fill, and follows the upper one.
  edge?: 'upper' | 'lower';
}

export interface PlotOptions {
  // What it shows, for who can't see it.
  label: string;
  x: number[];
  xLabel: string;
  lines: Line[];
  height: number;
  // Names of places on the axes and in the legend.
  xText: (value: number) => string;
  yText: (value: number) => string;
  yMax?: number;
}

export interface Plot {
  element: HTMLElement;
  destroy(): void;
}

const INK = 'rgb(255 255 255 / 0.62)';
const GRID = 'rgb(255 255 255 / 0.08)';
const FONT = '12px system-ui, sans-serif';

// A plot as wide as its place, with a legend that tells what is under the pointer or the finger.
export function makePlot(options: PlotOptions): Plot {
  const element = h('div', { class: 'plot', attrs: { role: 'img' }, aria: { label: options.label } });
  const config: uPlot.Options = {
    width: 320,
    height: options.height,
    scales: {
      x: { time: false },
      y: { range: (_, __, max) => [0, options.yMax ?? Math.max(1, max * 1.05)] },
    },
    axes: [axis(options.xText, { space: 56, size: 28 }), axis(options.yText, { space: 40, size: 46 })],
    series: [
      { label: options.xLabel, value: (_, value) => (value === null ? '–' : options.xText(value)) },
      ...options.lines.map((line) => seriesOf(line, options)),
    ],
    bands: options.lines.flatMap((line, at) =>
      line.edge === 'lower' ? [{ series: [at, at + 1] as [number, number], fill: line.fill ?? GRID }] : [],
    ),
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
  };
  const data = [options.x, ...options.lines.map((line) => line.values)] as uPlot.AlignedData;
  const plot = new uPlot(config, data, element);
  const resize = new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: options.height });
  });
  resize.observe(element);
  return {
    element,
    destroy() {
      resize.disconnect();
      plot.destroy();
    },
  };
}

function axis(text: (value: number) => string, size: { space: number; size: number }): uPlot.Axis {
  return {
    stroke: INK,
    font: FONT,
    grid: { stroke: GRID, width: 1 },
    ticks: { show: false },
    values: (_, places) => places.map((place) => (Number.isInteger(place * 1000) ? text(place) : '')),
    ...size,
  };
}

function seriesOf(line: Line, options: PlotOptions): uPlot.Series {
  return {
    label: line.label,
    stroke: line.stroke,
    width: line.edge ? 0 : (line.width ?? 2),
    ...(line.edge ? { class: 'plot-edge' } : {}),
    points: { show: false },
    value: (_, value) => (value === null ? '–' : options.yText(value)),
    ...(line.fill && !line.edge ? { fill: line.fill } : {}),
    ...(line.dash ? { dash: line.dash } : {}),
    ...(line.bars ? { paths: uPlot.paths.bars!({ size: [0.6, 48] }) } : {}),
  };
}
