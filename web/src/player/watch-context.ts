import type { DeviceClass, WatchContext } from '../api/types';

// What kind of device this is: by what points at it and how large its screen is, in CSS pixels.
export function deviceClass(userAgent: string, coarse: boolean, shortSide: number): DeviceClass {
  if (/\b(smart-?tv|googletv|appletv|hbbtv|web0s|tizen.*tv)\b/i.test(userAgent)) return 'DEVICE_CLASS_TV';
  if (!coarse) return 'DEVICE_CLASS_DESKTOP';
  return shortSide < 600 ? 'DEVICE_CLASS_PHONE' : 'DEVICE_CLASS_TABLET';
}

// The country that the device is set to, of its languages: "es-MX" → "mx". '' if it doesn't say.
export function regionOf(languages: readonly string[]): string {
  for (const tag of languages) {
    try {
      const region = new Intl.Locale(tag).region ?? '';
      if (/^[A-Z]{2}$/.test(region)) return region.toLowerCase();
    } catch {
      // no tag at all
    }
  }
  return '';
}

// Of this browser; the source is the deck's to say.
export function browserContext(languages: readonly string[]): WatchContext {
  const region = regionOf(languages);
  const coarse = matchMedia('(pointer: coarse)').matches;
  const device = deviceClass(navigator.userAgent, coarse, Math.min(screen.width, screen.height));
  return { device, ...(region ? { region } : {}) };
}
