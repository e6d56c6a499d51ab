import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdicts } from '../steering/model.ts';
import type { HealthModel, ServiceChecks } from './check.ts';
import { Judge, reportKey } from './judge.ts';
import { REFERENCES, type WatchedTarget } from './targets.ts';
import { bad, good, model, target, tcpCheck } from './testing.ts';

const ZRH = 0;
const GVA = 1;
const FRA = 2;
const cutOff = { window: 10_000, release: 10_000 };

/** A judge with a clock, whose targets are observed by name. */
class Bench {
  readonly judge: Judge;
  now = 0;
  readonly model: HealthModel;

  constructor(targets: readonly WatchedTarget[], change: Partial<HealthModel> = {}) {
    this.model = model({ cutOff, ...change });
    this.judge = new Judge(this.model);
    this.judge.watch(this.model, targets, 0);
  }

  /** All of these are observed at a time. */
  at(time: number, seen: Record<string, boolean>) {
    this.now = time;
    for (const [name, ok] of Object.entries(seen)) {
      const key = name === REFERENCES ? name : name.includes('/') ? `web/${name}` : `web/${name}/ipv4`;
      this.judge.observe({ vantage: 'self', target: key, check: 'tcp' }, ok ? good(time) : bad(time));
    }
    return this.judge.judge(time);
  }
}

