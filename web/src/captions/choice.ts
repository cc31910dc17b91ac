// Which subtitle track to show.

export interface CaptionTrack {
  // BCP 47; may be empty.
  language: string;
  label: string;
}

// 'auto': the device's language, and captions are on. 'off': none. Else a language tag the viewer picked.
export type CaptionPreference = string;

// The index of the track to show, or -1 for none. With 'auto': the first of the viewer's languages that has a
// track, else the language spoken, else the first track, since most watch without sound.
export function chooseTrack(
  tracks: readonly CaptionTrack[],
  preference: CaptionPreference,
  languages: readonly string[],
  spoken: string,
): number {
  if (preference === 'off' || tracks.length === 0) return -1;
  const wanted = preference === 'auto' ? languages : [preference, ...languages];
  for (const language of [...wanted, spoken]) {
    const found = findLanguage(tracks, language);
    if (found >= 0) return found;
  }
  return 0;
}

function findLanguage(tracks: readonly CaptionTrack[], language: string): number {
  if (!language) return -1;
  const tag = language.toLowerCase();
  const exact = tracks.findIndex((track) => track.language.toLowerCase() === tag);
  if (exact >= 0) return exact;
  return tracks.findIndex((track) => primary(track.language) === primary(tag));
}

function primary(tag: string): string {
  return tag.toLowerCase().split(/[-_@.]/)[0] ?? '';
}

// The text of cues without their markup; lines stay lines.
export function plainText(cue: string): string {
  return cue
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .trim();
}
