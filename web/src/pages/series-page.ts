import { Problem } from '../api/problem';
import type { Episode, Series } from '../api/types';
import { t } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { cover } from '../ui/cover';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { noticeElement } from '../ui/notice';
import { pathOf } from '../ui/routes';
import { episodeGrid } from '../series/episode-grid';
import { fill, pageElement, type Page } from './page';

// A series: what it is about, where to go on, and all its episodes.
export function seriesPage(app: AppContext, seriesId: string): Page {
  const body = h('div', { class: 'series' }, seriesSkeleton());
  const stops: (() => void)[] = [];
  const page: Page = {
    title: t('app.name'),
    element: pageElement(
      'series',
      button(t('common.back'), { class: 'icon-button page-back', onClick: () => app.back() }, icon('back')),
      body,
    ),
    leave: () => stops.forEach((stop) => stop()),
  };
  void fill(body, async () => {
    app.lists.forget(seriesId);
    try {
      const [series, episodes, next] = await Promise.all([
        app.api.series(seriesId),
        app.lists.of(seriesId),
        app.api.nextEpisode(seriesId),
      ]);
      document.title = `${series.title} · ${t('app.name')}`;
      stops.push(draw(app, body, series, episodes, next));
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.status !== 404) throw thrown;
      const home = { label: t('missing.feed'), run: () => app.go({ name: 'feed' }) };
      replace(
        body,
        noticeElement({
          icon: 'film',
          title: t('missing.title'),
          text: t('series.missing'),
          actions: [home],
        }),
      );
    }
  });
  return page;
}

function draw(
  app: AppContext,
  body: HTMLElement,
  series: Series,
  episodes: readonly Episode[],
  next: Episode | null,
): () => void {
  const backdrop = h(
    'div',
    { class: 'series-backdrop', aria: { hidden: 'true' } },
    cover('', series.coverUrl, series.seriesId),
  );
  const tags = (series.tags ?? []).map((tag) =>
    h('a', { class: 'chip', text: tag, attrs: { href: pathOf({ name: 'search', query: tag }) } }),
  );
  const rating = series.ageRating === undefined ? '' : ` · ${series.ageRating}+`;
  const { buttons, stop } = reactionButtons(app, series.seriesId);
  replace(
    body,
    backdrop,
    h(
      'header',
      { class: 'series-head' },
      cover(series.title, series.coverUrl, series.seriesId),
      h(
        'div',
        { class: 'series-words' },
        h('h1', { text: series.title, attrs: { tabindex: '-1' } }),
        h('p', { class: 'series-count', text: t('series.count', { count: episodes.length }) + rating }),
        tags.length > 0 ? h('div', { class: 'chips' }, ...tags) : null,
      ),
    ),
    goOn(episodes, next),
    buttons,
    series.synopsis ? h('p', { class: 'series-synopsis', text: series.synopsis }) : null,
    h('h2', { text: t('series.episodes') }),
    episodes.length > 0
      ? episodeGrid(episodes, { nextNumber: next === null ? null : (next.number ?? 1), currentId: '' })
      : h('p', { class: 'quiet', text: t('series.noEpisodes') }),
  );
  return stop;
}

function goOn(episodes: readonly Episode[], next: Episode | null): HTMLElement | null {
  const first = episodes[0];
  const target = next ?? first;
  if (!first || !target) return null;
  const label =
    next === null
      ? t('series.again')
      : next.episodeId === first.episodeId
        ? t('series.start')
        : t('series.continue', { number: next.number ?? 1 });
  return h(
    'a',
    {
      class: 'button button-wide',
      data: { action: 'continue', episodeId: target.episodeId },
      attrs: { href: pathOf({ name: 'watch', episodeId: target.episodeId }) },
    },
    icon('play', true),
    label,
  );
}

function reactionButtons(app: AppContext, seriesId: string): { buttons: HTMLElement; stop: () => void } {
  const like = button(t('action.like'), {
    class: 'pill',
    data: { action: 'like' },
    onClick: () => void app.reactions.set(seriesId, 'REACTION_LIKE', !app.reactions.of(seriesId).liked),
  });
  const save = button(t('action.add'), {
    class: 'pill',
    data: { action: 'save' },
    onClick: () => void app.reactions.set(seriesId, 'REACTION_FAVOURITE', !app.reactions.of(seriesId).saved),
  });
  const follow = button(t('action.follow'), {
    class: 'pill',
    data: { action: 'follow' },
    onClick: () => void app.reactions.set(seriesId, 'REACTION_FOLLOW', !app.reactions.of(seriesId).followed),
  });
  const show = (): void => {
    const { liked, saved, followed } = app.reactions.of(seriesId);
    replace(like, icon('heart', liked), t('action.like'));
    replace(save, icon('bookmark', saved), saved ? t('action.saved') : t('action.save'));
    replace(follow, icon('bell', followed), followed ? t('action.following') : t('action.follow'));
    like.setAttribute('aria-pressed', String(liked));
    save.setAttribute('aria-pressed', String(saved));
    follow.setAttribute('aria-pressed', String(followed));
  };
  show();
  void app.reactions.need([seriesId]);
  return { buttons: h('div', { class: 'pills' }, like, save, follow), stop: app.reactions.onChange(show) };
}

function seriesSkeleton(): HTMLElement {
  return h(
    'div',
    { class: 'series-head', attrs: { role: 'img' }, aria: { label: t('common.loading') } },
    h('span', { class: 'cover bone' }),
    h(
      'div',
      { class: 'series-words' },
      h('span', { class: 'bone bone-title' }),
      h('span', { class: 'bone bone-line' }),
      h('span', { class: 'bone bone-short' }),
    ),
  );
}
