import Hls, {
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
  type LoaderStats,
} from 'hls.js';
import type { PackedPart, PackedParts } from './start-packs';

export type LoaderClass = new (config: HlsConfig) => Loader<LoaderContext>;

// hls.js's own loader, with what start packs brought in the place of requests.
export function packLoader(packs: PackedParts): LoaderClass {
  return class PackLoader implements Loader<LoaderContext> {
    context: LoaderContext | null = null;
    private readonly network: Loader<LoaderContext>;
    private ended = false;

    constructor(config: HlsConfig) {
      this.network = new (Hls.DefaultConfig.loader as LoaderClass)(config);
    }

    get stats(): LoaderStats {
      return this.network.stats;
    }

    load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      this.context = context;
      const coming = context.rangeEnd ? null : packs.part(context.url);
      if (!coming) return this.network.load(context, config, callbacks);
      void coming.then((part) => {
        if (this.ended) return;
        if (part) this.deliver(part, context, callbacks);
        else this.network.load(context, config, callbacks);
      });
    }

    abort(): void {
      this.ended = true;
      this.network.abort();
    }

    destroy(): void {
      this.ended = true;
      this.network.destroy();
      this.context = null;
    }

    getCacheAge(): number | null {
      return this.network.getCacheAge?.() ?? null;
    }

    getResponseHeader(name: string): string | null {
      return this.network.getResponseHeader?.(name) ?? null;
    }

    // With the times that it took, or hls.js would take the network for a very fast one.
    private deliver(
      part: PackedPart,
      context: LoaderContext,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      const now = performance.now();
      const { stats } = this;
      stats.loading.start = Math.max(1, now - part.tookMs);
      stats.loading.first = stats.loading.start;
      stats.loading.end = now;
      stats.loaded = stats.total = part.bytes.byteLength;
      const binary = context.responseType === 'arraybuffer';
      // A copy: hls.js hands its buffer to a worker.
      const data = binary ? part.bytes.slice().buffer : new TextDecoder().decode(part.bytes);
      callbacks.onSuccess({ url: context.url, data, code: 200 }, stats, context, null);
    }
  };
}
