import { NETWORK, type Problem } from '../api/problem';

// Why an episode doesn't play, as far as the viewer is concerned.
export type TroubleKind = 'locked' | 'notReady' | 'gone' | 'age' | 'timeUp' | 'region' | 'offline' | 'failed';

export interface Trouble {
  kind: TroubleKind;
  code: string;
  // With age, timeUp and region: all that the server said.
  problem?: Problem;
}

// What a refused playback session means.
export function troubleOf(problem: Problem, online: boolean): Trouble {
  switch (problem.code) {
    case 'EPISODE_LOCKED':
      return { kind: 'locked', code: problem.code };
    case 'EPISODE_NOT_READY':
      return { kind: 'notReady', code: problem.code };
    case 'EPISODE_NOT_FOUND':
      return { kind: 'gone', code: problem.code };
    case 'AGE_RESTRICTED':
      return { kind: 'age', code: problem.code, problem };
    case 'DAILY_TIME_USED_UP':
      return { kind: 'timeUp', code: problem.code, problem };
    case 'NOT_IN_REGION':
      return { kind: 'region', code: problem.code, problem };
    default:
      return { kind: problem.code === NETWORK && !online ? 'offline' : 'failed', code: problem.code };
  }
}

// Whether trying again by itself is worth it: what the episode's state forbids stays forbidden.
export function mayPass(trouble: Trouble): boolean {
  return trouble.kind === 'offline' || trouble.kind === 'failed';
}
