import { t } from '../i18n/i18n';
import type { Trouble } from '../player/trouble';
import type { Notice, NoticeAction } from '../ui/notice';
import { refusalNotice } from '../ui/refusal';

export interface TroubleActions {
  retry(): void;
  episodes(): void;
  // Absent where it is not to be offered.
  signIn?(): void;
}

// What to tell a viewer of an episode that doesn't play, and what they can do.
export function troubleNotice(trouble: Trouble, number: number, actions: TroubleActions): Notice {
  const retry: NoticeAction = { label: t('common.retry'), run: actions.retry };
  const episodes: NoticeAction = { label: t('common.seeAll'), run: actions.episodes, quiet: true };
  const refusal = trouble.problem && refusalNotice(trouble.problem);
  if (refusal) return refusal;
  switch (trouble.kind) {
    case 'locked': {
      const { signIn } = actions;
      const enter = signIn ? [{ label: t('player.locked.signIn'), run: () => signIn(), quiet: true }] : [];
      return {
        icon: 'lock',
        title: t('player.locked.title', { number }),
        text: t('player.locked.text'),
        actions: [{ label: t('common.seeAll'), run: actions.episodes }, ...enter],
      };
    }
    case 'notReady':
      return {
        icon: 'clock',
        title: t('player.notReady.title'),
        text: t('player.notReady.text'),
        actions: [retry, episodes],
      };
    case 'gone':
      return {
        icon: 'film',
        title: t('player.gone.title'),
        text: t('player.gone.text'),
        actions: [episodes],
      };
    case 'offline':
      return {
        icon: 'offline',
        title: t('player.offline.title'),
        text: t('player.offline.text'),
        actions: [retry],
      };
    default: {
      const text =
        trouble.code === 'NETWORK' ? t('problem.NETWORK') : t('player.error.text', { code: trouble.code });
      return { icon: 'alert', title: t('player.error.title'), text, actions: [retry, episodes] };
    }
  }
}
