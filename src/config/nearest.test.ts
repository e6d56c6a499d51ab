import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each<[string, string | undefined]>([
  ['anycats', 'anycast'],
  ['Anycast', 'anycast'],
  ['anycst', 'anycast'],
  ['europ', 'europe'],
  ['zurihc', 'zurich'],
  ['zürich', 'zurich'],
  ['geneva', undefined],
  ['x', undefined],
  ['', undefined],
])('%s: %s', (word, expected) => {
  expect(nearest(word, ['anycast', 'europe', 'switzerland', 'zurich'])).toBe(expected);
});

test('of words as near, the first', () => {
  expect(nearest('cat', ['bat', 'cut', 'hat'])).toBe('bat');
  expect(nearest('cats', ['bat', 'cat', 'cast'])).toBe('cat');
});
