import type { ApiClient } from '../api/client';
import type { Episode } from '../api/types';

// A series has at most 1000 episodes, a page 100.
const MOST_PAGES = 10;
// Lists kept in memory; the oldest goes first.
const MOST_LISTS = 30;

// The episodes of series, by number, fetched once and kept for the life of the page.
export class EpisodeLists {
  private readonly lists = new Map<string, Promise<Episode[]>>();

  constructor(private readonly api: Pick<ApiClient, 'episodes'>) {}

  // All episodes of a series that the viewer may see. A list that failed is fetched again by the next call.
  of(seriesId: string): Promise<Episode[]> {
    const known = this.lists.get(seriesId);
    if (known) return known;
    const list = this.fetch(seriesId);
    this.lists.set(seriesId, list);
    list.catch(() => this.lists.delete(seriesId));
    if (this.lists.size > MOST_LISTS) this.lists.delete(this.lists.keys().next().value!);
    return list;
  }

  // The one after `episode`; null after the last.
  async after(episode: Episode): Promise<Episode | null> {
    const all = await this.of(episode.seriesId);
    return all.find((other) => (other.number ?? 0) > (episode.number ?? 0)) ?? null;
  }

  forget(seriesId: string): void {
    this.lists.delete(seriesId);
  }

  private async fetch(seriesId: string): Promise<Episode[]> {
    const all: Episode[] = [];
    let token = '';
    for (let count = 0; count < MOST_PAGES; count++) {
      const page = await this.api.episodes(seriesId, token);
      all.push(...page.items);
      token = page.nextPageToken;
      if (token === '') break;
    }
    return all.sort((one, other) => (one.number ?? 0) - (other.number ?? 0));
  }
}
