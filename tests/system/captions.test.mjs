// Captions, from a creator's files to what a viewer reads: SRT and ASS in two languages, bad files, a change while the episode is public.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, describe, test} from 'node:test';
import * as HLS from 'hls-parser';

import {creator, guest, makeEpisode, publish, untilReady, upload} from './lib/api.mjs';
import {Browser} from './lib/browser.mjs';
import {makeClip} from './lib/clips.mjs';
import {build, House, until} from './lib/house.mjs';

const srt = '1\r\n00:00:01,000 --> 00:00:02,500\r\nShe came <i>back</i>.\r\n\r\n2\r\n00:00:04,000 --> 00:00:06,000\r\nWhy now & here?\r\n';
const ass = `[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, Alignment
Style: Default,Arial,20,2
Style: Top,Arial,20,8

[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:04.00,0:00:06.00,Default,¿Por qué ahora\\Ny aquí?
Dialogue: 0,0:00:01.00,0:00:02.50,Top,{\\b1}Ha vuelto{\\b0}.
`;
const bad = '1\n00:00:01,000 --> 00:00:00,500\nbackwards\n\n2\n00:00:0x,000 --> 00:00:09,000\nno time\n\n3\n00:00:50,000 --> 00:00:51,000\nafter the end\n';

describe('captions', () => {
  const house = new House(), browser = new Browser();
  let maker, viewer, episode, base;
  const path = (language, verb = '') => `/v1/episodes/${episode.episodeId}/captions/${language}${verb}`;
  const put = (language, body, person = maker) => person.call('PUT', path(language), body);
  const playlist = async () => (await fetch(base)).text();

  before(async () => {
    await house.start();
    await browser.start();
    maker = await creator(house.url);
    ({episode} = await makeEpisode(maker));
    await upload(maker, makeClip(`${house.dir}/clip.mp4`, {seconds: 8}), episode.episodeId);
  });
  after(async () => {
    await browser.stop();
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('two files in two formats are taken', async () => {
    const english = await until('the upload is known', () => put('EN', {text: srt, label: 'English'}).catch((why) => {
      if (why.code !== 'EPISODE_NOT_FOUND') throw why;
    }));
    assert.equal(english.captions.language, 'en');
    assert.equal(english.captions.cues, 2);
    const spanish = await put('es', {text: ass, label: 'Español', kind: 'CAPTIONS_KIND_CAPTIONS', format: 'CAPTIONS_FORMAT_ASS'});
    assert.equal(spanish.captions.cues, 2);
    const kept = await maker.get(path('es'));
    assert.match(kept.webvtt, /^WEBVTT\n\n00:00:01\.000 --> 00:00:02\.500 line:0\n<b>Ha vuelto<\/b>\.\n\n00:00:04\.000 --> 00:00:06\.000\n¿Por qué ahora\ny aquí\?\n$/);
    const {captions} = await maker.get(`/v1/episodes/${episode.episodeId}/captions`);
    assert.deepEqual(captions.map((it) => [it.language, it.state]), [['en', 'CAPTIONS_STATE_PUBLIC'], ['es', 'CAPTIONS_STATE_PUBLIC']]);
  });

  test('a bad file is refused with every line and its reason', async () => {
    await untilReady(maker, episode.episodeId);
    await assert.rejects(put('fr', {text: bad}), (why) => {
      assert.equal(why.status, 400);
      assert.equal(why.code, 'CAPTIONS_INVALID');
      const faults = why.document.errors.map((it) => `${it.field} ${it.message}`.match(/^text line (\d+): ([A-Z_]+): /).slice(1, 3).join(' '));
      assert.deepEqual(faults, ['2 END_BEFORE_START', '6 BAD_TIMESTAMP', '10 CUE_BEYOND_END']);
      return true;
    });
    await assert.rejects(put('fr', {text: 'Dear all, please find attached the captions.'}),
        (why) => why.document.errors[0].message.startsWith('line 1: NOT_CAPTIONS'));
    const other = await creator(house.url);
    await assert.rejects(put('en', {text: srt}, other), {status: 404, code: 'EPISODE_NOT_FOUND'});
    await assert.rejects(other.get(path('en')), {status: 404, code: 'EPISODE_NOT_FOUND'});
  });

  test('viewers find both languages, over the whole episode', async () => {
    await publish(maker, episode.episodeId);
    viewer = await guest(house.url);
    const {session} = await until('the episode is public',
        () => viewer.post('/v1/playback/sessions', {episodeId: episode.episodeId}).catch(() => undefined));
    base = new URL(session.playlistUrl, house.url);
    const text = await playlist();
    assert.match(text, /TYPE=SUBTITLES.*LANGUAGE="es".*CHARACTERISTICS="public\.accessibility\.transcribes-spoken-dialog/);
    for (const variant of HLS.parse(text).variants.filter((it) => !it.isIFrameOnly)) {
      assert.deepEqual(variant.subtitles.map((it) => [it.language, it.name]), [['en', 'English'], ['es', 'Español']]);
      const list = new URL(variant.subtitles[0].uri, base);
      const media = HLS.parse(await (await fetch(list)).text());
      assert.ok(media.endlist);
      const sum = media.segments.reduce((all, it) => all + it.duration, 0);
      assert.ok(Math.abs(sum - Number(session.durationMs) / 1000) < 0.05, `${sum} s`);
      const segment = await fetch(new URL(media.segments[0].uri, list));
      assert.match(segment.headers.get('content-type'), /^text\/vtt/);
      assert.match(await segment.text(), /^WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00\.000\n\n00:00:01\.000 --> 00:00:02\.500\nShe came <i>back<\/i>\.\n/);
    }
  });

  test('our own checker has nothing against them', () => {
    const done = spawnSync(`${build}/bin/cliffhanger-media`, ['check', base.href], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });

  test('DASH players know both languages', async () => {
    const manifest = new URL('main.mpd', base).href;
    for (const player of ['shaka', 'dash.js']) {
      const tab = await browser.context.newPage();
      try {
        await browser.open(tab, player);
        const found = await tab.evaluate(async ({player, url}) => {
          await window.play[player === 'shaka' ? 'shaka' : 'dash'](url);
          const tracks = player === 'shaka' ? window.player.getTextTracks().map((it) => it.language) : window.player.getTracksFor('text').map((it) => it.lang);
          return {languages: [...new Set(tracks)].sort(), errors: seen.errors};
        }, {player, url: manifest});
        assert.deepEqual(found, {languages: ['en', 'es'], errors: []}, player);
      } finally {
        await tab.close();
      }
    }
  });

  test('hls.js shows each cue at its time', async () => {
    const tab = await browser.context.newPage();
    try {
      await browser.open(tab, 'hls.js');
      const shown = await tab.evaluate(async (url) => {
        await window.play.hls(url);
        const video = document.querySelector('video');
        await video.play();
        player.subtitleTrack = player.subtitleTracks.findIndex((it) => it.lang === 'es');
        player.subtitleDisplay = true;
        const track = () => [...video.textTracks].find((it) => it.mode === 'showing');
        const active = async (at) => {
          const end = Date.now() + 60_000;
          video.pause();
          video.currentTime = at;
          while (Date.now() < end) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            if (video.seeking || video.readyState < 2 || !(track()?.cues?.length >= 2)) continue;  // both are loaded
            await new Promise((resolve) => setTimeout(resolve, 300));
            return [...track().activeCues].map((cue) => `${cue.startTime}-${cue.endTime} ${cue.line} ${cue.text}`);
          }
          return ['nothing was loaded'];
        };
        const languages = [...video.textTracks].map((it) => it.language);
        return {languages, early: await active(0.5), first: await active(1.5), between: await active(3), second: await active(5), errors: seen.errors};
      }, base.href);
      assert.deepEqual(shown.errors, []);
      assert.deepEqual(shown.languages.sort(), ['en', 'es']);
      assert.deepEqual(shown.early, []);
      assert.deepEqual(shown.first, ['1-2.5 0 <b>Ha vuelto</b>.']);
      assert.deepEqual(shown.between, []);
      assert.deepEqual(shown.second, ['4-6 auto ¿Por qué ahora\ny aquí?']);
    } finally {
      await tab.close();
    }
  });

  test('shaka-player knows both, and the viewer page shows them', async () => {
    const tab = await browser.context.newPage();
    try {
      await browser.open(tab, 'shaka');
      const found = await tab.evaluate(async (url) => {
        await window.play.shaka(url);
        return {languages: player.getTextTracks().map((it) => it.language), errors: seen.errors};
      }, base.href);
      assert.deepEqual(found, {languages: ['en', 'es'], errors: []});
      await tab.goto(house.url);
      await tab.waitForSelector('[data-state="playing"]', {timeout: 60_000});
      await tab.getByText(/Why now & here\?|¿Por qué ahora/).first().waitFor({timeout: 60_000});
    } finally {
      await tab.close();
    }
  });

  test('a change is seen within a minute, and who watches goes on', async () => {
    const list = new URL('captions/en/captions.m3u8', base);
    const old = new URL(HLS.parse(await (await fetch(list)).text()).segments[0].uri, list);
    await put('en', {text: srt.replace('Why now & here?', 'Why, then?'), label: 'English'});
    await maker.call('DELETE', path('es'));
    await until('the playlists have changed', async () => {
      const now = HLS.parse(await (await fetch(list, {cache: 'no-store'})).text());
      const text = await (await fetch(new URL(now.segments[0].uri, list))).text();
      return text.includes('Why, then?') && !(await playlist()).includes('LANGUAGE="es"');
    });
    assert.equal((await fetch(old)).status, 200);
    assert.match(await playlist(), /LANGUAGE="en".*DEFAULT=YES/);
    const seen = await browser.play('hls.js', base.href, {rate: 4});
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.ended);
  });

  test('what a machine wrote is shown only after its creator has approved it', async () => {
    const wav = `${house.dir}/voice.wav`, clip = `${house.dir}/voice.mp4`;
    spawnSync('espeak-ng', ['-v', 'en-us', '-s', '120', '-w', wav, 'We want to go home to my mother and father.']);
    const made = spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=360x640:r=30:d=6', '-i', wav, '-af', 'adelay=1000:all=1,apad',
      '-t', '6', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip], {encoding: 'utf8'});
    assert.equal(made.status, 0, made.stderr);
    const two = (await makeEpisode(maker)).episode;
    const of = (rest) => `/v1/episodes/${two.episodeId}/captions/en${rest}`;
    await upload(maker, clip, two.episodeId);
    await untilReady(maker, two.episodeId);
    await publish(maker, two.episodeId);
    await assert.rejects(maker.post(`/v1/episodes/${two.episodeId}/captions/fr:draft`), {code: 'CAPTIONS_LANGUAGE_UNSUPPORTED'});
    await maker.post(of(':draft'));
    const draft = await until('the draft is there', () => maker.get(of('?draft=true')).catch((why) => {
      if (why.code !== 'CAPTIONS_NOT_FOUND') throw why;
    }));
    assert.equal(draft.captions.state, 'CAPTIONS_STATE_DRAFT');
    assert.match(draft.webvtt, /mother|want|home/);
    const {session} = await until('it is public', () => viewer.post('/v1/playback/sessions', {episodeId: two.episodeId}).catch(() => undefined));
    const main = new URL(session.playlistUrl, house.url);
    assert.doesNotMatch(await (await fetch(main)).text(), /SUBTITLES/);
    await maker.post(of(':approve'));
    await until('the captions are shown', async () => (await (await fetch(main, {cache: 'no-store'})).text()).includes('LANGUAGE="en"'));
  });
});
