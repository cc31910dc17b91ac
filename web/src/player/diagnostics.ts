// What went wrong while playing, for system tests and for people with the console open:
// `window.__cliffhanger`.

export interface PlayerEvent {
  time: string;
  episodeId: string;
  // hls.js's error type and details, or 'session' and the problem's code.
  type: string;
  details: string;
  status: number;
}

export interface Diagnostics {
  // Errors that stopped the player, whether or not it recovered by itself.
  errors: PlayerEvent[];
  // Errors that the player got over without stopping, such as a stalled buffer.
  warnings: PlayerEvent[];
}

const MOST = 200;

export function note(list: PlayerEvent[], event: Omit<PlayerEvent, 'time'>): void {
  list.push({ time: new Date().toISOString(), ...event });
  if (list.length > MOST) list.shift();
}
