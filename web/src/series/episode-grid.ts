import type { Episode } from '../api/types';
import { t } from '../i18n/i18n';
import { h } from '../ui/dom';
import { icon } from '../ui/icons';
import { pathOf } from '../ui/routes';

// How far the viewer is in a series.
export interface Place {
  // The number to go on with; everything before it has been watched. Null: all of it has.
  nextNumber: number | null;
  // The one being watched just now, if any.
  currentId: string;
}

// The numbered tiles of a series' episodes, each a link.
export function episodeGrid(episodes: readonly Episode[], place: Place): HTMLElement {
  const tiles = episodes.map((episode) => {
    const number = episode.number ?? 0;
    const current = episode.episodeId === place.currentId;
    const watched = !current && (place.nextNumber === null || number < place.nextNumber);
    const marks = [
      current ? t('series.episode.current') : '',
      watched ? t('series.episode.watched') : '',
      episode.locked ? t('series.episode.locked') : '',
    ].filter(Boolean);
    const label = t('series.episode.label', { number, title: episode.title ?? '' });
    const state = current ? 'current' : watched ? 'watched' : episode.locked ? 'locked' : 'open';
    const mark = current
      ? icon('play', true)
      : episode.locked
        ? icon('lock')
        : watched
          ? icon('check')
          : null;
    return h(
      'li',
      {},
      h(
        'a',
        {
          class: `tile tile-${state}`,
          data: { episodeId: episode.episodeId, state },
          attrs: { href: pathOf({ name: 'watch', episodeId: episode.episodeId }) },
          aria: { label: [label, ...marks].join(', '), ...(current ? { current: 'true' } : {}) },
        },
        h('span', { class: 'tile-number', text: String(number) }),
        mark && h('span', { class: 'tile-mark' }, mark),
      ),
    );
  });
  return h('ol', { class: 'tiles' }, ...tiles);
}
