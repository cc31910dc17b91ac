import { describe, expect, it } from 'vitest';
import { at, captionsOf, cuesOf, picturesOf, segmentsAt } from './moments';

const STORYBOARD = `WEBVTT

00:00:00.000 --> 00:00:02.000
storyboard/0.jpg#xywh=0,0,160,284

00:00:02.000 --> 00:00:03.500
storyboard/1.jpg#xywh=160,284,160,284
`;

describe('moments', () => {
  it('have the picture that is shown at their time', () => {
    const pictures = picturesOf(STORYBOARD, 'https://a.test/hls/token/r/storyboard.vtt');
    expect(at(pictures, 2)).toEqual({
      from: 2,
      to: 3.5,
      url: 'https://a.test/hls/token/r/storyboard/1.jpg',
      x: 160,
      y: 284,
      width: 160,
      height: 284,
    });
    expect(at(pictures, 1.99)?.x).toBe(0);
    expect(at(pictures, 3.5)).toBeUndefined();
    expect(picturesOf('no storyboard', 'https://a.test/')).toEqual([]);
  });
  it('have the words that are said then, whatever the cue is like', () => {
    const cues = cuesOf(
      'WEBVTT\r\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\r\n\r\n7\r\n00:04.000 --> 01:05.250 line:80%\r\n<i>No.</i>\r\nليس الآن\r\n',
    );
    expect(cues).toEqual([{ from: 4, to: 65.25, text: '<i>No.</i>\nليس الآن' }]);
    expect(cuesOf('')).toEqual([]);
  });
  it('ask for no more of the captions than they need', () => {
    const main = [
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="audio.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",LANGUAGE="es",URI="es.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",LANGUAGE="en",DEFAULT=YES,URI="en.m3u8"',
    ];
    expect(captionsOf(main.join('\n'))).toBe('en.m3u8');
    expect(captionsOf(main.slice(0, 2).join('\n'))).toBe('es.m3u8');
    expect(captionsOf(main[0]!)).toBeNull();
    const playlist = '#EXTM3U\n#EXTINF:6.0,\na.vtt\n#EXTINF:6.0,\nb.vtt\n#EXTINF:2.5,\nc.vtt\n#EXT-X-ENDLIST';
    expect(segmentsAt(playlist, [0, 5.9])).toEqual(['a.vtt']);
    expect(segmentsAt(playlist, [12, 14.4, 99])).toEqual(['c.vtt']);
  });
});
