import { t } from '../i18n/i18n';
import { button, h, type Child } from './dom';
import { icon } from './icons';

export interface Sheet {
  element: HTMLDialogElement;
  close(): void;
}

// A panel that slides up over the page: a modal dialog, so the browser keeps the focus inside, closes it on
// Escape and gives the focus back. A tap beside it closes it too.
export function openSheet(title: string, className: string, ...content: Child[]): Sheet {
  const dialog = h('dialog', { class: `sheet ${className}`, aria: { label: title } });
  const close = (): void => dialog.close();
  const head = h(
    'div',
    { class: 'sheet-head' },
    h('h2', { text: title }),
    button(t('common.close'), { class: 'icon-button', onClick: close }, icon('close')),
  );
  dialog.appendChild(h('div', { class: 'sheet-body' }, head, ...content));
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.appendChild(dialog);
  dialog.showModal();
  return { element: dialog, close };
}