function states(verdicts: Verdicts): Record<string, string> {
  return Object.fromEntries(
    [...verdicts].map(([key, { state }]) => [key.replace(/^web\//, '').replace('/ipv4', ''), state]),
  );
}

const three = [target('zurich', [ZRH]), target('frankfurt', [FRA]), target('europe', [ZRH, GVA, FRA])];
const well = { zurich: true, frankfurt: true, europe: true };

describe('one target', () => {
  it('is down when its check is, and the others are not', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    expect(states(bench.at(1000, { zurich: false }).handed).zurich).toBe('up');
    const { handed, changes, held } = bench.at(1500, { zurich: false, frankfurt: true });
    expect(states(handed)).toEqual({ zurich: 'down', frankfurt: 'up', europe: 'up' });
    expect(changes).toMatchObject([
      { target: 'web/zurich/ipv4', before: { state: 'up' }, after: { state: 'down', since: 1500 } },
    ]);
    expect(held).toBeUndefined();
  });

  it('hands over the same object as long as nothing changes', () => {
    const bench = new Bench(three);
    const { handed } = bench.at(0, well);
    expect(bench.at(1000, well).handed).toBe(handed);
    expect(bench.at(2000, { zurich: false }).handed).not.toBe(handed);
  });

  it('is unknown when its checker has gone silent', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    bench.at(8000, { frankfurt: true, europe: true });
    const { handed, held } = bench.at(9000, {});
    expect(states(handed)).toEqual({ zurich: 'unknown', frankfurt: 'up', europe: 'up' });
    expect(handed.get('web/zurich/ipv4')).toMatchObject({ last: 'up' });
    expect(held).toBeUndefined();
  });

  it('families fall by themselves', () => {
    const bench = new Bench([target('zurich', [ZRH]), target('zurich', [ZRH], undefined, 'ipv6')]);
    bench.at(0, { 'zurich/ipv4': true, 'zurich/ipv6': true });
    bench.at(1000, { 'zurich/ipv6': false });
    expect(states(bench.at(1500, { 'zurich/ipv6': false }).handed)).toEqual({ zurich: 'up', 'zurich/ipv6': 'down' });
  });
});

describe('the observer is cut off', () => {
  /** All of these fail within a second. */
  function fail(bench: Bench, names: readonly string[], from = 1000, apart = 0) {
    let result = bench.judge.judge(from);
    names.forEach((name, i) => {
      bench.at(from + i * apart, { [name]: false });
      result = bench.at(from + i * apart + 500, { [name]: false });
    });
    return result;
  }

  it.each<[string, readonly WatchedTarget[], readonly string[], boolean]>([
    ['when two targets of different sites fail', [target('a', [ZRH]), target('b', [FRA])], ['a', 'b'], true],
    ['not when two of the same site do', [target('a', [ZRH]), target('b', [ZRH])], ['a', 'b'], false],
    ['not when one that many sites serve does', [target('a', [ZRH, GVA, FRA]), target('b', [FRA])], ['a'], false],
    ['not when one site explains both', [target('a', [ZRH, GVA]), target('b', [ZRH])], ['a', 'b'], false],
    [
      'when no one site explains all three',
      [target('a', [ZRH, GVA]), target('b', [ZRH, FRA]), target('c', [GVA, FRA])],
      ['a', 'b', 'c'],
      true,
    ],
    [
      'not when both families of one fail',
      [target('a', [ZRH]), target('a', [ZRH], undefined, 'ipv6')],
      ['a', 'a/ipv6'],
      false,
    ],
    ['not when nobody knows the sites of one', [target('a', []), target('b', [FRA])], ['a', 'b'], false],
  ])('%s', (_, targets, names, held) => {
    const bench = new Bench(targets);
    bench.at(0, Object.fromEntries(targets.map(({ group, family }) => [`${group}/${family}`, true])));
    const { held: seen, handed } = fail(bench, names, 1000, 1000);
    expect(seen !== undefined).toBe(held);
    if (held) expect(new Set(Object.values(states(handed)))).toEqual(new Set(['up']));
    else expect(Object.values(states(handed))).toContain('down');
  });

  it('shows what it sees, hands over what was before, and ends a while after all is well', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    fail(bench, ['zurich']);
    expect(states(bench.at(2000, { europe: true }).handed).zurich).toBe('down');
    const cut = fail(bench, ['frankfurt'], 4000);
    expect(cut.held).toEqual({
      since: 4500,
      cause: 'targets of several sites failed at once: web/zurich/ipv4, web/frankfurt/ipv4',
    });
    expect(states(cut.verdicts)).toEqual({ zurich: 'down', frankfurt: 'down', europe: 'up' });
    // Zurich, which had been handed over as down, is what it was before.
    expect(states(cut.handed)).toEqual({ zurich: 'up', frankfurt: 'up', europe: 'up' });
    for (let t = 6000; t <= 10_000; t += 2000) bench.at(t, well);
    const well2 = bench.at(12_000, well);
    expect(states(well2.verdicts)).toEqual({ zurich: 'up', frankfurt: 'up', europe: 'up' });
    expect(well2.held).toBeDefined();
    bench.at(15_000, well);
    expect(bench.at(21_000, well).held).toBeUndefined();
  });

  it('is not when they fail one after another over a longer time', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    fail(bench, ['zurich']);
    for (let t = 3000; t < 12_000; t += 2000) bench.at(t, { ...well, zurich: false });
    const { held, handed } = fail(bench, ['frankfurt'], 12_000);
    expect(held).toBeUndefined();
    expect(states(handed)).toMatchObject({ zurich: 'down', frankfurt: 'down' });
  });

  it('is not by what an operator has forced, and ends by it', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    expect(fail(bench, ['zurich', 'frankfurt'], 1000, 1000).held).toBeDefined();
    bench.judge.ignore(new Set(['web/frankfurt/ipv4']));
    const bad2 = { zurich: false, frankfurt: false, europe: true };
    for (let t = 4000; t < 14_000; t += 2000) expect(bench.at(t, bad2).held).toBeDefined();
    const { held, handed } = bench.at(14_000, bad2);
    expect(held).toBeUndefined();
    expect(states(handed).zurich).toBe('down');
  });

  it('is when the reference checks fail', () => {
    const references: ServiceChecks = { checks: [tcpCheck()], need: 1 };
    const bench = new Bench(three, { references });
    bench.at(0, { ...well, [REFERENCES]: true });
    bench.at(1000, { zurich: false });
    bench.at(1500, { zurich: false });
    bench.at(2000, { [REFERENCES]: false });
    const { held, handed } = bench.at(2500, { [REFERENCES]: false });
    expect(held?.cause).toBe('reference checks fail: tcp: refused');
    expect(states(handed)).toEqual({ zurich: 'up', frankfurt: 'up', europe: 'up' });
  });

  describe('latches', () => {
    const latchedOf = (verdicts: Verdicts) =>
      [...verdicts].flatMap(([key, { latched }]) => (latched === true ? [key.split('/')[1]] : []));
    /** All are seen well from one time to another. */
    function mend(bench: Bench, from: number, to: number, seen: Record<string, boolean> = well) {
      let result = bench.at(from, seen);
      for (let t = from + 2000; t <= to; t += 2000) result = bench.at(t, seen);
      return result;
    }

    it('what is down, in the same judgement', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      bench.at(1000, { zurich: false });
      const { handed, changes, latches } = bench.at(1500, { zurich: false, europe: true });
      expect(latchedOf(handed)).toEqual(['zurich']);
      expect(changes[0].after.latched).toBe(true);
      expect(latches).toEqual([]);
    });

    it('not what an operator has let come back while it is down', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      fail(bench, ['zurich']);
      bench.judge.unlatch(() => true);
      expect(latchedOf(bench.at(2000, { zurich: false }).handed)).toEqual([]);
      expect(latchedOf(mend(bench, 4000, 10_000).handed)).toEqual([]);
    });

    it('nothing that was seen down only while held', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      const cut = fail(bench, ['zurich', 'frankfurt', 'europe'], 1000, 100);
      expect(cut.held).toBeDefined();
      expect(latchedOf(cut.verdicts)).toEqual([]);
      const { held, handed } = mend(bench, 4000, 22_000);
      expect(held).toBeUndefined();
      expect(states(handed)).toEqual({ zurich: 'up', frankfurt: 'up', europe: 'up' });
      expect(latchedOf(handed)).toEqual([]);
    });

    it('no longer what had counted as down until the hold took it back', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      expect(latchedOf(fail(bench, ['zurich']).handed)).toEqual([]);
      const counts = bench.at(2000, { europe: true });
      expect(latchedOf(counts.handed)).toEqual(['zurich']);
      expect(counts.latches).toEqual(['web/zurich/ipv4']);
      bench.at(3000, { frankfurt: false, europe: true });
      const cut = bench.at(3500, { frankfurt: false });
      expect(cut.held).toBeDefined();
      expect(cut.latches).toEqual(['web/zurich/ipv4']);
      expect(latchedOf(cut.handed)).toEqual([]);
      expect(latchedOf(mend(bench, 6000, 24_000).handed)).toEqual([]);
    });

    it('what is down still when the hold ends', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      fail(bench, ['zurich', 'frankfurt'], 1000, 100);
      const zurichDown = { ...well, zurich: false };
      expect(mend(bench, 4000, 16_000, zurichDown).latches).toEqual([]);
      const { held, handed, latches } = bench.at(18_000, zurichDown);
      expect(held).toBeUndefined();
      expect(states(handed)).toEqual({ zurich: 'down', frankfurt: 'up', europe: 'up' });
      expect(latches).toEqual(['web/zurich/ipv4']);
      expect(latchedOf(handed)).toEqual(['zurich']);
    });

    it('still what was latched before, until an operator lets it come back, also while held', () => {
      const bench = new Bench(three);
      bench.at(0, well);
      fail(bench, ['zurich']);
      mend(bench, 3000, 30_000);
      const cut = fail(bench, ['zurich', 'frankfurt'], 31_000, 100);
      expect(cut.held).toBeDefined();
      expect(latchedOf(cut.handed)).toEqual(['zurich']);
      bench.judge.unlatch((key) => key === 'web/zurich/ipv4');
      expect(latchedOf(bench.at(34_000, {}).handed)).toEqual([]);
      expect(latchedOf(mend(bench, 34_000, 56_000).handed)).toEqual([]);
    });
  });

  it('never is when the rule is switched off', () => {
    const bench = new Bench(three, { cutOff: undefined });
    bench.at(0, well);
    const { held, handed } = fail(bench, ['zurich', 'frankfurt'], 1000, 100);
    expect(held).toBeUndefined();
    expect(states(handed)).toMatchObject({ zurich: 'down', frankfurt: 'down' });
  });

  it('a fall waits while targets of other sites fail as well', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    bench.at(1000, { zurich: false });
    bench.at(1200, { frankfurt: false });
    const waiting = bench.at(1500, { zurich: false });
    expect(states(waiting.verdicts).zurich).toBe('down');
    expect(states(waiting.handed).zurich).toBe('up');
    // Frankfurt was a slip: Zurich's fall counts.
    expect(states(bench.at(1700, { frankfurt: true }).handed).zurich).toBe('down');
  });

  it('a fall does not wait for one that never settles', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    bench.at(1000, { zurich: false });
    bench.at(1200, { frankfurt: false });
    bench.at(1500, { zurich: false, europe: true });
    expect(states(bench.at(2200, {}).handed).zurich).toBe('up');
    expect(states(bench.at(2300, {}).handed).zurich).toBe('down');
  });
});

