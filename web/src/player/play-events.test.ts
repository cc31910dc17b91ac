import { beforeEach, describe, expect, it } from 'vitest';
import { PlayEvents } from './play-events';

interface Told {
  kind: string;
  amountMs?: string;
  value?: string;
  [field: string]: unknown;
}

describe('PlayEvents', () => {
  let now: number;
  let told: Told[];
  let events: PlayEvents;

  const short = (): string[] =>
    told.map(({ kind, amountMs, value }) =>
      [kind.replace('EVENT_KIND_', ''), amountMs, value].filter((each) => each).join(' '),
    );
  const play = (seconds: number): void => {
    for (let each = 0; each < seconds * 5; each++) {
      now += 200;
      events.tick(0);
    }
  };

  beforeEach(() => {
    now = 1_000_000;
    told = [];
    events = new PlayEvents(
      (event) => told.push({ ...event }),
      () => now,
    );
    events.of({ episodeId: 'e1', seriesId: 's1', sessionId: 'p1', revisionId: 'r1' });
  });

  it('measures from the wish to the first picture, in the rendition that it had', () => {
    events.renditionIs({ bitrateBps: 900_000, name: '540p' }, 0);
    events.asked(0);
    events.waited();
    now += 640;
    events.moved(0);
    expect(short()).toEqual(['PLAY', 'FIRST_FRAME 640 540p']);
    expect(told[1]).toMatchObject({
      episodeId: 'e1',
      seriesId: 's1',
      sessionId: 'p1',
      revisionId: 'r1',
      bitrateBps: '900000',
    });
  });

  it('tells what was watched every five seconds, and the rest where it stops', () => {
    events.asked(0);
    events.moved(0);
    play(7);
    events.paused(7000);
    expect(short()).toEqual(['PLAY', 'FIRST_FRAME 0', 'PROGRESS 5000', 'PROGRESS 2000', 'PAUSE']);
    play(3); // nothing moves
    now += 3_600_000;
    events.moved(7000);
    events.tick(7000);
    expect(short()).toHaveLength(5);
  });

  it('counts no hour of a machine that slept as watched', () => {
    events.asked(0);
    events.moved(0);
    now += 3_600_000;
    events.tick(0);
    events.paused(0);
    expect(short()).toContain('PROGRESS 2000');
  });

  it('calls an empty buffer a stall, but not one after a seek', () => {
    events.asked(0);
    events.moved(0);
    play(1);
    events.waited();
    now += 700;
    events.waited();
    now += 800;
    events.moved(1000);
    expect(short()).toEqual(['PLAY', 'FIRST_FRAME 0', 'STALL 1500']);
    events.sought(1000, 20_000);
    events.waited();
    now += 900;
    events.landed();
    events.moved(20_000);
    play(1);
    events.completed(60_000);
    expect(short().slice(3)).toEqual(['SEEK 19000', 'PROGRESS 2000', 'COMPLETE']);
  });

  it('tells a stall that the viewer did not wait the end of', () => {
    events.asked(0);
    events.moved(0);
    events.waited();
    now += 4000;
    events.left(0);
    expect(short()).toEqual(['PLAY', 'FIRST_FRAME 0', 'STALL 4000', 'SKIP']);
  });

  it('knows who left before the first picture', () => {
    events.asked(0);
    now += 2300;
    events.left(0);
    expect(short()).toEqual(['PLAY', 'SKIP 2300 unstarted']);
    events.left(0);
    events.hidden(0);
    expect(told).toHaveLength(2);
    events.asked(0);
    now += 500;
    events.hidden(0); // a page that is closed is left too
    expect(short().slice(2)).toEqual(['PLAY', 'SKIP 500 unstarted']);
  });

  it('tells an error once until it plays again, and no exit beside it', () => {
    events.asked(0);
    for (let each = 0; each < 4; each++) events.broken('HTTP 503', 0);
    events.left(0);
    expect(short()).toEqual(['PLAY', 'ERROR HTTP 503']);
    events.asked(0);
    events.moved(0);
    events.broken('HTTP 500', 0);
    expect(short().slice(2)).toEqual(['PLAY', 'FIRST_FRAME 0', 'ERROR HTTP 500']);
  });

  it('gives each rendition what was watched in it', () => {
    events.renditionIs({ bitrateBps: 400_000, name: '360p' }, 0);
    events.asked(0);
    events.moved(0);
    play(2);
    events.renditionIs({ bitrateBps: 2_000_000, name: '720p' }, 2000);
    events.renditionIs({ bitrateBps: 2_000_000, name: '720p' }, 2000);
    play(1);
    events.left(3000);
    expect(short().slice(2)).toEqual(['PROGRESS 2000 360p', 'RENDITION 720p', 'PROGRESS 1000 720p', 'SKIP']);
  });

  it('begins anew with another episode', () => {
    events.renditionIs({ bitrateBps: 400_000, name: '360p' }, 0);
    events.asked(0);
    events.of({ episodeId: 'e2' });
    events.moved(0);
    expect(short()).toEqual(['PLAY']);
    events.asked(0);
    events.moved(0);
    expect(told.at(-1)).toMatchObject({ kind: 'EVENT_KIND_FIRST_FRAME', episodeId: 'e2' });
    expect(told.at(-1)?.value).toBeUndefined();
  });
});
