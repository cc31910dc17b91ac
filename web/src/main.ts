import './styles/main.css';
import { ApiClient, tokenCalls } from './api/client';
import { makeSend } from './api/http';
import { asProblem } from './api/problem';
import { tabLock, TokenKeeper } from './api/token-keeper';
import { browserFacts, deviceOf, randomUuid } from './events/device';
import { EventQueue } from './events/event-queue';
import { Reactions } from './feed/reactions';
import { languageTag, pickLocale, problemText, setLocale, t } from './i18n/i18n';
import { StartPacks } from './packs/start-packs';
import { hlsSupported, measuredBandwidth } from './player/hls-stream';
import type { Diagnostics } from './player/diagnostics';
import { EpisodeLists } from './series/episode-list';
import type { AppContext } from './ui/app-context';
import { Preferences, safeStore } from './ui/preferences';
import { askForConsent } from './ui/privacy-sheet';
import { parseRoute, pathOf, type Route } from './ui/routes';
import { Shell } from './ui/shell';
import { Toasts } from './ui/toast';

declare global {
  interface Window {
    __cliffhanger: Diagnostics;
  }
}

// Wires everything and shows what the address says.
function start(root: HTMLElement): void {
  const store = safeStore();
  const preferences = new Preferences(store);
  const languages = (navigator.languages.length > 0 ? navigator.languages : [navigator.language]).map(
    languageTag,
  );
  const toasts = new Toasts();
  const send = makeSend({
    fetch: (...all) => fetch(...all),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  const tokens = new TokenKeeper({
    store,
    calls: tokenCalls(send, () => languages[0] ?? 'en'),
    now: () => Date.now(),
    exclusive: tabLock(navigator.locks),
    onSignedOut: () => toasts.show(t('me.signedOut')),
  });
  const api = new ApiClient(send, tokens);
  window.__cliffhanger = { errors: [], warnings: [] };

  let shell: Shell | null = null;
  const app: AppContext = {
    api,
    tokens,
    preferences,
    toasts,
    languages,
    diagnostics: window.__cliffhanger,
    reactions: new Reactions(api, (thrown) => toasts.show(problemText(asProblem(thrown)))),
    lists: new EpisodeLists(api),
    packs: new StartPacks({
      fetchPack: (wish) => api.startPack(wish),
      wanted: hlsSupported,
      bandwidth: measuredBandwidth,
      shortSide: () => Math.min(root.clientWidth, root.clientHeight) * devicePixelRatio,
      absolute: (url) => new URL(url, location.href).href,
      now: () => performance.now(),
    }),
    events: new EventQueue({
      store,
      send: (batch, leaving) => api.recordEvents(batch, leaving),
      device: () => deviceOf(browserFacts(languages)),
      now: () => Date.now(),
      uuid: randomUuid,
    }),
    go: (route) => navigate(route),
    back: () => (history.state?.inside ? history.back() : navigate({ name: 'feed' })),
    restart: (greeting) => restart(greeting),
  };
  const navigate = (route: Route): void => {
    history.pushState({ inside: true }, '', pathOf(route));
    shell?.show();
  };
  // Only reloading leaves nothing of the former viewer or language behind; the greeting is shown after it.
  const restart = (greeting = ''): void => {
    history.replaceState({ ...history.state, greeting }, '');
    location.reload();
  };

  const locale = preferences.locale || pickLocale(languages);
  setLocale(locale);
  document.documentElement.lang = locale;
  shell = new Shell(app);
  root.replaceChildren(shell.element, toasts.element);
  // After the deck's own listeners, which add what there is still to tell.
  window.addEventListener('pagehide', () => app.events.leave());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') app.events.leave();
  });
  window.addEventListener('online', () => app.events.online());
  window.addEventListener('popstate', () => shell.show());
  document.addEventListener('click', (event) => followLink(event, navigate));
  document.addEventListener('keydown', (event) => {
    if (!event.defaultPrevented && !typing(event) && shell.key(event)) event.preventDefault();
  });
  shell.show();
  void askForConsent(app, root);
  if (history.state?.greeting) {
    toasts.show(String(history.state.greeting));
    history.replaceState({ ...history.state, greeting: '' }, '');
  }
}

// Links inside the page don't load it anew.
function followLink(event: MouseEvent, navigate: (route: Route) => void): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin) return;
  event.preventDefault();
  navigate(parseRoute(link.pathname, link.search));
}

// Keys that belong to the control that has the focus, or to an open dialog.
function typing(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return false;
  if (document.querySelector('dialog[open]')) return true;
  if (target.closest('input, select, textarea')) {
    const slider = target instanceof HTMLInputElement && target.type === 'range';
    return !slider || !['m', 'c', 'l', 'j', 'k', ' ', 'ArrowUp', 'ArrowDown'].includes(event.key);
  }
  return event.key === ' ' && target.closest('button, a') !== null;
}

start(document.getElementById('app')!);
