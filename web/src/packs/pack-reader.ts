import type { StartPackIndex } from '../api/types';

// A start pack as it arrives (proto/cliffhanger/playback/v1/start_pack.proto): "CHP1", the length of the index, the index, the parts.
const MAGIC = 'CHP1';
const HEAD_BYTES = 8;
const MOST_INDEX_BYTES = 1 << 20;

export interface PackEvents {
  // Once, before any part.
  index(index: StartPackIndex): void;
  // One after the other, in the order they have in the pack.
  part(url: string, contentType: string, bytes: Uint8Array<ArrayBuffer>): void;
}

// Reads a pack to its end. Fails if it is none, or ends too early; what was told before that holds.
export async function readPack(stream: ReadableStream<Uint8Array>, events: PackEvents): Promise<void> {
  const input = new Input(stream.getReader());
  try {
    const head = await input.take(HEAD_BYTES);
    if (new TextDecoder().decode(head.subarray(0, 4)) !== MAGIC) throw new Error('no start pack');
    const length = new DataView(head.buffer).getUint32(4);
    if (length > MOST_INDEX_BYTES) throw new Error('the index of the start pack is too long');
    const index = JSON.parse(new TextDecoder().decode(await input.take(length))) as StartPackIndex;
    events.index(index);
    const parts = (index.items ?? []).flatMap((item) => item.parts ?? []);
    parts.sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
    for (const part of parts)
      events.part(part.url, part.contentType ?? '', await input.take(part.bytes ?? 0));
  } finally {
    input.close();
  }
}

class Input {
  private waiting: Uint8Array[] = [];
  private size = 0;

  constructor(private readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.size < length) {
      const { done, value } = await this.reader.read();
      if (done) throw new Error('the start pack ends too early');
      this.waiting.push(value);
      this.size += value.byteLength;
    }
    const taken = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const first = this.waiting[0]!;
      const some = Math.min(first.byteLength, length - at);
      taken.set(first.subarray(0, some), at);
      at += some;
      if (some === first.byteLength) this.waiting.shift();
      else this.waiting[0] = first.subarray(some);
    }
    this.size -= length;
    return taken;
  }

  close(): void {
    void this.reader.cancel().catch(() => undefined);
  }
}
