import { describe, expect, it } from 'vitest';
import { durableWord, GenerationReader, GenerationWriter, makeControlBlock, NO_CLIENTS } from './control-block.ts';

describe('client arenas', () => {
  const block = makeControlBlock(1);
  const writer = new GenerationWriter(block);
  const reader = new GenerationReader(block, 0);
  const publish = (clients: number): number => writer.publish({ base: 0, head: 0, plan: 0, clients });
  const free = (): boolean[] => [0, 1].map((arena) => writer.isFree('clients', arena));

  it('come with the generation that names them, and are free when nobody reads them, also where none is named', () => {
    expect(free()).toEqual([true, true]);
    publish(0);
    reader.enter();
    expect(reader.clients).toBe(0);
    expect(free()).toEqual([false, true]);
    publish(1);
    // The worker is amid a batch with the one before.
    expect(free()).toEqual([false, false]);
    reader.enter();
    expect(reader.clients).toBe(1);
    expect(free()).toEqual([true, false]);
    publish(NO_CLIENTS);
    expect(free()).toEqual([true, false]);
    reader.idle();
    expect(free()).toEqual([true, true]);
    reader.enter();
    expect(reader.clients).toBe(NO_CLIENTS);
    publish(0);
    expect(free()).toEqual([false, true]);
  });
});

it('says whether something durable waits for the main thread, and nothing else by that word', () => {
  const block = makeControlBlock(1);
  const readers = [0, 1].map((worker) => new GenerationReader(block, worker));
  const word = durableWord(block);
  for (const value of [1, 0]) {
    word[0] = value;
    for (const reader of readers) {
      expect(reader.isAwaited).toBe(value === 1);
      expect(reader.stopping).toBe(false);
      expect(reader.look).toEqual({ generation: 0, moved: 0 });
    }
  }
});
