import { Problem } from '../api/problem';
import type { Page as ApiPage, Series } from '../api/types';
import { t } from '../i18n/i18n';
import { continueShelf } from '../series/continue-shelf';
import { posterSkeletons, seriesCard } from '../series/series-card';
import type { AppContext } from '../ui/app-context';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { noticeElement } from '../ui/notice';
import { pathOf } from '../ui/routes';
import { fill, pageElement, type Page } from './page';

const TYPING_MS = 250;

// Search, and while nothing is typed: what was begun and what is new.
export function searchPage(app: AppContext, query: string): Page {
  return new SearchPage(app, query);
}

class SearchPage implements Page {
  readonly title = t('search.title');
  readonly element: HTMLElement;
  private readonly input = h('input', {
    class: 'search-input',
    attrs: { type: 'search', maxlength: '100', enterkeyhint: 'search', placeholder: t('search.placeholder') },
    aria: { label: t('search.label') },
  });
  private readonly results = h('div', { class: 'results' });
  private readonly count = h('p', { class: 'quiet', attrs: { role: 'status' } });
  private readonly shelf: HTMLElement;
  private readonly clear: HTMLButtonElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = new AbortController();

  constructor(
    private readonly app: AppContext,
    query: string,
  ) {
    this.input.value = query;
    this.shelf = h('div', { class: 'shelf-slot' }, continueShelf(app));
    this.clear = button(
      t('search.clear'),
      {
        class: 'icon-button search-clear',
        onClick: () => {
          this.input.value = '';
          this.search();
          this.input.focus();
        },
      },
      icon('close'),
    );
    const form = h(
      'form',
      { class: 'search-box', attrs: { role: 'search' } },
      icon('search'),
      this.input,
      this.clear,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.search();
      this.input.blur();
    });
    this.input.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), TYPING_MS);
    });
    this.element = pageElement(
      'search',
      h('h1', { text: t('search.title'), attrs: { tabindex: '-1' } }),
      form,
      this.shelf,
      this.count,
      this.results,
    );
    this.search();
  }

  leave(): void {
    clearTimeout(this.timer);
    this.running.abort();
  }

  private search(): void {
    clearTimeout(this.timer);
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const query = this.input.value.trim();
    this.clear.hidden = query === '';
    this.shelf.hidden = query !== '';
    history.replaceState(history.state, '', pathOf({ name: 'search', query }));
    replace(this.results, h('div', { class: 'posters' }, ...posterSkeletons(6)));
    void fill(this.results, async () => {
      try {
        const page = await this.page(query, '', signal);
        if (!signal.aborted) this.draw(query, page, signal);
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
    });
  }

  private page(query: string, token: string, signal: AbortSignal): Promise<ApiPage<Series>> {
    return query === '' ? this.app.api.listSeries(token) : this.app.api.searchSeries(query, token, signal);
  }

  private draw(query: string, page: ApiPage<Series>, signal: AbortSignal): void {
    const { items } = page;
    const more = page.nextPageToken !== '';
    this.count.textContent =
      query === ''
        ? t('search.new')
        : items.length > 0 && !more
          ? t('search.results', { count: items.length })
          : '';
    if (items.length === 0) {
      this.count.textContent = '';
      const notice =
        query === ''
          ? { title: t('feed.empty.title'), text: t('feed.empty.text'), command: t('feed.empty.command') }
          : { title: t('search.none.title', { query }), text: t('search.none.text') };
      replace(this.results, noticeElement({ icon: 'search', actions: [], ...notice }));
      return;
    }
    const posters = h('div', { class: 'posters' }, ...items.map(seriesCard));
    replace(this.results, posters);
    if (more) this.drawMore(query, page.nextPageToken, posters, signal);
  }

  private drawMore(query: string, token: string, posters: HTMLElement, signal: AbortSignal): void {
    const load = button(
      t('common.more'),
      {
        class: 'button button-quiet button-wide',
        onClick: () => {
          load.disabled = true;
          this.page(query, token, signal)
            .then((page) => {
              load.remove();
              posters.append(...page.items.map(seriesCard));
              if (page.nextPageToken !== '') this.drawMore(query, page.nextPageToken, posters, signal);
            })
            .catch((thrown: unknown) => {
              load.disabled = false;
              if (!signal.aborted && thrown instanceof Problem)
                this.app.toasts.show(t('problem.other', { code: thrown.code }));
            });
        },
      },
      t('common.more'),
    );
    this.results.appendChild(load);
  }
}
