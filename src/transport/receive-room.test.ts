import { expect, it } from 'vitest';
import { ReceiveRoom, Room } from './receive-room.ts';

function steps(...batches: readonly (readonly [count: number, isFull: boolean])[]): number[] {
  const set: number[] = [];
  const room = new ReceiveRoom((octets) => set.push(octets));
  for (const [count, isFull] of batches) for (let i = 0; i < count; i++) room.received(isFull);
  return set;
}

it('is short once a worker does not keep up, and ample again when it does', () => {
  expect(steps([1023, true])).toEqual([]);
  expect(steps([1024, true])).toEqual([Room.SHORT]);
  expect(steps([5000, true])).toEqual([Room.SHORT]);
  expect(steps([5000, true], [5, false])).toEqual([Room.SHORT, Room.AMPLE]);
  expect(steps([5000, true], [1, false], [1024, true], [1, false])).toEqual([
    Room.SHORT,
    Room.AMPLE,
    Room.SHORT,
    Room.AMPLE,
  ]);
});

it('stays ample while a worker catches up', () => {
  expect(steps([1000, true], [1, false], [1000, true], [1, false])).toEqual([]);
  // All there is room for, twice over.
  expect(steps([Math.ceil((2 * 2 * Room.AMPLE) / 768 / 64), true])).toEqual([]);
});
