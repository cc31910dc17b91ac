import { asProblem } from '../api/problem';
import { problemText, t } from '../i18n/i18n';
import { h, replace } from '../ui/dom';
import { noticeElement } from '../ui/notice';
import { refusalNotice } from '../ui/refusal';

// A page that is not the deck. `element` is shown until leave() is called.
export interface Page {
  title: string;
  element: HTMLElement;
  leave?(): void;
}

// Fills `target` by `load`; a failure is told there, with a button that tries again.
export async function fill(target: HTMLElement, load: () => Promise<void>): Promise<void> {
  target.setAttribute('aria-busy', 'true');
  try {
    await load();
  } catch (thrown) {
    const problem = asProblem(thrown);
    const again = { label: t('common.retry'), run: () => void fill(target, load) };
    const failed = { icon: 'alert' as const, title: t('common.failed'), actions: [again] };
    const notice = refusalNotice(problem) ?? { ...failed, text: problemText(problem) };
    replace(target, noticeElement(notice));
    target.firstElementChild?.setAttribute('role', 'alert');
  }
  target.setAttribute('aria-busy', 'false');
}

// A page whose code is fetched when it is wanted: viewers don't carry what is for the people behind the scenes.
export function latePage(title: string, load: () => Promise<Page>): Page {
  const element = h('div', { class: 'late-page' });
  let page: Page | null = null;
  let left = false;
  void fill(element, async () => {
    page = await load();
    if (left) return page.leave?.();
    replace(element, page.element);
    document.title = `${page.title} · ${t('app.name')}`;
  });
  const leave = (): void => {
    left = true;
    page?.leave?.();
  };
  return { title, element, leave };
}

export function pageElement(name: string, ...children: (Node | null)[]): HTMLElement {
  return h('div', { class: `page page-${name}`, data: { page: name } }, ...children);
}
