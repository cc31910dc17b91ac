import { expect, it } from 'vitest';
import { deviceClass, regionOf } from './watch-context';

it('tells devices apart', () => {
  expect(deviceClass('Mozilla/5.0 (iPhone)', true, 390)).toBe('DEVICE_CLASS_PHONE');
  expect(deviceClass('Mozilla/5.0 (iPad)', true, 820)).toBe('DEVICE_CLASS_TABLET');
  expect(deviceClass('Mozilla/5.0 (X11; Linux)', false, 900)).toBe('DEVICE_CLASS_DESKTOP');
  expect(deviceClass('Mozilla/5.0 (SMART-TV; Linux)', false, 1080)).toBe('DEVICE_CLASS_TV');
});

it('takes the country of the first language that has one', () => {
  expect(regionOf(['es', 'es-MX', 'en-US'])).toBe('mx');
  expect(regionOf(['zh-Hant-TW'])).toBe('tw');
  expect(regionOf(['es-419', 'no tag', ''])).toBe('');
});
