import { describe, expect, test } from 'vitest';
import type { Consent } from '../api/types';
import { exportDocument, toBeAsked } from './consents';

const consent = (purpose: string, granted: boolean, decided: boolean): Consent =>
  ({ purpose: `CONSENT_PURPOSE_${purpose}`, granted, decided }) as Consent;

describe('what a viewer is asked', () => {
  test('nothing where the house takes it as allowed', () => {
    const all = [consent('ANALYTICS', true, false), consent('PROFILING', true, false)];
    expect(toBeAsked([...all, consent('MARKETING', false, false)])).toEqual([]);
  });
  test('what is refused until it is asked for', () => {
    const all = [consent('ANALYTICS', false, false), consent('PROFILING', false, false)];
    expect(toBeAsked([...all, consent('MARKETING', false, false)])).toEqual([
      'CONSENT_PURPOSE_ANALYTICS',
      'CONSENT_PURPOSE_PROFILING',
    ]);
  });
  test('once: who refused is not asked again', () => {
    expect(toBeAsked([consent('ANALYTICS', false, true), consent('PROFILING', true, true)])).toEqual([]);
  });
});

test('an export is one document, by service and table', () => {
  const records = [
    { service: 'accounts', table: 'account', row: '{"email":"a@b.c"}' },
    { service: 'insight', table: 'event', row: '{"kind":1}' },
    { service: 'insight', table: 'event', row: '{"kind":2}' },
  ];
  expect(JSON.parse(exportDocument(records, '2026-11-29T00:00:00Z'))).toEqual({
    exportTime: '2026-11-29T00:00:00Z',
    services: { accounts: { account: [{ email: 'a@b.c' }] }, insight: { event: [{ kind: 1 }, { kind: 2 }] } },
  });
});
