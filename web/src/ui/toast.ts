import { h } from './dom';

const SHOWN_MS = 3200;

// Short messages at the foot of the page, spoken by screen readers too.
export class Toasts {
  readonly element = h('div', { class: 'toasts', attrs: { role: 'status' }, aria: { live: 'polite' } });

  show(text: string): void {
    const toast = h('div', { class: 'toast', text });
    this.element.replaceChildren(toast);
    setTimeout(() => toast.remove(), SHOWN_MS);
  }
}
