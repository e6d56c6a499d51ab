/** A question over UDP (over TCP when the answer is truncated), with dns2 as the client. */
import dns2 from 'dns2';
import type { DnsProbe } from '../check.ts';
import { errorText, isOurs, type Run } from './probe.ts';

interface Reply {
  readonly header: { readonly rcode: number };
  readonly answers: readonly { readonly address?: string; readonly domain?: string }[];
}

/** RFC 1035 §4.1.1, RFC 2136 §2.2. */
export const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const;

/** dns2 gives up by itself, a moment after the scheduler would have aborted it: nothing is left open. */
const AFTER_MS = 50;

export const dns: Run<DnsProbe> = (probe, { address, port, timeout }, done) => {
  const ask = dns2.UDPClient({
    dns: address,
    port,
    timeout: timeout + AFTER_MS,
    socketType: address.includes(':') ? 'udp6' : 'udp4',
  });
  let wanted = true;
  ask(probe.name, probe.record as 'A', dns2.Packet.CLASS.IN, { recursive: false }).then(
    (packet) => wanted && conclude(packet as unknown as Reply),
    (error: Error) => wanted && done(isOurs(error) ? 'none' : 'failed', errorText(error)),
  );
  const conclude = (reply: Reply): void => done(...judged(probe, reply));
  return () => {
    wanted = false;
  };
};

function judged({ rcode, answer }: DnsProbe, { header, answers }: Reply): ['ok' | 'failed', string] {
  const code = RCODES[header.rcode] ?? `RCODE${header.rcode}`;
  if (code !== rcode) return ['failed', code];
  const given = answers.map(({ address, domain }) => (address ?? domain ?? '').toLowerCase());
  if (answer !== undefined && !given.includes(answer.toLowerCase())) return ['failed', `${code}, without ${answer}`];
  return ['ok', code];
}