describe('a reload', () => {
  it('keeps what is known of checks that are the same, and forgets targets that are gone', () => {
    const bench = new Bench(three);
    bench.at(0, well);
    const other = target('zurich', [ZRH], {
      checks: [tcpCheck(), tcpCheck({}, 'second', { type: 'tcp', port: 443 })],
      need: 2,
    });
    bench.judge.watch(bench.model, [other], 1000);
    expect(states(bench.judge.judge(1000).handed)).toEqual({ zurich: 'unknown' });
    bench.judge.observe({ vantage: 'self', target: other.key, check: 'second' }, good(1100));
    expect(states(bench.judge.judge(1100).handed)).toEqual({ zurich: 'up' });
    // What comes too late for one that is gone.
    bench.judge.observe({ vantage: 'self', target: 'web/europe/ipv4', check: 'tcp' }, bad(1200));
    expect(states(bench.judge.judge(1200).handed)).toEqual({ zurich: 'up' });
  });

  it('begins with what was remembered', () => {
    const judge = new Judge(model());
    const push = { checks: [tcpCheck({}, 'feed', { type: 'push', expires: 60_000 })], need: 1 };
    const targets = [target('zurich', [ZRH]), target('europe', [ZRH], push)];
    judge.watch(model(), targets, 1000, {
      verdicts: new Map([['web/zurich/ipv4', { last: 'down', latched: true }]]),
      reports: new Map([[reportKey('web/europe/ipv4', 'feed'), bad(500, 'broken')]]),
    });
    const { handed } = judge.judge(1000);
    expect(handed.get('web/zurich/ipv4')).toMatchObject({ state: 'unknown', last: 'down', latched: true });
    expect(handed.get('web/europe/ipv4')).toMatchObject({ state: 'down', cause: 'push: broken' });
    expect(judge.isRound).toBe(false);
    judge.observe({ vantage: 'self', target: 'web/zurich/ipv4', check: 'tcp' }, good(1100));
    expect(judge.isRound).toBe(true);
    judge.unlatch((key) => key === 'web/zurich/ipv4');
    expect(judge.judge(1200).handed.get('web/zurich/ipv4')?.latched).toBeUndefined();
  });
});

