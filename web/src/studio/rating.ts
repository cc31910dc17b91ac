import { asProblem } from '../api/problem';
import type { Series } from '../api/types';
import { problemText } from '../i18n/i18n';
import type { AppContext } from '../ui/app-context';
import { h } from '../ui/dom';
import { quiet, section } from './parts';
import { s } from './texts';

const MOST_RATING = 18;

// "16+", in a list.
export function ratingText(rating: number | undefined): string {
  return rating === undefined ? s('rating.none') : s('rating.short', { age: rating });
}

// From which age on a series is meant to be seen: what is chosen holds at once, and goes back if it can't.
export function ratingPart(app: AppContext, series: Series): HTMLElement {
  const select = h('select', { attrs: { id: 'age-rating' } });
  const choices = [
    ['', s('rating.none')],
    ...Array.from({ length: MOST_RATING + 1 }, (_, age) => [
      String(age),
      age === 0 ? s('rating.all') : s('rating.age', { age }),
    ]),
  ];
  for (const [value = '', text = ''] of choices) select.appendChild(h('option', { text, attrs: { value } }));
  let saved = series.ageRating === undefined ? '' : String(series.ageRating);
  select.value = saved;
  select.addEventListener('change', () => {
    const wanted = select.value;
    select.disabled = true;
    app.api
      .rateSeries(series.seriesId, wanted === '' ? null : Number(wanted))
      .then(() => {
        saved = wanted;
        app.toasts.show(s('rating.saved'));
      })
      .catch((thrown: unknown) => {
        select.value = saved;
        app.toasts.show(problemText(asProblem(thrown)));
      })
      .finally(() => {
        select.disabled = false;
      });
  });
  return section(
    'rating',
    s('rating.title'),
    null,
    quiet(s('rating.text')),
    h(
      'div',
      { class: 'field field-row' },
      h('label', { text: s('rating.label'), attrs: { for: select.id } }),
      select,
    ),
  );
}
