import { expect, it } from 'vitest';
import { chooseTrack, plainText } from './choice';

const tracks = ['en', 'es-MX', 'pt-BR'].map((language) => ({ language, label: language }));

it('takes the first of the device’s languages that there is', () => {
  expect(chooseTrack(tracks, 'auto', ['fr', 'es-ES', 'en'], 'en')).toBe(1);
  expect(chooseTrack(tracks, 'auto', ['pt-BR'], 'en')).toBe(2);
});

it('falls back to the spoken language, then to the first track', () => {
  expect(chooseTrack(tracks, 'auto', ['ja'], 'pt')).toBe(2);
  expect(chooseTrack(tracks, 'auto', ['ja'], 'ko')).toBe(0);
});

it('obeys the viewer', () => {
  expect(chooseTrack(tracks, 'off', ['en'], 'en')).toBe(-1);
  expect(chooseTrack(tracks, 'pt-BR', ['en'], 'en')).toBe(2);
  expect(chooseTrack([], 'auto', ['en'], 'en')).toBe(-1);
});

it('shows the words of a cue without markup', () => {
  expect(plainText('<v Ana>Don’t <i>go</i>.\nPlease &amp; thanks')).toBe('Don’t go.\nPlease & thanks');
});