describe('whatever happens', () => {
  const event = fc.record({
    after: fc.integer({ min: 0, max: 4000 }),
    which: fc.constantFrom('zurich', 'frankfurt', 'europe'),
    ok: fc.boolean(),
  });

  it('the same observations give the same verdicts', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const run = () => {
          const bench = new Bench(three);
          return events.map(({ after, which, ok }) => {
            const { handed, verdicts, held } = bench.at(bench.now + after, { [which]: ok });
            return { handed: [...handed], verdicts: [...verdicts], held };
          });
        };
        expect(run()).toEqual(run());
      }),
    );
  });

  it('nothing is latched that has not been handed over as down, and nothing that is taken back', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const bench = new Bench(three);
        const counted = new Set<string>();
        let before = new Set<string>();
        for (const { after, which, ok } of events) {
          const seen = bench.at(bench.now + after, { [which]: ok });
          const down = new Set([...seen.handed].flatMap(([key, { state }]) => (state === 'down' ? [key] : [])));
          if (seen.held === undefined) for (const key of down) counted.add(key);
          else if (before.size > 0) {
            for (const key of before) if (!down.has(key)) counted.delete(key);
          }
          before = down;
          for (const [key, { latched }] of seen.handed) if (latched === true) expect(counted).toContain(key);
        }
      }),
    );
  });

  it('every target has a verdict in what is handed over, and while held no state in it changes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const bench = new Bench(three);
        let held: Record<string, string> | undefined;
        for (const { after, which, ok } of events) {
          const seen = bench.at(bench.now + after, { [which]: ok });
          expect([...seen.handed.keys()]).toEqual([...seen.verdicts.keys()]);
          if (seen.held === undefined) held = undefined;
          else if (held === undefined) held = states(seen.handed);
          else expect(states(seen.handed)).toEqual(held);
        }
      }),
    );
  });
});
