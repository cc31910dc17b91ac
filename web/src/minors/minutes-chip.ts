import type { DailyTime } from '../api/types';
import { t } from '../i18n/i18n';
import { h } from '../ui/dom';
import { icon } from '../ui/icons';
import { minutesLeft } from './daily-time';

const EVERY_MS = 30_000;

export interface MinutesChipDeps {
  dailyTime(): Promise<DailyTime | null>;
  // Whether there may be a limit; without it nobody is asked.
  wanted(): boolean;
}

// How many minutes of the day are left, over the deck, of who may not watch as long as they like. Asked again
// every half minute while the deck is shown: other devices use the day up too.
export class MinutesChip {
  readonly element = h('p', { class: 'minutes-chip' });
  private timer: ReturnType<typeof setInterval> | undefined;
  // Answers to what was asked before it was last shown or hidden are dropped.
  private generation = 0;

  constructor(private readonly deps: MinutesChipDeps) {
    this.element.hidden = true;
  }

  show(visible: boolean): void {
    clearInterval(this.timer);
    this.generation += 1;
    if (!visible || !this.deps.wanted()) {
      this.element.hidden = true;
      return;
    }
    void this.ask();
    this.timer = setInterval(() => void this.ask(), EVERY_MS);
  }

  // What can't be asked stays as it was.
  private async ask(): Promise<void> {
    const { generation } = this;
    const day = await this.deps.dailyTime().catch(() => undefined);
    if (day === undefined || generation !== this.generation) return;
    this.element.hidden = day === null;
    if (day === null) return;
    const left = minutesLeft(day);
    this.element.dataset['left'] = String(left);
    this.element.replaceChildren(icon('clock'), h('span', { text: t('minors.chip', { count: left }) }));
  }
}
