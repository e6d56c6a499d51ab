import { describe, expect, it } from 'vitest';
import type { ServerEvents } from '../control/server-events.ts';
import { parsePrefix } from '../net/prefix.ts';
import { parseName } from '../wire/name.ts';
import { withAccessWarnings } from './access-warnings.ts';

describe('rules of access', () => {
  const rule = (...zones: string[]) => ({
    zones: zones.map((zone) => parseName(zone)),
    networks: [parsePrefix('192.0.2.0/24')!],
    keys: undefined,
  });

  it('for zones nobody serves are told of after a load, once until they come', () => {
    const said: string[] = [];
    const told = { loaded: () => said.push('loaded'), warning: (message: string) => said.push(message) };
    const events = withAccessWarnings(told as unknown as ServerEvents, [
      rule('example.net.', 'exmaple.org.'),
      rule('exmaple.org.'),
      { ...rule(), zones: undefined },
    ]);
    const load = (...names: string[]): string[] => {
      said.length = 0;
      const result = { zones: names.map((name) => ({ name })) };
      events.loaded(result as unknown as Parameters<ServerEvents['loaded']>[0], 1);
      return [...said];
    };
    const missing = expect.stringMatching(/^access has a rule for exmaple\.org\., which is no zone here/);
    expect(load('example.net.')).toEqual(['loaded', missing]);
    expect(load('example.net.')).toEqual(['loaded']);
    expect(load('example.net.', 'exmaple.org.')).toEqual(['loaded']);
    expect(load('example.net.')).toEqual(['loaded', missing]);
  });

  it('for none change nothing', () => {
    const told = {} as ServerEvents;
    expect(withAccessWarnings(told, [])).toBe(told);
  });
});
