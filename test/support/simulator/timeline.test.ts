import { expect, it } from 'vitest';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';

it('lets events happen by time, and those of one time in the order they were made', () => {
  const timeline = new Timeline();
  const random = new Random(1);
  const happened: [number, number][] = [];
  for (let i = 0; i < 500; i++) {
    const at = Math.floor(random.between(0, 50));
    timeline.at(at, () => happened.push([timeline.now, i]));
  }
  timeline.run(100);
  expect(happened).toEqual([...happened].sort(([a, i], [b, j]) => a - b || i - j));
  expect(happened).toHaveLength(500);
  expect(timeline.now).toBe(100);
});

it('goes on from where it was, and what was due before happens next', () => {
  const timeline = new Timeline();
  const happened: number[] = [];
  timeline.every(10, () => happened.push(timeline.now));
  timeline.run(35);
  timeline.at(5, () => happened.push(-timeline.now));
  timeline.run(45);
  expect(happened).toEqual([10, 20, 30, -35, 40]);
});

it('chance is the same for a seed, and even', () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 20_000 }, () => random.next());
  };
  const drawn = draw(5);
  expect(draw(5)).toEqual(drawn);
  expect(draw(6)).not.toEqual(drawn);
  const tenths = new Array<number>(10).fill(0);
  for (const each of drawn) tenths[Math.floor(each * 10)]++;
  for (const each of tenths) expect(Math.abs(each - 2000)).toBeLessThan(200);
  const random = new Random(1);
  const waits = Array.from({ length: 20_000 }, () => random.exponential(30));
  expect(waits.reduce((sum, each) => sum + each, 0) / waits.length).toBeCloseTo(30, -0.5);
});
