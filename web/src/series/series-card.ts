import { int64, type Episode, type Progress, type Series } from '../api/types';
import { t } from '../i18n/i18n';
import { cover } from '../ui/cover';
import { h } from '../ui/dom';
import { icon } from '../ui/icons';
import { pathOf } from '../ui/routes';

// A series as a poster that leads to its page.
export function seriesCard(series: Series): HTMLElement {
  const count = series.publishedEpisodes ?? series.totalEpisodes ?? 0;
  return h(
    'a',
    {
      class: 'poster',
      data: { seriesId: series.seriesId },
      attrs: { href: pathOf({ name: 'series', seriesId: series.seriesId }) },
    },
    cover(series.title, series.coverUrl, series.seriesId),
    h('span', { class: 'poster-title', text: series.title }),
    count > 0 ? h('span', { class: 'poster-text', text: t('series.count', { count }) }) : null,
  );
}

// A series that was begun, with how far; leads to where it goes on.
export function continueCard(series: Series, progress: Progress, next: Episode): HTMLElement {
  const same = next.episodeId === progress.episodeId;
  const duration = int64(progress.durationMs);
  const share = same && duration > 0 ? Math.min(1, int64(progress.positionMs) / duration) : 0;
  const bar = h('span', { class: 'poster-bar' });
  bar.style.setProperty('--fill', `${(share * 100).toFixed(1)}%`);
  const frame = cover(series.title, next.coverUrl || series.coverUrl, series.seriesId);
  frame.append(h('span', { class: 'poster-play' }, icon('play', true)), bar);
  const number = next.number ?? 1;
  return h(
    'a',
    {
      class: 'poster',
      data: { episodeId: next.episodeId, seriesId: series.seriesId },
      attrs: { href: pathOf({ name: 'watch', episodeId: next.episodeId }) },
      aria: { label: `${series.title}, ${t('series.continue', { number })}` },
    },
    frame,
    h('span', { class: 'poster-title', text: series.title }),
    h('span', { class: 'poster-text', text: t('episode.short', { number }) }),
  );
}

export function posterSkeletons(count: number): HTMLElement[] {
  return Array.from({ length: count }, () =>
    h(
      'span',
      { class: 'poster', aria: { hidden: 'true' } },
      h('span', { class: 'cover bone' }),
      h('span', { class: 'bone bone-line' }),
    ),
  );
}
