import { button, h } from './dom';
import { icon, type IconName } from './icons';

export interface NoticeAction {
  label: string;
  run: () => void;
  quiet?: boolean;
}

export interface Notice {
  icon: IconName;
  title: string;
  text: string;
  // Shown as something to type.
  command?: string;
  actions: NoticeAction[];
}

// An honest word in the middle of the screen: what is the matter and what one can do.
export function noticeElement(notice: Notice): HTMLElement {
  const actions = notice.actions.map((action) =>
    button(
      action.label,
      { class: action.quiet ? 'button button-quiet' : 'button', onClick: action.run },
      action.label,
    ),
  );
  return h(
    'div',
    { class: 'notice' },
    h('span', { class: 'notice-icon' }, icon(notice.icon)),
    h('h2', { text: notice.title }),
    h('p', { text: notice.text }),
    notice.command ? h('code', { text: notice.command }) : null,
    actions.length > 0 ? h('div', { class: 'notice-actions' }, ...actions) : null,
  );
}
