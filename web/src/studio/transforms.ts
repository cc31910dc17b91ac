// From tables to what is drawn. Pure.
import { int64 } from '../api/types';
import type { Column } from '../plots/plot';
import type { CohortCell, CurvePoint, Dimension, FunnelStep, Slice } from './insight';

export interface CurveColumns {
  seconds: number[];
  retention: Column;
  survival: Column;
  typical: Column;
  typicalLow: Column;
  typicalHigh: Column;
  // How often each second was seen, of the second that was seen most; from 0 to 1.
  heat: Column;
}

export function curveColumns(points: readonly CurvePoint[]): CurveColumns {
  const most = Math.max(1, ...points.map((point) => int64(point.views)));
  const column = (of: (point: CurvePoint) => number | undefined): Column =>
    points.map((point) => of(point) ?? null);
  return {
    seconds: points.map((point) => point.second),
    retention: column((point) => point.retention),
    survival: column((point) => point.survival),
    typical: column((point) => point.typical),
    typicalLow: column((point) => point.typicalLow),
    typicalHigh: column((point) => point.typicalHigh),
    heat: column((point) => int64(point.views) / most),
  };
}

// The second that was seen most often by those who saw it: where people go back to. Null if nothing was seen twice.
export function mostReplayed(points: readonly CurvePoint[]): { second: number; times: number } | null {
  let best: { second: number; times: number } | null = null;
  for (const point of points) {
    const viewers = int64(point.viewers);
    const times = viewers > 0 ? int64(point.views) / viewers : 0;
    if (times > 1 && times > (best?.times ?? 0)) best = { second: point.second, times };
  }
  return best;
}

export interface FunnelColumns {
  numbers: number[];
  started: Column;
  completed: Column;
  reached: Column;
}

export function funnelColumns(steps: readonly FunnelStep[]): FunnelColumns {
  return {
    numbers: steps.map((step) => step.number),
    started: steps.map((step) => int64(step.started)),
    completed: steps.map((step) => int64(step.completed)),
    reached: steps.map((step) => int64(step.reached)),
  };
}

// The step whose cliffhanger loses most: the lowest continuation of those that enough people completed.
export function weakestStep(steps: readonly FunnelStep[], fewest = 20): FunnelStep | null {
  const judged = steps.filter((step) => step.continuation !== undefined && int64(step.completed) >= fewest);
  return judged.reduce<FunnelStep | null>(
    (worst, step) => (worst === null || step.continuation! < worst.continuation! ? step : worst),
    null,
  );
}

export interface CohortRow {
  firstWeek: string;
  viewers: number;
  // By weeks later: a share of the viewers; 'hidden' where it must not be told; 0 where nobody watched.
  shares: (number | 'hidden')[];
}

// One row a cohort, each as wide as the weeks that are over: one that goes on is told when it is.
export function cohortRows(cells: readonly CohortCell[], now: number): CohortRow[] {
  const rows = new Map<string, CohortRow>();
  for (const cell of cells) {
    const viewers = int64(cell.viewers);
    let row = rows.get(cell.firstWeek);
    if (!row) {
      const over = Math.floor((now - Date.parse(cell.firstWeek)) / 604_800_000);
      const width = Math.min(Math.max(over, 1), 13);
      row = { firstWeek: cell.firstWeek, viewers, shares: Array<number>(width).fill(0) };
      rows.set(cell.firstWeek, row);
    }
    row.shares[cell.weeksLater] =
      cell.active === undefined ? 'hidden' : viewers > 0 ? int64(cell.active) / viewers : 0;
  }
  return [...rows.values()];
}

// None where nothing but the rest is told: that all are "others" says nothing.
export function slicesOf(slices: readonly Slice[], dimension: Dimension): Slice[] {
  const found = slices.filter((slice) => slice.dimension === dimension);
  return found.some((slice) => !slice.rest) ? found : [];
}
