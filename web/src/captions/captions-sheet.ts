import { languageName, t } from '../i18n/i18n';
import { button, h } from '../ui/dom';
import { icon } from '../ui/icons';
import { openSheet } from '../ui/sheet';
import type { CaptionTrack } from './choice';

// Lets the viewer choose captions. `onChoose` gets a language, or 'off'.
export function openCaptionsSheet(
  tracks: readonly CaptionTrack[],
  chosen: number,
  onChoose: (preference: string) => void,
): void {
  if (tracks.length === 0) {
    openSheet(
      t('captions.title'),
      'sheet-captions',
      h('p', { class: 'sheet-text', text: t('captions.none') }),
    );
    return;
  }
  const list = h('div', {
    class: 'choices',
    attrs: { role: 'radiogroup' },
    aria: { label: t('captions.title') },
  });
  const sheet = openSheet(t('captions.title'), 'sheet-captions', list);
  const add = (label: string, preference: string, on: boolean): void => {
    const choose = (): void => {
      onChoose(preference);
      sheet.close();
    };
    list.appendChild(
      button(
        label,
        {
          class: 'choice',
          attrs: { role: 'radio' },
          aria: { checked: String(on) },
          onClick: choose,
        },
        h('span', { text: label }),
        on ? icon('check') : null,
      ),
    );
  };
  add(t('captions.off'), 'off', chosen < 0);
  tracks.forEach((track, index) => {
    add(
      track.language ? languageName(track.language, track.label) : track.label,
      track.language || 'auto',
      index === chosen,
    );
  });
  list.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
}
