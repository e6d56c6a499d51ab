import { expect, it } from 'vitest';
import { COUNTER_WORDS, Counter } from '../answer/counters.ts';
import { PLACES } from '../dnssec/signature-requests.ts';
import { SigningTurns } from './signing-turns.ts';
import { WaitingDatagrams } from './waiting-datagrams.ts';

it('asks for as many turns as there are places, however many networks take them from each other, and all who still wait are answered', () => {
  const turns = new SigningTurns({ allow: () => {}, maySign: () => true });
  const taken: (() => void)[] = [];
  turns.add = (again) => taken.push(again);
  const counters = new Uint32Array(COUNTER_WORDS);
  const waiting = new WaitingDatagrams(turns, counters, 1);
  let answered = 0;
  const wait = (network: number): void => waiting.wait(Uint8Array.of(198, 51, network, 1), () => answered++);
  for (let i = 0; i < PLACES; i++) wait(0);
  for (let network = 1; network <= 50; network++) wait(network);
  expect(counters[Counter.PARKED_DROPPED]).toBeGreaterThan(40);
  expect(taken).toHaveLength(PLACES);
  for (const turn of taken) turn();
  expect(answered).toBe(PLACES);
});
