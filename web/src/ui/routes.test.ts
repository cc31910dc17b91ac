import { describe, expect, it } from 'vitest';
import { parseRoute, pathOf, type Route } from './routes';

describe('routes', () => {
  it('reads back what it writes', () => {
    const routes: Route[] = [
      { name: 'feed' },
      { name: 'me' },
      { name: 'operations' },
      { name: 'search', query: '' },
      { name: 'search', query: 'lost & found' },
      { name: 'series', seriesId: '0192f0c1-2d3e-7000-8000-000000000001' },
      { name: 'watch', episodeId: '0192f0c1-2d3e-7000-8000-000000000002' },
      { name: 'studio' },
      { name: 'studioSeries', seriesId: '0192f0c1-2d3e-7000-8000-000000000001' },
      { name: 'studioKeys' },
      { name: 'studioEpisode', episodeId: '0192f0c1-2d3e-7000-8000-000000000002' },
    ];
    for (const route of routes) {
      const url = new URL(pathOf(route), 'http://example.test');
      expect(parseRoute(url.pathname, url.search)).toEqual(route);
    }
  });

  it('bears a slash at the end', () => {
    expect(parseRoute('/series/abc/')).toEqual({ name: 'series', seriesId: 'abc' });
  });

  it('knows no other address', () => {
    for (const path of [
      '/series',
      '/watch/',
      '/watch/a/b',
      '/series/a%2Fb',
      '/me/x',
      '/studio/x',
      '/studio/series',
      '/studio/keys/a',
      '/studio/series/a/b',
      '/nowhere',
      '/series/<script>',
    ]) {
      expect(parseRoute(path)).toEqual({ name: 'missing' });
    }
  });

  it('bounds a query', () => {
    const route = parseRoute('/search', `?q=${'x'.repeat(500)}`);
    expect(route).toEqual({ name: 'search', query: 'x'.repeat(100) });
  });
});
