// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of $GENERATE
import { expect, test } from 'vitest';
import { expand, parseRange, parseTemplate, rangeSize } from './generate.ts';

const made = (template: string, number: number): string | undefined => {
  const parts = parseTemplate(template);
  return typeof parts === 'string' ? parts : expand(parts, number);
};

test.each([
  ['host$ A 192.0.2.$', 7, 'host7 A 192.0.2.7'],
  ['h${0,3} A 192.0.2.${10}', 7, 'h007 A 192.0.2.17'],
  ['h${-3} A x', 7, 'h4 A x'],
  ['h${0,4,x}', 255, 'h00ff'],
  ['h${0,0,X}', 255, 'hFF'],
  ['h${0,3,o}', 8, 'h010'],
  // BIND's nibbles: labels lowest first, the width counting dots.
  ['${0,3,n}.ip6', 0x1f, 'f.1.ip6'],
  ['${0,7,N}', 0x1f, 'F.1.0.0'],
  ['a\\$b$', 1, 'a\\$b1'],
  ['\\\\$', 1, '\\\\1'],
])('%s at %i', (template, number, text) => {
  expect(made(template, number)).toBe(text);
});

test('a negative number is none', () => {
  expect(made('${-8}', 7)).toBeUndefined();
});

test.each(['${', '${}', '${a}', '${1,2,z}', '${1,2,d,4}', '${1'])('%s is refused', (template) => {
  expect(made(`x ${template}`, 1)).toMatch(/is none of/);
});

test('ranges', () => {
  expect(parseRange('1-127')).toEqual({ start: 1, stop: 127, step: 1 });
  expect(parseRange('0-255/8')).toEqual({ start: 0, stop: 255, step: 8 });
  expect(rangeSize({ start: 0, stop: 255, step: 8 })).toBe(32);
  expect(parseRange('9-1')).toMatch(/ends before/);
  expect(parseRange('1-9/0')).toMatch(/step of 0/);
  expect(parseRange('1-9999999999')).toMatch(/beyond/);
  expect(parseRange('1..9')).toMatch(/no range/);
});
