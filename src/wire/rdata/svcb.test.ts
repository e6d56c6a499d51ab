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
    '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
    `0010${name('foo.example.org.')}000000040001000400010009026832056833' + '2d313900040004c0000201`.replaceAll(
      "' + '",
      '',
    ),
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
    'HTTPS',
    '1 . alpn=h2 hints=steer',
    '000100000100030268' + '32ff000000',
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
    ['HTTPS', '1 . key65280=x', 'key65280 is reserved'],
  ])('%s %s', (mnemonic, text, message) => expect(() => fromText(mnemonic, text)).toThrow(message));
});
