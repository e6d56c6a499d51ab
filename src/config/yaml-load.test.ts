import { describe, expect, test } from 'vitest';
import { brief } from './testing.ts';
import { loadYaml, Positions } from './yaml-load.ts';

describe('loadYaml', () => {
  test('an empty file is an empty mapping', () => {
    for (const text of ['', '# only this\n', '---\n', '~']) {
      expect(loadYaml('f', text)).toEqual({ value: {}, diagnostics: [] });
    }
  });

  test('words that YAML 1.1 takes for truth values are text: NO is Norway', () => {
    expect(loadYaml('f', 'country: NO').value).toEqual({ country: 'NO' });
  });

  test('every key that is given twice is told, and the rest is loaded', () => {
    const { value, diagnostics } = loadYaml('f', 'a: 1\nb: { c: 1, c: 2 }\na: 2\na: 3\n');
    expect(value).toEqual({ a: 3, b: { c: 2 } });
    expect(diagnostics.map(brief)).toEqual([
      '3:1 duplicate-key: "a" is given twice, first on line 1 (leave one of them out)',
      '4:1 duplicate-key: "a" is given twice, first on line 1 (leave one of them out)',
      '2:12 duplicate-key: "c" is given twice, first on line 2 (leave one of them out)',
    ]);
  });

  test('what is no YAML has no value', () => {
    const { value, diagnostics } = loadYaml('f', 'a: 1\na: 2\nb: c: d\n');
    expect(value).toBeUndefined();
    expect(diagnostics.map(brief)).toEqual(['3:5 yaml-syntax: not YAML: bad indentation of a mapping entry']);
  });
});

describe('Positions', () => {
  const positions = new Positions('# ü\na:\n  ü: { b: [1, 22] }\n5: x\nempty:\nr: &r { s: 1 }\nt: *r\n');
  test.each<[(string | number)[], boolean, string]>([
    [[], false, '2:1'],
    [['a'], true, '2:1'],
    [['a'], false, '3:3'],
    [['a', 'ü', 'b', 1], false, '3:15'],
    [['a', 'ü', 'b'], true, '3:8'],
    // What is missing: the nearest thing around it.
    [['a', 'ü', 'z'], false, '3:6'],
    [['a', 'ü', 'b', 2], false, '3:11'],
    [['empty'], false, '5:1'],
    [['empty', 'x'], false, '5:1'],
    // Keys are their text.
    [['5'], false, '4:4'],
    [['t', 's'], false, '6:12'],
  ])('%j, key %s', (path, key, expected) => {
    const { line, column } = positions.of(path, key);
    expect(`${line}:${column}`).toBe(expected);
  });
});
