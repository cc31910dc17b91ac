import { asProblem } from '../api/problem';
import type { PlaybackSession, StartPackWish } from '../api/types';
import { readPack } from './pack-reader';

// What came in a pack in the place of an answer to GET of its URL.
export interface PackedPart {
  contentType: string;
  bytes: Uint8Array<ArrayBuffer>;
  // Milliseconds that it took, at the pack's pace.
  tookMs: number;
}

// What a stream asks of the packs.
export interface PackedParts {
  // The part of a URL, perhaps only coming; null if no pack has it. A part that did not come is null in the end.
  part(url: string): Promise<PackedPart | null> | null;
  // The URL of the rung that the pack has of a multivariant playlist; '' if there is none.
  rung(playlistUrl: string): string;
}

export interface StartPackDeps {
  // Whether the player can be given parts at all.
  wanted(): boolean;
  fetchPack(wish: StartPackWish): Promise<ReadableStream<Uint8Array>>;
  // Bits a second, 0 if nothing is known.
  bandwidth(): number;
  // Pixels of the shorter side of what shows the video.
  shortSide(): number;
  // Makes URLs of a pack those that a player asks for.
  absolute(url: string): string;
  now(): number;
}

// How many episodes ahead are wanted; a pack is asked for when the next one, or more than one of them, is missing.
const AHEAD = 3;
const PACK_BYTES = 3 << 20;
// Of all packs together, in memory.
const MOST_BYTES = 12 << 20;
const MOST_SESSIONS = 64;
// Prepared sessions, well before they end.
const SESSION_MS = 30 * 60_000;
// After a pack that failed, if the server says nothing else.
const REST_MS = 30_000;

interface Prepared {
  session: PlaybackSession;
  until: number;
}

// Fetches what the next episodes start from, in one answer for all, before they are asked for.
export class StartPacks implements PackedParts {
  private readonly sessions = new Map<string, Prepared>();
  private readonly rungs = new Map<string, string>();
  private readonly parts = new Map<string, Promise<PackedPart | null>>();
  private readonly sizes = new Map<string, number>();
  // Episodes of a pack that is on its way, until its index is there.
  private readonly coming = new Map<string, Promise<void>>();
  private bytes = 0;
  private restUntil = 0;

  constructor(private readonly deps: StartPackDeps) {}

  // These episodes come next, the most likely one first.
  ahead(episodeIds: readonly string[]): void {
    const wanted = episodeIds.slice(0, AHEAD);
    const missing = wanted.filter((id) => !this.coming.has(id) && !this.prepared(id));
    if (missing.length === 0 || !this.deps.wanted() || this.deps.now() < this.restUntil) return;
    if (missing[0] !== wanted[0] && missing.length < 2) return;
    const known = this.read(missing);
    for (const id of missing) this.coming.set(id, known);
  }

  // The permission to watch that came with a pack, once; null if there is none.
  async session(episodeId: string): Promise<PlaybackSession | null> {
    await this.coming.get(episodeId);
    const found = this.prepared(episodeId);
    this.sessions.delete(episodeId);
    return found?.session ?? null;
  }

  part(url: string): Promise<PackedPart | null> | null {
    return this.parts.get(this.deps.absolute(url)) ?? null;
  }

  rung(playlistUrl: string): string {
    return this.rungs.get(this.deps.absolute(playlistUrl)) ?? '';
  }

  private prepared(episodeId: string): Prepared | null {
    const found = this.sessions.get(episodeId);
    return found && found.until > this.deps.now() ? found : null;
  }

  // Ends when the index is there, or never will be.
  private read(episodeIds: string[]): Promise<void> {
    return new Promise((known) => {
      const done = (): void => {
        for (const id of episodeIds) this.coming.delete(id);
        known();
      };
      this.receive(episodeIds, done)
        .catch((thrown: unknown) => {
          const { retryAfter } = asProblem(thrown);
          this.restUntil = this.deps.now() + Math.max(REST_MS, retryAfter * 1000);
        })
        .finally(done);
    });
  }

  private async receive(episodeIds: string[], known: () => void): Promise<void> {
    const bandwidth = Math.round(this.deps.bandwidth());
    const stream = await this.deps.fetchPack({
      episodeIds,
      maxBytes: PACK_BYTES,
      shortSide: Math.round(this.deps.shortSide()),
      ...(bandwidth > 0 ? { bandwidthBps: String(bandwidth) } : {}),
    });
    const expected = new Map<string, (part: PackedPart | null) => void>();
    const began = this.deps.now();
    let bytes = 0;
    try {
      await readPack(stream, {
        index: (index) => {
          for (const item of index.items ?? []) {
            if (!item.session) continue;
            this.sessions.set(item.episodeId, { session: item.session, until: this.deps.now() + SESSION_MS });
            if (item.rung?.url)
              this.rungs.set(this.deps.absolute(item.session.playlistUrl), this.deps.absolute(item.rung.url));
            for (const part of item.parts ?? [])
              this.expect(this.deps.absolute(part.url), part.bytes ?? 0, expected);
          }
          this.forgetOldest();
          known();
        },
        part: (url, contentType, content) => {
          bytes += content.byteLength;
          const tookMs = ((this.deps.now() - began) * content.byteLength) / Math.max(1, bytes);
          expected.get(this.deps.absolute(url))?.({ contentType, bytes: content, tookMs });
          expected.delete(this.deps.absolute(url));
        },
      });
    } finally {
      for (const [url, tell] of expected) {
        this.forget(url);
        tell(null);
      }
    }
  }

  private expect(url: string, size: number, expected: Map<string, (part: PackedPart | null) => void>): void {
    this.forget(url);
    this.parts.set(url, new Promise((tell) => expected.set(url, tell)));
    this.sizes.set(url, size);
    this.bytes += size;
  }

  // Maps keep their order: the first came first.
  private forgetOldest(): void {
    for (const map of [this.sessions, this.rungs])
      for (const key of map.keys()) if (map.size > MOST_SESSIONS) map.delete(key);
    for (const url of this.parts.keys()) {
      if (this.bytes <= MOST_BYTES) return;
      this.forget(url);
    }
  }

  private forget(url: string): void {
    this.bytes -= this.sizes.get(url) ?? 0;
    this.sizes.delete(url);
    this.parts.delete(url);
  }
}
