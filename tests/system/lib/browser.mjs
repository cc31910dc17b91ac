// Headless Chromium with a page of ours that plays a URL with hls.js, dash.js or shaka-player and says what happened.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {chromium} from 'playwright-core';

import {source} from './house.mjs';

const modules = path.join(source, 'tests/system/node_modules');
const files = {
  '/hls.js': path.join(modules, 'hls.js/dist/hls.min.js'),
  '/shaka.js': path.join(modules, 'shaka-player/dist/shaka-player.compiled.js'),
  '/dash.js': path.join(modules, 'dashjs/dist/modern/umd/dash.all.min.js'),
};
const short = (player) => ({'hls.js': 'hls', 'dash.js': 'dash'})[player] ?? player;

const page = (player) => `<!doctype html><meta charset="utf-8"><video muted playsinline width="360"></video>
<script src="/${player}.js"></script><script>
const video = document.querySelector('video');
window.seen = {errors: [], stalls: [], ended: false, qualities: new Set(), waited: 0};
video.addEventListener('ended', () => { seen.ended = true; });
video.addEventListener('error', () => seen.errors.push('video: ' + video.error?.message));
video.addEventListener('resize', () => seen.qualities.add(video.videoHeight));
window.play = {
  hls: async (url) => {
    const hls = new Hls({debug: false});
    // What it gave up itself for another rung or place is no error; that it waited, on a machine that encodes meanwhile, is told apart. So is that it
    // began with the next segment: by its default, hls.js does so where a place is less than maxFragLookUpTolerance (0.25 s) before one, and goes 0.1 s
    // into it.
    const skipped = ({reason}) => {
      const [, from, to] = /seeking from ([\\d.]+) to ([\\d.]+)/.exec(reason ?? '') ?? [];
      return to - from <= 0.25 + 0.1;
    };
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.details === Hls.ErrorDetails.INTERNAL_ABORTED) return;
      const told = data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR ||
          (data.details === Hls.ErrorDetails.BUFFER_SEEK_OVER_HOLE && skipped(data));
      (told && !data.fatal ? seen.stalls : seen.errors).push(data.type + ' ' + data.details + ' ' + (data.reason ?? '') + (data.fatal ? ' FATAL' : ''));
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    await new Promise((resolve) => hls.on(Hls.Events.MANIFEST_PARSED, resolve));
    window.player = hls;
  },
  shaka: async (url, keys) => {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    if (keys) player.configure({drm: {clearKeys: keys}});
    player.addEventListener('error', (event) => seen.errors.push('shaka ' + event.detail.code + ' ' + event.detail.message));
    await player.attach(video);
    await player.load(url).catch((error) => seen.errors.push('load ' + error.code + ' ' + error.message));
    window.player = player;
  },
  dash: async (url) => {
    const player = dashjs.MediaPlayer().create();
    const begun = new Promise((resolve) => player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve));
    player.on(dashjs.MediaPlayer.events.ERROR, ({error}) => seen.errors.push('dash ' + error?.code + ' ' + error?.message));
    player.initialize(video, url, false);
    await begun;
    window.player = player;
  },
};
// Whether a rung is taken is the test's choice from the first call on; gives the height it should have.
window.choose = {
  hls: (any) => {
    const i = any % player.levels.length;
    player.currentLevel = i;
    return player.levels[i].height;
  },
  shaka: (any) => {
    player.configure('abr.enabled', false);
    const tracks = player.getVariantTracks();
    const track = tracks[any % tracks.length];
    player.selectVariantTrack(track, true);
    return track.height;
  },
  dash: (any) => {
    player.updateSettings({streaming: {abr: {autoSwitchBitrate: {video: false}}}});
    const rungs = player.getRepresentationsByType('video');
    const rung = rungs[any % rungs.length];
    player.setRepresentationForTypeById('video', rung.id, true);
    return rung.height;
  },
};
// Until the picture has moved on by a quarter of a second.
window.moving = async (seconds) => {
  const end = Date.now() + seconds * 1000, from = video.currentTime;
  while (video.seeking || (video.currentTime < from + 0.25 && !video.ended)) {
    if (Date.now() > end) throw new Error('stuck at ' + video.currentTime + ', state ' + video.readyState + ', buffered ' +
        Array.from({length: video.buffered.length}, (_, i) => [video.buffered.start(i), video.buffered.end(i)]).join(' '));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
</script>`;

export class Browser {
  async start() {
    this.server = http.createServer((request, response) => {
      const {pathname} = new URL(request.url, 'http://x');
      if (files[pathname]) {
        response.setHeader('Content-Type', 'text/javascript');
        fs.createReadStream(files[pathname]).pipe(response);
      } else if (pathname === '/favicon.ico') {
        response.writeHead(204).end();
      } else {
        response.setHeader('Content-Type', 'text/html');
        response.end(page(pathname.slice(1)));
      }
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chs-browser-'));
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: '/usr/bin/chromium', headless: true, viewport: {width: 390, height: 844}, hasTouch: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
    });
    return this;
  }

