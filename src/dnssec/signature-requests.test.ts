import { expect, it } from 'vitest';
import {
  makeSignatureRequests,
  PLACES,
  SignatureOrders,
  SignatureRequests,
  stopSigners,
} from './signature-requests.ts';

const octets = (value: number): Uint8Array => new Uint8Array(20).fill(value);

function sent(requests: SignatureRequests, place: number, value = place): void {
  requests.write(place, octets(value), 20, value * 3, value % 2 === 1);
  requests.send(place);
}

it('are taken in the order they were sent, whole, workers in turn', () => {
  const buffer = makeSignatureRequests(2);
  const [one, two] = [new SignatureRequests(buffer, 0), new SignatureRequests(buffer, 1)];
  const orders = new SignatureOrders(buffer, 0);
  for (const place of [5, 3]) sent(one, place);
  sent(two, 9);
  const taken: number[][] = [];
  while (orders.take()) {
    taken.push([orders.worker, orders.octets[0], orders.key, orders.madeUp ? 1 : 0, orders.length]);
    orders.done(true);
  }
  expect(taken).toEqual([
    [1, 9, 27, 1, 20],
    [0, 5, 15, 1, 20],
    [0, 3, 9, 1, 20],
  ]);
  expect([one.isSigned(5), one.isSigned(3), two.isSigned(9), one.isSigned(4)]).toEqual([true, true, true, false]);
});

it('go round as often as there are requests', () => {
  const buffer = makeSignatureRequests(1);
  const requests = new SignatureRequests(buffer, 0);
  const orders = new SignatureOrders(buffer, 0);
  for (let i = 0; i < PLACES * 3; i++) {
    sent(requests, i % 7, i & 0xff);
    expect(orders.take()).toBe(true);
    expect(orders.octets[0]).toBe(i & 0xff);
    orders.done(true);
    requests.free(i % 7);
  }
  expect(orders.take()).toBe(false);
});

it('of a signer that died are those of the one that replaces it; no other takes them', () => {
  const buffer = makeSignatureRequests(1);
  const requests = new SignatureRequests(buffer, 0);
  sent(requests, 1);
  sent(requests, 2);
  expect(new SignatureOrders(buffer, 1).take()).toBe(true);
  const other = new SignatureOrders(buffer, 0);
  expect(other.take()).toBe(true);
  expect(other.octets[0]).toBe(2);
  other.done(true);
  expect(other.take()).toBe(false);

  const replaced = new SignatureOrders(buffer, 1);
  expect(replaced.take()).toBe(true);
  expect(replaced.octets[0]).toBe(1);
  replaced.done(true);
  expect(requests.isSigned(1)).toBe(true);
  expect(replaced.take()).toBe(false);
});

it('of a signer that died come behind what else is waiting, and are given up when a second one dies of them', () => {
  const buffer = makeSignatureRequests(1);
  const requests = new SignatureRequests(buffer, 0);
  sent(requests, 1);
  expect(new SignatureOrders(buffer, 0).take()).toBe(true);
  for (const place of [2, 3]) sent(requests, place);
  const second = new SignatureOrders(buffer, 0);
  const taken = [second, second].map((orders) => {
    orders.take();
    orders.done(true);
    return orders.octets[0];
  });
  expect(taken).toEqual([2, 3]);
  expect([second.take(), second.octets[0], second.abandoned]).toEqual([true, 1, 0]);
  expect([requests.isSent(1), requests.isUnable(1)]).toEqual([true, false]);
  const third = new SignatureOrders(buffer, 0);
  expect([third.take(), third.abandoned]).toEqual([false, 1]);
  expect([requests.isSent(1), requests.isUnable(1)]).toEqual([false, true]);
});

it('of a signer that died come at some time, however much else is asked for', () => {
  const buffer = makeSignatureRequests(1);
  const requests = new SignatureRequests(buffer, 0);
  sent(requests, 200);
  new SignatureOrders(buffer, 0).take();
  const orders = new SignatureOrders(buffer, 0);
  let others = 0;
  for (;;) {
    sent(requests, others % 100);
    orders.take();
    orders.done(true);
    if (orders.octets[0] === 200) break;
    requests.free(others++ % 100);
  }
  expect(others).toBe(PLACES);
});

it('of a worker that died are told apart, until they are done', () => {
  const buffer = makeSignatureRequests(1);
  sent(new SignatureRequests(buffer, 0), 4);
  const replaced = new SignatureRequests(buffer, 0);
  expect([replaced.isSent(4), replaced.isSent(5)]).toEqual([true, false]);
  const orders = new SignatureOrders(buffer, 0);
  orders.take();
  expect(replaced.isSent(4)).toBe(true);
  orders.done(false);
  expect([replaced.isSent(4), replaced.isSigned(4), replaced.isUnable(4)]).toEqual([false, false, true]);
});

it('ring once until that was heard', () => {
  const buffer = makeSignatureRequests(1);
  const requests = new SignatureRequests(buffer, 0);
  const orders = new SignatureOrders(buffer, 0);
  expect(requests.isRung).toBe(false);
  expect([orders.mustRing(0), orders.mustRing(0), requests.isRung]).toEqual([true, false, true]);
  requests.heard();
  expect([requests.isRung, orders.mustRing(0)]).toEqual([false, true]);
});

it('end the wait of signers, and so does the end of the server', () => {
  const buffer = makeSignatureRequests(1);
  const orders = new SignatureOrders(buffer, 0);
  const { bell } = orders;
  sent(new SignatureRequests(buffer, 0), 0);
  // Returns at once: something was sent since.
  orders.wait(bell, 60_000);
  const again = orders.bell;
  stopSigners(buffer);
  orders.wait(again, 60_000);
  expect(orders.stopping).toBe(true);
});
