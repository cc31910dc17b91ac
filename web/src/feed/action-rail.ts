import type { Series } from '../api/types';
import { shortCount, t } from '../i18n/i18n';
import { cover } from '../ui/cover';
import { button, h, replace } from '../ui/dom';
import { icon, type IconName } from '../ui/icons';
import type { Liking } from './reactions';

export interface RailActions {
  openSeries(): void;
  like(): void;
  save(): void;
  captions(): void;
  share(): void;
  sound(): void;
}

// The column of buttons at the right, where the thumb is.
export class ActionRail {
  readonly element = h('div', { class: 'rail', attrs: { role: 'group', 'data-no-swipe': '' } });
  private readonly series: HTMLButtonElement;
  private readonly like = item('like', 'heart', 'action.like');
  private readonly save = item('save', 'bookmark', 'action.save');
  private readonly captions = item('captions', 'captions', 'action.captions');
  private readonly share = item('share', 'share', 'action.share');
  private readonly sound = item('sound', 'muted', 'player.unmute');

  constructor(actions: RailActions) {
    this.series = button('', { class: 'rail-series', onClick: actions.openSeries });
    this.like.addEventListener('click', actions.like);
    this.save.addEventListener('click', actions.save);
    this.captions.addEventListener('click', actions.captions);
    this.share.addEventListener('click', actions.share);
    this.sound.addEventListener('click', actions.sound);
    this.captions.setAttribute('aria-haspopup', 'dialog');
    this.element.append(this.series, this.like, this.save, this.captions, this.share, this.sound);
    this.showSound(true);
    this.showCaptions(false);
    show(this.share, 'share', t('action.share'), t('action.share'));
  }

  showSeries(series: Series): void {
    replace(this.series, cover(series.title, series.coverUrl, series.seriesId));
    this.series.setAttribute('aria-label', t('action.openSeries', { title: series.title }));
  }

  showLiking(liking: Liking): void {
    press(this.like, liking.liked);
    show(
      this.like,
      'heart',
      t('action.like'),
      liking.likes > 0 ? shortCount(liking.likes) : t('action.like'),
      liking.liked,
    );
    press(this.save, liking.saved);
    const saved = liking.saved ? t('action.saved') : t('action.save');
    show(this.save, 'bookmark', t('action.add'), saved, liking.saved);
  }

  showCaptions(on: boolean): void {
    press(this.captions, on);
    show(this.captions, 'captions', t('action.captions'), t('action.captions'), false);
  }

  showSound(muted: boolean): void {
    show(
      this.sound,
      muted ? 'muted' : 'sound',
      muted ? t('player.unmute') : t('player.mute'),
      t('action.sound'),
      false,
    );
  }
}

function item(name: string, picture: IconName, label: Parameters<typeof t>[0]): HTMLButtonElement {
  return button(t(label), { class: 'rail-item', data: { action: name } }, icon(picture));
}

function press(element: HTMLElement, on: boolean): void {
  element.setAttribute('aria-pressed', String(on));
}

function show(element: HTMLElement, picture: IconName, label: string, caption: string, filled = false): void {
  const words = `${label}|${caption}|${picture}|${filled}`;
  if (element.dataset['shown'] === words) return;
  element.dataset['shown'] = words;
  element.setAttribute(
    'aria-label',
    caption === label || !/\d/.test(caption) ? label : `${label}, ${caption}`,
  );
  replace(
    element,
    h('span', { class: 'rail-icon' }, icon(picture, filled)),
    h('span', { class: 'rail-text', text: caption }),
  );
}