  // Plays to the end at `rate` times the speed; what the page saw. `keys`: for shaka, {key id: key} in hex.
  async play(player, url, {rate = 2, seconds = 60, keys = null} = {}) {
    const tab = await this.context.newPage();
    try {
      await this.open(tab, player);
      return await tab.evaluate(async ({player, url, rate, seconds, keys}) => {
        await window.play[player](url, keys);
        const video = document.querySelector('video');
        video.playbackRate = rate;
        await video.play().catch((error) => seen.errors.push('play ' + error.message));
        const end = Date.now() + seconds * 1000;
        while (!seen.ended && Date.now() < end && !seen.errors.some((e) => e.includes('FATAL') || e.includes('video:'))) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const quality = video.getVideoPlaybackQuality();
        return {...seen, qualities: [...seen.qualities], position: video.currentTime, duration: video.duration,
          decoded: quality.totalVideoFrames, asked: performance.getEntriesByType('resource').map((it) => it.name),
          hevc: MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.90"')};
      }, {player: short(player), url, rate, seconds, keys});
    } finally {
      await tab.close();
    }
  }

  open(tab, player) { return tab.goto(`http://127.0.0.1:${this.server.address().port}/${short(player)}`); }

  // Starts with hls.js at the rung of the media playlist `rung`, where `held` ({url: {base64}}) is at hand and not asked for; until it has played a
  // second. `served`: how often something was at hand; `asked`: what the network was asked for.
  async playHeld(url, rung, held) {
    const tab = await this.context.newPage();
    try {
      await this.open(tab, 'hls.js');
      return await tab.evaluate(async ({url, rung, held}) => {
        let served = 0;
        class Loader extends Hls.DefaultConfig.loader {
          load(context, config, callbacks) {
            const it = held[context.url];
            if (!it) return super.load(context, config, callbacks);
            ++served;
            this.context = context;
            const bytes = Uint8Array.from(atob(it.base64), (c) => c.charCodeAt(0));
            const now = performance.now();
            Object.assign(this.stats.loading, {start: now, first: now, end: now});
            this.stats.loaded = this.stats.total = bytes.length;
            const data = context.responseType === 'arraybuffer' ? bytes.buffer : new TextDecoder().decode(bytes);
            queueMicrotask(() => callbacks.onSuccess({url: context.url, data, code: 200}, this.stats, context, null));
          }
        }
        const hls = new Hls({loader: Loader, autoStartLoad: false});
        hls.on(Hls.Events.ERROR, (_, data) => data.fatal && seen.errors.push(data.type + ' ' + data.details));
        hls.on(Hls.Events.MANIFEST_PARSED, () => {
          hls.startLevel = hls.levels.findIndex((level) => level.url.includes(rung));
          hls.startLoad(0);
        });
        hls.loadSource(url);
        hls.attachMedia(video);
        await video.play().catch((error) => seen.errors.push('play ' + error.message));
        const end = Date.now() + 60_000;
        while (video.currentTime < 1 && Date.now() < end && seen.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        return {errors: seen.errors, position: video.currentTime, served, asked: performance.getEntriesByType('resource').map((it) => it.name)};
      }, {url, rung, held});
    } finally {
      await tab.close();
    }
  }

  // Jumps to each of `places` (parts of the whole), taking another rung each time, and waits until the picture moves there; then to the end.
  async roam(player, url, places) {
    const tab = await this.context.newPage();
    try {
      await this.open(tab, player);
      return await tab.evaluate(async ({player, url, places}) => {
        await window.play[player](url);
        const video = document.querySelector('video');
        await video.play();
        await window.moving(20);
        const chosen = new Set(), visited = [];
        for (const [i, part] of places.entries()) {
          chosen.add(window.choose[player](i));
          video.currentTime = part * video.duration;
          await window.moving(20).catch((error) => seen.errors.push(`${part}: ${error.message}`));
          visited.push(video.currentTime / video.duration);
          if (video.ended) await video.play();
        }
        video.currentTime = video.duration - 1;
        const end = Date.now() + 20_000;
        while (!video.ended && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
        return {...seen, qualities: [...seen.qualities], chosen: [...chosen], visited, ended: video.ended, position: video.currentTime};
      }, {player: short(player), url, places});
    } finally {
      await tab.close();
    }
  }

  async stop() {
    await this.context?.close();
    this.server?.close();
    if (this.profile) fs.rmSync(this.profile, {recursive: true, force: true});
  }
}
