import { describe, expect, it } from 'vitest';
import { isElsewhere } from './elsewhere';

describe('isElsewhere', () => {
  const page = 'https://example.com/watch/1';
  it('knows the media of the page itself', () => {
    expect(isElsewhere('/hls/token/revision/main.m3u8', page)).toBe(false);
    expect(isElsewhere('https://example.com/hls/main.m3u8', page)).toBe(false);
  });
  it('knows the media of a CDN', () => {
    expect(isElsewhere('https://cdn.example.com/cdn/default/revision/main.m3u8', page)).toBe(true);
    expect(isElsewhere('//cdn.example.com/main.m3u8', page)).toBe(true);
    expect(isElsewhere('http://example.com/main.m3u8', page)).toBe(true);
  });
});
