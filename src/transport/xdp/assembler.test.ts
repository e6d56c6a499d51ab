import { describe, expect, it } from 'vitest';
import { assemble } from './assembler.ts';

const hex = (lines: Parameters<typeof assemble>[0]): string[] =>
  Buffer.from(assemble(lines)).toString('hex').match(/.{16}/g)!;

describe('instructions', () => {
  it('are as RFC 9669 has them', () => {
    expect(
      hex([
        ['mov', 'r6', 'r1'],
        ['mov', 'r0', 2],
        ['add', 'r2', -20],
        ['and', 'r5', 0xff3f],
        ['load8', 'r5', 'r2', 14],
        ['load16', 'r5', 'r2', 12],
        ['load32', 'r3', 'r6', 4],
        ['store32', 'r10', -4, 'r5'],
        ['map', 'r1', 7],
        ['call', 51],
        ['exit'],
      ]),
    ).toEqual([
      'bf16000000000000',
      'b700000002000000',
      '07020000ecffffff',
      '570500003fff0000',
      '71250e0000000000',
      '69250c0000000000',
      '6163040000000000',
      '635afcff00000000',
      '1811000007000000',
      '0000000000000000',
      '8500000033000000',
      '9500000000000000',
    ]);
  });

  it('jump by the instructions in between, forwards and backwards, over wide ones too', () => {
    expect(
      hex([
        ['label', 'top'],
        ['if>', 'r4', 'r3', 'end'],
        ['if=', 'r5', 8, 'top'],
        ['map', 'r1', 1],
        ['goto', 'end'],
        ['exit'],
        ['label', 'end'],
        ['exit'],
      ]),
    ).toEqual([
      '2d34050000000000',
      '1505feff08000000',
      '1811000001000000',
      '0000000000000000',
      '0500010000000000',
      '9500000000000000',
      '9500000000000000',
    ]);
  });

  it('go nowhere that is not there', () => {
    expect(() => assemble([['goto', 'nowhere']])).toThrow('there is no label nowhere');
  });
});
