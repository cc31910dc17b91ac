// Line icons on a 24×24 grid, drawn for this page.
const PATHS = {
  home: ['M4 10.5 12 4l8 6.5V19a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19z', 'M10 9.7v5.6l4.6-2.8z'],
  search: ['M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6z', 'm15.9 15.9 4.6 4.6'],
  bookmark: ['M6.5 4h11A1.5 1.5 0 0 1 19 5.5V20.5l-7-4.4-7 4.4V5.5A1.5 1.5 0 0 1 6.5 4z'],
  heart: ['M12 20.6S3.4 15.5 3.4 9.4A4.9 4.9 0 0 1 12 6.3a4.9 4.9 0 0 1 8.6 3.1c0 6.1-8.6 11.2-8.6 11.2z'],
  share: ['M14.2 4.2 21 11l-6.8 6.8v-4.1C8 13.7 4.8 16 3 19.8c.5-5.6 3.9-10.4 11.2-11.3z'],
  captions: [
    'M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z',
    'M10.4 10.3a2.2 2.2 0 1 0 0 3.4',
    'M17.2 10.3a2.2 2.2 0 1 0 0 3.4',
  ],
  muted: ['M11.5 5 7 8.8H3.6v6.4H7l4.5 3.8z', 'm15.6 9.4 5.2 5.2', 'm20.8 9.4-5.2 5.2'],
  sound: ['M11.5 5 7 8.8H3.6v6.4H7l4.5 3.8z', 'M15.4 8.8a4.6 4.6 0 0 1 0 6.4', 'M18 6.3a8 8 0 0 1 0 11.4'],
  play: ['M8 5.2v13.6L19 12z'],
  pause: ['M8 5.5v13', 'M16 5.5v13'],
  lock: [
    'M6.5 11h11A1.5 1.5 0 0 1 19 12.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11z',
    'M8 11V8a4 4 0 0 1 8 0v3',
  ],
  check: ['m5 12.6 4.6 4.6L19.4 7.4'],
  back: ['M14.8 5 8 12l6.8 7'],
  close: ['m6 6 12 12', 'M18 6 6 18'],
  grid: ['M4.5 4.5h6v6h-6z', 'M13.5 4.5h6v6h-6z', 'M4.5 13.5h6v6h-6z', 'M13.5 13.5h6v6h-6z'],
  chevron: ['m9.5 5.5 6.5 6.5-6.5 6.5'],
  offline: [
    'M3.5 9.4a13 13 0 0 1 4.7-2.7',
    'M20.5 9.4A13 13 0 0 0 11 5.8',
    'M7 13a8 8 0 0 1 3-1.8',
    'M17 13a8 8 0 0 0-2.4-1.6',
    'M10.4 16.6a2.6 2.6 0 0 1 3.2 0',
    'm4 3.5 16 17',
  ],
  alert: ['M12 3.8 21.4 20H2.6z', 'M12 10v4.6', 'M12 17.2v.2'],
  clock: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z', 'M12 7.5V12l3.2 2'],
  film: [
    'M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z',
    'M8 4v16',
    'M16 4v16',
    'M4 9h4',
    'M4 15h4',
    'M16 9h4',
    'M16 15h4',
  ],
  bell: ['M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z', 'M10 20.5h4'],
  user: ['M12 12.2a4.1 4.1 0 1 0 0-8.2 4.1 4.1 0 0 0 0 8.2z', 'M4.5 20.5a7.5 7.5 0 0 1 15 0'],
} as const;

export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName, filled = false): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', filled ? 'icon icon-filled' : 'icon');
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.appendChild(path);
  }
  return svg;
}
