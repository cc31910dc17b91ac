// The addresses of the page.
export type Route =
  | { name: 'feed' }
  | { name: 'series'; seriesId: string }
  | { name: 'watch'; episodeId: string }
  | { name: 'search'; query: string }
  | { name: 'me' }
  | { name: 'studio' }
  | { name: 'studioSeries'; seriesId: string }
  | { name: 'studioEpisode'; episodeId: string }
  | { name: 'studioKeys' }
  | { name: 'operations' }
  | { name: 'missing' };

export type StudioRoute = Extract<
  Route,
  { name: 'studio' | 'studioSeries' | 'studioEpisode' | 'studioKeys' }
>;

const ID = /^[0-9A-Za-z-]{1,64}$/;

export function parseRoute(path: string, search = ''): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [head, id] = parts;
  if (head === undefined) return { name: 'feed' };
  if (parts.length === 1 && head === 'me') return { name: 'me' };
  if (head === 'studio') return studioRoute(parts.slice(1));
  if (parts.length === 1 && head === 'operations') return { name: 'operations' };
  if (parts.length === 1 && head === 'search') {
    return { name: 'search', query: new URLSearchParams(search).get('q')?.slice(0, 100) ?? '' };
  }
  if (parts.length === 2 && id !== undefined && ID.test(id)) {
    if (head === 'series') return { name: 'series', seriesId: id };
    if (head === 'watch') return { name: 'watch', episodeId: id };
  }
  return { name: 'missing' };
}

// A creator's own pages.
function studioRoute([kind, id, ...more]: string[]): Route {
  if (kind === undefined) return { name: 'studio' };
  if (kind === 'keys' && id === undefined) return { name: 'studioKeys' };
  if (id === undefined || !ID.test(id) || more.length > 0) return { name: 'missing' };
  if (kind === 'series') return { name: 'studioSeries', seriesId: id };
  return kind === 'episodes' ? { name: 'studioEpisode', episodeId: id } : { name: 'missing' };
}

export function pathOf(route: Route): string {
  switch (route.name) {
    case 'series':
      return `/series/${encodeURIComponent(route.seriesId)}`;
    case 'watch':
      return `/watch/${encodeURIComponent(route.episodeId)}`;
    case 'search':
      return route.query ? `/search?${new URLSearchParams({ q: route.query })}` : '/search';
    case 'me':
      return '/me';
    case 'studio':
      return '/studio';
    case 'studioSeries':
      return `/studio/series/${encodeURIComponent(route.seriesId)}`;
    case 'studioEpisode':
      return `/studio/episodes/${encodeURIComponent(route.episodeId)}`;
    case 'studioKeys':
      return '/studio/keys';
    case 'operations':
      return '/operations';
    default:
      return '/';
  }
}
