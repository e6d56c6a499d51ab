import { expect, it } from 'vitest';
import { jobsFor } from './jobs.ts';
import { endpointOf, filledIn, REFERENCES } from './targets.ts';
import { model, target, tcpCheck } from './testing.ts';

it('checks that do the same at the same pace are one job', () => {
  const elsewhere = { all: { address: '127.0.0.9', port: 8080 } };
  const checks = { checks: [{ ...tcpCheck(), elsewhere }, tcpCheck({ fall: 5 }, 'own')], need: 2 };
  const jobs = jobsFor(model({ references: { checks: [{ ...tcpCheck({}, 'router'), elsewhere }], need: 1 } }), [
    target('a', [0], checks),
    target('a', [0], checks, 'ipv6'),
  ]);
  expect(jobs.map(({ address, port, fall, of }) => [`${address} ${port} ${fall}`, of])).toEqual([
    [
      '127.0.0.9 8080 2',
      [
        { target: 'web/a/ipv4', check: 'tcp' },
        { target: 'web/a/ipv6', check: 'tcp' },
        { target: REFERENCES, check: 'router' },
      ],
    ],
    ['127.0.0.1 80 5', [{ target: 'web/a/ipv4', check: 'own' }]],
    ['::1 80 5', [{ target: 'web/a/ipv6', check: 'own' }]],
  ]);
});

it('checks at another pace are another job; those that are reported are none', () => {
  const checks = {
    checks: [tcpCheck(), tcpCheck({ interval: 1000 }, 'quick'), tcpCheck({}, 'hand', { type: 'manual' })],
    need: 3,
  };
  expect(jobsFor(model(), [target('a', [0], checks)])).toHaveLength(2);
});

it('a check goes to the VIP, or where it is told by group and family', () => {
  const { probe } = tcpCheck();
  const elsewhere = { groups: { a: { ipv4: { address: '127.0.0.8' } } } };
  const check = { ...tcpCheck(), elsewhere };
  expect(endpointOf(check, target('a', [0]))).toEqual({ address: '127.0.0.8', port: 80 });
  expect(endpointOf(check, target('a', [0], undefined, 'ipv6'))).toEqual({ address: '::1', port: 80 });
  expect(endpointOf({ ...check, probe }, target('b', [0]))).toEqual({ address: '127.0.0.1', port: 80 });
});

it('programs and queries are told of what they are', () => {
  const at = { address: '::1', port: 443 };
  const command = ['check', '{address}', '[{address}]:{port}', '{service}-{group}-{family}', '{other}'];
  expect(filledIn({ type: 'exec', command }, target('a', [0], undefined, 'ipv6'), at)).toEqual({
    type: 'exec',
    command: ['check', '::1', '[::1]:443', 'web-a-ipv6', '{other}'],
  });
});
