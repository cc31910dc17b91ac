import type { KeyValueStore } from '../api/token-keeper';
import type { EventStore } from '../events/event-queue';

// What this browser's viewer chose, kept over visits. A full or forbidden store loses the choice, nothing
// else.
export class Preferences {
  // Sound is off at every start: browsers demand it, and most watch without.
  muted = true;

  constructor(private readonly store: KeyValueStore) {}

  get captions(): string {
    return this.read('captions') ?? 'auto';
  }
  set captions(value: string) {
    this.write('captions', value);
  }

  get locale(): string {
    return this.read('locale') ?? '';
  }
  set locale(value: string) {
    this.write('locale', value);
  }

  // Whether minors' mode was on when the server last said so: what it withholds is withheld offline too.
  get minors(): boolean {
    return this.read('minors') === 'on';
  }
  set minors(on: boolean) {
    this.write('minors', on ? 'on' : 'off');
  }

  private read(name: string): string | null {
    return this.store.getItem(`cliffhanger.${name}`);
  }

  private write(name: string, value: string): void {
    this.store.setItem(`cliffhanger.${name}`, value);
  }
}

// localStorage, or memory where the browser forbids it (private modes, blocked cookies).
export function safeStore(): KeyValueStore & EventStore {
  try {
    const probe = 'cliffhanger.probe';
    localStorage.setItem(probe, '1');
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    const map = new Map<string, string>();
    return {
      get length() {
        return map.size;
      },
      key: (index) => [...map.keys()][index] ?? null,
      getItem: (key) => map.get(key) ?? null,
      setItem: (key, value) => void map.set(key, value),
      removeItem: (key) => void map.delete(key),
    };
  }
}
