import { expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import type { Standing } from '../api/types';
import { Reactions } from './reactions';

const standing = (likes: number, liked: boolean): Standing => ({
  subject: 'SUBJECT_SERIES',
  subjectId: 's',
  counts: { likes: String(likes) },
  liked,
});

it('shows a like at once and then what the server counts', async () => {
  const api = {
    standings: vi.fn(async () => [standing(7, false)]),
    setReaction: vi.fn(async () => standing(9, true)),
  };
  const reactions = new Reactions(api, vi.fn());
  await reactions.need(['s', 's']);
  await reactions.need(['s']);
  expect(api.standings).toHaveBeenCalledTimes(1);
  const pending = reactions.set('s', 'REACTION_LIKE', true);
  expect(reactions.of('s')).toMatchObject({ liked: true, likes: 8 });
  await pending;
  expect(reactions.of('s')).toMatchObject({ liked: true, likes: 9 });
});

it('puts back what the server refused, and says so', async () => {
  const failure = vi.fn();
  const refuse = async (): Promise<never> => {
    throw new Problem('UNAVAILABLE', 503, 'away');
  };
  const reactions = new Reactions(
    { standings: async () => [standing(7, false)], setReaction: refuse },
    failure,
  );
  await reactions.need(['s']);
  await reactions.set('s', 'REACTION_LIKE', true);
  expect(reactions.of('s')).toMatchObject({ liked: false, likes: 7 });
  expect(failure).toHaveBeenCalledTimes(1);
});
