/** Zones that exercise RFC 1034 §4.3.2 and what was added to it since; the same text for every server. */
import type { PeerZone } from '../support/peers.ts';

const SOA = '@ 3600 IN SOA ns1 hostmaster 2024010101 7200 1800 1209600 300\n';

const awkward = `$ORIGIN example.
$TTL 300
${SOA}@ NS ns1
@ NS ns2.example.
@ MX 10 mail
@ MX 20 mail.other.
@ TXT "v=spf1 -all"
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
ns2 A 192.0.2.2
mail A 192.0.2.25
mail AAAA 2001:db8::25
www A 192.0.2.80
www A 192.0.2.81
www AAAA 2001:db8::80
alias CNAME www
alias2 CNAME alias
dangling CNAME nothere
out CNAME www.other.
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
a.b.c.ent A 192.0.2.3
*.wild A 192.0.2.4
*.wild TXT "wild"
exists.wild TXT "no address"
deep.sub.wild A 192.0.2.5
*.wcname CNAME www
*.wnone CNAME nothere
sub NS ns.sub
sub NS ns1
sub NS ns.outside.other.
sub DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.sub A 192.0.2.53
ns.sub AAAA 2001:db8::53
below.sub A 192.0.2.54
tosub CNAME host.sub
dn DNAME target
dn TXT "beside"
target A 192.0.2.6
x.target A 192.0.2.7
y.target CNAME www
outdn DNAME other.
longdn DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.example.
_sip._tcp SRV 10 60 5060 mail
_sip._tcp SRV 20 60 5060 nothere
ptr PTR www
odd TYPE65400 \\# 4 0a000001
multi TXT "one" "two"
multi TXT "three"
UPPER A 192.0.2.9
*.*.star A 192.0.2.10
nsonly NS ns.elsewhere.other.
`;

const child = `$ORIGIN child.example.
$TTL 600
${SOA}@ NS ns1
ns1 A 192.0.2.11
www A 192.0.2.12
* TXT "anything"
`;

const parentWithChild = `$ORIGIN example.
$TTL 300
${SOA}@ NS ns1
ns1 A 192.0.2.1
child NS ns1.child
ns1.child A 192.0.2.11
hidden.child A 192.0.2.13
alias CNAME www.child
`;

export const AWKWARD: readonly PeerZone[] = [{ name: 'example.', text: awkward }];
export const NESTED: readonly PeerZone[] = [
  { name: 'example.', text: parentWithChild },
  { name: 'child.example.', text: child },
];

/** A small pseudo-random generator, so that a failing run can be repeated. */
export function generator(seed: number): (n: number) => number {
  let state = seed >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % n;
  };
}

/** A zone of random owners and types, legal by construction. */
export function randomZone(seed: number): PeerZone {
  const random = generator(seed);
  const labels = ['a', 'b', 'c', 'd', '*', 'x1'];
  const owners = new Set<string>();
  for (let i = 0; i < 30; i++)
    owners.add(Array.from({ length: 1 + random(3) }, () => labels[random(labels.length)]).join('.'));
  const cuts: string[] = [];
  const dnames: string[] = [];
  const lines: string[] = [];
  // Shorter names first, so that what lies below a cut is known.
  for (const owner of [...owners].sort((p, q) => p.split('.').length - q.split('.').length)) {
    const below = cuts.some((cut) => owner.endsWith(`.${cut}`));
    // Knot refuses a zone with anything below a DNAME.
    if (dnames.some((dname) => owner.endsWith(`.${dname}`))) continue;
    const wildcard = owner.startsWith('*');
    const kind = below ? 0 : random(wildcard ? 4 : 7);
    if (kind <= 1) lines.push(`${owner} A 192.0.2.${random(200)}`);
    else if (kind === 2) lines.push(`${owner} TXT "t${random(9)}"`, `${owner} AAAA 2001:db8::${random(99)}`);
    else if (kind === 3) lines.push(`${owner} CNAME ${[...owners][random(owners.size)].replace('*', 'w')}`);
    else if (kind === 4) {
      lines.push(`${owner} NS ns.${owner}`, `ns.${owner} A 192.0.2.${random(200)}`);
      cuts.push(owner);
    } else if (kind === 5) {
      lines.push(`${owner} DNAME ${labels[random(4)]}.tgt`);
      dnames.push(owner);
    } else lines.push(`${owner} MX 10 a`, `${owner} A 192.0.2.1`);
  }
  const text = `$ORIGIN rand${seed}.\n$TTL 300\n${SOA}@ NS ns1\nns1 A 192.0.2.1\n${lines.join('\n')}\n`;
  return { name: `rand${seed}.`, text };
}
