import type { Progress } from '../api/types';
import { t } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { h } from '../ui/dom';
import { continueCard } from './series-card';

// Series shown on the shelf at most.
const MOST = 10;

// The shelf of what the viewer has begun. Empty, and of no height, while there is nothing or it can't be had:
// it is an offer, and the page has its own errors to show.
export function continueShelf(app: AppContext): HTMLElement {
  const shelf = h('section', { class: 'shelf', aria: { label: t('shelf.continue') } });
  shelf.hidden = true;
  const load = async (): Promise<void> => {
    const progress = (await app.api.continueWatching()).slice(0, MOST);
    const cards = await Promise.all(progress.map((each) => card(app, each).catch(() => null)));
    const found = cards.filter((each) => each !== null);
    if (found.length === 0) return;
    shelf.append(h('h2', { text: t('shelf.continue') }), h('div', { class: 'shelf-row' }, ...found));
    shelf.hidden = false;
  };
  load().catch(() => shelf.remove());
  return shelf;
}

async function card(app: AppContext, progress: Progress): Promise<HTMLElement | null> {
  const [series, next] = await Promise.all([
    app.api.series(progress.seriesId),
    app.api.nextEpisode(progress.seriesId),
  ]);
  return next ? continueCard(series, progress, next) : null;
}
