import { asProblem, type Problem } from '../api/problem';
import { openCaptionsSheet } from '../captions/captions-sheet';
import { problemText, t } from '../i18n/i18n';
import type { PlayerState } from '../player/episode-player';
import { openEpisodesSheet } from '../series/episodes-sheet';
import { openAccountSheet } from '../ui/account-sheet';
import type { AppContext } from '../ui/app-context';
import { button, h, replace } from '../ui/dom';
import { icon } from '../ui/icons';
import { noticeElement, type Notice } from '../ui/notice';
import { refusalNotice } from '../ui/refusal';
import { shareEpisode } from '../ui/share';
import { Card, type CardEvents } from './card';
import * as deck from './deck-state';
import { listenForGestures } from './gestures';
import type { RowSource } from './sources';

// Previous, current and next: no more videos than these are ever alive.
const CARDS = 3;
// The next episode gets its place, and its first segment, this long before the current one ends.
const NEXT_SECONDS = 10;
const NEXT_SHARE = 0.35;
// What was in view for this long was seen.
const SEEN_MS = 500;

// The full-screen vertical deck of episodes: where the viewer is, what is fetched, and what follows the end.
export class Deck {
  readonly element: HTMLElement;
  private state = deck.START;
  private source: RowSource | null = null;
  // Answers to an earlier source are dropped.
  private generation = 0;
  private visible = false;
  // The viewer has gone past the last episode.
  private ended = false;
  private resumeOnShow = false;
  private seenTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly cards: Card[] = [];
  private readonly notice = h('div', { class: 'deck-notice' });
  private readonly live = h('p', {
    class: 'visually-hidden',
    attrs: { role: 'status' },
    aria: { live: 'polite' },
  });
  private readonly track = h('div', { class: 'deck-track' });

  constructor(
    private readonly app: AppContext,
    private readonly onMoved: (row: deck.Row) => void,
  ) {
    const events = this.cardEvents();
    for (let count = 0; count < CARDS; count++) this.cards.push(new Card(app, events));
    this.track.append(...this.cards.map((card) => card.element));
    this.element = h(
      'section',
      { class: 'deck', attrs: { role: 'feed' }, aria: { label: t('feed.label') } },
      this.track,
      this.notice,
      this.steps(),
      this.live,
    );
    listenForGestures(this.track, {
      dragged: (offset) => this.drag(offset),
      released: (direction) => this.release(direction),
      tapped: () => this.card()?.player.toggle(),
      doubleTapped: (x, y) => this.card()?.likeAt(x, y),
    });
    document.addEventListener('visibilitychange', () =>
      this.pageShown(document.visibilityState === 'visible'),
    );
    window.addEventListener('pagehide', () => this.card()?.player.pageHidden());
    window.addEventListener('online', () => this.state.problem && this.askPage());
  }

  // Shows another list of episodes from its start.
  open(source: RowSource): void {
    this.generation += 1;
    this.source = source;
    this.state = deck.START;
    this.ended = false;
    for (const card of this.cards) {
      card.setActive(false, false);
      card.release();
    }
    void this.askPage();
  }

  currentEpisode(): string {
    return deck.currentRow(this.state)?.episode.episodeId ?? '';
  }

  show(visible: boolean): void {
    this.visible = visible;
    this.element.hidden = !visible;
    this.render(false);
  }

  // One step down (1) or up (-1).
  step(direction: -1 | 1): void {
    const { index, rows } = this.state;
    const next = index + direction;
    if (next >= rows.length && !this.state.exhausted) return void this.askPage();
    if (next >= rows.length && rows.length > 0) return this.showEnd();
    if (next < 0) return;
    const control = this.focusedControl();
    this.ended = false;
    this.state = deck.movedTo(this.state, next);
    this.render(true);
    if (control) this.card()?.element.querySelector<HTMLElement>(`[data-action="${control}"]`)?.focus();
    this.moved();
  }

