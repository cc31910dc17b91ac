import { expect, it } from 'vitest';
import { CueList } from './cues';

it('shows what is on, in order, once', () => {
  const list = new CueList();
  const late = { startTime: 2, endTime: 4, text: '<b>later</b>' };
  list.add([late, { startTime: 0, endTime: 3, text: 'first' }]);
  list.add([late]);
  expect(list.textAt(1)).toBe('first');
  expect(list.textAt(2)).toBe('first\nlater');
  expect(list.textAt(3)).toBe('later');
  expect(list.textAt(4)).toBe('');
  list.clear();
  expect(list.textAt(1)).toBe('');
});
