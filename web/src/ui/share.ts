import type { Episode, Series } from '../api/types';
import { t } from '../i18n/i18n';
import type { AppContext } from './app-context';
import { pathOf } from './routes';

// Hands a link to the episode to the device's share sheet, or to the clipboard where there is none, and tells that it was shared: the
// recommender learns from it.
export async function shareEpisode(app: AppContext, series: Series, episode: Episode): Promise<void> {
  const url = new URL(pathOf({ name: 'watch', episodeId: episode.episodeId }), location.href).href;
  const title = `${series.title} · ${t('episode.short', { number: episode.number ?? 1 })}`;
  try {
    if (navigator.share) {
      await navigator.share({ title, url });
    } else {
      await navigator.clipboard.writeText(url);
      app.toasts.show(t('action.shared'));
    }
    const { seriesId } = series;
    app.events.add({ kind: 'EVENT_KIND_SHARE', episodeId: episode.episodeId, seriesId });
  } catch (thrown) {
    // Closing the share sheet is no failure. Where neither works, the link is shown to be copied by hand.
    if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) app.toasts.show(url);
  }
}
