import { afterEach, expect, it } from 'vitest';
import { LOCALES, setLocale } from '../i18n/i18n';
import { named, percent, s, STUDIO_TEXTS, wait } from './texts';

afterEach(() => setLocale('en'));

it('has the creators’ texts in every language of the page, with the same parameters', () => {
  expect(Object.keys(STUDIO_TEXTS).sort()).toEqual(Object.keys(LOCALES).sort());
  const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();
  const english = STUDIO_TEXTS['en']!;
  for (const texts of Object.values(STUDIO_TEXTS)) {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      expect(holes(text), key).toEqual(holes(english[key as keyof typeof english]));
    }
  }
});

it('writes numbers and names as the language does', () => {
  expect([percent(0.123), percent(0.0123), percent(0)]).toEqual(['12%', '1.2%', '0%']);
  expect([wait(0), wait(40), wait(300), wait(7300), wait(200_000)]).toEqual([
    '0 sec',
    '40 sec',
    '5 min',
    '2 hr',
    '2 days',
  ]);
  expect(named('device', 'DEVICE_CLASS_TV')).toBe('Television sets');
  expect(named('source', undefined)).toBe('Not known');
  expect(named('source', 'WATCH_SOURCE_OF_TOMORROW')).toBe('Not known');
  setLocale('es');
  expect(s('drops.left', { count: 1 })).toBe('Se fue 1 espectador');
  expect(s('drops.left', { count: 7 })).toBe('Se fueron 7 espectadores');
});
