import type { DailyTime, MinorsMode } from '../api/types';
import { t, timeOfDay } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { minutesAllowed, minutesLeft } from './daily-time';
import { openMinorsEndSheet, openMinorsSheet } from './minors-sheet';

// Minors' mode on the viewer's own page: how to switch it on, or what holds and how much of the day is left.
// `known` hears whether it is on, once the server has said so; if it can't be asked, as it was last.
export function minorsCard(app: AppContext, known: (on: boolean) => void): HTMLElement {
  const card = h('section', { class: 'minors', data: { minors: 'unknown' } });
  const load = async (): Promise<void> => {
    // The mode is known without it too.
    const day = app.api.dailyTime().catch(() => null);
    const mode = await app.api.minorsMode();
    app.preferences.minors = mode.enabled === true;
    const shown = mode.enabled ? modeOn(app, mode, await day) : [modeOff(app)];
    card.dataset['minors'] = mode.enabled ? 'on' : 'off';
    replace(card, ...shown);
  };
  void load()
    .catch(() => replace(card, app.preferences.minors ? headOf(t('minors.on')) : null))
    .finally(() => known(app.preferences.minors));
  return card;
}

function modeOff(app: AppContext): HTMLElement {
  return button(
    t('minors.title'),
    {
      class: 'button button-quiet button-wide',
      data: { action: 'minors' },
      onClick: () => openMinorsSheet(app, {}),
    },
    t('minors.title'),
  );
}

function modeOn(app: AppContext, mode: MinorsMode, day: DailyTime | null): HTMLElement[] {
  return [
    headOf(t('minors.on')),
    h('p', { text: t('minors.upTo', { age: mode.greatestRating ?? 0 }) }),
    ...timeOf(mode, day),
    h('p', { class: 'quiet', text: t('minors.account') }),
    h(
      'div',
      { class: 'account-actions' },
      button(
        t('minors.change'),
        {
          class: 'button button-quiet',
          data: { action: 'minors' },
          onClick: () => openMinorsSheet(app, mode),
        },
        t('minors.change'),
      ),
      button(
        t('minors.switchOff'),
        {
          class: 'button button-quiet',
          data: { action: 'minors-end' },
          onClick: () => openMinorsEndSheet(app),
        },
        t('minors.switchOff'),
      ),
    ),
  ];
}

function headOf(text: string): HTMLElement {
  return h('div', { class: 'minors-head' }, icon('lock'), h('h2', { text }));
}

function timeOf(mode: MinorsMode, day: DailyTime | null): HTMLElement[] {
  if (!day) {
    // playback hears of a new limit a moment after accounts, or can't be asked.
    const text = mode.dailyMinutes
      ? t('minors.minutes.aDay', { count: mode.dailyMinutes })
      : t('minors.noLimit');
    return [h('p', { text })];
  }
  const [left, allowed] = [minutesLeft(day), minutesAllowed(day)];
  const meter = h('meter', {
    attrs: { min: '0', max: String(allowed), value: String(left) },
    aria: { label: t('minors.left', { count: left, allowed }) },
  });
  const text =
    left > 0
      ? t('minors.left', { count: left, allowed })
      : t('minors.usedUp', { time: timeOfDay(day.resetTime ?? '') });
  return [h('p', { class: 'minors-left', text, data: { left: String(left) } }), meter];
}
