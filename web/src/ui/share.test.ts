import { afterEach, expect, it, vi } from 'vitest';
import type { Episode, Series } from '../api/types';
import type { AppContext } from './app-context';
import { shareEpisode } from './share';

const series = { seriesId: 's1', title: 'The Heir' } as Series;
const episode = { episodeId: 'e1', number: 3 } as Episode;

function world(): { app: AppContext; told: unknown[]; shown: string[] } {
  const told: unknown[] = [];
  const shown: string[] = [];
  const app = {
    events: { add: (event: unknown) => told.push(event) },
    toasts: { show: (text: string) => shown.push(text) },
  } as unknown as AppContext;
  return { app, told, shown };
}

afterEach(() => vi.unstubAllGlobals());

it('tells of a share, by the sheet and by the clipboard', async () => {
  const { app, told } = world();
  vi.stubGlobal('navigator', { share: async () => {} });
  await shareEpisode(app, series, episode);
  vi.stubGlobal('navigator', { clipboard: { writeText: async () => {} } });
  await shareEpisode(app, series, episode);
  const shared = { kind: 'EVENT_KIND_SHARE', episodeId: 'e1', seriesId: 's1' };
  expect(told).toEqual([shared, shared]);
});

it('tells of none where the sheet was closed, or only the link was shown', async () => {
  const { app, told, shown } = world();
  vi.stubGlobal('navigator', { share: () => Promise.reject(new DOMException('closed', 'AbortError')) });
  await shareEpisode(app, series, episode);
  expect(shown).toEqual([]);
  vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.reject(new Error('forbidden')) } });
  await shareEpisode(app, series, episode);
  expect(shown).toHaveLength(1);
  expect(told).toEqual([]);
});
