import { asProblem } from '../api/problem';
import type { MinorsMode } from '../api/types';
import { problemText, t } from '../i18n/i18n';
import type { TextKey } from '../i18n/en';
import type { AppContext } from '../ui/app-context';
import { h } from '../ui/dom';
import { openSheet } from '../ui/sheet';
import { minuteChoices } from './daily-time';

// A child is in the mode up to this age; nothing is left out from 18 on.
const MOST_RATING = 17;
const USUAL_RATING = 12;

// Switches minors' mode on with a new PIN of the guardian's, or changes it with the one that there is.
export function openMinorsSheet(app: AppContext, mode: MinorsMode): void {
  const on = mode.enabled === true;
  const rating = select(
    'minors-rating',
    Array.from({ length: MOST_RATING + 1 }, (_, age) => [age, t('minors.age', { age })]),
    on ? (mode.greatestRating ?? 0) : USUAL_RATING,
  );
  const minutes = select(
    'minors-minutes',
    minuteChoices(mode.dailyMinutes ?? 0).map((count) => [
      count,
      count === 0 ? t('minors.minutes.any') : t('minors.minutes.some', { count }),
    ]),
    mode.dailyMinutes ?? 0,
  );
  const pin = pinInput('minors-pin', !on);
  const again = pinInput('minors-pin-again', !on);
  const password = h('input', {
    attrs: {
      id: 'minors-password',
      type: 'password',
      autocomplete: 'current-password',
      maxlength: '128',
      required: '',
    },
  });
  const asksPassword = !on && !(app.tokens.account()?.guest ?? true);
  const form = new Form(t(on ? 'minors.save' : 'minors.switchOn'), [
    h('p', { class: 'quiet', text: t(on ? 'minors.change.text' : 'minors.text') }),
    field('minors.rating', rating),
    h('p', { class: 'quiet', text: t('minors.unrated') }),
    field('minors.minutes', minutes),
    field(on ? 'minors.pin' : 'minors.pin.new', pin),
    on ? null : field('minors.pin.again', again),
    asksPassword ? field('minors.password', password) : null,
  ]);
  const sheet = openSheet(t('minors.title'), 'sheet-minors', form.element);
  form.onSubmit(async () => {
    if (!on && pin.value !== again.value) return form.fail(t('minors.pin.differ'));
    await app.api.setMinorsMode({
      pin: pin.value,
      ...(asksPassword ? { password: password.value } : {}),
      greatestRating: Number(rating.value),
      dailyMinutes: Number(minutes.value),
      timeZone: (on && mode.timeZone) || deviceTimeZone(),
    });
    sheet.close();
    app.preferences.minors = true;
    app.restart(t(on ? 'minors.changed' : 'minors.switchedOn'));
  });
}

// Switches it off with the PIN.
export function openMinorsEndSheet(app: AppContext): void {
  const pin = pinInput('minors-pin', false);
  const form = new Form(t('minors.switchOff'), [
    field('minors.pin', pin),
    h('p', { class: 'quiet', text: t('minors.forgot') }),
  ]);
  const sheet = openSheet(t('minors.switchOff'), 'sheet-minors', form.element);
  pin.focus();
  form.onSubmit(async () => {
    await app.api.endMinorsMode(pin.value);
    sheet.close();
    app.preferences.minors = false;
    app.restart(t('minors.switchedOff'));
  });
}

// A form that says what fails.
class Form {
  readonly element: HTMLFormElement;
  private readonly failure = h('p', { class: 'form-error', attrs: { role: 'alert' } });
  private readonly submit: HTMLButtonElement;

  constructor(action: string, fields: (HTMLElement | null)[]) {
    this.submit = h('button', { class: 'button button-wide', text: action, attrs: { type: 'submit' } });
    this.element = h('form', { class: 'form' }, ...fields, this.failure, this.submit);
  }

  fail(text: string): void {
    this.failure.textContent = text;
  }

  onSubmit(work: () => Promise<void>): void {
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.fail('');
      this.submit.disabled = true;
      work()
        .catch((thrown: unknown) => {
          const problem = asProblem(thrown);
          this.fail(problem.code === 'WRONG_CREDENTIALS' ? t('minors.password.wrong') : problemText(problem));
        })
        .finally(() => {
          this.submit.disabled = false;
        });
    });
  }
}

function pinInput(id: string, fresh: boolean): HTMLInputElement {
  return h('input', {
    attrs: {
      id,
      type: 'password',
      inputmode: 'numeric',
      // A browser that remembers the PIN would give it to the child.
      autocomplete: fresh ? 'new-password' : 'off',
      minlength: fresh ? '4' : '1',
      maxlength: '32',
      required: '',
    },
  });
}

function select(id: string, options: [number, string][], chosen: number): HTMLSelectElement {
  const element = h('select', { attrs: { id } });
  for (const [value, text] of options) {
    const option = h('option', { text, attrs: { value: String(value) } });
    option.selected = value === chosen;
    element.appendChild(option);
  }
  return element;
}

function field(label: TextKey, input: HTMLElement): HTMLElement {
  return h('div', { class: 'field' }, h('label', { text: t(label), attrs: { for: input.id } }), input);
}

function deviceTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
