import type { ApiClient } from '../api/client';
import type { WatchSource } from '../api/types';
import type { EpisodeLists } from '../series/episode-list';
import type { Row } from './deck-state';

// Where the rows of a deck come from.
export interface RowSource {
  readonly kind: 'feed' | 'series';
  page(token: string): Promise<{ rows: Row[]; nextPageToken: string }>;
  // The episode with which the first page should open; '' for its first row.
  readonly openAt: string;
}

// What the recommender picks: one card a series.
export function feedSource(api: Pick<ApiClient, 'feed'>): RowSource {
  return {
    kind: 'feed',
    openAt: '',
    async page(token) {
      const page = await api.feed(token);
      const rows = page.items
        .filter((item) => item.series && item.episode)
        .map((item) => ({ ...item, source: 'WATCH_SOURCE_FEED' as const }));
      return { rows, nextPageToken: page.nextPageToken };
    },
  };
}

// All episodes of the series of one episode, in order; the viewer comes to that one by `from`, to the others from it.
export function seriesSource(
  api: ApiClient,
  lists: EpisodeLists,
  episodeId: string,
  from: WatchSource,
): RowSource {
  return {
    kind: 'series',
    openAt: episodeId,
    async page() {
      const opened = await api.episode(episodeId);
      const [series, episodes] = await Promise.all([api.series(opened.seriesId), lists.of(opened.seriesId)]);
      const listed = episodes.some((episode) => episode.episodeId === episodeId);
      const all = listed ? episodes : [opened, ...episodes];
      const source = (episode: { episodeId: string }): WatchSource =>
        episode.episodeId === episodeId ? from : 'WATCH_SOURCE_NEXT';
      const rows = all.map((episode) => ({ series, episode, source: source(episode) }));
      return { rows, nextPageToken: '' };
    },
  };
}
