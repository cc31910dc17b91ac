import { describe, expect, it } from 'vitest';
import { deviceOf, randomUuid } from './device';

const PHONE = { shortSide: 390, coarse: true, languages: ['es-MX', 'en'] };

describe('deviceOf', () => {
  it('tells classes, not devices', () => {
    expect(deviceOf({ ...PHONE, connection: { type: 'cellular' } })).toEqual({
      platform: 'PLATFORM_WEB',
      form: 'FORM_PHONE',
      network: 'NETWORK_CELLULAR',
      region: 'MX',
    });
    expect(deviceOf({ ...PHONE, shortSide: 800 }).form).toBe('FORM_TABLET');
    expect(deviceOf({ ...PHONE, coarse: false }).form).toBe('FORM_DESKTOP');
  });

  it('says nothing of what the browser does not tell', () => {
    const device = deviceOf({ ...PHONE, languages: ['es', 'zh-Hant'] });
    expect(device.region).toBeUndefined();
    expect(device.network).toBe('NETWORK_UNSPECIFIED');
    expect(deviceOf({ ...PHONE, connection: { effectiveType: '4g' } }).network).toBe('NETWORK_UNSPECIFIED');
    expect(deviceOf({ ...PHONE, connection: { effectiveType: '2g' } }).network).toBe('NETWORK_SLOW');
    expect(deviceOf({ ...PHONE, languages: ['zh-Hant-TW'] }).region).toBe('TW');
  });
});

describe('randomUuid', () => {
  it('makes version 4, never the same', () => {
    const many = new Set(Array.from({ length: 200 }, randomUuid));
    expect(many.size).toBe(200);
    for (const one of many)
      expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
