import { describe, expect, it } from 'vitest';
import type { CurvePoint, FunnelStep } from './insight';
import { cohortRows, curveColumns, funnelColumns, mostReplayed, slicesOf, weakestStep } from './transforms';

const point = (
  second: number,
  viewers: number,
  views: number,
  more: Partial<CurvePoint> = {},
): CurvePoint => ({
  second,
  viewers: String(viewers),
  views: String(views),
  retention: viewers / 10,
  survival: 1,
  ...more,
});

const step = (number: number, completed: number, continuation?: number): FunnelStep => ({
  episodeId: `e${number}`,
  number,
  started: String(completed * 2),
  completed: String(completed),
  reached: '1',
  continued: '0',
  ...(continuation === undefined ? {} : { continuation }),
});

describe('curves', () => {
  it('become columns, with holes where nothing compares', () => {
    const columns = curveColumns([point(0, 10, 12, { typical: 0.9 }), point(1, 5, 6)]);
    expect(columns.seconds).toEqual([0, 1]);
    expect(columns.retention).toEqual([1, 0.5]);
    expect(columns.typical).toEqual([0.9, null]);
    expect(columns.heat).toEqual([1, 0.5]);
  });
  it('of nobody are empty', () => {
    expect(curveColumns([]).heat).toEqual([]);
    expect(mostReplayed([])).toBeNull();
  });
  it('know where people go back to, whatever the number that got there', () => {
    expect(mostReplayed([point(0, 10, 10), point(1, 10, 12), point(2, 2, 5)])).toEqual({
      second: 2,
      times: 2.5,
    });
    expect(mostReplayed([point(0, 10, 10), point(1, 0, 0)])).toBeNull();
  });
});

describe('funnels', () => {
  it('become columns', () => {
    expect(funnelColumns([step(1, 40), step(2, 30)])).toEqual({
      numbers: [1, 2],
      started: [80, 60],
      completed: [40, 30],
      reached: [1, 1],
    });
  });
  it('have a weakest step among those that enough people completed', () => {
    expect(weakestStep([step(1, 90, 0.7), step(2, 50, 0.5), step(3, 5, 0.1), step(4, 4)])?.number).toBe(2);
    expect(weakestStep([step(1, 3, 0.2)])).toBeNull();
  });
});

describe('cohorts', () => {
  it('become rows as wide as they have lived', () => {
    const week = (at: number): string => new Date(Date.UTC(2026, 0, 5 + 7 * at)).toISOString();
    const cell = (at: number, weeksLater: number, active?: string) => ({
      firstWeek: week(at),
      viewers: '50',
      weeksLater,
      ...(active === undefined ? {} : { active }),
    });
    const cells = [cell(0, 0, '50'), cell(0, 2), cell(1, 0, '50'), cell(1, 1, '25')];
    expect(cohortRows(cells, Date.UTC(2026, 0, 5 + 7 * 3))).toEqual([
      { firstWeek: week(0), viewers: 50, shares: [1, 0, 'hidden'] },
      { firstWeek: week(1), viewers: 50, shares: [1, 0.5] },
    ]);
    // The week that goes on is nobody's yet, and no zero.
    expect(cohortRows([cell(0, 0, '50')], Date.UTC(2026, 0, 5 + 7 * 2 - 1))[0]!.shares).toEqual([1]);
    expect(cohortRows([cell(0, 0, '50')], Date.UTC(2030, 0, 1))[0]!.shares).toHaveLength(13);
  });
});

it('finds the slices of a dimension', () => {
  const slices = [
    { dimension: 'AUDIENCE_DIMENSION_DEVICE' as const, viewers: '9', share: 1 },
    { dimension: 'AUDIENCE_DIMENSION_SOURCE' as const, viewers: '9', share: 1 },
  ];
  expect(slicesOf(slices, 'AUDIENCE_DIMENSION_SOURCE')).toEqual([slices[1]]);
  const rest = { dimension: 'AUDIENCE_DIMENSION_REGION' as const, rest: true, viewers: '50', share: 1 };
  expect(slicesOf([rest], 'AUDIENCE_DIMENSION_REGION')).toEqual([]);
});
