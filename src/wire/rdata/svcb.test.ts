/** SVCB and HTTPS between their forms: the vectors of RFC 9460 appendix D, keys by number, steered hints. */
import { describe, expect, it } from 'vitest';
import { parseName } from '../name.ts';
import { codec, fromText, fromValue, hex, octets } from './testing.ts';

const name = (text: string): string => hex(parseName(text));

describe.each<[mnemonic: string, text: string, wire: string, value: unknown, canonical?: string]>([
  // RFC 9460 appendix D.
  [
    'HTTPS',
    '0 foo.example.com.',
    '0000' + name('foo.example.com.'),
    { svcpriority: 0, targetname: 'foo.example.com.' },
  ],
  ['SVCB', '1 .', '000100', { svcpriority: 1, targetname: '.' }],
  [
    'SVCB',
    '16 foo.example.com. port=53',
    `0010${name('foo.example.com.')}000300020035`,
    { svcpriority: 16, targetname: 'foo.example.com.', svcparams: { port: '53' } },
  ],
  [
    'SVCB',
    '1 foo.example.com. key667=hello',
    `0001${name('foo.example.com.')}029b000568656c6c6f`,
    { svcpriority: 1, targetname: 'foo.example.com.', svcparams: { key667: 'hello' } },
  ],
  [
    'SVCB',
    '1 foo.example.com. key667="hello\\210qoo"',
    `0001${name('foo.example.com.')}029b000968656c6c6fd2716f6f`,
    { svcpriority: 1, targetname: 'foo.example.com.', svcparams: { key667: 'hello\\210qoo' } },
  ],
  [
    'SVCB',
    '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    `0001${name('foo.example.com.')}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    { svcpriority: 1, targetname: 'foo.example.com.', svcparams: { ipv6hint: ['2001:db8::1', '2001:db8::53:1'] } },
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'SVCB',
    '1 foo.example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    `0001${name('foo.example.com.')}0006001020010db80122034400000000c0000221`,
    { svcpriority: 1, targetname: 'foo.example.com.', svcparams: { ipv6hint: '2001:db8:122:344::192.0.2.33' } },
    '1 foo.example.com. ipv6hint=2001:db8:122:344::c000:221',
  ],
  [
    'SVCB',
    '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
    `0010${name('foo.example.org.')}0000000400010004000100090268320568332d313900040004c0000201`,
    {
      svcpriority: 16,
      targetname: 'foo.example.org.',
      svcparams: { mandatory: ['alpn', 'ipv4hint'], alpn: ['h2', 'h3-19'], ipv4hint: ['192.0.2.1'] },
    },
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'SVCB',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `0010${name('foo.example.org.')}0001000c08665c6f6f2c626172026832`,
    { svcpriority: 16, targetname: 'foo.example.org.', svcparams: { alpn: ['f\\\\oo,bar', 'h2'] } },
  ],
  [
    'SVCB',
    '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
    `0010${name('foo.example.org.')}0001000c08665c6f6f2c626172026832`,
    { svcpriority: 16, targetname: 'foo.example.org.', svcparams: { alpn: 'f\\\\\\\\oo\\\\,bar,h2' } },
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  // Appendix A.1's own list: escapes of the string are read first, then those of the list.
  [
    'SVCB',
    '1 . alpn=part1\\,\\p\\a\\r\\t2\\044part3\\092,part4\\092\\\\',
    `00010000010019${hex(Buffer.from('\x05part1\x05part2\x0cpart3,part4\\'))}`,
    { svcpriority: 1, targetname: '.', svcparams: { alpn: ['part1', 'part2', 'part3,part4\\\\'] } },
    '1 . alpn="part1,part2,part3\\\\,part4\\\\\\\\"',
  ],
  // RFC 9460 §2.1: the value of a key by its number is its octets, of a registered key too.
  [
    'SVCB',
    '1 . key1=\\002h2 key3="\\001\\187" key2',
    '0001000001000302683200020000000300020 1bb'.replace(' ', ''),
    { svcpriority: 1, targetname: '.', svcparams: { key3: '\\001\\187', key1: '\\002h2', key2: true } },
    '1 . alpn="h2" no-default-alpn port=443',
  ],
  // An ALPN identifier is octets: those over 127 are no letters of any code page.
  [
    'SVCB',
    '1 . alpn=\\128\\200\\255,\\000',
    '000100000100060380c8ff0100',
    { svcpriority: 1, targetname: '.', svcparams: { alpn: ['\\128\\200\\255', '\\000'] } },
    '1 . alpn="\\128\\200\\255,\\000"',
  ],
  [
    'HTTPS',
    '1 . ech=AQID dohpath=/q{?dns} ohttp key667',
    '00010000050003010203' + '000700082f717b3f646e737d' + '00080000' + '029b0000',
    {
      svcpriority: 1,
      targetname: '.',
      svcparams: { ohttp: true, ech: 'AQID', dohpath: '/q{?dns}', key667: null },
    },
    '1 . ech=AQID dohpath="/q{?dns}" ohttp key667',
  ],
  [
    'HTTPS',
    '1 . alpn=h2 hints=steer',
    '00010000010003026832ff000000',
    { svcpriority: 1, targetname: '.', svcparams: { alpn: ['h2'] }, hints: 'steer' },
    '1 . alpn="h2" hints=steer',
  ],
])('%s %s', (mnemonic, text, wire, value, canonical = text) => {
  it('is read from text', () => expect(hex(fromText(mnemonic, text))).toBe(wire));
  it('is written as text', () => expect(codec(mnemonic).toText(octets(wire))).toBe(canonical));
  it('is read from a value', () => expect(hex(fromValue(mnemonic, value))).toBe(wire));
  it('is written as a value that reads as the same', () =>
    expect(hex(fromValue(mnemonic, codec(mnemonic).toValue(octets(wire))))).toBe(wire));
  it('is well formed', () => expect(codec(mnemonic).check(octets(wire))).toBeUndefined());
});

describe('refused text', () => {
  it.each([
    // RFC 9460 appendix D.3
    ['SVCB', '1 foo.example.com. key123=abc key123=def', 'key123 is there twice'],
    ['SVCB', '1 foo.example.com. mandatory', 'mandatory needs a value'],
    ['SVCB', '1 foo.example.com. alpn', 'alpn needs a value'],
    ['SVCB', '1 foo.example.com. port', 'port needs a value'],
    ['SVCB', '1 foo.example.com. ipv4hint', 'ipv4hint needs a value'],
    ['SVCB', '1 foo.example.com. ipv6hint', 'ipv6hint needs a value'],
    ['SVCB', '1 foo.example.com. no-default-alpn=abc', 'no-default-alpn takes no value'],
    ['SVCB', '1 foo.example.com. mandatory=key123', 'mandatory lists key123, which is not there'],
    ['SVCB', '1 foo.example.com. mandatory=mandatory', 'mandatory must not list itself'],
    ['SVCB', '1 foo.example.com. mandatory=key123,key123 key123=abc', 'mandatory lists a key twice'],
    ['SVCB', '1 foo.example.com. no-default-alpn', 'no-default-alpn needs alpn'],
    ['SVCB', '0 foo.example.com. port=1', 'takes no parameters'],
    ['HTTPS', '1 . hints=steer ipv4hint=192.0.2.1', 'must not be given'],
    ['HTTPS', '1 . hints=never', 'write hints=steer'],
    ['HTTPS', '0 www hints=steer', 'takes no parameters'],
    ['HTTPS', '1 . alpm=h2', '"alpm" is no SvcParamKey'],
    ['HTTPS', '1 . alpm=h2', 'did you mean alpn?'],
    ['HTTPS', '1 . key65280=x', 'key65280 is reserved'],
    ['HTTPS', '1 . key65535=x', 'key65535 is reserved'],
    ['HTTPS', '1 . key01=x', '"key01" is no SvcParamKey'],
    ['HTTPS', '1 . key65536=x', '"key65536" is no SvcParamKey'],
    ['HTTPS', '1 . mandatory=hints hints=steer', 'mandatory must not list hints, which is never sent'],
    ['HTTPS', '1 . mandatory=ipv4hint hints=steer', 'mandatory lists ipv4hint, which is not there'],
    ['HTTPS', '1 . port=443 key3=\\001\\187', 'port is there twice'],
    ['HTTPS', '1 . key3=443', 'port is malformed'],
    ['HTTPS', '1 . port=65536', 'port "65536" is no number from 0 to 65535'],
    ['HTTPS', '1 . ipv4hint=2001:db8::1', 'ipv4hint "2001:db8::1" is no IPv4 address; write one like 192.0.2.1'],
    ['HTTPS', '1 . ipv6hint=192.0.2.1', 'write one like 2001:db8::1'],
    ['HTTPS', '1 . alpn=h2,,h3', 'alpn "" must have 1 to 255 octets'],
    // Appendix A.1: an item's escapes are of commas and backslashes, and no others.
    ['HTTPS', '1 . alpn=h\\\\2', 'alpn "h\\\\2" has a backslash before neither comma nor backslash'],
    ['HTTPS', '1 . alpn=h2\\\\', 'write \\\\, for a comma in a name'],
    // RFC 9461 §5
    ['HTTPS', '1 . dohpath', 'dohpath needs a value'],
    ['HTTPS', '1 . dohpath=q{?dns}', 'dohpath "q{?dns}" must begin with /'],
    ['HTTPS', '1 . dohpath=/q{?name}', 'have the variable dns; write e.g. /dns-query{?dns}'],
    ['HTTPS', '1 . dohpath=/q{?dns}\\255', 'dohpath "/q{?dns}\\255" is not UTF-8'],
    ['HTTPS', '1 . ech=AQI', 'ech "AQI" is no base64'],
    ['HTTPS', '1', 'HTTPS takes a priority, a target name and parameters'],
    ['HTTPS', '65536 .', 'svcpriority "65536"'],
    ['HTTPS', '1 a..b', 'targetname: "a..b" has an empty label'],
  ])('%s %s', (mnemonic, text, message) => expect(() => fromText(mnemonic, text)).toThrow(message));
});

describe('refused values', () => {
  const service = { svcpriority: 1, targetname: '.' };
  it.each<[unknown, string]>([
    [[], 'the value must be a mapping: {svcpriority: 1'],
    [{ targetname: '.' }, 'svcpriority is missing; write {svcpriority: 1'],
    [{ svcpriority: 1 }, 'targetname is missing'],
    [{ ...service, svcparams: [] }, 'svcparams must be a mapping'],
    [{ ...service, svcparam: {} }, '"svcparam" is no key of HTTPS; did you mean svcparams?'],
    [{ ...service, alpn: 'h2' }, '"alpn" is no key of HTTPS; there are svcpriority, targetname, svcparams, hints'],
    [{ ...service, svcparams: { port: [80, 443] } }, 'port takes one value, not a list'],
    [{ ...service, svcparams: { key667: ['a', 'b'] } }, 'key667 takes one value, not a list'],
    [{ ...service, svcparams: { alpn: [] } }, 'alpn needs a value'],
    [{ ...service, svcparams: { ohttp: false } }, 'write it alone, or as "ohttp: true" in YAML'],
    [{ ...service, svcparams: { ipv4hint: ['192.0.2.1', 'x'] } }, 'ipv4hint "x"'],
    [{ ...service, hints: 'steer', svcparams: { ipv6hint: '2001:db8::1' } }, 'hints=steer makes ipv4hint and ipv6hint'],
    [{ ...service, hints: 'steer', svcparams: { hints: 'steer' } }, 'hints is there twice'],
    [{ ...service, svcpriority: 0, hints: 'steer' }, 'svcpriority 0 (AliasMode) takes no parameters'],
  ])('%j', (value, message) => expect(() => fromValue('HTTPS', value)).toThrow(message));
});

describe('malformed octets', () => {
  it.each([
    ['00', 'priority or target name'],
    ['0001 0361', 'priority or target name'],
    ['0001 00 0003', 'a parameter is cut off'],
    ['0001 00 0003 0003 01bb', 'a parameter is cut off'],
    ['0001 00 0003 0002 01bb 0001 0003 026832', 'keys must be in rising order'],
    ['0001 00 0003 0002 01bb 0003 0002 01bb', 'port is there twice'],
    ['0001 00 0001 0003 036832', 'alpn is malformed'],
    ['0001 00 0004 0003 c00002', 'ipv4hint is malformed'],
    ['0001 00 0000 0000', 'mandatory is malformed'],
    ['0001 00 0000 0004 00030001 0001 0003 026832 0003 0002 01bb', 'mandatory must list keys in rising order'],
    // Found by a zone file's \\# form: the reserved key is one that reading by name refuses with an exception.
    ['0001 00 0000 0002 ffff', 'mandatory lists key65535, which is not there'],
    ['0001 00 0000 0002 ff00 ff00 0000', 'mandatory must not list hints'],
    ['0001 00 0007 0000', 'dohpath "" must begin with /'],
    ['0001 00 ffff 0000', 'key65535 is reserved'],
    ['0000 00 0003 0002 01bb', 'takes no parameters'],
  ])('%s', (digits, message) => expect(codec('HTTPS').check(octets(digits))).toContain(message));
});

describe('dohpath', () => {
  it.each(['/{?dns}', '/{?name,dns}', '/q{?dns*}', '/{+dns}', '/q/{dns:9,x}', '/café{?dns}'])('%s', (path) => {
    const rdata = fromValue('SVCB', { svcpriority: 1, targetname: '.', svcparams: { dohpath: path } });
    expect(codec('SVCB').check(rdata)).toBeUndefined();
    expect(hex(fromText('SVCB', codec('SVCB').toText(rdata)))).toBe(hex(rdata));
  });
});
