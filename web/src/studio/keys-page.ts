// API keys: made here, shown once, listed and ended.
import './keys.css';
import { currentLocale } from '../i18n/i18n';
import { fill, pageElement, type Page } from '../pages/page';
import type { AppContext } from '../ui/app-context';
import { button, h, replace } from '../ui/dom';
import { parted, scopesOf, standingOf, type ApiKey } from './api-keys';
import { openEndKeySheet, openNewKeySheet, type MadeKey } from './key-sheets';
import { backButton, quiet } from './parts';
import { s } from './texts';

export function keysPage(app: AppContext): Page {
  let left = false;
  let unsaved = false;
  const role = app.tokens.account()?.role;
  const mayMake = role === 'ROLE_CREATOR' || role === 'ROLE_OPERATOR';
  const head = h('h1', { text: s('keys.title'), attrs: { tabindex: '-1' } });
  const shown = h('div', { class: 'key-place' });
  const list = h('div', { class: 'keys' });

  const load = async (): Promise<void> => {
    const keys = await app.api.apiKeys();
    replace(list, ...drawn(keys, (key) => openEndKeySheet(app, key, redraw)));
  };
  const redraw = (): void => {
    void fill(list, load);
    // What had the focus, the key's own button, is drawn anew.
    if (!shown.hasChildNodes()) head.focus();
  };
  const show = (made: MadeKey): void => {
    void fill(list, load);
    if (left) return app.toasts.show(s('keys.lost'));
    unsaved = true;
    const panel = secretPanel(app, made, {
      copied: () => {
        unsaved = false;
      },
      stored: () => {
        unsaved = false;
        replace(shown);
        head.focus();
      },
    });
    replace(shown, panel);
    panel.querySelector('h2')?.focus();
    panel.scrollIntoView({ block: 'nearest' });
  };
  // Who closes the page before the key is copied is asked whether they mean it.
  const stay = (event: BeforeUnloadEvent): void => {
    if (unsaved) event.preventDefault();
  };
  window.addEventListener('beforeunload', stay);
  void fill(list, load);

  const make = button(
    s('keys.new'),
    {
      class: 'button',
      data: { action: 'new-key' },
      onClick: () => openNewKeySheet(app, show, () => void fill(list, load)),
    },
    s('keys.new'),
  );
  return {
    title: s('keys.title'),
    element: pageElement(
      'keys',
      backButton(app),
      head,
      quiet(s('keys.text')),
      mayMake ? h('p', {}, make) : quiet(s('keys.forCreators')),
      shown,
      list,
    ),
    leave: () => {
      left = true;
      if (unsaved) app.toasts.show(s('keys.lost'));
      window.removeEventListener('beforeunload', stay);
      replace(shown);
    },
  };
}

// The only time that the key itself is on the screen. It stays until its owner says so: nothing beside it, and no Escape, takes it away.
function secretPanel(
  app: AppContext,
  made: MadeKey,
  told: { copied: () => void; stored: () => void },
): HTMLElement {
  const secret = h('code', {
    class: 'key-secret',
    text: made.key,
    attrs: { tabindex: '0', role: 'textbox', translate: 'no' },
    aria: { readonly: 'true', label: s('keys.shown.label') },
  });
  const copy = button(
    s('keys.copy'),
    {
      class: 'button',
      data: { action: 'copy-key' },
      onClick: () => {
        copyText(made.key)
          .then(() => {
            told.copied();
            copy.textContent = s('keys.copied');
            app.toasts.show(s('keys.copied'));
          })
          .catch(() => {
            getSelection()?.selectAllChildren(secret);
            app.toasts.show(s('keys.copy.failed'));
          });
      },
    },
    s('keys.copy'),
  );
  const stored = button(
    s('keys.stored'),
    { class: 'button button-quiet', data: { action: 'stored-key' }, onClick: told.stored },
    s('keys.stored'),
  );
  return h(
    'section',
    {
      class: 'panel key-shown',
      data: { panel: 'key' },
      aria: { labelledby: 'key-shown', describedby: 'key-warning' },
    },
    h('h2', {
      text: s('keys.shown', { name: made.apiKey.name }),
      attrs: { id: 'key-shown', tabindex: '-1' },
    }),
    h('p', { class: 'key-warning', text: s('keys.shown.warning'), attrs: { id: 'key-warning' } }),
    secret,
    h('div', { class: 'key-actions' }, copy, stored),
  );
}

// Fails where the browser has no clipboard for this page: without HTTPS, or refused.
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

function drawn(keys: ApiKey[], end: (key: ApiKey) => void): HTMLElement[] {
  const { live, over } = parted(keys, Date.now());
  const rows = (some: ApiKey[]): HTMLElement =>
    h('ol', { class: 'key-list' }, ...some.map((key) => keyRow(key, end)));
  const out = live.length > 0 ? [rows(live)] : [quiet(s('keys.none'))];
  if (over.length > 0) out.push(h('h2', { text: s('keys.over') }), quiet(s('keys.over.text')), rows(over));
  return out;
}

function keyRow(key: ApiKey, end: (key: ApiKey) => void): HTMLElement {
  const standing = standingOf(key, Date.now());
  const usable = standing === 'live' || standing === 'soon';
  const row = h(
    'li',
    { class: 'panel key', data: { keyId: key.apiKeyId, standing } },
    h(
      'div',
      { class: 'panel-head' },
      h('h3', { text: key.name }),
      h('span', { class: `chip key-chip-${standing}`, text: s(`keys.${standing}`) }),
    ),
    h('code', { class: 'key-prefix', text: `${key.prefix ?? ''}…`, attrs: { translate: 'no' } }),
    h(
      'p',
      { class: 'chips', aria: { label: s('keys.scopes') } },
      ...scopesOf(key).map((scope) => h('span', { class: 'chip', text: s(`keys.${scope}`) })),
    ),
    key.madeByOperator ? quiet(s('keys.madeByOperator')) : null,
    h(
      'dl',
      { class: 'key-times' },
      ...time(s('keys.lastUse'), key.lastUseTime ? moment(key.lastUseTime) : s('keys.never')),
      ...(key.revokeTime
        ? time(s('keys.endedOn'), moment(key.revokeTime))
        : time(s(usable ? 'keys.expires' : 'keys.expiredOn'), moment(key.expireTime))),
      ...(key.createTime ? time(s('keys.created'), moment(key.createTime)) : []),
    ),
  );
  if (usable)
    row.append(
      button(
        s('keys.end.label', { name: key.name }),
        { class: 'button button-quiet key-end', data: { action: 'end' }, onClick: () => end(key) },
        s('keys.end'),
      ),
    );
  return row;
}

function time(name: string, value: string): HTMLElement[] {
  return [h('div', {}, h('dt', { text: name }), h('dd', { text: value }))];
}

// In the viewer's own time.
function moment(time: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(time),
  );
}
