// Swipes, wheel turns and taps on the deck, as plain events.

export interface GestureTarget {
  // The finger has moved this far, in pixels down.
  dragged(offset: number): void;
  // -1: to the one before, 1: to the next, 0: back to where it was.
  released(direction: -1 | 0 | 1): void;
  tapped(): void;
  doubleTapped(x: number, y: number): void;
}

const SLOP_PX = 10;
// A swipe counts from this share of the height on, or from this speed (pixels a millisecond) on.
const SWIPE_SHARE = 0.18;
const SWIPE_SPEED = 0.45;
const DOUBLE_TAP_MS = 260;
const WHEEL_PX = 50;
// A turned wheel or a trackpad goes on for a while after the fingers have left it.
const WHEEL_REST_MS = 220;

interface Press {
  id: number;
  x: number;
  y: number;
  at: number;
  moved: boolean;
}

// Listens on `surface`. Presses on controls (anything inside a button, link, input or [data-no-swipe]) are
// left alone.
export function listenForGestures(surface: HTMLElement, target: GestureTarget): void {
  let press: Press | null = null;
  let tapTimer: ReturnType<typeof setTimeout> | undefined;

  surface.addEventListener('pointerdown', (event) => {
    if (press || event.button !== 0 || onControl(event.target)) return;
    press = { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp, moved: false };
  });
  surface.addEventListener('pointermove', (event) => {
    if (!press || event.pointerId !== press.id) return;
    const offset = event.clientY - press.y;
    if (!press.moved && Math.abs(offset) > SLOP_PX) {
      press.moved = true;
      surface.setPointerCapture(event.pointerId);
    }
    if (press.moved) target.dragged(offset);
  });
  const end = (event: PointerEvent): void => {
    if (!press || event.pointerId !== press.id) return;
    const { x, y, at, moved } = press;
    press = null;
    if (moved) {
      target.released(
        event.type === 'pointercancel' ? 0 : swipe(event.clientY - y, event.timeStamp - at, surface),
      );
    } else if (event.type === 'pointerup' && Math.abs(event.clientX - x) <= SLOP_PX) {
      tap(event);
    }
  };
  const tap = (event: PointerEvent): void => {
    if (tapTimer !== undefined) {
      clearTimeout(tapTimer);
      tapTimer = undefined;
      target.doubleTapped(event.clientX, event.clientY);
      return;
    }
    tapTimer = setTimeout(() => {
      tapTimer = undefined;
      target.tapped();
    }, DOUBLE_TAP_MS);
  };
  surface.addEventListener('pointerup', end);
  surface.addEventListener('pointercancel', end);
  listenForWheel(surface, target);
}

function listenForWheel(surface: HTMLElement, target: GestureTarget): void {
  let turned = 0;
  let spent = false;
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  surface.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      clearTimeout(restTimer);
      restTimer = setTimeout(() => {
        turned = 0;
        spent = false;
      }, WHEEL_REST_MS);
      if (spent) return;
      turned += event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 24 : event.deltaY;
      if (Math.abs(turned) < WHEEL_PX) return;
      spent = true;
      target.released(turned > 0 ? 1 : -1);
    },
    { passive: false },
  );
}

function swipe(offset: number, ms: number, surface: HTMLElement): -1 | 0 | 1 {
  const fast = Math.abs(offset) / Math.max(ms, 1) > SWIPE_SPEED && Math.abs(offset) > SLOP_PX * 3;
  if (!fast && Math.abs(offset) < surface.clientHeight * SWIPE_SHARE) return 0;
  return offset < 0 ? 1 : -1;
}

function onControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, input, [data-no-swipe]') !== null;
}
