import { h } from './dom';

// Pictures of series that have none are drawn in one of this many colour schemes (see covers.css).
const SCHEMES = 6;

// A cover: the picture, or the title on a gradient where there is none or it doesn't load.
export function cover(title: string, url: string | undefined, key: string): HTMLElement {
  const scheme = [...key].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7) % SCHEMES;
  const frame = h(
    'span',
    { class: `cover cover-${scheme}`, aria: { hidden: 'true' } },
    h('span', { class: 'cover-title', text: title }),
  );
  if (!url) return frame;
  const picture = h('img', {
    class: 'cover-picture',
    attrs: { alt: '', loading: 'lazy', decoding: 'async' },
  });
  picture.addEventListener('error', () => picture.remove());
  picture.src = url;
  frame.appendChild(picture);
  return frame;
}
