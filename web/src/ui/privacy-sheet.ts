import { asProblem } from '../api/problem';
import type { ConsentDecision, ConsentPurpose } from '../api/types';
import { problemText, t } from '../i18n/i18n';
import type { AppContext } from './app-context';
import { exportDocument, POLICY_VERSION, PURPOSES, toBeAsked } from './consents';
import { button, h, replace } from './dom';
import { openSheet } from './sheet';

// What the viewer allows, what is kept of them, and how to be forgotten.
export function openPrivacySheet(app: AppContext): void {
  const choices = h('div', { class: 'form' }, h('p', { class: 'quiet', text: t('common.loading') }));
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const say = (thrown: unknown): void => {
    failure.textContent = problemText(asProblem(thrown));
  };
  const download = button(
    t('privacy.export'),
    {
      class: 'button button-quiet button-wide',
      data: { action: 'export' },
      onClick: () => {
        failure.textContent = '';
        download.disabled = true;
        exportTo(app)
          .catch(say)
          .finally(() => {
            download.disabled = false;
          });
      },
    },
    t('privacy.export'),
  );
  const erase = button(
    t('privacy.erase'),
    {
      class: 'button button-danger button-wide',
      data: { action: 'erase' },
      onClick: () => {
        sheet.close();
        openEraseSheet(app);
      },
    },
    t('privacy.erase'),
  );
  // Without the mode's own data nothing would be left of it.
  const last = app.preferences.minors ? h('p', { class: 'quiet', text: t('minors.account') }) : erase;
  const sheet = openSheet(t('privacy.title'), 'sheet-privacy', choices, failure, download, last);
  app.api
    .consents()
    .then((consents) => {
      const granted = new Map(consents.map((each) => [each.purpose, each.granted]));
      replace(
        choices,
        ...PURPOSES.map((purpose) => choice(app, purpose, granted.get(purpose) ?? false, say)),
      );
    })
    .catch((thrown: unknown) => {
      replace(choices);
      say(thrown);
    });
}

// A switch that takes effect at once, and goes back if it can't.
function choice(
  app: AppContext,
  purpose: ConsentPurpose,
  granted: boolean,
  say: (thrown: unknown) => void,
): HTMLElement {
  const id = `choice-${purpose}`;
  const box = h('input', { class: 'switch', attrs: { type: 'checkbox', role: 'switch', id } });
  box.checked = granted;
  box.addEventListener('change', () => {
    box.disabled = true;
    app.api
      .setConsents([{ purpose, granted: box.checked }], POLICY_VERSION)
      .then(() => app.toasts.show(t('privacy.saved')))
      .catch((thrown: unknown) => {
        box.checked = !box.checked;
        say(thrown);
      })
      .finally(() => {
        box.disabled = false;
      });
  });
  return h(
    'div',
    { class: 'choice' },
    h(
      'label',
      { attrs: { for: id } },
      h('strong', { text: t(`privacy.${purpose}`) }),
      h('span', { text: t(`privacy.${purpose}.text`) }),
    ),
    box,
  );
}

async function exportTo(app: AppContext): Promise<void> {
  const records = await app.api.exportMe();
  const json = exportDocument(records, new Date().toISOString());
  const url = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  h('a', { attrs: { href: url, download: 'cliffhanger-export.json' } }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// The account's password, or for a guest the tap itself, confirms.
function openEraseSheet(app: AppContext): void {
  const guest = app.tokens.account()?.guest ?? true;
  const password = h('input', {
    attrs: { id: 'erase-password', type: 'password', autocomplete: 'current-password', maxlength: '128' },
  });
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const submit = h('button', {
    class: 'button button-danger button-wide',
    text: t('privacy.erase.sure'),
    attrs: { type: 'submit' },
  });
  const form = h(
    'form',
    { class: 'form' },
    h('p', { text: t(guest ? 'privacy.erase.guest' : 'privacy.erase.text') }),
    guest
      ? null
      : h(
          'div',
          { class: 'field' },
          h('label', { text: t('account.password'), attrs: { for: 'erase-password' } }),
          password,
        ),
    failure,
    submit,
  );
  const sheet = openSheet(t('privacy.erase'), 'sheet-privacy', form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    failure.textContent = '';
    submit.disabled = true;
    app.api
      .eraseMe(password.value)
      .then(() => {
        sheet.close();
        app.restart(t('privacy.erased'));
      })
      .catch((thrown: unknown) => {
        submit.disabled = false;
        failure.textContent = problemText(asProblem(thrown));
      });
  });
}

// Asks once, where the house wants to be allowed first: refusing is as easy as allowing, and nothing is covered until then.
export async function askForConsent(app: AppContext, root: HTMLElement): Promise<void> {
  const purposes = toBeAsked(await app.api.consents().catch(() => []));
  if (purposes.length === 0) return;
  const answer = (granted: boolean): void => {
    const decisions: ConsentDecision[] = purposes.map((purpose) => ({ purpose, granted }));
    bar.remove();
    // Asked again at the next start if it could not be kept.
    app.api.setConsents(decisions, POLICY_VERSION).catch(() => undefined);
  };
  const choose = (granted: boolean, label: string): HTMLElement =>
    button(
      label,
      { class: 'button', data: { consent: String(granted) }, onClick: () => answer(granted) },
      label,
    );
  const bar = h(
    'section',
    { class: 'consent-bar', aria: { label: t('privacy.title') } },
    h('p', { text: t('privacy.ask') }),
    h(
      'div',
      { class: 'consent-actions' },
      choose(false, t('privacy.refuse')),
      choose(true, t('privacy.allow')),
      button(
        t('privacy.choose'),
        {
          class: 'link',
          onClick: () => {
            bar.remove();
            openPrivacySheet(app);
          },
        },
        t('privacy.choose'),
      ),
    ),
  );
  root.appendChild(bar);
}
