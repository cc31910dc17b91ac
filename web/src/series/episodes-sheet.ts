import { asProblem } from '../api/problem';
import type { Episode, Series } from '../api/types';
import { problemText, t } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { h, replace } from '../ui/dom';
import { openSheet } from '../ui/sheet';
import { episodeGrid } from './episode-grid';

// All episodes of the series that is playing, over the picture.
export function openEpisodesSheet(app: AppContext, series: Series, current: Episode): void {
  const body = h(
    'div',
    { class: 'sheet-scroll', aria: { busy: 'true' } },
    h('div', { class: 'spinner spinner-small' }),
  );
  const sheet = openSheet(series.title, 'sheet-episodes', body);
  // A tile is a link; the sheet goes when one is followed.
  body.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('a')) sheet.close();
  });
  const load = async (): Promise<void> => {
    try {
      const [episodes, next] = await Promise.all([
        app.lists.of(series.seriesId),
        app.api.nextEpisode(series.seriesId).catch(() => current),
      ]);
      const count = h('p', { class: 'sheet-text', text: t('series.count', { count: episodes.length }) });
      replace(
        body,
        count,
        episodeGrid(episodes, {
          nextNumber: next === null ? null : (next.number ?? 1),
          currentId: current.episodeId,
        }),
      );
      body.querySelector<HTMLElement>('[aria-current]')?.focus();
    } catch (thrown) {
      replace(
        body,
        h('p', { class: 'sheet-text', attrs: { role: 'alert' }, text: problemText(asProblem(thrown)) }),
      );
    }
    body.setAttribute('aria-busy', 'false');
  };
  void load();
}
