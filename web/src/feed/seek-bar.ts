import { clock, t } from '../i18n/i18n';
import { h } from '../ui/dom';

const STEPS = 1000;

// Where the episode is, and a handle to drag: a range input, so that keys and screen readers work by
// themselves.
export class SeekBar {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly bubble = h('output', { class: 'seek-time', aria: { hidden: 'true' } });
  private duration = 0;
  private dragging = false;

  constructor(onSeek: (seconds: number) => void) {
    this.input = h('input', {
      class: 'seek-input',
      data: { action: 'seek' },
      attrs: { type: 'range', min: '0', max: String(STEPS), step: '1' },
      aria: { label: t('player.seek') },
    });
    this.input.value = '0';
    this.element = h('div', { class: 'seek', attrs: { 'data-no-swipe': '' } }, this.bubble, this.input);
    this.input.addEventListener('input', () => {
      this.dragging = true;
      this.element.dataset['dragging'] = 'true';
      this.show(this.chosen());
    });
    this.input.addEventListener('change', () => {
      this.dragging = false;
      delete this.element.dataset['dragging'];
      onSeek(this.chosen());
    });
  }

  update(position: number, duration: number): void {
    this.duration = duration;
    this.input.disabled = duration <= 0;
    if (this.dragging) return;
    this.input.value = String(duration > 0 ? Math.round((position / duration) * STEPS) : 0);
    this.show(position);
  }

  private chosen(): number {
    return (Number(this.input.value) / STEPS) * this.duration;
  }

  private show(position: number): void {
    const share = this.duration > 0 ? Math.min(1, position / this.duration) : 0;
    this.element.style.setProperty('--fill', `${(share * 100).toFixed(2)}%`);
    const words = { position: clock(position), duration: clock(this.duration) };
    this.bubble.textContent = `${words.position} / ${words.duration}`;
    const spoken = t('player.seekValue', words);
    if (this.input.getAttribute('aria-valuetext') !== spoken)
      this.input.setAttribute('aria-valuetext', spoken);
  }
}
