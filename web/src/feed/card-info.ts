import { t } from '../i18n/i18n';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import type { Row } from './deck-state';

// Title, episode, synopsis and the bar that leads to all episodes, at the foot of a card.
export class CardInfo {
  readonly element = h('div', { class: 'info' });
  private row: Row | null = null;
  private open = false;

  constructor(private readonly actions: { openSeries(): void; openEpisodes(): void }) {}

  show(row: Row): void {
    this.row = row;
    this.open = false;
    this.draw();
  }

  private draw(): void {
    const row = this.row;
    if (!row) return;
    const { series, episode } = row;
    const title = button(
      series.title,
      { class: 'info-title', onClick: this.actions.openSeries },
      series.title,
    );
    replace(
      this.element,
      this.badge(row),
      h('h2', {}, title),
      h(
        'p',
        { class: 'info-episode' },
        h('span', { class: 'info-number', text: t('episode.short', { number: episode.number ?? 1 }) }),
        episode.title ?? '',
      ),
      this.synopsis(episode.synopsis || series.synopsis || ''),
      this.tags(series.tags ?? []),
    );
  }

  private badge(row: Row): HTMLElement | null {
    if (row.inserted || !row.reason || row.reason === 'FEED_REASON_UNSPECIFIED') return null;
    const named = row.reason === 'FEED_REASON_BECAUSE_YOU_WATCHED' && row.becauseTitle;
    const text = named ? t('feed.because', { title: named }) : t(`feed.reason.${row.reason}`);
    return h('span', { class: 'badge', text });
  }

  private synopsis(text: string): HTMLElement | null {
    if (!text) return null;
    const long = text.length > 70;
    const words = h('p', { class: this.open ? 'info-synopsis info-synopsis-open' : 'info-synopsis', text });
    if (!long) return words;
    const label = this.open ? t('common.less') : t('common.more');
    const more = button(
      label,
      {
        class: 'info-more',
        aria: { expanded: String(this.open) },
        onClick: () => {
          this.open = !this.open;
          this.draw();
          this.element.querySelector<HTMLElement>('.info-more')?.focus();
        },
      },
      label,
    );
    return h('div', { class: 'info-text' }, words, more);
  }

  private tags(tags: readonly string[]): HTMLElement | null {
    if (tags.length === 0) return null;
    return h('p', {
      class: 'info-tags',
      text: tags
        .slice(0, 3)
        .map((tag) => `#${tag}`)
        .join('  '),
    });
  }
}

// The bar under the info: which episode of how many, and the way to all.
export function episodesBar(onOpen: () => void): { element: HTMLButtonElement; show(row: Row): void } {
  const element = button(t('episode.all'), {
    class: 'episodes-bar',
    data: { action: 'episodes' },
    onClick: onOpen,
  });
  return {
    element,
    show(row) {
      const total = row.series.publishedEpisodes || row.series.totalEpisodes || row.episode.number || 1;
      const where = t('episode.of', { number: row.episode.number ?? 1, total });
      element.setAttribute('aria-label', `${where}. ${t('episode.all')}`);
      replace(
        element,
        icon('film'),
        h('span', { text: where }),
        h('span', { class: 'spacer' }),
        h('span', { class: 'episodes-bar-all', text: t('episode.all') }),
        icon('chevron'),
      );
    },
  };
}
