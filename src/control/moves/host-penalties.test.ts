/** Penalties of hosts: raised by moves, and what they decay to. */
import { describe, expect, it } from 'vitest';
import { Published } from '../../../test/support/published.ts';
import { steer, TestZone } from '../../../test/support/records.ts';
import { FAILURE, isSuppressed, type Penalty, raised } from '../../steering/guards/penalty.ts';
import { plainHostDamping } from '../../steering/guards/rules.ts';
import { Overrides } from '../overrides.ts';
import { HostPenalties } from './host-penalties.ts';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 1);

/** The penalties of hosts known by name, of which the seventh was moved so often. */
function moved(times: number, host = 7): HostPenalties {
  const overrides = new Overrides(1);
  for (let i = 1; i <= 20; i++) overrides.intern(Uint8Array.of(1, 0x60 + i, 0), 0, 3);
  const penalties = new HostPenalties(overrides);
  for (let i = 0; i < times; i++) penalties.raise(host, plainHostDamping, BEGIN + i * MINUTE);
  return penalties;
}

describe('a host', () => {
  it('may be moved five times within minutes, and a sixth time', () => {
    expect(moved(5).suppressed(plainHostDamping, BEGIN + 5 * MINUTE)(7)).toBe(false);
    expect(moved(6).suppressed(plainHostDamping, BEGIN + 6 * MINUTE)(7)).toBe(true);
  });

  it('waits until its penalty has come down to reuse, and others do not wait', () => {
    const penalties = moved(6);
    // About 5,100 to 2,500: a little over a half-life.
    expect(penalties.suppressed(plainHostDamping, BEGIN + 18 * MINUTE)(7)).toBe(true);
    expect(penalties.suppressed(plainHostDamping, BEGIN + 24 * MINUTE)(7)).toBe(false);
    expect(penalties.suppressed(plainHostDamping, BEGIN + 6 * MINUTE)(8)).toBe(false);
  });

  it('waits no longer than it has to after the clock was set back', () => {
    const penalties = moved(6);
    expect(penalties.suppressed(plainHostDamping, BEGIN - 48 * 60 * MINUTE)(7)).toBe(true);
    penalties.raise(7, plainHostDamping, BEGIN - 48 * 60 * MINUTE);
    expect(penalties.suppressed(plainHostDamping, BEGIN - 47 * 60 * MINUTE)(7)).toBe(false);
  });

  it('has its own penalty, however many were moved with it', () => {
    const overrides = new Overrides(1);
    const penalties = new HostPenalties(overrides);
    const hosts = Array.from({ length: 4 }, (_, i) => overrides.intern(Uint8Array.of(1, 0x61 + i, 0), 0, 3));
    // Host n is moved in every n-th minute, twice at the same instant: as one by one.
    const alone = hosts.map(() => new Map<number, Penalty>());
    for (let minute = 0; minute < 12; minute++)
      for (let twice = 0; twice < 2; twice++)
        for (const [i, host] of hosts.entries()) {
          if (minute % (i + 1) !== 0) continue;
          const now = BEGIN + minute * MINUTE;
          penalties.raise(host, plainHostDamping, now);
          const before = alone[i].get(host);
          const first = { value: FAILURE, at: now, suppressed: false };
          alone[i].set(host, before === undefined ? first : raised(before, plainHostDamping, now));
          for (const [j, other] of hosts.entries()) {
            const expected = alone[j].get(other);
            const is = expected !== undefined && isSuppressed(expected, plainHostDamping, now);
            expect([j, minute, penalties.suppressed(plainHostDamping, now)(other)]).toEqual([j, minute, is]);
          }
        }
  });

  it('keeps it over a load that gives all hosts other places', async () => {
    const zone = new TestZone('a.test.', [steer('one.a.test.', 'zurich'), steer('two.a.test.', 'zurich')]);
    const published = await Published.of(zone);
    const { overrides } = published.publisher;
    const penalties = new HostPenalties(overrides);
    const find = (name: string): number => overrides.at(published.node(name));
    for (let i = 0; i < 6; i++) penalties.raise(find('two.a.test.'), plainHostDamping, BEGIN + i * MINUTE);
    published.rebase();
    zone.set([steer('new.a.test.', 'zurich'), steer('one.a.test.', 'zurich'), steer('two.a.test.', 'zurich')]);
    await published.load([zone]);
    const damped = ['new', 'one', 'two'].map((name) =>
      penalties.suppressed(plainHostDamping, BEGIN + 6 * MINUTE)(find(`${name}.a.test.`)),
    );
    expect(damped).toEqual([false, false, true]);
    expect(overrides.inForce).toBe(0);
  });
});
