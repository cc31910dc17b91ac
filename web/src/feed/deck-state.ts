import type { Problem } from '../api/problem';
import type { Episode, FeedReason, Series, WatchSource } from '../api/types';

// One full-screen card: an episode of a series.
export interface Row {
  series: Series;
  episode: Episode;
  reason?: FeedReason;
  // With FEED_REASON_BECAUSE_YOU_WATCHED: what was watched.
  becauseTitle?: string;
  // Came in by watching on, not from a page of the source.
  inserted?: boolean;
  // How the viewer comes to it.
  source?: WatchSource;
}

// loading: the first page is on its way. ready: there are rows. empty: there is nothing to show. failed: the
// first page failed, `problem` says why.
export type Phase = 'loading' | 'ready' | 'empty' | 'failed';

// What a vertical deck of episodes shows and where the viewer is in it. Changed by the functions below only,
// which return a new state and do no I/O.
export interface DeckState {
  readonly phase: Phase;
  readonly rows: readonly Row[];
  readonly index: number;
  readonly nextPageToken: string;
  // A page after the first one is on its way.
  readonly loadingMore: boolean;
  readonly exhausted: boolean;
  readonly problem: Problem | null;
}

// More rows are asked for when fewer than this are left after the current one.
export const LOOK_AHEAD = 3;
// Rows further back than this are let go, so that an endless feed stays bounded.
export const KEEP_BEHIND = 40;

export const START: DeckState = {
  phase: 'loading',
  rows: [],
  index: 0,
  nextPageToken: '',
  loadingMore: false,
  exhausted: false,
  problem: null,
};

// A page without anything new ends the deck, whatever its token says, so that no server can make the page ask
// for ever.
export function pageLoaded(state: DeckState, rows: readonly Row[], nextPageToken: string): DeckState {
  const known = new Set(state.rows.map((row) => row.episode.episodeId));
  const fresh = rows.filter((row) => !known.has(row.episode.episodeId));
  const all = [...state.rows, ...fresh];
  return {
    ...state,
    phase: all.length > 0 ? 'ready' : 'empty',
    rows: all,
    nextPageToken,
    loadingMore: false,
    exhausted: nextPageToken === '' || fresh.length === 0,
    problem: null,
  };
}

// A later page that fails changes nothing but that it may be asked for again.
export function pageFailed(state: DeckState, problem: Problem): DeckState {
  if (state.rows.length > 0) return { ...state, loadingMore: false, problem };
  return { ...state, phase: 'failed', loadingMore: false, problem };
}

export function pageAsked(state: DeckState): DeckState {
  return { ...state, loadingMore: true, phase: state.phase === 'failed' ? 'loading' : state.phase };
}

export function wantsMore(state: DeckState): boolean {
  if (state.loadingMore || state.exhausted || state.phase === 'empty') return false;
  return state.rows.length - 1 - state.index < LOOK_AHEAD;
}

// Goes to another row; outside the deck it stays where it is.
export function movedTo(state: DeckState, index: number): DeckState {
  if (index < 0 || index >= state.rows.length || index === state.index) return state;
  const drop = Math.max(0, index - KEEP_BEHIND);
  return { ...state, rows: state.rows.slice(drop), index: index - drop };
}

// Puts the episode that follows the current one right after it; where it stands already, or stands elsewhere
// in the deck ahead, it is not shown twice.
export function insertedNext(state: DeckState, episode: Episode): DeckState {
  const current = state.rows[state.index];
  if (!current || state.rows[state.index + 1]?.episode.episodeId === episode.episodeId) return state;
  const row: Row = { series: current.series, episode, inserted: true, source: 'WATCH_SOURCE_NEXT' };
  const before = state.rows.slice(0, state.index + 1);
  const after = state.rows
    .slice(state.index + 1)
    .filter((other) => other.episode.episodeId !== episode.episodeId);
  return { ...state, rows: [...before, row, ...after] };
}

export function currentRow(state: DeckState): Row | undefined {
  return state.rows[state.index];
}

export function atEnd(state: DeckState): boolean {
  return state.exhausted && state.index >= state.rows.length - 1;
}
