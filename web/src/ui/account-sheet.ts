import { asProblem } from '../api/problem';
import { problemText, t } from '../i18n/i18n';
import type { TextKey } from '../i18n/en';
import type { AppContext } from './app-context';
import { button, h } from './dom';
import { openSheet } from './sheet';

export type AccountMode = 'signUp' | 'signIn';

// Whether that is to be offered. Who is somebody else is out of minors' mode: a child isn't offered that.
export function offersAccount(app: AppContext): boolean {
  return (app.tokens.account()?.guest ?? true) && !app.preferences.minors;
}

// Signing up or in. The guest of this browser keeps what it liked and watched.
export function openAccountSheet(app: AppContext, mode: AccountMode): void {
  const signUp = mode === 'signUp';
  const email = field('account.email', {
    type: 'email',
    autocomplete: 'email',
    required: '',
    maxlength: '254',
  });
  const password = field('account.password', {
    type: 'password',
    autocomplete: signUp ? 'new-password' : 'current-password',
    required: '',
    maxlength: '128',
    ...(signUp ? { minlength: '8', placeholder: t('account.password.hint') } : {}),
  });
  const name = field('account.name', { type: 'text', autocomplete: 'nickname', maxlength: '60' });
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const title = t(signUp ? 'me.signUp' : 'me.signIn');
  const submit = h('button', { class: 'button button-wide', text: title, attrs: { type: 'submit' } });
  const other = t(signUp ? 'account.toSignIn' : 'account.toSignUp');
  const form = h(
    'form',
    { class: 'form' },
    signUp ? name.element : null,
    email.element,
    password.element,
    failure,
    submit,
    button(
      other,
      {
        class: 'link',
        onClick: () => {
          sheet.close();
          openAccountSheet(app, signUp ? 'signIn' : 'signUp');
        },
      },
      other,
    ),
  );
  const sheet = openSheet(title, 'sheet-account', form);
  (signUp ? name : email).input.focus();

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    failure.textContent = '';
    submit.disabled = true;
    const entered = signUp
      ? app.api.signUp(email.input.value.trim(), password.input.value, name.input.value.trim())
      : app.api.signIn(email.input.value.trim(), password.input.value);
    entered
      .then((account) => {
        sheet.close();
        app.restart(t('account.welcome', { name: account.displayName || account.email || '' }));
      })
      .catch((thrown: unknown) => {
        submit.disabled = false;
        failure.textContent = problemText(asProblem(thrown));
      });
  });
}

let fields = 0;

function field(
  label: TextKey,
  attrs: Record<string, string>,
): { element: HTMLElement; input: HTMLInputElement } {
  const id = `field-${++fields}`;
  const input = h('input', { attrs: { id, ...attrs } });
  return {
    element: h('div', { class: 'field' }, h('label', { text: t(label), attrs: { for: id } }), input),
    input,
  };
}
