import { describe, expect, it } from 'vitest';
import { Problem } from '../api/problem';
import * as deck from './deck-state';

function row(name: string, series = `series-${name}`): deck.Row {
  return {
    series: { seriesId: series, title: series },
    episode: { episodeId: name, seriesId: series, number: 1 },
  };
}

function names(state: deck.DeckState): string[] {
  return state.rows.map((each) => each.episode.episodeId);
}

describe('deck state', () => {
  it('is empty only after a page said so', () => {
    expect(deck.START.phase).toBe('loading');
    expect(deck.pageLoaded(deck.START, [], '').phase).toBe('empty');
  });

  it('does not show an episode of an earlier page again', () => {
    let state = deck.pageLoaded(deck.START, [row('a'), row('b')], 'more');
    state = deck.pageLoaded(state, [row('b'), row('c')], '');
    expect(names(state)).toEqual(['a', 'b', 'c']);
    expect(state.exhausted).toBe(true);
  });

  it('does not ask for ever when pages bring nothing new', () => {
    const state = deck.pageLoaded(deck.pageLoaded(deck.START, [row('a')], 'more'), [row('a')], 'more still');
    expect(state.exhausted).toBe(true);
    expect(deck.wantsMore(state)).toBe(false);
  });

  it('fails as a whole on the first page, and quietly on a later one', () => {
    const problem = new Problem('UNAVAILABLE', 503, 'away');
    expect(deck.pageFailed(deck.START, problem).phase).toBe('failed');
    const later = deck.pageFailed(deck.pageAsked(deck.pageLoaded(deck.START, [row('a')], 'more')), problem);
    expect(later.phase).toBe('ready');
    expect(deck.wantsMore(later)).toBe(true);
  });

  it('shows the skeleton again when a failed first page is asked for again', () => {
    const failed = deck.pageFailed(deck.START, new Problem('NETWORK', 0, ''));
    expect(deck.pageAsked(failed).phase).toBe('loading');
  });

  it('asks for more ahead of the end, once', () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => row(name));
    const state = deck.pageLoaded(deck.START, rows, 'more');
    expect(deck.wantsMore(state)).toBe(false);
    const near = deck.movedTo(state, 3);
    expect(deck.wantsMore(near)).toBe(true);
    expect(deck.wantsMore(deck.pageAsked(near))).toBe(false);
    expect(deck.wantsMore(deck.movedTo(deck.pageLoaded(deck.START, rows, ''), 5))).toBe(false);
  });

  it('stays inside its rows', () => {
    const state = deck.pageLoaded(deck.START, [row('a'), row('b')], '');
    expect(deck.movedTo(state, -1).index).toBe(0);
    expect(deck.movedTo(state, 2).index).toBe(0);
    expect(deck.movedTo(state, 1).index).toBe(1);
    expect(deck.atEnd(deck.movedTo(state, 1))).toBe(true);
  });

  it('lets far rows go and keeps the current one', () => {
    const rows = Array.from({ length: 60 }, (_, at) => row(`e${at}`));
    const state = deck.movedTo(deck.pageLoaded(deck.START, rows, ''), 50);
    expect(deck.currentRow(state)?.episode.episodeId).toBe('e50');
    expect(state.rows.length).toBe(60 - (50 - deck.KEEP_BEHIND));
  });

  it('puts the next episode after the current one, never twice', () => {
    let state = deck.pageLoaded(deck.START, [row('a1', 'a'), row('b1', 'b'), row('a2', 'a')], '');
    state = deck.insertedNext(state, { episodeId: 'a2', seriesId: 'a', number: 2 });
    expect(names(state)).toEqual(['a1', 'a2', 'b1']);
    expect(deck.insertedNext(state, { episodeId: 'a2', seriesId: 'a', number: 2 })).toBe(state);
    expect(state.rows[1]?.series.seriesId).toBe('a');
  });
});
