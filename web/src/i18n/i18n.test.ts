import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { en } from './en';
import { clock, languageTag, LOCALES, pickLocale, problemText, setLocale, t } from './i18n';

afterEach(() => setLocale('en'));

function holes(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();
}

describe.each(Object.keys(LOCALES))('texts of %s', (name) => {
  const texts = LOCALES[name]!.texts;
  it('has every key of English, and no other', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(en).sort());
  });
  it('has text everywhere, with the same parameters', () => {
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      expect(holes(text), key).toEqual(holes(en[key as keyof typeof en]));
    }
  });
});

it('fills in and chooses the singular', () => {
  expect(t('series.count', { count: 1 })).toBe('1 episode');
  expect(t('series.count', { count: 12 })).toBe('12 episodes');
  setLocale('es');
  expect(t('series.count', { count: 12 })).toBe('12 episodios');
});

it('picks the first language it speaks', () => {
  expect(pickLocale(['fr-FR', 'es-MX', 'en'])).toBe('es');
  expect(pickLocale(['ja'])).toBe('en');
});

it('makes a tag of what the browser calls its language', () => {
  expect(languageTag('en-US@posix')).toBe('en-US');
  expect(languageTag('pt_br')).toBe('pt-BR');
  expect(languageTag('C')).toBe('en');
  expect(languageTag(undefined)).toBe('en');
});

it('tells what failed', () => {
  expect(problemText(new Problem('EMAIL_TAKEN', 409, ''))).toContain('e-mail');
  expect(problemText(new Problem('INVALID', 400, '', [{ field: 'email', message: 'is no address' }]))).toBe(
    'email: is no address',
  );
  expect(problemText(new Problem('STRANGE', 418, ''))).toContain('STRANGE');
  const used = new Problem('DAILY_TIME_USED_UP', 403, '', [], 0, '2026-11-30T23:00:00.000000Z');
  expect(problemText(used)).toMatch(/(Mon|Tue|Sun).*\d:00/);
});

it('writes times', () => {
  expect([0, 9.9, 83.4, 3600, Number.NaN].map(clock)).toEqual(['0:00', '0:09', '1:23', '60:00', '0:00']);
});
