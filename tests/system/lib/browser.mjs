// Headless Chromium with a page of ours that plays an HLS URL with hls.js or shaka-player and says what happened.
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
};

const page = (player) => `<!doctype html><meta charset="utf-8"><video muted playsinline width="360"></video>
<script src="/${player}.js"></script><script>
const video = document.querySelector('video');
window.seen = {errors: [], ended: false, qualities: new Set(), waited: 0};
video.addEventListener('ended', () => { seen.ended = true; });
video.addEventListener('error', () => seen.errors.push('video: ' + video.error?.message));
video.addEventListener('resize', () => seen.qualities.add(video.videoHeight));
window.play = {
  hls: async (url) => {
    const hls = new Hls({debug: false});
    hls.on(Hls.Events.ERROR, (_, data) => seen.errors.push(data.type + ' ' + data.details + ' ' + (data.reason ?? '') + (data.fatal ? ' FATAL' : '')));
    hls.loadSource(url);
    hls.attachMedia(video);
    await new Promise((resolve) => hls.on(Hls.Events.MANIFEST_PARSED, resolve));
    window.player = hls;
  },
  shaka: async (url) => {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.addEventListener('error', (event) => seen.errors.push('shaka ' + event.detail.code + ' ' + event.detail.message));
    await player.attach(video);
    await player.load(url).catch((error) => seen.errors.push('load ' + error.code + ' ' + error.message));
    window.player = player;
  },
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

  // Plays to the end at `rate` times the speed; what the page saw.
  async play(player, url, {rate = 2, seconds = 60} = {}) {
    const tab = await this.context.newPage();
    try {
      await tab.goto(`http://127.0.0.1:${this.server.address().port}/${player === 'hls.js' ? 'hls' : 'shaka'}`);
      return await tab.evaluate(async ({player, url, rate, seconds}) => {
        await window.play[player === 'hls.js' ? 'hls' : 'shaka'](url);
        const video = document.querySelector('video');
        video.playbackRate = rate;
        await video.play().catch((error) => seen.errors.push('play ' + error.message));
        const end = Date.now() + seconds * 1000;
        while (!seen.ended && Date.now() < end && !seen.errors.some((e) => e.includes('FATAL') || e.includes('video:'))) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const quality = video.getVideoPlaybackQuality();
        return {...seen, qualities: [...seen.qualities], position: video.currentTime, duration: video.duration,
          decoded: quality.totalVideoFrames};
      }, {player, url, rate, seconds});
    } finally {
      await tab.close();
    }
  }

  async stop() {
    await this.context?.close();
    this.server?.close();
    fs.rmSync(this.profile, {recursive: true, force: true});
  }
}
