import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NETWORK, Problem } from '../api/problem';
import { EventQueue, MOST_EVENTS, SEND_AFTER_MS, type EventBatch, type EventStore } from './event-queue';

class MapStore implements EventStore {
  readonly map = new Map<string, string>();
  forbidden = false;
  get length(): number {
    return this.map.size;
  }
  key = (index: number): string | null => [...this.map.keys()][index] ?? null;
  getItem = (key: string): string | null => this.map.get(key) ?? null;
  setItem = (key: string, value: string): void => {
    if (this.forbidden) throw new DOMException('full', 'QuotaExceededError');
    this.map.set(key, value);
  };
  removeItem = (key: string): void => void this.map.delete(key);
}

const PLAY = { kind: 'EVENT_KIND_PLAY' } as const;

describe('EventQueue', () => {
  let store: MapStore;
  let sent: { batch: EventBatch; leaving: boolean }[];
  let count: number;
  let refuse: () => Problem | null;

  const queue = (): EventQueue =>
    new EventQueue({
      store,
      send: async (batch, leaving) => {
        const problem = refuse();
        if (problem) throw problem;
        sent.push({ batch: structuredClone(batch), leaving });
        return {};
      },
      device: () => ({ platform: 'PLATFORM_WEB', form: 'FORM_PHONE', network: 'NETWORK_WIFI' }),
      now: () => Date.now(),
      uuid: () => `id-${(count += 1)}`,
    });
  const ids = (): string[] => sent.flatMap(({ batch }) => batch.events.map((event) => event.eventId));
  const away = (): Problem => new Problem(NETWORK, 0, 'away');

  beforeEach(() => {
    vi.useFakeTimers();
    store = new MapStore();
    sent = [];
    count = 0;
    refuse = () => null;
  });
  afterEach(() => vi.useRealTimers());

  it('sends what was told together, dated by the clock of the device', async () => {
    const events = queue();
    const at = new Date(Date.now()).toISOString();
    events.add(PLAY);
    events.add({ kind: 'EVENT_KIND_STALL', amountMs: '300' });
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS - 1);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ids()).toEqual(['id-1', 'id-2']);
    expect(sent[0]!.batch.events[0]).toMatchObject({ clientTime: at, kind: 'EVENT_KIND_PLAY' });
    expect(sent[0]!.batch.device.platform).toBe('PLATFORM_WEB');
    expect(Date.parse(sent[0]!.batch.sendTime) - Date.parse(at)).toBe(SEND_AFTER_MS);
    expect(store.length).toBe(0);
  });

  it('keeps what has no answer over a reload, and sends it again under its id', async () => {
    refuse = away;
    const before = queue();
    before.add(PLAY);
    before.add({ kind: 'EVENT_KIND_ERROR', value: 'HTTP 503' });
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(before.size).toBe(2);
    vi.clearAllTimers(); // the page is gone
    refuse = () => null;
    queue();
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(ids()).toEqual(['id-1', 'id-2']);
    expect(store.length).toBe(0);
  });

  it('tries again with growing pauses, and at once when the network is back', async () => {
    let attempts = 0;
    refuse = () => ((attempts += 1), away());
    const events = queue();
    events.add(PLAY);
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS + 2000 + 4000 + 8000);
    expect(attempts).toBe(4);
    refuse = () => null;
    events.online();
    await vi.advanceTimersByTimeAsync(0);
    expect(ids()).toEqual(['id-1']);
  });

  it('goes on trying after a page that was left came back', async () => {
    refuse = away;
    const events = queue();
    events.add(PLAY);
    events.leave();
    await vi.advanceTimersByTimeAsync(0);
    refuse = () => null;
    events.add(PLAY);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(new Set(ids())).toEqual(new Set(['id-1', 'id-2']));
  });

  it('drops a batch that is refused for what is in it, and no other', async () => {
    refuse = () => new Problem('INVALID_REQUEST', 400, 'bad');
    const events = queue();
    events.add(PLAY);
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(events.size).toBe(0);
    for (const status of [401, 429, 500, 503]) {
      refuse = () => new Problem('X', status, 'busy');
      events.add(PLAY);
      await vi.advanceTimersByTimeAsync(120_000);
    }
    expect(events.size).toBe(4);
  });

  it('is bounded: the oldest go first', async () => {
    refuse = away;
    const events = queue();
    for (let each = 0; each < MOST_EVENTS + 30; each++) events.add(PLAY);
    expect(events.size).toBe(MOST_EVENTS);
    expect(store.length).toBe(MOST_EVENTS);
    refuse = () => null;
    events.online();
    await vi.advanceTimersByTimeAsync(0);
    expect(ids()[0]).toBe('id-31');
    expect(Math.max(...sent.map(({ batch }) => batch.events.length))).toBeLessThanOrEqual(100);
  });

  it('gives the latest events to a page that is closed', async () => {
    const events = queue();
    for (let each = 0; each < 80; each++) events.add(PLAY);
    events.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.leaving).toBe(true);
    expect(ids()).toHaveLength(60);
    expect(ids().at(-1)).toBe('id-80');
    expect(events.size).toBe(20);
  });

  it('lives without a store, and with one that holds nonsense', async () => {
    store.map.set('cliffhanger.event.x', '{"eventId":"y"}');
    store.map.set('cliffhanger.event.z', 'not JSON');
    store.map.set('cliffhanger.session', 'kept');
    const events = queue();
    expect([...store.map.keys()]).toEqual(['cliffhanger.session']);
    store.forbidden = true;
    events.add(PLAY);
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(ids()).toEqual(['id-1']);
  });

  it('tells nothing in another person’s name', async () => {
    refuse = away;
    const events = queue();
    events.add(PLAY);
    events.forget();
    expect(store.length).toBe(0);
    refuse = () => null;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sent).toEqual([]);
  });
});
