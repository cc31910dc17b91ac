import { Problem } from '../api/problem';
import { en, type TextKey, type Texts } from './en';
import { es } from './es';

export const LOCALES: Record<string, { name: string; texts: Texts }> = {
  en: { name: 'English', texts: en },
  es: { name: 'Español', texts: es },
};

let locale = 'en';

// The first of the viewer's languages that the page speaks; English otherwise.
export function pickLocale(languages: readonly string[]): string {
  for (const language of languages) {
    const primary = language.toLowerCase().split(/[-_]/)[0] ?? '';
    if (primary in LOCALES) return primary;
  }
  return 'en';
}

export function setLocale(wanted: string): void {
  locale = wanted in LOCALES ? wanted : 'en';
}

export function currentLocale(): string {
  return locale;
}

// The text of a key with its parameters filled in.
export function t(key: TextKey, params: Record<string, string | number> = {}): string {
  return textOf(LOCALES[locale]?.texts ?? en, key, params);
}

// The same of texts that are not of the viewer's page.
export function textOf<Key extends string>(
  texts: Record<Key, string>,
  key: Key,
  params: Record<string, string | number>,
): string {
  const one = `${key}.one` as Key;
  const singular = params['count'] !== undefined && Number(params['count']) === 1 && one in texts;
  const template = singular ? texts[one] : texts[key];
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

// What to tell a viewer of a failed call.
export function problemText(problem: Problem): string {
  const own = `problem.${problem.code}`;
  if (own in en) return t(own as TextKey, { time: timeOfDay(problem.resetTime) });
  const field = problem.fields.find((each) => each.message);
  if (problem.status === 400 && field) return [field.field, field.message].filter(Boolean).join(': ');
  if (problem.status === 429) return t('problem.busy');
  if (problem.status >= 500) return t('problem.server');
  return t('problem.other', { code: problem.code });
}

// A moment of RFC 3339 → "Mon 12:00 AM", in the viewer's language and time; '' for none.
export function timeOfDay(moment: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit' }).format(at);
}

// 12800 → "12.8K", in the viewer's language.
export function shortCount(count: number): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}

// 83.4 → "1:23".
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

// A BCP 47 tag that every server takes, of what a browser calls its language ("en-US@posix" has been seen).
export function languageTag(raw: string | undefined): string {
  try {
    return Intl.getCanonicalLocales((raw ?? '').split(/[@.]/)[0]!.replace(/_/g, '-'))[0] ?? 'en';
  } catch {
    return 'en';
  }
}

// A language's name in itself: "es-MX" → "español (México)".
export function languageName(tag: string, fallback: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? fallback;
  } catch {
    return fallback;
  }
}
