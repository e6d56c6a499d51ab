import { describe, expect, it } from 'vitest';
import { AnswerRates } from './answer-rates.ts';

const key = 'web/zurich/ipv6';

describe('how often a target is answered with', () => {
  it('is known from the first sample on', () => {
    let total = 500;
    const rates = new AnswerRates(() => new Map([[key, total]]), 1000);
    expect(rates.current.size).toBe(0);
    total = 1500;
    expect(rates.sample(11_000).get(key)).toBeCloseTo(100, 9);
  });

  it('follows a change by half within a minute, and forgets who is silent', () => {
    let total = 0;
    const rates = new AnswerRates(() => new Map([[key, total]]), 0);
    let now = 0;
    const pass = (seconds: number, rate: number): number => {
      for (let i = 0; i < seconds; i += 10) {
        total += rate * 10;
        now += 10_000;
        rates.sample(now);
      }
      return rates.current.get(key) ?? 0;
    };
    expect(pass(1200, 100)).toBeCloseTo(100, 3);
    expect(pass(60, 200)).toBeCloseTo(150, 1);
    expect(pass(3600, 0)).toBe(0);
  });

  it('is the same when asked twice in one moment, or after the clock stood', () => {
    let total = 0;
    const rates = new AnswerRates(() => new Map([[key, total]]), 0);
    total = 70;
    const first = rates.sample(1000).get(key);
    total = 700;
    expect(rates.sample(1000).get(key)).toBe(first);
    expect(rates.sample(500).get(key)).toBe(first);
  });
});
