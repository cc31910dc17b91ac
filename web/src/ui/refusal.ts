import type { Problem } from '../api/problem';
import { t, timeOfDay } from '../i18n/i18n';
import type { Notice, NoticeAction } from './notice';

// What to tell of what the viewer may not see, or not now; null if it is about something else. Trying again
// changes nothing, so nothing of that kind is offered.
export function refusalNotice(problem: Problem, actions: NoticeAction[] = []): Notice | null {
  switch (problem.code) {
    case 'AGE_RESTRICTED':
      return {
        icon: 'lock',
        title: t('player.age.title'),
        text: problem.ageRating
          ? t('player.age.from', { age: problem.ageRating })
          : t('problem.AGE_RESTRICTED'),
        actions,
      };
    case 'DAILY_TIME_USED_UP':
      return {
        icon: 'clock',
        title: t('player.timeUp.title'),
        text: t('player.timeUp.text', { time: timeOfDay(problem.resetTime) }),
        actions: [],
      };
    case 'NOT_IN_REGION':
      return {
        icon: 'film',
        title: t('player.region.title'),
        text: t('problem.NOT_IN_REGION'),
        actions,
      };
    default:
      return null;
  }
}
