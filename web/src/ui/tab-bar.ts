import { t } from '../i18n/i18n';
import type { TextKey } from '../i18n/en';
import { h } from './dom';
import { icon, type IconName } from './icons';
import { pathOf, type Route } from './routes';

const TABS: { route: Route; label: TextKey; icon: IconName }[] = [
  { route: { name: 'feed' }, label: 'nav.feed', icon: 'home' },
  { route: { name: 'search', query: '' }, label: 'nav.search', icon: 'search' },
  { route: { name: 'me' }, label: 'nav.me', icon: 'bookmark' },
];

// The tabs at the foot of the page.
export function tabBar(): { element: HTMLElement; show(route: Route): void } {
  const links = TABS.map((tab) =>
    h(
      'a',
      { class: 'tab', data: { tab: tab.route.name }, attrs: { href: pathOf(tab.route) } },
      icon(tab.icon),
      h('span', { text: t(tab.label) }),
    ),
  );
  return {
    element: h('nav', { class: 'tabs', aria: { label: t('nav.label') } }, ...links),
    show(route) {
      links.forEach((link, index) => {
        if (TABS[index]?.route.name === route.name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      });
    },
  };
}
