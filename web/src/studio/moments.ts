// What the story is at just then: the picture and the words at a place of an episode, beside the numbers.
import type { AppContext } from '../ui/app-context';
import { plainText } from '../captions/choice';
import { h } from '../ui/dom';

// A place in a sheet of pictures, for a time.
export interface Picture {
  from: number;
  to: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Words {
  from: number;
  to: number;
  text: string;
}

interface Cue {
  from: number;
  to: number;
  text: string;
}

// Seconds; "00:00:02.000" and "00:02.000".
function seconds(time: string): number {
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

// The cues of a WebVTT text, without their settings.
export function cuesOf(vtt: string): Cue[] {
  return vtt
    .replace(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .flatMap((block) => {
      const lines = block.split('\n');
      const at = lines.findIndex((line) => line.includes('-->'));
      const [, from, to] = /([\d:.]+)\s+-->\s+([\d:.]+)/.exec(lines[at] ?? '') ?? [];
      if (!from || !to) return [];
      return [
        {
          from: seconds(from),
          to: seconds(to),
          text: lines
            .slice(at + 1)
            .join('\n')
            .trim(),
        },
      ];
    });
}

// The pictures that a storyboard names, beneath its URL `base`.
export function picturesOf(vtt: string, base: string): Picture[] {
  return cuesOf(vtt).flatMap(({ from, to, text }) => {
    const [, sheet, x, y, width, height] = /^(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(text.trim()) ?? [];
    if (!sheet) return [];
    const place = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
    return [{ from, to, url: new URL(sheet, base).href, ...place }];
  });
}

export function at<T extends { from: number; to: number }>(
  list: readonly T[],
  second: number,
): T | undefined {
  return list.find((one) => one.from <= second && second < one.to);
}

// The captions of a multivariant playlist: those that are on by default, else the first.
export function captionsOf(main: string): string | null {
  const tracks = main.split('\n').filter((line) => /^#EXT-X-MEDIA:.*TYPE=SUBTITLES/.test(line));
  const track = tracks.find((line) => line.includes('DEFAULT=YES')) ?? tracks[0];
  return /URI="([^"]+)"/.exec(track ?? '')?.[1] ?? null;
}

// The segments of a media playlist that have any of these seconds in them.
export function segmentsAt(playlist: string, wanted: readonly number[]): string[] {
  const out: string[] = [];
  let start = 0;
  let length = 0;
  for (const line of playlist.split('\n').map((each) => each.trim())) {
    const [, duration] = /^#EXTINF:([\d.]+)/.exec(line) ?? [];
    if (duration) length = Number(duration);
    if (line === '' || line.startsWith('#')) continue;
    if (wanted.some((second) => start <= second && second < start + length)) out.push(line);
    start += length;
  }
  return out;
}

async function text(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

async function words(main: string, wanted: readonly number[]): Promise<Words[]> {
  const captions = captionsOf(await text(main));
  if (!captions) return [];
  const list = new URL(captions, main).href;
  const segments = segmentsAt(await text(list), wanted);
  const told = await Promise.all(segments.map(async (each) => cuesOf(await text(new URL(each, list).href))));
  return told.flat().map((cue) => ({ ...cue, text: plainText(cue.text).replace(/\s+/g, ' ') }));
}

// Puts picture and words in front of the list's items, whose `data-second` says when, once they are there. What can't be
// had (the film is gone, or is delivered by a CDN that wants cookies) is left out: the numbers stand for themselves.
export async function addMoments(app: AppContext, episodeId: string, list: HTMLElement): Promise<void> {
  const items = [...list.querySelectorAll<HTMLElement>('[data-second]')];
  if (items.length === 0) return;
  const wanted = items.map((item) => Number(item.dataset['second']));
  // Only prepared: whoever looks at numbers must not change them.
  const session = await app.api.preparePlayback(episodeId);
  if (!session) return;
  const { storyboardUrl, playlistUrl } = session;
  const here = (url: string): string => new URL(url, location.href).href;
  const [pictures, spoken] = await Promise.all([
    storyboardUrl
      ? text(here(storyboardUrl))
          .then((vtt) => picturesOf(vtt, here(storyboardUrl)))
          .catch(() => [])
      : [],
    words(here(playlistUrl), wanted).catch(() => []),
  ]);
  items.forEach((item, index) => {
    const picture = at(pictures, wanted[index]!);
    const said = at(spoken, wanted[index]!);
    if (said) item.append(h('q', { class: 'drop-words', text: said.text, attrs: { dir: 'auto' } }));
    if (!picture) return;
    item.classList.add('drop-pictured');
    item.prepend(pictureElement(picture));
  });
}

function pictureElement({ url, x, y, width, height }: Picture): HTMLElement {
  const element = h('span', { class: 'drop-picture', aria: { hidden: 'true' } });
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
  element.style.backgroundImage = `url("${url}")`;
  element.style.backgroundPosition = `-${x}px -${y}px`;
  return h('span', { class: 'drop-frame' }, element);
}
