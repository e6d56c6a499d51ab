// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of $GENERATE
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_DIAGNOSTICS } from './reporter.ts';
import { zoneTextSource } from './source.ts';
import { collect, collectText, exampleNet, inSteps } from './testing.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Records without their line numbers. */
function records(text: string): string[] {
  const { records, messages } = collectText(text);
  expect(messages).toEqual([]);
  return records.map((record) => record.slice(record.indexOf(' ') + 1));
}

describe('entries', () => {
  test('owner, TTL, class and type, in any order that RFC 1035 §5.1 has', () => {
    const expected = ['www.example.net. 60 A c0000201'];
    for (const line of [
      'www 60 IN A 192.0.2.1',
      'www IN 60 A 192.0.2.1',
      'www 1m in a 192.0.2.1 ; comment',
      'WWW.Example.NET. 60 A 192.0.2.1',
      'www 60 CLASS1 TYPE1 192.0.2.1',
      'www 60 IN A \\# 4 c0 000201',
      '\\119ww 60 A ( 192.0.2.1 )',
      '( www\n 60 ; comment\n IN\n A 192.0.2.1 )',
      '\ufeffwww 60 A 192.0.2.1',
      'www\t60\tA\t192.0.2.1\r',
    ]) {
      expect(records(`${line}\n`), line).toEqual(expected);
      expect(records(line), line).toEqual(expected);
    }
  });

  test('an omitted owner is the last one, @ the origin', () => {
    expect(records('a 1 A 192.0.2.1\n 2 A 192.0.2.2\n@ 3 A 192.0.2.3\n\tA 192.0.2.4\n')).toEqual([
      'a.example.net. 1 A c0000201',
      'a.example.net. 2 A c0000202',
      'example.net. 3 A c0000203',
      'example.net. 3 A c0000204',
    ]);
  });

  test('quoted text keeps blanks, semicolons and parentheses', () => {
    const text = 'a 1 TXT "x; (y" z\\"w "q\\"r"\n';
    expect(records(text)).toEqual(['a.example.net. 1 TXT 05783b202879037a227703712272']);
  });

  test('octets of no known encoding are kept', () => {
    const latin = Uint8Array.from([
      ...octets('a 1 TXT "'),
      0xe9,
      ...octets('\\'),
      0xe9,
      ...octets('\\\\'),
      0xe9,
      ...octets('\\"" ü\n'),
    ]);
    const { messages, records } = collect(zoneTextSource('z', exampleNet, latin));
    expect(messages).toEqual([]);
    expect(records).toEqual(['1 a.example.net. 1 TXT 05e9e95ce92202c3bc']);
  });

  test('the line is that of the entry', () => {
    const { records } = collectText('\n; c\na 1 A (\n192.0.2.1\n)\n\nb 1 A 192.0.2.2\n');
    expect(records).toEqual(['3 a.example.net. 1 A c0000201', '7 b.example.net. 1 A c0000202']);
  });

  test('STEER lines, the same fields again and again', () => {
    const lines = [
      'a 1 STEER web anycast',
      'b 1 STEER web anycast',
      'c 1 STEER  web\tanycast',
      'd 1 STEER web "anycast"',
      'e 1 STEER (web',
      'anycast)',
    ];
    const found = records(`${lines.join('\n')}\n`).map((record) => record.split(' ').at(-1));
    expect(found).toHaveLength(5);
    expect(new Set(found).size).toBe(1);
    expect(
      records('a 1 STEER web x\nb 1 STEER web\n'.replace('web\n', 'web y\n')).map((r) => r.split(' ').at(-1)),
    ).toHaveLength(2);
  });

  test('a STEER cut by a line break in parentheses is not taken for a shorter one', () => {
    expect(collectText('a 1 STEER ( web\n anycast )\nb 1 STEER web\n').messages).toHaveLength(1);
  });
});

describe('TTLs (RFC 2308 §4)', () => {
  test('$TTL, whatever stands before', () => {
    expect(records('a 5 A 192.0.2.1\n$TTL 1h\nb A 192.0.2.1\n')[1]).toBe('b.example.net. 3600 A c0000201');
  });
  test('else the last stated', () => {
    expect(records('a 5 A 192.0.2.1\nb TXT x\nc A 192.0.2.1\n').map((r) => r.split(' ')[1])).toEqual(['5', '5', '5']);
  });
  test('else the minimum of the SOA, for itself too', () => {
    const ttls = records('@ SOA ns1 host 1 2h 1h 2w 5m\nb A 192.0.2.1\n').map((r) => r.split(' ')[1]);
    expect(ttls).toEqual(['300', '300']);
  });
  test('else it is not given', () => {
    expect(records('a A 192.0.2.1\n')).toEqual(['a.example.net. -1 A c0000201']);
  });
  test("a steered host's is its policy's unless it has one", () => {
    const ttls = records('$TTL 1h\na 5 A 192.0.2.1\nb STEER web x\nc 60 STEER web x\n').map((r) => r.split(' ')[1]);
    expect(ttls).toEqual(['5', '-1', '60']);
  });
});

