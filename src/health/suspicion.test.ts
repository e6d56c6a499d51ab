/** Falls that wait, with the judge that hands them over: a cut-off must move nothing before it is found, and a target that dies alone must not wait. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Timing } from './check.ts';
import type { Observation } from './check-state.ts';
import { Judge } from './judge.ts';
import type { WatchedTarget } from './targets.ts';
import { bad, good, model, TIMING, target, tcpCheck } from './testing.ts';

const ZRH = 0;
const GVA = 1;
const FRA = 2;
const CUT_OFF = { window: 10_000, release: 10_000 };
const QUICK: Timing = { ...TIMING, interval: 250, timeout: 250, recheck: 63 };

interface Seen {
  readonly target: string;
  readonly seen: Observation;
}

/** @returns when each target was first handed over as down, and when verdicts were held; looked at until a time, and four times a second without news */
function judge(targets: readonly WatchedTarget[], all: readonly Seen[], until: number) {
  const rules = model({ cutOff: CUT_OFF });
  const it = new Judge(rules);
  it.watch(rules, targets, 0);
  const down = new Map<string, number>();
  let held: number | undefined;
  const ticks = Array.from({ length: until / 250 }, (_, i) => ({ at: i * 250, news: undefined }));
  const events = [...all.map((news) => ({ at: news.seen.at, news })), ...ticks].sort((a, b) => a.at - b.at);
  for (const { at, news } of events) {
    if (at > until) break;
    if (news !== undefined) it.observe({ vantage: 'self', target: news.target, check: 'tcp' }, news.seen);
    const judged = it.judge(at);
    if (judged.held !== undefined) held ??= at;
    for (const [key, { state }] of judged.handed) if (state === 'down' && !down.has(key)) down.set(key, at);
  }
  return { down, held };
}

describe('a fall waits', () => {
  const four = [
    target('zurich', [ZRH]),
    target('switzerland', [ZRH, GVA]),
    target('frankfurt', [FRA]),
    target('europe', [ZRH, GVA, FRA]),
  ];
  const start = four.map(({ key }) => ({ target: key, seen: good(0) }));
  const fails = (group: string, ...times: number[]) =>
    times.map((at) => ({ target: `web/${group}/ipv4`, seen: bad(at, 'no answer within 1000 ms', 1000) }));

  it.each<[string, Seen[], { held?: number; down: Record<string, number> }]>([
    [
      'for one that has not been probed since, though those that fail share a site',
      [...fails('europe', 1000, 2500), ...fails('zurich', 1200, 2700), ...fails('frankfurt', 2600, 4100)],
      { held: 4100, down: {} },
    ],
    [
      'not when another has been reached since',
      [...fails('zurich', 1000, 2500), { target: 'web/europe/ipv4', seen: good(1600) }],
      { down: { zurich: 2500 } },
    ],
    [
      'until another has been reached, which the probe of before its failure does not say',
      [
        ...fails('zurich', 1000, 2500),
        { target: 'web/europe/ipv4', seen: good(450) },
        { target: 'web/frankfurt/ipv4', seen: good(2600) },
      ],
      { down: { zurich: 2600 } },
    ],
    [
      'no longer than it takes to probe all that are probed as often',
      fails('zurich', 1000, 2500),
      // An interval and a timeout after its first probe that failed, and a moment; looked at four times a second.
      { down: { zurich: 3250 } },
    ],
    [
      'not for those that one site explains',
      [...fails('zurich', 1000, 2500), { target: 'web/frankfurt/ipv4', seen: good(600) }, ...fails('europe', 2000)],
      { down: { zurich: 2500 } },
    ],
  ])('%s', (_, seen, { held, down }) => {
    const judged = judge(four, [...start, ...seen], 8000);
    expect(judged.held).toBe(held);
    expect(Object.fromEntries([...judged.down].map(([key, at]) => [key.split('/')[1], at]))).toEqual(down);
  });

  it('for no one when there is no other site', () => {
    const alone = [target('zurich', [ZRH]), target('switzerland', [ZRH, GVA])];
    const seen = [...start.slice(0, 2), ...fails('zurich', 1000, 2500)];
    expect(judge(alone, seen, 8000).down).toEqual(new Map([['web/zurich/ipv4', 2500]]));
  });

  it('for its own family: the other may be reached when this one is not', () => {
    const both = four.flatMap((each) => [each, target(each.group, each.sites, undefined, 'ipv6')]);
    const seen = [
      ...both.map(({ key }) => ({ target: key, seen: good(0) })),
      ...fails('zurich', 1000, 2500),
      ...both
        .slice(2)
        .filter(({ family }) => family === 'ipv6')
        .map(({ key }) => ({ target: key, seen: good(1600) })),
      ...fails('frankfurt', 2600, 4100),
    ];
    expect(judge(both, seen, 8000)).toEqual({ held: 4100, down: new Map() });
  });
});

