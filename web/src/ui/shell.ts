import { Deck } from '../feed/deck';
import { feedSource, seriesSource } from '../feed/sources';
import type { WatchSource } from '../api/types';
import { t } from '../i18n/i18n';
import { MinutesChip } from '../minors/minutes-chip';
import { mePage } from '../pages/me-page';
import { latePage, pageElement, type Page } from '../pages/page';
import { searchPage } from '../pages/search-page';
import { seriesPage } from '../pages/series-page';
import type { AppContext } from './app-context';
import { button, h } from './dom';
import { icon } from './icons';
import { noticeElement } from './notice';
import { parseRoute, pathOf, type Route } from './routes';
import { tabBar } from './tab-bar';

// The frame of the page: the deck, which stays alive under the other pages, and the page that is shown.
export class Shell {
  readonly element: HTMLElement;
  private readonly deck: Deck;
  private readonly tabs = tabBar();
  private readonly main = h('main', { class: 'main' });
  private readonly back: HTMLButtonElement;
  private readonly minutes: MinutesChip;
  private page: Page | null = null;
  private route: Route = { name: 'missing' };
  // What the deck shows: 'feed', or the episode a series was opened with.
  private deckShows = '';

  constructor(private readonly app: AppContext) {
    this.deck = new Deck(app, (row) => this.onMoved(row.episode.episodeId, row.series.title));
    this.back = button(
      t('common.back'),
      { class: 'icon-button deck-back', onClick: () => app.back() },
      icon('back'),
    );
    this.minutes = new MinutesChip({
      dailyTime: () => app.api.dailyTime(),
      wanted: () => app.preferences.minors,
    });
    this.main.append(this.deck.element, this.back, this.minutes.element);
    this.element = h('div', { class: 'shell' }, this.main, this.tabs.element);
  }

  // Shows what the address says.
  show(): void {
    const before = this.route;
    this.route = parseRoute(location.pathname, location.search);
    this.page?.leave?.();
    this.page?.element.remove();
    this.page = null;
    this.tabs.show(this.route);
    this.main.dataset['route'] = this.route.name;
    const { route } = this;
    const onDeck = route.name === 'feed' || route.name === 'watch';
    this.back.hidden = route.name !== 'watch';
    this.minutes.show(onDeck);
    if (onDeck) {
      this.openDeck(route, cameBy(before));
    } else {
      this.deck.show(false);
      this.page = this.makePage(route);
      this.main.appendChild(this.page.element);
      this.main.scrollTop = 0;
      document.title = `${this.page.title} · ${t('app.name')}`;
      if (before.name !== 'missing')
        this.page.element.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    }
  }

  // A key that no control took; true if it was used.
  key(event: KeyboardEvent): boolean {
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.key === '/') {
      this.app.go({ name: 'search', query: '' });
      document.querySelector<HTMLElement>('.search-input')?.focus();
      return true;
    }
    if (this.route.name === 'watch' && event.key === 'Escape') {
      this.app.back();
      return true;
    }
    return this.page === null && this.deck.key(event.key);
  }

  private openDeck(route: Route & { name: 'feed' | 'watch' }, from: WatchSource): void {
    const wanted = route.name === 'feed' ? 'feed' : route.episodeId;
    const there =
      this.deckShows === wanted ||
      (route.name === 'watch' && this.deckShows !== 'feed' && this.deck.currentEpisode() === route.episodeId);
    document.title = t('app.name');
    if (!there) {
      this.deckShows = wanted;
      this.deck.open(
        route.name === 'feed'
          ? feedSource(this.app.api)
          : seriesSource(this.app.api, this.app.lists, route.episodeId, from),
      );
    }
    this.deck.show(true);
  }

  // The address follows the viewer through a series, so that it can be shared and reloaded.
  private onMoved(episodeId: string, title: string): void {
    if (this.route.name !== 'feed' && this.route.name !== 'watch') return;
    document.title = `${title} · ${t('app.name')}`;
    if (this.route.name !== 'watch') return;
    this.route = { name: 'watch', episodeId };
    this.deckShows = episodeId;
    history.replaceState(history.state, '', pathOf(this.route));
  }

  private makePage(route: Route): Page {
    switch (route.name) {
      case 'series':
        return seriesPage(this.app, route.seriesId);
      case 'search':
        return searchPage(this.app, route.query);
      case 'me':
        return mePage(this.app);
      case 'studio':
      case 'studioSeries':
      case 'studioEpisode':
      case 'studioKeys':
        return latePage(t('me.studio'), async () =>
          (await import('../studio/studio')).makeStudioPage(this.app, route),
        );
      case 'operations':
        return latePage(t('operations.title'), async () =>
          (await import('../pages/operations-page')).operationsPage(this.app),
        );
      default:
        return missingPage(this.app);
    }
  }
}

// How a viewer comes to an episode that an address names: from a page that leads to it, or from outside.
function cameBy(before: Route): WatchSource {
  if (before.name === 'series') return 'WATCH_SOURCE_SERIES';
  if (before.name === 'search' || before.name === 'me') return 'WATCH_SOURCE_CONTINUE';
  return before.name === 'missing' ? 'WATCH_SOURCE_LINK' : 'WATCH_SOURCE_UNSPECIFIED';
}

function missingPage(app: AppContext): Page {
  const home = { label: t('missing.feed'), run: () => app.go({ name: 'feed' }) };
  const notice = {
    icon: 'film' as const,
    title: t('missing.title'),
    text: t('missing.text'),
    actions: [home],
  };
  return { title: t('missing.title'), element: pageElement('missing', noticeElement(notice)) };
}
