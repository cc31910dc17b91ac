import { asProblem, type Problem } from '../api/problem';
import { problemText } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { button, h } from '../ui/dom';
import { openSheet } from '../ui/sheet';
import {
  EXPIRY_DAYS,
  LONGEST_NAME,
  mayHaveMade,
  SCOPES,
  USUAL_DAYS,
  type ApiKey,
  type ApiKeyScope,
} from './api-keys';
import { s } from './texts';

export interface MadeKey {
  apiKey: ApiKey;
  key: string;
}

// Asks what the key is for and makes it. `unsure`: a key may be there that nobody saw.
export function openNewKeySheet(app: AppContext, made: (key: MadeKey) => void, unsure: () => void): void {
  const name = h('input', {
    attrs: {
      id: 'key-name',
      type: 'text',
      required: '',
      maxlength: String(LONGEST_NAME),
      autocomplete: 'off',
      placeholder: s('keys.name.hint'),
    },
  });
  const scopes = scopeFields();
  const days = h('select', { attrs: { id: 'key-days' } });
  for (const count of EXPIRY_DAYS) {
    const option = h('option', { text: s('keys.days.some', { count }), attrs: { value: String(count) } });
    option.selected = count === USUAL_DAYS;
    days.appendChild(option);
  }
  const password = h('input', {
    attrs: {
      id: 'key-password',
      type: 'password',
      autocomplete: 'current-password',
      required: '',
      maxlength: '128',
    },
  });
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const submit = h('button', {
    class: 'button button-wide',
    text: s('keys.make'),
    attrs: { type: 'submit' },
  });
  const form = h(
    'form',
    { class: 'form' },
    field(s('keys.name'), name),
    scopes.element,
    field(s('keys.days'), days),
    field(s('keys.password'), password),
    failure,
    submit,
  );
  const sheet = openSheet(s('keys.new'), 'sheet-key', form);
  name.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    failure.textContent = '';
    if (!scopes.check()) return;
    submit.disabled = true;
    app.api
      .createApiKey({
        name: name.value.trim(),
        scopes: scopes.chosen(),
        days: Number(days.value),
        password: password.value,
      })
      .then((key) => {
        sheet.close();
        made(key);
      })
      .catch((thrown: unknown) => {
        const problem = asProblem(thrown);
        failure.textContent = mayHaveMade(problem) ? s('keys.unsure') : keyProblemText(problem);
        if (mayHaveMade(problem)) unsure();
      })
      .finally(() => {
        submit.disabled = false;
      });
  });
}

// Asks whether that is meant, and ends the key.
export function openEndKeySheet(app: AppContext, key: ApiKey, ended: () => void): void {
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const sure = button(
    s('keys.end.sure'),
    {
      class: 'button button-danger button-wide',
      data: { action: 'end-key' },
      onClick: () => {
        failure.textContent = '';
        sure.disabled = true;
        app.api
          .endApiKey(key.apiKeyId)
          .then(() => {
            sheet.close();
            app.toasts.show(s('keys.end.done'));
            ended();
          })
          .catch((thrown: unknown) => {
            failure.textContent = keyProblemText(asProblem(thrown));
          })
          .finally(() => {
            sure.disabled = false;
          });
      },
    },
    s('keys.end.sure'),
  );
  const keep = button(
    s('keys.keep'),
    { class: 'button button-quiet button-wide', onClick: () => sheet.close() },
    s('keys.keep'),
  );
  const sheet = openSheet(
    s('keys.end.title'),
    'sheet-key',
    h(
      'div',
      { class: 'form' },
      h('p', { text: s('keys.end.text', { name: key.name }) }),
      failure,
      sure,
      keep,
    ),
  );
  // Return on an open dialog ends nothing.
  keep.focus();
}

function keyProblemText(problem: Problem): string {
  if (problem.code === 'WRONG_CREDENTIALS') return s('keys.password.wrong');
  if (problem.code === 'TOO_MANY_API_KEYS') return s('keys.tooMany');
  if (problem.code === 'API_KEY_NOT_FOUND') return s('keys.gone');
  if (problem.code === 'NOT_A_CREATOR' || problem.code === 'ROLE_TOO_LOW') return s('keys.forCreators');
  return problemText(problem);
}

// What it may do; check() says there where nothing is chosen.
function scopeFields(): { element: HTMLElement; chosen: () => ApiKeyScope[]; check: () => boolean } {
  const failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  const boxes = SCOPES.map((scope) => {
    const box = h('input', {
      class: 'switch',
      attrs: { type: 'checkbox', id: `key-${scope}`, value: scope },
      aria: { describedby: `key-${scope}-text` },
    });
    return { scope, box };
  });
  const rows = boxes.map(({ scope, box }) =>
    h(
      'div',
      { class: 'key-scope' },
      box,
      h(
        'div',
        {},
        h('label', { text: s(`keys.${scope}`), attrs: { for: box.id } }),
        h('p', { class: 'quiet', text: s(`keys.${scope}.text`), attrs: { id: `key-${scope}-text` } }),
      ),
    ),
  );
  return {
    element: h(
      'fieldset',
      { class: 'key-scopes' },
      h('legend', { text: s('keys.scopes') }),
      ...rows,
      failure,
    ),
    chosen: () => boxes.filter(({ box }) => box.checked).map(({ scope }) => scope),
    check: () => {
      const some = boxes.some(({ box }) => box.checked);
      failure.textContent = some ? '' : s('keys.scopes.none');
      if (!some) boxes[0]?.box.focus();
      return some;
    },
  };
}

function field(label: string, input: HTMLElement): HTMLElement {
  return h('div', { class: 'field' }, h('label', { text: label, attrs: { for: input.id } }), input);
}
