import { currentLocale, LOCALES, t } from '../i18n/i18n';
import { minorsCard } from '../minors/minors-card';
import { continueShelf } from '../series/continue-shelf';
import { posterSkeletons, seriesCard } from '../series/series-card';
import { openAccountSheet } from '../ui/account-sheet';
import type { AppContext } from '../ui/app-context';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { openPrivacySheet } from '../ui/privacy-sheet';
import { pathOf } from '../ui/routes';
import { fill, pageElement, type Page } from './page';

// The viewer's own: what was begun, what was saved, and the account.
export function mePage(app: AppContext): Page {
  const saved = h('div', { class: 'results' }, h('div', { class: 'posters' }, ...posterSkeletons(3)));
  void fill(saved, () => drawSaved(app, saved));
  const account = accountCard(app);
  // Who is somebody else is out of the mode: a child isn't offered that.
  const minors = minorsCard(app, (on) =>
    account.querySelector('.account-actions')?.toggleAttribute('hidden', on),
  );
  const element = pageElement(
    'me',
    h('h1', { text: t('me.title'), attrs: { tabindex: '-1' } }),
    account,
    continueShelf(app),
    h('h2', { text: t('me.saved') }),
    saved,
    app.tokens.account()?.role === 'ROLE_OPERATOR'
      ? h(
          'p',
          {},
          h('a', {
            class: 'button button-quiet',
            text: t('operations.title'),
            attrs: { href: '/operations' },
          }),
        )
      : null,
    minors,
    languageField(app),
    button(
      t('privacy.title'),
      {
        class: 'button button-quiet',
        data: { action: 'privacy' },
        onClick: () => openPrivacySheet(app),
      },
      t('privacy.title'),
    ),
  );
  return { title: t('me.title'), element };
}

async function drawSaved(app: AppContext, target: HTMLElement): Promise<void> {
  const subjects = await app.api.myReactions('REACTION_FAVOURITE');
  const ids = subjects.filter((each) => each.subject === 'SUBJECT_SERIES').map((each) => each.subjectId);
  // One that was taken down since is left out.
  const series = await Promise.all(ids.map((id) => app.api.series(id).catch(() => null)));
  const cards = series.filter((each) => each !== null).map(seriesCard);
  replace(
    target,
    cards.length > 0
      ? h('div', { class: 'posters' }, ...cards)
      : h('p', { class: 'quiet', text: t('me.saved.empty') }),
  );
}

function accountCard(app: AppContext): HTMLElement {
  const account = app.tokens.account();
  if (!account || account.guest) {
    return h(
      'section',
      { class: 'account' },
      h('span', { class: 'avatar' }, icon('user')),
      h(
        'div',
        { class: 'account-words' },
        h('strong', { text: t('me.guest') }),
        h('p', { text: t('me.guest.text') }),
      ),
      h(
        'div',
        { class: 'account-actions', attrs: { hidden: '' } },
        button(
          t('me.signUp'),
          { class: 'button', data: { action: 'sign-up' }, onClick: () => openAccountSheet(app, 'signUp') },
          t('me.signUp'),
        ),
        button(
          t('me.signIn'),
          {
            class: 'button button-quiet',
            data: { action: 'sign-in' },
            onClick: () => openAccountSheet(app, 'signIn'),
          },
          t('me.signIn'),
        ),
      ),
    );
  }
  const leave = (): void =>
    void app.events
      .flush()
      .then(() => app.api.signOut())
      .catch(() => undefined)
      .finally(() => {
        app.events.forget();
        app.restart();
      });
  return h(
    'section',
    { class: 'account' },
    h('span', {
      class: 'avatar',
      text: (account.displayName || account.email || '?').slice(0, 1).toUpperCase(),
    }),
    h(
      'div',
      { class: 'account-words' },
      h('strong', { text: account.displayName || account.email || '' }),
      h('p', { text: account.email ?? '' }),
    ),
    h(
      'div',
      { class: 'account-actions', attrs: { hidden: '' } },
      button(
        t('me.signOut'),
        { class: 'button button-quiet', data: { action: 'sign-out' }, onClick: leave },
        t('me.signOut'),
      ),
      account.role === 'ROLE_CREATOR' || account.role === 'ROLE_OPERATOR'
        ? h('a', {
            class: 'button',
            data: { action: 'studio' },
            text: t('me.studio'),
            attrs: { href: pathOf({ name: 'studio' }) },
          })
        : null,
    ),
  );
}

function languageField(app: AppContext): HTMLElement {
  const select = h('select', { attrs: { id: 'page-language' } });
  for (const [tag, { name }] of Object.entries(LOCALES)) {
    const option = h('option', { text: name, attrs: { value: tag, lang: tag } });
    option.selected = tag === currentLocale();
    select.appendChild(option);
  }
  select.addEventListener('change', () => {
    app.preferences.locale = select.value;
    app.restart();
  });
  return h(
    'div',
    { class: 'field field-row' },
    h('label', { text: t('me.language'), attrs: { for: 'page-language' } }),
    select,
  );
}