describe('directives', () => {
  test('$ORIGIN, relative and absolute, and above the zone', () => {
    const text =
      '$ORIGIN a\nx 1 A 192.0.2.1\n$ORIGIN b\nx 1 CNAME y\n$ORIGIN net.\nexample 1 A 192.0.2.1\n$ORIGIN .\nz.example.net 1 A 192.0.2.1\n';
    expect(records(text)).toEqual([
      'x.a.example.net. 1 A c0000201',
      'x.b.a.example.net. 1 CNAME 017901620161076578616d706c65036e657400',
      'example.net. 1 A c0000201',
      'z.example.net. 1 A c0000201',
    ]);
  });

  test('$GENERATE', () => {
    expect(records('$GENERATE 1-5/2 h${0,2} 60 IN A 192.0.2.$\n')).toEqual([
      'h01.example.net. 60 A c0000201',
      'h03.example.net. 60 A c0000203',
      'h05.example.net. 60 A c0000205',
    ]);
    expect(records('$GENERATE 1-1 h$ 60 MX "10 mail$"\n')).toEqual(records('h1 60 MX 10 mail1\n'));
    expect(records('$GENERATE 1-1 h$ 60 TXT "a $"\n')).toEqual(records('h1 60 TXT "a 1"\n'));
    expect(records('$GENERATE 1-1 h\\$ 60 TXT \\$$\n')).toEqual(records('h\\$ 60 TXT "$1"\n'));
  });

  test('$INCLUDE keeps origin and owner, and records have the line of the directive', () => {
    const files: Record<string, string> = {
      'zones/sub/hosts.zone': '$TTL 9\n A 192.0.2.2\n$ORIGIN y\nb A 192.0.2.3\n$INCLUDE more.zone\n',
      'zones/sub/more.zone': 'c A 192.0.2.4\n',
    };
    const read = (path: string): Uint8Array => octets(files[path]);
    const text = 'a 1 A 192.0.2.1\n\n$INCLUDE sub/hosts.zone x\n A 192.0.2.5\nd A 192.0.2.6\n';
    expect(collectText(text, { read, root: 'zones' })).toMatchObject({
      messages: [],
      records: [
        '1 a.example.net. 1 A c0000201',
        '3 a.example.net. 9 A c0000202',
        '3 b.y.x.example.net. 9 A c0000203',
        '3 c.y.x.example.net. 9 A c0000204',
        '4 a.example.net. 9 A c0000205',
        '5 d.example.net. 9 A c0000206',
      ],
    });
  });

  test('files that include each other end', () => {
    let reads = 0;
    const read = (path: string): Uint8Array => {
      reads++;
      const n = Number(/\d+/.exec(path)?.[0]);
      return octets(Array.from({ length: 50 }, (_, i) => `$INCLUDE f${n * 50 + i}.zone\n`).join(''));
    };
    const { messages } = collectText('$INCLUDE f0.zone\n', { read });
    expect(reads).toBeLessThanOrEqual(1000);
    expect(messages).toContain('zones/f0.zone:1:10: error: zones/f0.zone includes itself (remove this line)');
  });
});

describe('any octets', () => {
  const piece = fc.constantFrom(
    ...[
      'www',
      '@',
      ' ',
      '\t',
      '\n',
      '\n',
      '(',
      ')',
      '"',
      ';',
      '\\',
      '\\0',
      '\\300',
      '60',
      '1h',
      'IN',
      'A',
      'AAAA',
      '192.0.2.1',
      '2001:db8::1',
      '::',
    ],
    ...[
      'STEER',
      'web',
      'anycast',
      'TXT',
      '$ORIGIN',
      '$TTL',
      '$INCLUDE',
      '$GENERATE',
      '1-3',
      '$',
      '${0,2,x}',
      '.',
      '..',
      'x.zone',
      '\\#',
      '2',
      'abcd',
      '\r',
      'ü',
      '=',
      '\0',
    ],
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => octets(pieces.join('')));
  const read = (): Uint8Array => octets('inc 1 A 192.0.2.9\n');

  test('never throw, and come out the same a few octets at a time', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 300 })), fc.integer({ min: 1, max: 9 }), (input, step) => {
        const whole = collect(zoneTextSource('z', exampleNet, input, { read }));
        const stepped = collect(zoneTextSource('z', exampleNet, inSteps(input, step), { read }));
        expect(stepped).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  test('a window slides over a long file, and grows for a long entry', () => {
    const long = `long 1 TXT ( ${'"0123456789012345678901234567890"\n '.repeat(1500)})\n`;
    const text = octets(`${'h 1 A 192.0.2.1\n'.repeat(40_000)}${long}${'i 1 A 192.0.2.1\n'.repeat(1000)}`);
    const whole = collect(zoneTextSource('z', exampleNet, text));
    expect(whole.messages).toEqual([]);
    expect(whole.records).toHaveLength(41_001);
    expect(collect(zoneTextSource('z', exampleNet, inSteps(text, 10_000)))).toEqual(whole);
  });
});

test('an endless run of mistakes is cut short', () => {
  const { diagnostics, messages } = collectText('x BAD y\n'.repeat(5000));
  expect(diagnostics).toHaveLength(MAX_DIAGNOSTICS + 1);
  expect(messages.at(-1)).toBe(
    'zones/example.net.zone:100: error: 100 mistakes, and there may be more: the file was not read past this line',
  );
});

test('the reader is closed, also when the file is not read to its end', () => {
  let closed = 0;
  const text = octets('x BAD y\n'.repeat(100_000));
  const open = inSteps(text, 1000);
  const source = zoneTextSource('z', exampleNet, () => {
    const reader = open();
    return { read: (into, at) => reader.read(into, at), close: () => void closed++ };
  });
  collect(source);
  collect(source);
  expect(closed).toBe(2);
});
