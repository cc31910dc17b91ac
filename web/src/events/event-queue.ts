import { NETWORK, Problem } from '../api/problem';
import type { ClientEvent, EventDevice, RecordEventsAnswer } from './client-event';

// The part of localStorage that the queue uses; tests give a map.
export interface EventStore {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface EventQueueDeps {
  store: EventStore;
  // POST /v1/events. With `leaving` the request outlives the page.
  send(batch: EventBatch, leaving: boolean): Promise<RecordEventsAnswer>;
  device(): EventDevice;
  now(): number;
  uuid(): string;
}

// A batch as the contract has it (proto/cliffhanger/insight/v1/insight_service.proto).
export interface EventBatch {
  events: ClientEvent[];
  sendTime: string;
  device: EventDevice;
}

const PREFIX = 'cliffhanger.event.';
// Events kept at the most; beyond that the oldest go. Some 300 bytes each.
export const MOST_EVENTS = 1000;
export const BATCH_EVENTS = 100;
// A request that outlives the page may have 64 KiB in all.
const LEAVING_EVENTS = 60;
// An event waits this long for others before it is sent: with the way to the operators' page it has five seconds.
export const SEND_AFTER_MS = 1500;
const BACKOFF_MS = 2000;
const LONGEST_BACKOFF_MS = 60_000;

// Events of this device until the server has them. Each is kept in the browser's store under a key of its own, so that a reload, a crash or
// another tab loses none: tabs never write each other's keys, and what two tabs send both counts once, by its id. Where the store is full
// or forbidden, events live as long as the page.
export class EventQueue {
  private readonly waiting = new Map<string, ClientEvent>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;
  private failures = 0;

  constructor(private readonly deps: EventQueueDeps) {
    for (const event of this.stored()) this.waiting.set(event.eventId, event);
    this.trim();
    if (this.waiting.size > 0) this.later(SEND_AFTER_MS);
  }

  get size(): number {
    return this.waiting.size;
  }

  // Keeps an event of now and sends it soon.
  add(event: Omit<ClientEvent, 'eventId' | 'clientTime'>): void {
    const whole = {
      ...event,
      eventId: this.deps.uuid(),
      clientTime: new Date(this.deps.now()).toISOString(),
    };
    this.waiting.set(whole.eventId, whole);
    try {
      this.deps.store.setItem(PREFIX + whole.eventId, JSON.stringify(whole));
    } catch {
      // Full or forbidden.
    }
    this.trim();
    this.later(this.failures === 0 ? SEND_AFTER_MS : this.backoff());
  }

  // Sends what waits, one batch after the other, until a batch fails; that is tried again later.
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.waiting.size > 0 && (await this.sendSome(BATCH_EVENTS, false)));
    } finally {
      this.sending = false;
    }
    if (this.waiting.size > 0) this.later(this.backoff());
  }

  // The page may be gone in a moment: the latest events leave with it. What is sent twice counts once.
  leave(): void {
    if (this.waiting.size > 0) void this.sendSome(LEAVING_EVENTS, true);
  }

  // The network is back.
  online(): void {
    this.failures = 0;
    void this.flush();
  }

  // Somebody else uses this browser from now on: nothing is told in their name.
  forget(): void {
    for (const eventId of [...this.waiting.keys()]) this.drop(eventId);
  }

  // Whether the batch is done with.
  private async sendSome(most: number, leaving: boolean): Promise<boolean> {
    const all = [...this.waiting.values()];
    const events = leaving ? all.slice(-most) : all.slice(0, most);
    const sendTime = new Date(this.deps.now()).toISOString();
    try {
      await this.deps.send({ events, sendTime, device: this.deps.device() }, leaving);
    } catch (thrown) {
      if (!isRefusal(thrown)) {
        this.failures += 1;
        return false;
      }
    }
    this.failures = 0;
    for (const event of events) this.drop(event.eventId);
    return true;
  }

  private drop(eventId: string): void {
    this.waiting.delete(eventId);
    try {
      this.deps.store.removeItem(PREFIX + eventId);
    } catch {
      // Forbidden.
    }
  }

  private trim(): void {
    for (const eventId of this.waiting.keys()) {
      if (this.waiting.size <= MOST_EVENTS) return;
      this.drop(eventId);
    }
  }

  private later(ms: number): void {
    this.timer ??= setTimeout(() => void this.flush(), ms);
  }

  private backoff(): number {
    return Math.min(BACKOFF_MS * 2 ** Math.max(0, this.failures - 1), LONGEST_BACKOFF_MS);
  }

  // What earlier pages left, the oldest first.
  private stored(): ClientEvent[] {
    const { store } = this.deps;
    const events: ClientEvent[] = [];
    try {
      const keys = Array.from({ length: store.length }, (_, index) => store.key(index) ?? '');
      for (const key of keys.filter((each) => each.startsWith(PREFIX))) {
        const event = parse(store.getItem(key));
        if (event && PREFIX + event.eventId === key) events.push(event);
        else store.removeItem(key);
      }
    } catch {
      // Forbidden.
    }
    return events.sort((a, b) => a.clientTime.localeCompare(b.clientTime));
  }
}

// A batch that is refused for what is in it will be refused again.
function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof Problem) || thrown.code === NETWORK) return false;
  return [400, 403, 413, 415, 422].includes(thrown.status);
}

function parse(text: string | null): ClientEvent | null {
  try {
    const event = JSON.parse(text ?? '') as Partial<ClientEvent>;
    return typeof event.eventId === 'string' && typeof event.clientTime === 'string' && event.kind
      ? (event as ClientEvent)
      : null;
  } catch {
    return null;
  }
}
