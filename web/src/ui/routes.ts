// The addresses of the page.
export type Route =
  | { name: 'feed' }
  | { name: 'series'; seriesId: string }
  | { name: 'watch'; episodeId: string }
  | { name: 'search'; query: string }
  | { name: 'me' }
  | { name: 'missing' };

const ID = /^[0-9A-Za-z-]{1,64}$/;

export function parseRoute(path: string, search = ''): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [head, id] = parts;
  if (head === undefined) return { name: 'feed' };
  if (parts.length === 1 && head === 'me') return { name: 'me' };
  if (parts.length === 1 && head === 'search') {
    return { name: 'search', query: new URLSearchParams(search).get('q')?.slice(0, 100) ?? '' };
  }
  if (parts.length === 2 && id !== undefined && ID.test(id)) {
    if (head === 'series') return { name: 'series', seriesId: id };
    if (head === 'watch') return { name: 'watch', episodeId: id };
  }
  return { name: 'missing' };
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
    default:
      return '/';
  }
}
