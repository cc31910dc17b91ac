import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import type { StartPackIndex, StartPackWish } from '../api/types';
import { readPack } from './pack-reader';
import { StartPacks } from './start-packs';

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

// A pack of two parts an episode, as the edge writes it.
function packOf(ids: readonly string[], partBytes = 10): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  let offset = 0;
  const part = (url: string, content: string): { url: string; offset: number; bytes: number } => {
    const bytes = new TextEncoder().encode(content.padEnd(partBytes, '.'));
    bodies.push(bytes);
    offset += bytes.byteLength;
    return { url, offset: offset - bytes.byteLength, bytes: bytes.byteLength };
  };
  const index: StartPackIndex = {
    items: ids.map((episodeId) => ({
      episodeId,
      session: { sessionId: `s-${episodeId}`, episodeId, playlistUrl: `/hls/${episodeId}/main.m3u8` },
      rung: { url: `/hls/${episodeId}/v540.m3u8` },
      parts: [
        part(`/hls/${episodeId}/main.m3u8`, `list ${episodeId}`),
        part(`/hls/${episodeId}/0.m4s`, episodeId),
      ],
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(index));
  const head = new Uint8Array(8);
  head.set(new TextEncoder().encode('CHP1'));
  new DataView(head.buffer).setUint32(4, json.byteLength);
  const whole = new Uint8Array(8 + json.byteLength + offset);
  let at = 0;
  for (const each of [head, json, ...bodies]) {
    whole.set(each, at);
    at += each.byteLength;
  }
  return whole;
}

// Sent in pieces, as networks do.
function streamOf(bytes: Uint8Array, piece = 7): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.slice(at, at + piece));
      at += piece;
    },
  });
}

describe('readPack', () => {
  it('reads index and parts, however the network cuts them', async () => {
    for (const piece of [1, 3, 8, 4096]) {
      const parts: string[] = [];
      await readPack(streamOf(packOf(['a', 'b']), piece), {
        index: (index) => expect(index.items).toHaveLength(2),
        part: (url, _type, bytes) => parts.push(`${url} ${text(bytes)}`),
      });
      expect(parts).toHaveLength(4);
      expect(parts[3]).toBe('/hls/b/0.m4s b.........');
    }
  });

  it('fails at what is no pack, and at one that ends too early', async () => {
    const events = { index: vi.fn(), part: vi.fn() };
    await expect(readPack(streamOf(new TextEncoder().encode('<html>no</html>')), events)).rejects.toThrow(
      'no start pack',
    );
    const long = packOf([]);
    new DataView(long.buffer).setUint32(4, 0xffffffff);
    await expect(readPack(streamOf(long), events)).rejects.toThrow('too long');
    expect(events.index).not.toHaveBeenCalled();
    const whole = packOf(['a', 'b']);
    await expect(readPack(streamOf(whole.slice(0, -1)), events)).rejects.toThrow('too early');
    expect(events.part).toHaveBeenCalledTimes(3);
  });
});

describe('StartPacks', () => {
  let now = 0;
  let wanted = true;
  const fetchPack = vi.fn<(wish: StartPackWish) => Promise<ReadableStream<Uint8Array>>>();
  let packs: StartPacks;
  const asked = (): string[][] => fetchPack.mock.calls.map(([wish]) => wish.episodeIds);

  beforeEach(() => {
    now = 1000;
    wanted = true;
    fetchPack.mockReset().mockImplementation(async (wish) => streamOf(packOf(wish.episodeIds)));
    packs = new StartPacks({
      fetchPack,
      wanted: () => wanted,
      bandwidth: () => 2e6,
      shortSide: () => 390,
      absolute: (url) => new URL(url, 'https://x.test/').href,
      now: () => now,
    });
  });

  it('brings sessions, rungs and parts of the next three', async () => {
    packs.ahead(['a', 'b', 'c', 'd']);
    expect(asked()).toEqual([['a', 'b', 'c']]);
    expect(fetchPack.mock.calls[0]![0]).toMatchObject({ bandwidthBps: '2000000', shortSide: 390 });
    expect((await packs.session('b'))?.sessionId).toBe('s-b');
    expect(packs.rung('/hls/b/main.m3u8')).toBe('https://x.test/hls/b/v540.m3u8');
    expect(text((await packs.part('https://x.test/hls/b/0.m4s'))!.bytes)).toBe('b.........');
    expect(packs.part('https://x.test/hls/d/0.m4s')).toBeNull();
  });

  it('gives a session once, and none that is too old or of nobody', async () => {
    packs.ahead(['a', 'b']);
    expect(await packs.session('a')).not.toBeNull();
    expect(await packs.session('a')).toBeNull();
    now += 31 * 60_000;
    expect(await packs.session('b')).toBeNull();
    expect(await packs.session('z')).toBeNull();
  });

  it('asks again when the next one or more than one is missing, never twice for the same', async () => {
    packs.ahead(['a', 'b', 'c']);
    packs.ahead(['a', 'b', 'c']);
    await packs.session('a');
    packs.ahead(['b', 'c', 'd']);
    expect(asked()).toHaveLength(1);
    await packs.session('b');
    packs.ahead(['c', 'd', 'e']);
    expect(asked().at(-1)).toEqual(['d', 'e']);
    await packs.session('d');
    packs.ahead(['f', 'c', 'e']);
    expect(asked().at(-1)).toEqual(['f']);
  });

  it('a pack that breaks off leaves what came, and is not asked for again at once', async () => {
    fetchPack.mockImplementationOnce(async (wish) => streamOf(packOf(wish.episodeIds).slice(0, -15)));
    packs.ahead(['a', 'b']);
    expect(await packs.session('b')).not.toBeNull();
    const [first, cut] = [
      packs.part('https://x.test/hls/a/0.m4s'),
      packs.part('https://x.test/hls/b/main.m3u8'),
    ];
    expect(await first).not.toBeNull();
    expect(await cut).toBeNull();
    expect(packs.part('https://x.test/hls/b/main.m3u8')).toBeNull();
    await settled();
    packs.ahead(['c']);
    expect(asked()).toHaveLength(1);
    now += 31_000;
    packs.ahead(['c']);
    expect(asked()).toHaveLength(2);
  });

  it('a refused pack costs nobody anything, and is left alone as long as the server says', async () => {
    fetchPack.mockRejectedValueOnce(new Problem('OVERLOADED', 503, 'busy', [], 90));
    packs.ahead(['a']);
    expect(await packs.session('a')).toBeNull();
    await settled();
    now += 60_000;
    packs.ahead(['a']);
    expect(asked()).toHaveLength(1);
    now += 31_000;
    packs.ahead(['a']);
    expect(asked()).toHaveLength(2);
  });

  it('holds a bounded number of bytes, the newest', async () => {
    fetchPack.mockImplementation(async (wish) => streamOf(packOf(wish.episodeIds, 3 << 20), 1 << 20));
    packs.ahead(['a', 'b', 'c']);
    await packs.session('a');
    expect(packs.part('https://x.test/hls/a/main.m3u8')).toBeNull();
    expect(packs.part('https://x.test/hls/b/main.m3u8')).not.toBeNull();
    expect(packs.part('https://x.test/hls/c/0.m4s')).not.toBeNull();
  });

  it('asks nothing where the player takes no parts', () => {
    wanted = false;
    packs.ahead(['a']);
    expect(fetchPack).not.toHaveBeenCalled();
  });
});
