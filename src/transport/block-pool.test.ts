import { describe, expect, it } from 'vitest';
import { BlockPool } from './block-pool.ts';

const pool = (): BlockPool => new BlockPool((buffer) => buffer.length);

describe('BlockPool', () => {
  it.each([
    [1, 512],
    [512, 512],
    [513, 1024],
    [1024, 1024],
    [1025, 2048],
    [65_537, 131_072],
  ])('has a block of at most twice the size for %i octets', (octets, size) => {
    const { bytes, address } = pool().take(octets);
    expect([bytes.length, bytes.byteOffset, bytes.buffer.byteLength, address]).toEqual([size, 0, size, size]);
  });

  it('gives blocks out again, each to one', () => {
    const blocks = pool();
    const [one, two] = [blocks.take(600), blocks.take(1000)];
    blocks.give(one);
    blocks.give(two);
    expect(new Set([blocks.take(1024), blocks.take(700)])).toEqual(new Set([one, two]));
    expect(blocks.kept).toBe(0);
  });

  it('keeps only so much that nobody uses', () => {
    const blocks = pool();
    const many = Array.from({ length: 40 }, () => blocks.take(65_537));
    for (const block of many) blocks.give(block);
    expect(blocks.kept).toBe(1 << 20);
  });
});
