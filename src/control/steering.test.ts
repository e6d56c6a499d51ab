import { describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { steer, TestZone } from '../../test/support/records.ts';
import type { Verdicts } from '../steering/model.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { type Change, StoreError } from '../store/store.ts';
import { makeResolverSample } from '../transport/resolver-sample.ts';
import { Steering } from './steering.ts';

/** A store whose disk is slow: commits wait until they are let go on. */
class SlowStore extends MemoryStore {
  goOn = (): void => undefined;
  refusing = false;
  readonly #disk = new Promise<void>((resolve) => {
    this.goOn = resolve;
  });
  override async commit(changes: readonly Change[], expected?: number): Promise<number> {
    await this.#disk;
    if (this.refusing) throw new StoreError('full', 'the disk is full');
    return super.commit(changes, expected);
  }
}

async function begin() {
  const served = await Published.of(new TestZone('test.', [steer('a.test.', 'europe'), steer('b.test.', 'europe')]));
  const store = new SlowStore();
  const warnings: string[] = [];
  const steering = new Steering(
    served.publisher,
    store,
    makeResolverSample(1),
    {},
    {
      moved: () => {},
      forced: () => {},
      letBack: () => {},
      frozen: () => {},
      guarded: () => {},
      closed: () => {},
      overloaded: () => {},
      passed: () => {},
      warning: (message) => warnings.push(message),
    },
  );
  const judged = (state: 'up' | 'down') => {
    const verdicts: Verdicts = new Map([['web/europe/ipv4', { state, since: 0, cause: 'test' }]]);
    return steering.judged(() => ({ verdicts, held: undefined, moved: true }));
  };
  return { publisher: served.publisher, store, steering, judged, warnings };
}

describe('verdicts', () => {
  it('wait for no disk: what follows from one is stored later', async () => {
    const { publisher, store, steering, judged } = await begin();
    const before = publisher.generation.generation;
    await judged('down');
    await judged('up');
    expect(publisher.generation.generation).toBe(before + 2);
    const { marks } = steering.moves.executor;
    expect(marks.until('europe', 'ipv4')).toBeGreaterThan(Date.now());
    expect(marks.until('europe', 'ipv6')).toBe(0);
    expect((await store.snapshot(['marks'])).entries).toEqual([]);
    store.goOn();
    await steering.stop();
    const { entries } = await store.snapshot(['marks']);
    expect(entries.map(({ key }) => key).sort()).toEqual(['anycast/ipv4', 'europe/ipv4']);
  });

  it('are followed when the disk is full, and what could not be stored goes with the next commit', async () => {
    const { store, steering, judged, warnings } = await begin();
    store.refusing = true;
    store.goOn();
    await judged('down');
    await steering.stop();
    expect(warnings).toHaveLength(1);
    store.refusing = false;
    await steering.moves.executor.commit([], false);
    expect((await store.snapshot(['marks'])).entries.map(({ key }) => key)).toEqual(['europe/ipv4']);
  });
});
