import type { ApiClient } from '../api/client';
import { int64, type Reaction, type Standing } from '../api/types';

// What the viewer did to a series, and how many did.
export interface Liking {
  liked: boolean;
  saved: boolean;
  followed: boolean;
  likes: number;
  saves: number;
}

const NOTHING: Liking = { liked: false, saved: false, followed: false, likes: 0, saves: 0 };
const MOST = 300;

type Listener = (seriesId: string, liking: Liking) => void;

// Reactions to series, as the whole page sees them: fetched once, shown at once when the viewer changes one,
// and put back if the server refuses.
export class Reactions {
  private readonly known = new Map<string, Liking>();
  private readonly listeners = new Set<Listener>();

  constructor(
    private readonly api: Pick<ApiClient, 'standings' | 'setReaction'>,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  of(seriesId: string): Liking {
    return this.known.get(seriesId) ?? NOTHING;
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // Fetches those not known yet. Counters are no reason to bother a viewer, so a failure only leaves them
  // out.
  async need(seriesIds: string[]): Promise<void> {
    const missing = [...new Set(seriesIds)].filter((id) => !this.known.has(id)).slice(0, 100);
    if (missing.length === 0) return;
    try {
      for (const standing of await this.api.standings('SUBJECT_SERIES', missing)) {
        this.put(standing.subjectId, fromStanding(standing));
      }
    } catch {
      return;
    }
  }

  async set(seriesId: string, reaction: Reaction, on: boolean): Promise<void> {
    const before = this.of(seriesId);
    this.put(seriesId, changed(before, reaction, on));
    try {
      const standing = await this.api.setReaction('SUBJECT_SERIES', seriesId, reaction, on);
      if (standing) this.put(seriesId, fromStanding(standing));
    } catch (thrown) {
      this.put(seriesId, before);
      this.onFailure(thrown);
    }
  }

  // Another person signed in: what is known is somebody else's.
  clear(): void {
    this.known.clear();
  }

  private put(seriesId: string, liking: Liking): void {
    this.known.set(seriesId, liking);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value!);
    for (const listener of this.listeners) listener(seriesId, liking);
  }
}

function fromStanding(standing: Standing): Liking {
  return {
    liked: standing.liked ?? false,
    saved: standing.favourite ?? false,
    followed: standing.followed ?? false,
    likes: int64(standing.counts?.likes),
    saves: int64(standing.counts?.favourites),
  };
}

function changed(liking: Liking, reaction: Reaction, on: boolean): Liking {
  const step = on ? 1 : -1;
  if (reaction === 'REACTION_LIKE') {
    return liking.liked === on ? liking : { ...liking, liked: on, likes: Math.max(0, liking.likes + step) };
  }
  if (reaction === 'REACTION_FAVOURITE') {
    return liking.saved === on ? liking : { ...liking, saved: on, saves: Math.max(0, liking.saves + step) };
  }
  return { ...liking, followed: on };
}
