/** A server's figures without a server, for metrics. */
import { ANSWER_SLOTS, COUNTER_WORDS } from '../../src/answer/counters.ts';
import type { Reading, Source } from '../../src/telemetry/source.ts';

export class FakeSource implements Source {
  readonly counters = new Float64Array(COUNTER_WORDS);
  readonly answers = new Float64Array(ANSWER_SLOTS);
  /** What tests change of the rest. */
  over: Partial<Reading> = {};

  read(): Reading {
    return {
      version: '1.2.3',
      counters: this.counters,
      answers: this.answers,
      slots: [
        undefined,
        { service: 'web', group: 'anycast', family: 'ipv4' },
        { service: 'web', group: 'zurich', family: 'ipv6' },
      ],
      interfaces: [{ name: 'eth0', lost: 5 }],
      generation: 7,
      load: { duration: 1250, zones: 3, hosts: 1_000_000 },
      tableOctets: 123_456_789,
      reload: { ok: true, goodAt: 1_700_000_000_500 },
      workerRestarts: 0,
      overrides: 12,
      health: {
        targets: [{ service: 'web', group: 'zurich', family: 'ipv6', state: 'down', since: 1_700_000_000_000 }],
        held: false,
        discarded: 0,
        replaced: 0,
        checks: [
          {
            type: 'http',
            results: { ok: 9, failed: 1, none: 0 },
            buckets: [10, ...Array<number>(13).fill(0)],
            seconds: 0.004,
          },
        ],
      },
      feeds: {
        feeds: [{ id: 'rpki', state: 'ok', observedAt: 1_700_000_000_000, attempts: 9, failures: 1 }],
        replaced: 0,
        validity: [{ group: 'zurich', family: 'ipv6', state: 'valid' }],
        findings: [],
        utilisation: [{ link: 'zrh-transit', direction: 'in', ratio: 0.6 }],
      },
      guards: {
        held: { damping: 2, dwell: 0 },
        closed: { rpki: 1, announcement: 0 },
        moved: [{ family: 'ipv4', of: 'hosts', share: 0.1 }],
        freezes: 1,
        diverted: [{ service: 'web', group: 'zurich', family: 'ipv6', kind: 'shed', ratio: 0.1 }],
        overloaded: [{ link: 'zrh-transit', direction: 'in' }],
      },
      secondaries: [
        { zone: 'example.org.', state: 'current', checkedAt: 1_700_000_000_000, expiresAt: 1_700_086_400_000 },
      ],
      updates: { counts: { accepted: 5, refused: 2, failed: 0 }, hidden: 1 },
      moves: { pending: 1, moving: 0, done: 4 },
      ...this.over,
    };
  }
}
