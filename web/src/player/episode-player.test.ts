import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import type { PlaybackSession } from '../api/types';
import type { Diagnostics } from './diagnostics';
import { EpisodePlayer, type PlayerState } from './episode-player';
import type { Stream, StreamEvents } from './stream';

// A video element as far as the player uses one.
class FakeVideo extends EventTarget {
  currentTime = 0;
  duration = 60;
  muted = true;
  paused = true;
  ended = false;
  refuse = (): Error | null => null;

  async play(): Promise<void> {
    const refusal = this.refuse();
    if (refusal) throw refusal;
    this.paused = false;
    this.dispatchEvent(new Event('playing'));
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
}

const EPISODE = { episodeId: 'e1', seriesId: 's1', number: 1 };

describe('EpisodePlayer', () => {
  let video: FakeVideo;
  let diagnostics: Diagnostics;
  let player: EpisodePlayer;
  let states: PlayerState[];
  let starts: { url: string; from: number; events: StreamEvents }[];
  let reports: string[];
  let told: string[];
  const startPlayback = vi.fn<(id: string) => Promise<PlaybackSession>>();
  const onForcedMute = vi.fn();
  let muted = true;

  beforeEach(() => {
    vi.useFakeTimers();
    video = new FakeVideo();
    diagnostics = { errors: [], warnings: [] };
    states = [];
    starts = [];
    reports = [];
    told = [];
    muted = true;
    let count = 0;
    onForcedMute.mockReset();
    startPlayback.mockReset().mockImplementation(async (episodeId) => {
      count += 1;
      return { sessionId: `p${count}`, episodeId, playlistUrl: `/hls/${count}/main.m3u8`, resumeMs: '7000' };
    });
    const stream: Stream = {
      goFull: vi.fn(),
      rest: vi.fn(),
      selectCaptions: vi.fn(),
      captionAt: () => '',
      destroy: vi.fn(),
    };
    player = new EpisodePlayer(
      video as unknown as HTMLVideoElement,
      {
        startPlayback,
        report: async (_session, report) => void reports.push(report.event),
        tell: (event) => void told.push(event.kind.replace('EVENT_KIND_', '')),
        makeStream: (_video, session, from, events) => {
          starts.push({ url: session.playlistUrl, from, events });
          return stream;
        },
        diagnostics,
        isMuted: () => muted,
        onForcedMute,
      },
      {
        stateChanged: (state) => states.push(state),
        timeChanged: () => undefined,
        captionTracks: () => undefined,
        started: () => undefined,
      },
    );
  });

  afterEach(() => {
    player.close();
    vi.useRealTimers();
  });

  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('preloads without playing, at the place the server remembers', async () => {
    player.open(EPISODE);
    await settle();
    expect(starts).toMatchObject([{ url: '/hls/1/main.m3u8', from: 7 }]);
    expect(video.paused).toBe(true);
    player.activate();
    expect(player.state).toBe('playing');
    expect(startPlayback).toHaveBeenCalledTimes(1);
  });

  it('drops the answer for an episode that is no longer wanted', async () => {
    player.open(EPISODE);
    player.close();
    player.open({ ...EPISODE, episodeId: 'e2' });
    await settle();
    expect(starts.map((start) => start.url)).toEqual(['/hls/2/main.m3u8']);
  });

  it('starts a session again after 403, where it was, and not for ever', async () => {
    player.open(EPISODE);
    player.activate();
    await settle();
    for (const attempt of [1, 2, 3]) {
      video.currentTime = 20 + attempt;
      starts.at(-1)!.events.failed('networkError', 'fragLoadError', 403);
      starts.at(-1)!.events.failed('networkError', 'fragLoadError', 403);
      await settle();
      expect(starts.at(-1)).toMatchObject({ url: `/hls/${attempt + 1}/main.m3u8`, from: 20 + attempt });
    }
    starts.at(-1)!.events.failed('networkError', 'fragLoadError', 403);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(player.state).toBe('error');
    expect(starts).toHaveLength(4);
    expect(diagnostics.errors).toHaveLength(4);
  });

  it('starts a session again after 410, and says why there is none', async () => {
    player.open(EPISODE);
    player.activate();
    await settle();
    startPlayback.mockRejectedValue(new Problem('EPISODE_NOT_FOUND', 404, 'gone'));
    starts.at(-1)!.events.failed('networkError', 'fragLoadError', 410);
    await settle();
    expect(player.state).toBe('error');
    expect(starts).toHaveLength(1);
  });

  it('tries again by itself with growing pauses, then leaves it to the viewer', async () => {
    startPlayback.mockRejectedValue(new Problem('UNAVAILABLE', 503, 'away'));
    player.open(EPISODE);
    player.activate();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(startPlayback).toHaveBeenCalledTimes(4);
    expect(player.state).toBe('error');
    expect(player.trouble).toEqual({ kind: 'failed', code: 'UNAVAILABLE' });
    player.retry();
    await settle();
    expect(startPlayback).toHaveBeenCalledTimes(5);
  });

  it('resumes when the connection is back', async () => {
    startPlayback.mockRejectedValueOnce(new Problem('NETWORK', 0, 'away'));
    player.open(EPISODE);
    player.activate();
    await settle();
    expect(player.state).toBe('error');
    window.dispatchEvent(new Event('online'));
    await settle();
    expect(player.state).toBe('playing');
  });

  it('does not knock again at a locked episode', async () => {
    startPlayback.mockRejectedValue(new Problem('EPISODE_LOCKED', 403, 'locked'));
    player.open(EPISODE);
    player.activate();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(startPlayback).toHaveBeenCalledTimes(1);
    expect(player.trouble?.kind).toBe('locked');
    expect(diagnostics.errors).toEqual([]);
  });

  it('goes on muted where the browser refuses sound', async () => {
    muted = false;
    video.refuse = () => (video.muted ? null : new DOMException('no gesture', 'NotAllowedError'));
    player.open(EPISODE);
    player.activate();
    await settle();
    expect(onForcedMute).toHaveBeenCalledTimes(1);
    expect(player.state).toBe('playing');
  });

  it('reports a skip before the end, and none after it', async () => {
    player.open(EPISODE);
    player.activate();
    await vi.advanceTimersByTimeAsync(1000);
    player.deactivate(true);
    expect(reports).toEqual(['WATCH_EVENT_SKIP']);
    player.activate();
    await vi.advanceTimersByTimeAsync(1000);
    video.ended = true;
    video.paused = true;
    video.dispatchEvent(new Event('ended'));
    expect(player.state).toBe('ended');
    player.deactivate(true);
    expect(reports).toEqual(['WATCH_EVENT_SKIP', 'WATCH_EVENT_COMPLETE']);
  });

  it('tells what quality is measured by', async () => {
    player.open(EPISODE);
    await settle();
    expect(told).toEqual([]); // preloading is nobody's wish
    starts[0]!.events.rendition({ bitrateBps: 900_000, name: '540p' });
    player.activate();
    await vi.advanceTimersByTimeAsync(5400);
    video.dispatchEvent(new Event('waiting'));
    await vi.advanceTimersByTimeAsync(800);
    video.dispatchEvent(new Event('playing'));
    player.seek(30);
    video.dispatchEvent(new Event('waiting'));
    video.dispatchEvent(new Event('seeked'));
    video.dispatchEvent(new Event('playing'));
    player.pause();
    expect(told).toEqual(['PLAY', 'FIRST_FRAME', 'PROGRESS', 'STALL', 'SEEK', 'PROGRESS', 'PAUSE']);
    player.play();
    player.deactivate(true);
    expect(told.at(-1)).toBe('SKIP');
  });

  it('tells of failures that the viewer sees, and of leaving before the start', async () => {
    startPlayback.mockRejectedValue(new Problem('UNAVAILABLE', 503, 'away'));
    player.open(EPISODE);
    player.activate();
    await vi.advanceTimersByTimeAsync(120_000);
    player.deactivate(true);
    expect(told).toEqual(['PLAY', 'ERROR']);
    startPlayback.mockImplementation(() => new Promise(() => undefined));
    player.open({ ...EPISODE, episodeId: 'e2' });
    player.activate();
    await vi.advanceTimersByTimeAsync(1500);
    player.pageHidden();
    player.deactivate(true);
    expect(told.slice(2)).toEqual(['PLAY', 'SKIP']);
  });

  it('tells nothing of an URL that is replaced without a word', async () => {
    player.open(EPISODE);
    player.activate();
    await settle();
    starts.at(-1)!.events.failed('networkError', 'fragLoadError', 403);
    await settle();
    expect(told).not.toContain('ERROR');
  });
});
