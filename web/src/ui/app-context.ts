import type { ApiClient } from '../api/client';
import type { TokenKeeper } from '../api/token-keeper';
import type { EventQueue } from '../events/event-queue';
import type { StartPacks } from '../packs/start-packs';
import type { Reactions } from '../feed/reactions';
import type { Diagnostics } from '../player/diagnostics';
import type { EpisodeLists } from '../series/episode-list';
import type { Preferences } from './preferences';
import type { Route } from './routes';
import type { Toasts } from './toast';

// What every part of the page is given.
export interface AppContext {
  api: ApiClient;
  tokens: TokenKeeper;
  reactions: Reactions;
  lists: EpisodeLists;
  packs: StartPacks;
  events: EventQueue;
  preferences: Preferences;
  toasts: Toasts;
  diagnostics: Diagnostics;
  // BCP 47 tags, the most wanted first.
  languages: readonly string[];
  go(route: Route): void;
  back(): void;
  // Somebody else is signed in now, or the language changed: what is shown is drawn anew.
  // `greeting` is shown after that.
  restart(greeting?: string): void;
}