  // What of the current card has the focus: it stays on the same control of the next card.
  private focusedControl(): string | undefined {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || !this.card()?.element.contains(focused)) return undefined;
    return focused.dataset['action'] ?? 'toggle';
  }

  // A key pressed anywhere on the page while the deck is shown; true if it was ours.
  key(key: string): boolean {
    const card = this.card();
    switch (key) {
      case 'ArrowDown':
      case 'PageDown':
      case 'j':
        this.step(1);
        return true;
      case 'ArrowUp':
      case 'PageUp':
      case 'k':
        this.step(-1);
        return true;
      case ' ':
        card?.player.toggle();
        return true;
      case 'ArrowRight':
        card?.player.seek(card.player.position + 5);
        return true;
      case 'ArrowLeft':
        card?.player.seek(card.player.position - 5);
        return true;
      case 'm':
        card?.switchSound();
        return true;
      case 'l':
        card?.react('REACTION_LIKE');
        return true;
      case 'c':
        card && this.setCaptions(card.chosenTrack < 0 ? 'auto' : 'off');
        return true;
      default:
        return false;
    }
  }

  private card(): Card | undefined {
    const row = deck.currentRow(this.state);
    return row && this.cards.find((card) => card.row?.episode.episodeId === row.episode.episodeId);
  }

  private async askPage(): Promise<void> {
    const { source } = this;
    if (!source || this.state.loadingMore) return;
    const generation = this.generation;
    this.state = deck.pageAsked(this.state);
    this.render(false);
    try {
      const page = await source.page(this.state.nextPageToken);
      if (generation !== this.generation) return;
      const first = this.state.rows.length === 0;
      this.state = deck.pageLoaded(this.state, page.rows, page.nextPageToken);
      const at = first ? this.state.rows.findIndex((row) => row.episode.episodeId === source.openAt) : -1;
      if (at > 0) this.state = deck.movedTo(this.state, at);
      void this.app.reactions.need(page.rows.map((row) => row.series.seriesId));
      this.render(false);
      if (first) this.moved();
      else if (this.card()?.player.state === 'ended') void this.goOn();
      else if (deck.wantsMore(this.state)) void this.askPage();
    } catch (thrown) {
      if (generation !== this.generation) return;
      this.state = deck.pageFailed(this.state, asProblem(thrown));
      this.render(false);
    }
  }

  // Gives the three cards the rows round the current one. A card that already shows one of them keeps it.
  private render(animated: boolean): void {
    const { rows, index } = this.state;
    const wanted = new Map<string, number>();
    for (const at of [index, index + 1, index - 1]) {
      const row = rows[at];
      if (row) wanted.set(row.episode.episodeId, at);
    }
    const free = this.cards.filter((card) => !card.row || !wanted.has(card.row.episode.episodeId));
    this.track.classList.toggle('deck-still', !animated);
    for (const [episodeId, at] of wanted) {
      const known = this.cards.find((card) => card.row?.episode.episodeId === episodeId);
      const card = known ?? free.shift()!;
      card.bind(rows[at]!, at, this.state.exhausted ? rows.length : -1);
      this.place(card, at - index, known !== undefined);
    }
    for (const card of free) {
      card.setActive(false, false);
      card.release();
      this.place(card, 2, false);
    }
    this.track.style.setProperty('--drag', '0px');
    this.activate();
    this.showNotice();
    if (deck.wantsMore(this.state) && this.state.phase === 'ready' && !this.state.problem)
      void this.askPage();
  }

  private place(card: Card, offset: number, glides: boolean): void {
    card.element.classList.toggle('card-jumps', !glides);
    card.element.style.setProperty('--offset', String(offset));
    card.element.dataset['place'] =
      offset === 0 ? 'current' : offset === 1 ? 'next' : offset === -1 ? 'previous' : 'spare';
  }

  // The current card plays; the others rest. The old one rests before the new one starts.
  private activate(): void {
    const current = this.visible && !this.ended ? this.card() : undefined;
    for (const card of this.cards) if (card !== current) card.setActive(false, this.visible && !this.ended);
    current?.setActive(true, false);
    if (current && current.player.state !== 'loading') this.preloadNext();
  }

  private preloadNext(): void {
    const { rows, index } = this.state;
    const next = rows[index + 1];
    this.app.packs.ahead(rows.slice(index + 1).map((row) => row.episode.episodeId));
    if (next) this.cards.find((card) => card.row?.episode.episodeId === next.episode.episodeId)?.open();
  }

  private moved(): void {
    const row = deck.currentRow(this.state);
    if (!row) return;
    this.live.textContent = t('feed.now', { title: row.series.title, number: row.episode.number ?? 1 });
    this.onMoved(row);
    clearTimeout(this.seenTimer);
    this.seenTimer = setTimeout(() => this.tellSeen(row), SEEN_MS);
    if (this.state.problem) void this.askPage();
  }

  private tellSeen(row: deck.Row): void {
    if (!this.visible || this.ended || deck.currentRow(this.state) !== row) return;
    const { episodeId, seriesId } = row.episode;
    const value = this.source?.kind ?? '';
    this.app.events.add({
      kind: 'EVENT_KIND_IMPRESSION',
      episodeId,
      seriesId,
      place: this.state.index + 1,
      value,
    });
  }

  private cardEvents(): CardEvents {
    return {
      stateChanged: (card, state) => this.stateChanged(card, state),
      timeChanged: (card, position, duration) => this.timeChanged(card, position, duration),
      openCaptions: (card) =>
        openCaptionsSheet(card.tracks, card.chosenTrack, (choice) => this.setCaptions(choice)),
      openEpisodes: (card) => card.row && openEpisodesSheet(this.app, card.row.series, card.row.episode),
      share: (card) => card.row && void shareEpisode(this.app, card.row.series, card.row.episode),
      soundChanged: () => this.cards.forEach((card) => card.showSound()),
      signIn: () => openAccountSheet(this.app, 'signIn'),
    };
  }

  private stateChanged(card: Card, state: PlayerState): void {
    if (card !== this.card()) return;
    this.live.textContent = state === 'loading' ? t('player.loading') : this.live.textContent;
    if (state === 'playing' || state === 'error') this.preloadNext();
    if (state === 'ended') void this.goOn();
  }

  private timeChanged(card: Card, position: number, duration: number): void {
    if (card !== this.card() || duration <= 0 || this.source?.kind !== 'feed') return;
    if (duration - position <= Math.min(NEXT_SECONDS, duration * NEXT_SHARE)) void this.insertNext();
  }

  // In the feed, the episode that follows in the same series takes the place after the current one.
  private async insertNext(): Promise<void> {
    const row = deck.currentRow(this.state);
    if (!row) return;
    const generation = this.generation;
    const next = await this.app.lists.after(row.episode).catch(() => null);
    if (!next || generation !== this.generation || deck.currentRow(this.state) !== row) return;
    const before = this.state;
    this.state = deck.insertedNext(before, next);
    if (this.state === before) return;
    this.render(false);
    this.card()?.showHint(t('feed.upNext', { number: next.number ?? 1 }));
    this.preloadNext();
  }

  // After the end of an episode.
  private async goOn(): Promise<void> {
    const row = deck.currentRow(this.state);
    if (this.source?.kind === 'feed') await this.insertNext();
    if (row && deck.currentRow(this.state) === row && this.visible) this.step(1);
  }

  private setCaptions(preference: string): void {
    this.app.preferences.captions = preference;
    for (const card of this.cards) card.showCaptions();
  }

  private drag(offset: number): void {
    const { index, rows } = this.state;
    const stuck = (offset > 0 && index === 0) || (offset < 0 && index >= rows.length - 1);
    this.track.classList.add('deck-still');
    this.track.style.setProperty('--drag', `${Math.round(stuck ? offset / 4 : offset)}px`);
  }

  private release(direction: -1 | 0 | 1): void {
    this.track.classList.remove('deck-still');
    this.track.style.setProperty('--drag', '0px');
    if (direction !== 0) this.step(direction);
  }

  private pageShown(shown: boolean): void {
    const player = this.card()?.player;
    if (!this.visible || !player) return;
    if (shown) {
      if (this.resumeOnShow) player.play();
      return;
    }
    this.resumeOnShow = player.state === 'playing' || player.state === 'loading';
    player.pageHidden();
    player.pause();
  }

  private showEnd(): void {
    this.ended = true;
    this.render(true);
  }

  private showNotice(): void {
    const { phase, problem } = this.state;
    this.element.dataset['phase'] = this.ended ? 'end' : phase;
    const notice = this.ended
      ? this.endNotice()
      : phase === 'empty'
        ? emptyNotice(() => void this.reload())
        : phase === 'failed'
          ? this.failedNotice(problem!)
          : null;
    this.notice.setAttribute('role', notice ? 'alert' : 'none');
    this.element.setAttribute('aria-busy', String(phase === 'loading'));
    if (notice) replace(this.notice, noticeElement(notice));
    else if (phase === 'loading') replace(this.notice, skeleton());
    else this.notice.replaceChildren();
  }

  private reload(): void {
    if (this.source) this.open(this.source);
  }

  private failedNotice(problem: Problem): Notice {
    const home = { label: t('feed.end.feed'), run: () => this.app.go({ name: 'feed' }), quiet: true };
    const refusal = refusalNotice(problem, this.source?.kind === 'series' ? [home] : []);
    if (refusal) return refusal;
    const text = problem.status === 404 ? t('player.gone.text') : problemText(problem);
    const retry = { label: t('common.retry'), run: () => void this.askPage() };
    const title = problem.status === 404 ? t('player.gone.title') : t('feed.failed.title');
    return { icon: 'alert', title, text, actions: this.source?.kind === 'series' ? [retry, home] : [retry] };
  }

  private endNotice(): Notice {
    const again = {
      label: t('common.back'),
      quiet: true,
      run: () => {
        this.ended = false;
        this.render(true);
      },
    };
    const onward =
      this.source?.kind === 'series'
        ? { label: t('feed.end.feed'), run: () => this.app.go({ name: 'feed' }) }
        : { label: t('common.retry'), run: () => this.reload() };
    return { icon: 'check', title: t('feed.end.title'), text: t('feed.end.text'), actions: [onward, again] };
  }

  // Arrows beside the stage, for those with a mouse.
  private steps(): HTMLElement {
    const up = button(
      t('common.back'),
      { class: 'step step-up', onClick: () => this.step(-1) },
      icon('chevron'),
    );
    const down = button(
      t('action.next'),
      { class: 'step step-down', data: { action: 'next' }, onClick: () => this.step(1) },
      icon('chevron'),
    );
    return h('div', { class: 'steps' }, up, down);
  }
}

function emptyNotice(retry: () => void): Notice {
  return {
    icon: 'film',
    title: t('feed.empty.title'),
    text: t('feed.empty.text'),
    command: t('feed.empty.command'),
    actions: [{ label: t('common.retry'), run: retry }],
  };
}

function skeleton(): HTMLElement {
  return h(
    'div',
    { class: 'skeleton', aria: { label: t('common.loading') }, attrs: { role: 'img' } },
    h('span', { class: 'bone bone-disc' }),
    h('span', { class: 'bone bone-title' }),
    h('span', { class: 'bone bone-line' }),
    h('span', { class: 'bone bone-short' }),
  );
}
