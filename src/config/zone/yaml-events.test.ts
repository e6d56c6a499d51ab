import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { type Anchor, plainValue, YamlEvents, YamlValueError } from './yaml-events.ts';

function built(text: string, anchors = new Map<string, Anchor>()): unknown {
  const into: { value: unknown } = { value: undefined };
  new YamlEvents(text, anchors).value(1, into);
  return into.value;
}

function mistakeOf(text: string): [string, number] | undefined {
  try {
    built(text);
  } catch (error) {
    if (error instanceof YamlValueError) return [error.code, error.offset];
    throw error;
  }
  return undefined;
}

describe('values', () => {
  test('are what js-yaml makes of them, for anything JSON has', () => {
    const key = fc.oneof(
      fc.constantFrom('type', '', '__proto__', 'constructor', '1', '*'),
      fc.string({ maxLength: 5 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string({ maxLength: 6 }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('mapping'),
      ),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      mapping: fc.uniqueArray(fc.tuple(key, tie('tree')), { maxLength: 4, selector: ([k]) => k }).map((pairs) => {
        const mapping: Record<string, unknown> = {};
        for (const [k, value] of pairs)
          Object.defineProperty(mapping, k, { value, enumerable: true, configurable: true, writable: true });
        return mapping;
      }),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify(value);
        const value2 = built(text);
        expect(JSON.stringify(value2)).toBe(text);
        expect(value2).toEqual(load(text));
      }),
    );
  });

  test.each([
    ['60', 60],
    ['-1', -1],
    ['1.5', 1.5],
    ['0', 0],
    ['true', true],
    ['~', null],
    ['null', null],
    ['', null],
    // Not the same when written again, so they are text: names and digests are made of such.
    ['1.10', '1.10'],
    ['0123', '0123'],
    ['1e5', '1e5'],
    ['0x10', '0x10'],
    ['12345678901234567890', '12345678901234567890'],
    ['True', 'True'],
    ['yes', 'yes'],
    ['-', '-'],
    ['-0', '-0'],
    ['Infinity', 'Infinity'],
    ['192.0.2.1', '192.0.2.1'],
  ])('unquoted %s', (text, value) => {
    expect(plainValue(text)).toBe(value);
  });

  test('keys are their text', () => {
    expect(built('1.10: a\n1.1: b\ntrue: c\n')).toEqual({ '1.10': 'a', '1.1': 'b', true: 'c' });
  });

  test('anchors, from other pieces too, and merges', () => {
    const anchors = new Map<string, Anchor>();
    built('a: &x { ttl: 60, type: A }\nb: &y 5\n', anchors);
    expect(built('c: { <<: *x, type: AAAA }\nd: *y\ne: { <<: [*x, { ttl: 1, z: 2 }] }\n', anchors)).toEqual({
      c: { type: 'AAAA', ttl: 60 },
      d: 5,
      e: { ttl: 60, type: 'A', z: 2 },
    });
  });

  test('a few lines can not stand for a billion values', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 10; i++)
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    expect(mistakeOf(text)?.[0]).toBe('too-large');
  });
});

test.each([
  ['a: *x', 'unknown-anchor', 3],
  ['a: !foo b', 'unknown-tag', 3],
  ['a: { b: 1, b: 2 }', 'duplicate-key', 11],
  ['a: { [b]: 1 }', 'bad-key', 5],
])('%s', (text, code, offset) => {
  expect(mistakeOf(text)).toEqual([code, offset]);
});

test('a path leads to its place', () => {
  const text = 'type: MX\nvalues:\n  - { preference: 10, exchange: "a" }\n  - preference: 20\n    exchange:\n';
  const events = new YamlEvents(text, new Map());
  const at = (path: PropertyKey[], key = false): string => text.slice(events.locate(1, path, key, -1)).split('\n')[0];
  expect(at([])).toBe('type: MX');
  expect(at(['type'])).toBe('MX');
  expect(at(['type'], true)).toBe('type: MX');
  expect(at(['values', 0])).toBe('{ preference: 10, exchange: "a" }');
  expect(at(['values', 0, 'exchange'])).toBe('"a" }');
  expect(at(['values', 1, 'preference'])).toBe('20');
  expect(at(['values', 1, 'exchange'])).toBe('exchange:');
  expect(at(['values', 1, 'gone'])).toBe('preference: 20');
  expect(at(['values', 7])).toBe('- { preference: 10, exchange: "a" }');
});
