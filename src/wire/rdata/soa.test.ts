/** SOA: mail addresses, times with units, and what stands for numbers left out. */
import { describe, expect, it } from 'vitest';
import { codec, fromText, fromValue } from './testing.ts';

const text = (value: unknown): string => codec('SOA').toText(fromValue('SOA', value));
const rname = (address: string): string => text({ mname: 'ns', rname: address }).split(' ')[1];

describe('rname', () => {
  it.each([
    ['hostmaster', 'hostmaster.example.'],
    ['hostmaster.example.org.', 'hostmaster.example.org.'],
    ['hostmaster@example.org', 'hostmaster.example.org.'],
    ['hostmaster@example.org.', 'hostmaster.example.org.'],
    // RFC 1035 §8: a dot before the @ belongs to the label, escaped by the operator or not.
    ['dns.admin@example.org', 'dns\\.admin.example.org.'],
    ['dns\\.admin@example.org', 'dns\\.admin.example.org.'],
    ['a@b@example.org', 'a\\@b.example.org.'],
    ['@', 'example.'],
    // A name whose label has an @ is no address.
    ['a\\@b.example.org.', 'a\\@b.example.org.'],
  ])('%s', (address, name) => expect(rname(address)).toBe(name));
  it.each([
    ['admin@', 'rname "admin@" is no mail address; write one like hostmaster@example.net'],
    ['@example.org', 'rname "@example.org" is no mail address'],
    ['a@b..c', 'rname: '],
  ])('%s', (address, message) => expect(() => rname(address)).toThrow(message));
});

it('numbers left out get the usual values', () =>
  expect(text({ mname: 'ns', rname: '.' })).toBe('ns.example. . 0 7200 1800 1209600 300'));

it('times have units, in text and in values', () => {
  expect(text({ mname: 'ns', rname: '.', refresh: '1h30m', retry: '15M', expire: '2w', minimum: 60 })).toBe(
    'ns.example. . 0 5400 900 1209600 60',
  );
  expect(codec('SOA').toText(fromText('SOA', 'ns . 1 1d 2h 3w 4s'))).toBe('ns.example. . 1 86400 7200 1814400 4');
});

it.each([
  ['ns . 1 1x 2 3 4', 'refresh "1x" is no number from 0 to 4294967295'],
  ['ns . 1 9999999w 2 3 4', 'refresh "6047999395200" is no number'],
  // The serial counts; it is no time.
  ['ns . 1h 1 2 3 4', 'serial "1h"'],
  ['ns . 4294967296 1 2 3 4', 'serial "4294967296" is no number'],
])('%s', (zone, message) => expect(() => fromText('SOA', zone)).toThrow(message));
