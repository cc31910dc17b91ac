import { chooseTrack, type CaptionTrack } from '../captions/choice';
import type { WatchContext, WatchSource } from '../api/types';
import { clock, t } from '../i18n/i18n';
import { offersAccount } from '../ui/account-sheet';
import type { AppContext } from '../ui/app-context';
import { button, h, reducedMotion, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { noticeElement } from '../ui/notice';
import { EpisodePlayer, type PlayerState } from '../player/episode-player';
import { streamsFrom } from '../player/make-stream';
import type { Trouble } from '../player/trouble';
import { browserContext } from '../player/watch-context';
import { ActionRail } from './action-rail';
import { CardInfo, episodesBar } from './card-info';
import type { Row } from './deck-state';
import { SeekBar } from './seek-bar';
import { troubleNotice } from './trouble-notice';

export interface CardEvents {
  stateChanged(card: Card, state: PlayerState): void;
  timeChanged(card: Card, position: number, duration: number): void;
  openCaptions(card: Card): void;
  openEpisodes(card: Card): void;
  share(card: Card): void;
  soundChanged(): void;
  signIn(): void;
}

// One of the deck's three full-screen cards, with one of the page's three video elements. It is bound to one
// row after the other.
export class Card {
  readonly element: HTMLElement;
  readonly player: EpisodePlayer;
  row: Row | null = null;
  tracks: CaptionTrack[] = [];
  chosenTrack = -1;
  private active = false;
  // Of the session that began last: how the viewer came to it.
  private source: { sessionId?: string; source?: WatchSource | undefined } = {};
  private readonly video = h('video', { class: 'video', attrs: { playsinline: '', tabindex: '-1' } });
  private readonly backdrop = h('div', { class: 'card-backdrop', aria: { hidden: 'true' } });
  private readonly captions = h('div', { class: 'captions' });
  private readonly spinner = h('div', { class: 'spinner', aria: { hidden: 'true' } });
  private readonly notice = h('div', { class: 'card-notice' });
  private readonly hint = h('div', { class: 'hint', aria: { hidden: 'true' } });
  private readonly info: CardInfo;
  private readonly rail: ActionRail;
  private readonly bar: ReturnType<typeof episodesBar>;
  private readonly seek: SeekBar;
  private readonly toggle: HTMLButtonElement;
  private readonly unmute: HTMLButtonElement;

  constructor(
    private readonly app: AppContext,
    private readonly events: CardEvents,
  ) {
    this.player = this.makePlayer();
    const openSeries = (): void =>
      this.row ? app.go({ name: 'series', seriesId: this.row.series.seriesId }) : undefined;
    this.info = new CardInfo({ openSeries, openEpisodes: () => events.openEpisodes(this) });
    this.bar = episodesBar(() => events.openEpisodes(this));
    this.seek = new SeekBar((seconds) => this.player.seek(seconds));
    this.rail = new ActionRail({
      openSeries,
      like: () => this.react('REACTION_LIKE'),
      save: () => this.react('REACTION_FAVOURITE'),
      captions: () => events.openCaptions(this),
      share: () => events.share(this),
      sound: () => this.switchSound(),
    });
    this.toggle = button(t('player.play'), {
      class: 'play-toggle',
      data: { action: 'toggle' },
      onClick: () => this.player.toggle(),
    });
    this.unmute = button(
      t('player.tapForSound'),
      { class: 'unmute', data: { action: 'unmute' }, onClick: () => this.switchSound() },
      icon('muted'),
      h('span', { text: t('player.tapForSound') }),
    );
    const words = h('div', { class: 'card-words' }, this.captions, this.info.element);
    const foot = h(
      'div',
      { class: 'card-foot' },
      h('div', { class: 'card-row' }, words, this.rail.element),
      this.seek.element,
      this.bar.element,
    );
    this.element = h(
      'article',
      { class: 'card', data: { state: 'idle' } },
      this.backdrop,
      this.video,
      h('div', { class: 'scrim', aria: { hidden: 'true' } }),
      this.spinner,
      this.toggle,
      this.unmute,
      this.hint,
      this.notice,
      foot,
    );
    this.video.muted = true;
    app.reactions.onChange((seriesId) => {
      if (seriesId === this.row?.series.seriesId) this.showLiking();
    });
  }

  // Shows another row. Nothing is fetched before open().
  bind(row: Row, position: number, total: number): void {
    this.element.setAttribute('aria-posinset', String(position + 1));
    this.element.setAttribute('aria-setsize', String(total));
    if (this.row?.episode.episodeId === row.episode.episodeId) return;
    this.release();
    this.row = row;
    const { series, episode } = row;
    this.element.dataset['episodeId'] = episode.episodeId;
    this.element.dataset['seriesId'] = series.seriesId;
    this.element.dataset['number'] = String(episode.number ?? 1);
    const name = { title: series.title, number: episode.number ?? 1, episode: episode.title ?? '' };
    this.element.setAttribute('aria-label', t('feed.card', name));
    this.showPoster(episode.coverUrl || series.coverUrl || '');
    this.info.show(row);
    this.rail.showSeries(series);
    this.bar.show(row);
    this.seek.update(0, this.player.duration);
    this.showLiking();
  }

  release(): void {
    if (!this.row) return;
    this.row = null;
    this.tracks = [];
    this.chosenTrack = -1;
    this.player.close();
    this.captions.textContent = '';
    this.hint.textContent = '';
    delete this.element.dataset['episodeId'];
  }

  open(): void {
    if (this.row) this.player.open(this.row.episode);
  }

  setActive(active: boolean, skipped: boolean): void {
    this.element.inert = !active;
    this.element.dataset['active'] = String(active);
    if (active === this.active) return;
    this.active = active;
    if (active) {
      this.showSound();
      this.open();
      this.player.activate();
    } else {
      this.player.deactivate(skipped);
    }
  }

  switchSound(): void {
    this.app.preferences.muted = !this.app.preferences.muted;
    this.events.soundChanged();
  }

  showSound(): void {
    const { muted } = this.app.preferences;
    this.video.muted = muted;
    this.rail.showSound(muted);
    this.unmute.hidden = !muted;
    this.element.dataset['muted'] = String(muted);
    // Captions are read out where they stand for the sound, and not over it.
    this.captions.setAttribute('aria-live', muted ? 'polite' : 'off');
  }

  // Chooses the captions after the viewer's preference, again when that changes.
  showCaptions(): void {
    const spoken = this.row?.series.language ?? '';
    this.chosenTrack = chooseTrack(this.tracks, this.app.preferences.captions, this.app.languages, spoken);
    this.player.selectCaptions(this.chosenTrack);
    const language = this.tracks[this.chosenTrack]?.language ?? '';
    this.element.dataset['captions'] = this.chosenTrack < 0 ? 'off' : language || 'on';
    this.captions.lang = language;
    this.rail.showCaptions(this.chosenTrack >= 0);
  }

  react(reaction: 'REACTION_LIKE' | 'REACTION_FAVOURITE', on?: boolean): void {
    if (!this.row) return;
    const { seriesId } = this.row.series;
    const liking = this.app.reactions.of(seriesId);
    const is = reaction === 'REACTION_LIKE' ? liking.liked : liking.saved;
    if (on === is) return;
    void this.app.reactions.set(seriesId, reaction, on ?? !is);
  }

  // A double tap only ever likes; taking it back is for the button.
  likeAt(x: number, y: number): void {
    this.react('REACTION_LIKE', true);
    if (reducedMotion()) return;
    const box = this.element.getBoundingClientRect();
    const heart = h('span', { class: 'heart-burst', aria: { hidden: 'true' } }, icon('heart', true));
    heart.style.left = `${x - box.left}px`;
    heart.style.top = `${y - box.top}px`;
    heart.addEventListener('animationend', () => heart.remove());
    this.element.appendChild(heart);
  }

  showHint(text: string): void {
    this.hint.textContent = text;
    this.hint.classList.remove('hint-shown');
    void this.hint.offsetWidth;
    this.hint.classList.toggle('hint-shown', text !== '');
  }

  private makePlayer(): EpisodePlayer {
    const { api, packs, preferences, diagnostics, events } = this.app;
    return new EpisodePlayer(
      this.video,
      {
        startPlayback: async (episodeId) =>
          (await packs.session(episodeId)) ?? (await api.startPlayback(episodeId)),
        report: (sessionId, report, leaving) =>
          api.report(sessionId, { ...report, context: this.contextOf(sessionId) }, leaving),
        tell: (event) => events.add(event),
        makeStream: streamsFrom(packs),
        diagnostics,
        isMuted: () => preferences.muted,
        onForcedMute: () => {
          preferences.muted = true;
          this.events.soundChanged();
        },
      },
      {
        stateChanged: (state, trouble) => this.showState(state, trouble),
        timeChanged: (position, duration, caption) => this.showTime(position, duration, caption),
        captionTracks: (tracks) => {
          this.tracks = tracks;
          this.showCaptions();
        },
        started: (session) => {
          const from = Number(session.resumeMs ?? 0);
          this.element.dataset['sessionId'] = session.sessionId;
          this.source = { sessionId: session.sessionId, source: this.row?.source };
          if (session.provisional) this.showHint(t('player.provisional'));
          else if (from > 1000) this.showHint(t('player.resumed', { position: clock(from / 1000) }));
        },
      },
    );
  }

  // The card may show something else by the time a session's last report leaves.
  private contextOf(sessionId: string): WatchContext {
    const { source } = this.source.sessionId === sessionId ? this.source : {};
    return { ...browserContext(this.app.languages), ...(source ? { source } : {}) };
  }

  private showState(state: PlayerState, trouble: Trouble | null): void {
    this.element.dataset['state'] = state;
    if (trouble) this.element.dataset['trouble'] = trouble.kind;
    else delete this.element.dataset['trouble'];
    this.element.setAttribute('aria-busy', String(state === 'loading'));
    const pausable = state === 'playing' || state === 'loading';
    this.toggle.setAttribute('aria-label', pausable ? t('player.pause') : t('player.play'));
    replace(this.toggle, icon(pausable ? 'pause' : 'play', !pausable));
    this.toggle.hidden = state === 'error';
    if (!trouble) {
      this.notice.replaceChildren();
    } else {
      replace(
        this.notice,
        noticeElement(
          troubleNotice(trouble, this.row?.episode.number ?? 1, {
            retry: () => this.player.retry(),
            episodes: () => this.events.openEpisodes(this),
            ...(offersAccount(this.app) ? { signIn: () => this.events.signIn() } : {}),
          }),
        ),
      );
    }
    this.notice.setAttribute('role', trouble ? 'alert' : 'none');
    this.events.stateChanged(this, state);
  }

  private showTime(position: number, duration: number, caption: string): void {
    this.seek.update(position, duration);
    this.element.dataset['position'] = position.toFixed(2);
    this.element.dataset['duration'] = duration.toFixed(2);
    if (this.captions.textContent !== caption) {
      replace(this.captions, caption ? h('span', { class: 'caption-text', text: caption }) : null);
    }
    this.events.timeChanged(this, position, duration);
  }

  private showLiking(): void {
    if (!this.row) return;
    const liking = this.app.reactions.of(this.row.series.seriesId);
    this.element.dataset['liked'] = String(liking.liked);
    this.rail.showLiking(liking);
  }

  // The cover stands in until the first picture of the video is there.
  private showPoster(url: string): void {
    this.backdrop.replaceChildren();
    if (!url) return;
    const picture = h('img', { attrs: { alt: '', decoding: 'async' } });
    picture.addEventListener('error', () => picture.remove());
    picture.src = url;
    this.backdrop.appendChild(picture);
  }
}
