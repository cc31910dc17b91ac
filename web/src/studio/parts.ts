import { asProblem } from '../api/problem';
import { problemText } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { button, h, type Child } from '../ui/dom';
import { icon } from '../ui/icons';
import { t } from '../i18n/i18n';
import { s } from './texts';

// A part of a studio page: a heading, its CSV where there is one, and what it shows.
export function section(
  name: string,
  title: string,
  csv: HTMLElement | null,
  ...children: Child[]
): HTMLElement {
  return h(
    'section',
    { class: `panel panel-${name}`, data: { panel: name } },
    h('div', { class: 'panel-head' }, h('h2', { text: title }), csv),
    ...children,
  );
}

// Saves a table as a file.
export function csvButton(
  app: AppContext,
  of: { kind: 'episodes' | 'series'; id: string; table: string },
  title: string,
): HTMLElement {
  const get = button(
    s('csv.label', { table: title }),
    {
      class: 'pill pill-small',
      data: { csv: of.table },
      onClick: () => {
        app.api
          .insightCsv(of.kind, of.id, of.table)
          .then((blob) => save(blob, `${of.table}.csv`))
          .catch((thrown: unknown) => app.toasts.show(problemText(asProblem(thrown))));
      },
    },
    s('csv.get'),
  );
  return get;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = h('a', { attrs: { href: url, download: name } });
  link.click();
  URL.revokeObjectURL(url);
}

export function quiet(text: string): HTMLElement {
  return h('p', { class: 'quiet', text });
}

export function figures(list: [label: string, value: string][]): HTMLElement {
  return h(
    'dl',
    { class: 'figures' },
    ...list.map(([label, value]) => h('div', {}, h('dt', { text: label }), h('dd', { text: value }))),
  );
}

export function backButton(app: AppContext): HTMLElement {
  return button(
    t('common.back'),
    { class: 'icon-button page-back', onClick: () => app.back() },
    icon('back'),
  );
}

// A bar of a share from 0 to 1 with a name and a number.
export function bar(name: string, share: number, text: string): HTMLElement {
  const fill = h('span', { class: 'bar-fill' });
  fill.style.setProperty('--share', `${(share * 100).toFixed(1)}%`);
  return h(
    'li',
    { class: 'bar' },
    h('span', { class: 'bar-name', text: name }),
    h('span', { class: 'bar-value', text }),
    h('span', { class: 'bar-track', aria: { hidden: 'true' } }, fill),
  );
}
