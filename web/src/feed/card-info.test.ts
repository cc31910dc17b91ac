import { expect, it } from 'vitest';

import type { FeedReason } from '../api/types';
import { t } from '../i18n/i18n';
import { CardInfo } from './card-info';
import type { Row } from './deck-state';

const badge = (reason: FeedReason, becauseTitle?: string): string | null | undefined => {
  const info = new CardInfo({ openSeries: () => undefined, openEpisodes: () => undefined });
  const row = {
    series: { seriesId: 's', title: 'The Well' },
    episode: { episodeId: 'e', seriesId: 's', number: 1 },
    reason,
    becauseTitle,
  };
  info.show(row as Row);
  return info.element.querySelector('.badge')?.textContent;
};

it('what was watched is named, where its title is known', () => {
  expect(badge('FEED_REASON_BECAUSE_YOU_WATCHED', 'The Lamp')).toContain('The Lamp');
  expect(badge('FEED_REASON_BECAUSE_YOU_WATCHED')).toBe(t('feed.reason.FEED_REASON_BECAUSE_YOU_WATCHED'));
});

it('other reasons name nothing', () => {
  expect(badge('FEED_REASON_LIKED', 'The Lamp')).toBe(t('feed.reason.FEED_REASON_LIKED'));
  expect(badge('FEED_REASON_UNSPECIFIED')).toBeUndefined();
});
