/** Penalties of hosts: raised by moves, and what they decay to. */
import { describe, expect, it } from 'vitest';
import { plainHostDamping } from '../../steering/guards/rules.ts';
import { HostPenalties } from './host-penalties.ts';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 1);

function moved(times: number, host = 7): HostPenalties {
  const penalties = new HostPenalties();
  for (let i = 0; i < times; i++) penalties.raise(host, plainHostDamping, BEGIN + i * MINUTE);
  return penalties;
}

describe('a host', () => {
  it('may be moved five times within minutes, and a sixth time', () => {
    expect(moved(5).isSuppressed(7, plainHostDamping, BEGIN + 5 * MINUTE)).toBe(false);
    expect(moved(6).isSuppressed(7, plainHostDamping, BEGIN + 6 * MINUTE)).toBe(true);
  });

  it('waits until its penalty has come down to reuse, and others do not wait', () => {
    const penalties = moved(6);
    // About 5,100 to 2,500: a little over a half-life.
    expect(penalties.isSuppressed(7, plainHostDamping, BEGIN + 18 * MINUTE)).toBe(true);
    expect(penalties.isSuppressed(7, plainHostDamping, BEGIN + 24 * MINUTE)).toBe(false);
    expect(penalties.isSuppressed(8, plainHostDamping, BEGIN + 6 * MINUTE)).toBe(false);
    expect(penalties.isSuppressed(1_000_000, plainHostDamping, BEGIN)).toBe(false);
  });

  it('waits no longer than it has to after the clock was set back', () => {
    const penalties = moved(6);
    expect(penalties.isSuppressed(7, plainHostDamping, BEGIN - 48 * 60 * MINUTE)).toBe(true);
    penalties.raise(7, plainHostDamping, BEGIN - 48 * 60 * MINUTE);
    expect(penalties.isSuppressed(7, plainHostDamping, BEGIN - 47 * 60 * MINUTE)).toBe(false);
  });

  it('may have a high number', () => {
    expect(moved(6, 500_000).isSuppressed(500_000, plainHostDamping, BEGIN + 6 * MINUTE)).toBe(true);
  });
});