describe('whatever the network and the moments of its probes', () => {
  /** Where a target is, when it is probed first, how soon it answers, how much earlier each probe comes: thousandths of the interval, the timeout, the interval. */
  const kind = fc.record({
    sites: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
    phase: fc.integer({ min: 0, max: 999 }),
    latency: fc.integer({ min: 1, max: 400 }),
    jitter: fc.integer({ min: 0, max: 100 }),
    family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  });
  type Kind = typeof kind extends fc.Arbitrary<infer T> ? T : never;
  const networks = fc.uniqueArray(kind, { minLength: 2, maxLength: 7, selector: ({ phase }) => phase });
  const timings = fc.constantFrom(TIMING, QUICK);
  /** The trouble begins long after all have been seen up. */
  const TROUBLE = 20_000;

  function targetsOf(kinds: readonly Kind[], timing: Timing): WatchedTarget[] {
    const checks = { checks: [tcpCheck(timing)], need: 1 };
    return kinds.map(({ sites, family }, i) => target(`g${i}`, sites, checks, family));
  }

  /** Probes of a target by the rules of scheduler.ts, which fail from a time on. @param silent or else refused at once */
  function probes(
    key: string,
    { phase, latency, jitter }: Kind,
    timing: Timing,
    from: number,
    silent: boolean,
  ): Seen[] {
    const { interval, timeout, recheck, fall } = timing;
    const seen: Seen[] = [];
    let failures = 0;
    const answer = (latency * timeout) / 1000;
    for (let began = (phase * interval) / 1000; began < Math.min(from, 30_000) + 4 * interval + 10 * timeout; ) {
      const failed = began + answer > from;
      const took = !failed ? answer : silent ? timeout : Math.max(1, from - began);
      const at = began + took;
      failures = failed ? failures + 1 : 0;
      seen.push({ target: key, seen: failed ? bad(at, 'x', took) : good(at, took) });
      began = failed && failures < fall ? at + recheck : Math.max(at, began + interval * (1 - jitter / 1000));
    }
    return seen;
  }

  it('a cut-off that is found has moved nothing before', () => {
    let found = 0;
    fc.assert(
      fc.property(networks, timings, fc.boolean(), (kinds, timing, silent) => {
        const targets = targetsOf(kinds, timing);
        const all = targets.flatMap(({ key }, i) => probes(key, kinds[i], timing, TROUBLE, silent));
        const { down, held } = judge(targets, all, TROUBLE + 10_000);
        if (held === undefined) return;
        found++;
        expect(held - TROUBLE).toBeLessThan(5000);
        expect(down).toEqual(new Map());
      }),
    );
    expect(found).toBeGreaterThan(10);
  });

  it('a target that dies alone is down within 5 s with defaults, and within 1 s when probed every 250 ms', () => {
    fc.assert(
      fc.property(networks, timings, fc.boolean(), (kinds, timing, silent) => {
        const targets = targetsOf(kinds, timing);
        const all = targets.flatMap(({ key }, i) =>
          probes(key, kinds[i], timing, i === 0 ? TROUBLE : Number.POSITIVE_INFINITY, silent),
        );
        const { down, held } = judge(targets, all, TROUBLE + 10_000);
        expect(held).toBeUndefined();
        expect([...down.keys()]).toEqual([targets[0].key]);
        expect(down.get(targets[0].key)! - TROUBLE).toBeLessThanOrEqual(timing === TIMING ? 5000 : 1000);
      }),
    );
  });
});
