import type { Consent, ConsentPurpose } from '../api/types';

// Which text people are shown; counts up when the words of `privacy.*` change their meaning.
export const POLICY_VERSION = '2026-11';

export const PURPOSES: readonly ConsentPurpose[] = [
  'CONSENT_PURPOSE_ANALYTICS',
  'CONSENT_PURPOSE_PROFILING',
  'CONSENT_PURPOSE_MARKETING',
];

// What is asked for at the first start; messages never are.
const ASKED: readonly ConsentPurpose[] = ['CONSENT_PURPOSE_ANALYTICS', 'CONSENT_PURPOSE_PROFILING'];

// What the house wants to be allowed first and the viewer has not answered. Where the house takes it as allowed, nobody is bothered: the
// choice is in the privacy sheet.
export function toBeAsked(consents: readonly Consent[]): ConsentPurpose[] {
  return consents
    .filter((each) => ASKED.includes(each.purpose) && !each.decided && !each.granted)
    .map((each) => each.purpose);
}

// All that was exported, as one JSON document.
export function exportDocument(
  records: readonly { service: string; table: string; row: string }[],
  time: string,
): string {
  const services: Record<string, Record<string, unknown[]>> = {};
  for (const { service, table, row } of records)
    ((services[service] ??= {})[table] ??= []).push(JSON.parse(row));
  return JSON.stringify({ exportTime: time, services }, null, 2);
}
