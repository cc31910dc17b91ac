// The creators' pages: what is theirs and how it is watched. Fetched only when somebody goes there.
import './studio.css';
import { Problem } from '../api/problem';
import type { Series } from '../api/types';
import { t } from '../i18n/i18n';
import { fill, pageElement, type Page } from '../pages/page';
import { offersAccount, openAccountSheet } from '../ui/account-sheet';
import type { AppContext } from '../ui/app-context';
import { cover } from '../ui/cover';
import { button, h, replace } from '../ui/dom';
import { noticeElement } from '../ui/notice';
import { pathOf, type StudioRoute } from '../ui/routes';
import { drawEpisode } from './episode-insight';
import { keysPage } from './keys-page';
import { backButton, quiet } from './parts';
import type { Plot } from '../plots/plot';
import { ratingText } from './rating';
import { drawSeries } from './series-insight';
import { s } from './texts';

export function makeStudioPage(app: AppContext, route: StudioRoute): Page {
  const account = app.tokens.account();
  if (!account || account.guest) return signInPage(app);
  if (route.name === 'studio') return homePage(app);
  if (route.name === 'studioKeys') return keysPage(app);
  return insightPage(app, route);
}

function signInPage(app: AppContext): Page {
  const offered = offersAccount(app);
  const signIn = { label: t('me.signIn'), run: () => openAccountSheet(app, 'signIn') };
  const notice = {
    icon: 'user' as const,
    title: s('studio.title'),
    text: offered ? s('studio.signIn') : t('minors.account'),
    actions: offered ? [signIn] : [],
  };
  return { title: s('studio.title'), element: pageElement('studio', noticeElement(notice)) };
}

function homePage(app: AppContext): Page {
  const list = h('div', { class: 'results' });
  const load = async (token: string): Promise<void> => {
    const { items, nextPageToken } = await app.api.mySeries(token);
    if (token === '' && items.length === 0) return replace(list, quiet(s('studio.none')));
    list.append(...items.map(seriesRow));
    if (nextPageToken === '') return;
    const more = button(
      t('common.more'),
      {
        class: 'button button-quiet button-wide',
        onClick: () => {
          more.remove();
          void load(nextPageToken);
        },
      },
      t('common.more'),
    );
    list.append(more);
  };
  void fill(list, () => load(''));
  const head = h('h1', { text: s('studio.title'), attrs: { tabindex: '-1' } });
  return {
    title: s('studio.title'),
    element: pageElement('studio', head, quiet(s('studio.text')), list, keysLink()),
  };
}

function keysLink(): HTMLElement {
  const link = h('a', {
    class: 'button button-quiet',
    data: { action: 'keys' },
    text: s('keys.title'),
    attrs: { href: pathOf({ name: 'studioKeys' }) },
  });
  return h('p', {}, link);
}

function seriesRow(series: Series): HTMLElement {
  const episodes = series.publishedEpisodes ?? 0;
  return h(
    'a',
    {
      class: 'studio-row',
      data: { seriesId: series.seriesId },
      attrs: { href: pathOf({ name: 'studioSeries', seriesId: series.seriesId }) },
    },
    cover(series.title, series.coverUrl, series.seriesId),
    h(
      'span',
      { class: 'studio-row-words' },
      h('strong', { text: series.title }),
      h('span', {
        class: 'quiet',
        text: `${t('series.count', { count: episodes })} · ${ratingText(series.ageRating)}`,
      }),
    ),
  );
}

type InsightRoute = Extract<StudioRoute, { name: 'studioSeries' | 'studioEpisode' }>;

function insightPage(app: AppContext, route: InsightRoute): Page {
  const body = h('div', { class: 'studio' }, quiet(t('common.loading')));
  const plots: Plot[] = [];
  let left = false;
  const element = pageElement('studio', backButton(app), body);
  void fill(body, async () => {
    try {
      const { title, parts, drawn } = await load(app, route);
      if (left) return drawn.forEach((plot) => plot.destroy());
      plots.push(...drawn);
      replace(body, h('h1', { text: title, attrs: { tabindex: '-1' } }), ...parts);
      document.title = `${title} · ${t('app.name')}`;
    } catch (thrown) {
      if (!(thrown instanceof Problem) || (thrown.status !== 404 && thrown.status !== 403)) throw thrown;
      const home = { label: s('studio.title'), run: () => app.go({ name: 'studio' }) };
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
  return {
    title: s('studio.title'),
    element,
    leave: () => {
      left = true;
      plots.forEach((plot) => plot.destroy());
    },
  };
}

async function load(
  app: AppContext,
  route: InsightRoute,
): Promise<{ title: string; parts: HTMLElement[]; drawn: Plot[] }> {
  if (route.name === 'studioSeries') {
    const { series, parts, plots } = await drawSeries(app, route.seriesId);
    return { title: series.title, parts, drawn: plots };
  }
  const { episode, parts, plots } = await drawEpisode(app, route.episodeId);
  const number = s('episode.title', { number: episode.number ?? 1 });
  return { title: episode.title ? `${number} · ${episode.title}` : number, parts, drawn: plots };
}
