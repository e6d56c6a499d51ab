/** Documents in pieces, beside JSON.parse of the whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FeedError } from './feed.ts';
import { JsonList } from './json-list.ts';

/** @param size of the pieces the document comes in */
function read(text: string, size = 7): { items: unknown[]; rest: unknown } {
  const items: unknown[] = [];
  const list = new JsonList('roas', (item) => items.push(item));
  const octets = Buffer.from(text);
  for (let at = 0; at < octets.length; at += size) list.push(octets.subarray(at, at + size));
  return { items, rest: list.end() };
}

const refusal = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FeedError);
    return (error as Error).message;
  }
  return 'not refused';
};

describe('a list in a document', () => {
  it('is what JSON.parse finds, wherever the pieces are cut', () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    const around = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
    fc.assert(
      fc.property(
        around,
        fc.array(item, { maxLength: 5 }),
        around,
        fc.nat(2),
        fc.integer({ min: 1, max: 60 }),
        (before, roas, after, indent, size) => {
          const { roas: _, ...rest } = { ...before, ...after } as Record<string, unknown>;
          const text = JSON.stringify({ ...rest, roas, last: 1 }, undefined, indent);
          const found = read(text, size);
          const whole = JSON.parse(text) as Record<string, unknown>;
          expect(found.items).toEqual(whole.roas);
          expect(found.rest).toEqual({ ...whole, roas: [] });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is not one that lies deeper, nor a text of its name', () => {
    expect(refusal('{"a":{"roas":[{}]},"b":"roas","c":["roas"]}')).toBe('it has no list "roas" at its top');
    expect(refusal('[{"roas":[]}]')).toBe('it has no list "roas" at its top');
    expect(refusal('{"xroas":[{}],"roasx":[{}]}')).toBe('it has no list "roas" at its top');
    expect(read('{"b":"roas","roas":[{"roas":[1]}]}').items).toEqual([{ roas: [1] }]);
  });

  it.each([
    ['', 'it is no JSON: Unexpected end of JSON input'],
    ['{"roas":[{"a":1},{"a"', 'it is cut off: its end is missing'],
    ['{"roas":[{"a":1}', 'it is cut off: its end is missing'],
    ['{"roas":[{"a":1}]', 'it is cut off: its end is missing'],
    ['{"roas":[{"a":1},]}', '"roas" has something that is no object, behind 1 of them'],
    ['{"roas":[,{"a":1}]}', '"roas" has something that is no object, behind 0 of them'],
    ['{"roas":[{"a":1}{"a":2}]}', '"roas" has something that is no object, behind 1 of them'],
    ['{"roas":[1]}', '"roas" has something that is no object, behind 0 of them'],
    ['{"roas":[{"a":1}\u0000]}', '"roas" has something that is no object, behind 1 of them'],
    ['{"roas":[],"roas":[]}', 'it has the list "roas" twice'],
    ['{"roas":[{a:1}]}', expect.stringMatching(/^item 0 of "roas" is no JSON: /)],
    ['{"roas":[]}}', expect.stringMatching(/^it is no JSON: /)],
    ['{"roas":[]} x', expect.stringMatching(/^it is no JSON: /)],
    ['<html>', expect.stringMatching(/^it is no JSON: /)],
  ])('%s is refused', (text, message) => expect(refusal(text)).toEqual(message));

  it('is refused wherever it is cut off', () => {
    const whole = '{"metadata":{"n":2},"roas":[{"a":"]}"},{"b":[1,{}]}],"end":true}';
    expect(read(whole).items).toHaveLength(2);
    for (let end = 0; end < whole.length; end++)
      expect(refusal(whole.slice(0, end)), String(end)).not.toBe('not refused');
  });
});
