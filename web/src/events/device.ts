import type { EventDevice } from './client-event';

// What the browser says of itself, as far as it is there.
export interface BrowserFacts {
  // The short side of the screen, in CSS pixels, and whether fingers point.
  shortSide: number;
  coarse: boolean;
  // The Network Information API's, where there is one.
  connection?: { type?: string; effectiveType?: string } | undefined;
  // BCP 47 tags, the most wanted first.
  languages: readonly string[];
}

// The classes of the contract that the device is of. The region is that of the device's language, if that names one: the page knows no
// better.
export function deviceOf(facts: BrowserFacts): EventDevice {
  const region = regionOf(facts.languages);
  return {
    platform: 'PLATFORM_WEB',
    form: facts.coarse ? (facts.shortSide >= 600 ? 'FORM_TABLET' : 'FORM_PHONE') : 'FORM_DESKTOP',
    network: networkOf(facts.connection),
    ...(region ? { region } : {}),
  };
}

function networkOf(connection: BrowserFacts['connection']): string {
  switch (connection?.type) {
    case 'wifi':
    case 'ethernet':
      return connection.type === 'wifi' ? 'NETWORK_WIFI' : 'NETWORK_WIRED';
    case 'cellular':
    case 'wimax':
      return 'NETWORK_CELLULAR';
    default:
      break;
  }
  // Without a type: 2g and 3g are measured speeds, which say that it is slow.
  return ['slow-2g', '2g', '3g'].includes(connection?.effectiveType ?? '')
    ? 'NETWORK_SLOW'
    : 'NETWORK_UNSPECIFIED';
}

function regionOf(languages: readonly string[]): string {
  for (const language of languages) {
    const region = /-([A-Z]{2})(?:-|$)/.exec(language)?.[1];
    if (region) return region;
  }
  return '';
}

// The facts of this browser.
export function browserFacts(languages: readonly string[]): BrowserFacts {
  const { connection } = navigator as Navigator & { connection?: BrowserFacts['connection'] };
  return {
    shortSide: Math.min(screen.width, screen.height),
    coarse: matchMedia('(pointer: coarse)').matches,
    connection,
    languages,
  };
}

// A random UUID (RFC 9562, version 4), also where crypto.randomUUID is missing since the page came without HTTPS.
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
