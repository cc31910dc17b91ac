import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds the API and the media; `npm run mock` listens there.
const edge = process.env['CLIFFHANGER_EDGE_URL'] ?? 'http://127.0.0.1:8090';

export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist',
    // The edge's Content-Security-Policy lets pictures be data: URLs, but nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(['/v1', '/hls', '/covers'].map((path) => [path, edge])),
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
});
