/** Every mistake of network.yaml: where it is said to be, what is said, and what to write instead. */
import { expect, test } from 'vitest';
import { parseNetwork } from './network.ts';
import { brief } from './testing.ts';

const sites = 'sites: { zrh: { country: CH }, gva: { country: CH } }\n';
const anycast = 'a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }';
/** Groups begin on line 3, each on a line of its own behind two spaces. */
const groups = (...lines: string[]): string => `${sites}groups:\n${lines.map((line) => `  ${line}\n`).join('')}`;
/** Services begin on line 5. */
const services = (...lines: string[]): string =>
  `${groups(anycast)}services:\n${lines.map((line) => `  ${line}\n`).join('')}`;

const keys =
  'origin_as, sites, groups, services, policies, clients, links, catchment, feeds, guards, load_steering, health';
const ladder = 'leave parent out of the group that is the top of the ladder';
const instances =
  '"instances" is missing: only routing anycast means every site (add instances: the sites that serve, e.g. instances: [zrh, gva])';
const announce = 'add announce: the sites whose transits and peers hear the prefix, e.g. announce: [zrh, gva]';

test.each<[string, ...string[]]>([
  // The file
  ['sites: [', '1:9 yaml-syntax: not YAML: unexpected end of the stream within a flow collection'],
  ['sites: {}\n\tgroups: {}', '2:1 yaml-syntax: not YAML: tab characters must not be used in indentation'],
  ['sites: {}\n---\nsites: {}', '2:1 second-document: a second YAML document begins here (remove the line ---)'],
  ['- sites', '1:1 bad-value: the file must be a mapping, not a list'],
  ['text', '1:1 bad-value: the file must be a mapping, not "text"'],
  ['site: {}', '1:1 unknown-key: there is no key "site" here (did you mean "sites"?)'],
  ['hosts: {}', `1:1 unknown-key: there is no key "hosts" here (the keys are ${keys})`],
  ['sites: {}\nsites: {}', '2:1 duplicate-key: "sites" is given twice, first on line 1 (leave one of them out)'],
  [
    'sites: { zrh: { country: CH, name: a, name: b } }\nsites: {}',
    '1:39 duplicate-key: "name" is given twice, first on line 1 (leave one of them out)',
    '2:1 duplicate-key: "sites" is given twice, first on line 1 (leave one of them out)',
  ],
  ['sites:', '1:1 bad-value: "sites" must be a mapping, not empty'],
  // Clients
  ['clients: {}', '1:10 bad-value: "clients" must be a list, not a mapping'],
  [
    'clients:\n  - { country: CH }\n  - { networks: [], country: CH }',
    "2:5 missing-key: \"networks\" is missing (add e.g. networks: ['198.51.100.0/24', '2001:db8:100::/48'])",
    "3:17 bad-value: \"networks\" is empty (write e.g. networks: ['198.51.100.0/24', '2001:db8:100::/48'])",
  ],
  [
    'clients:\n  - { networks: [192.0.2.0/24] }\n  - { networks: [192.0.2.0/24], country: UK, asn: 0 }',
    '2:5 missing-key: nothing is said of these networks (add country, asn or location, e.g. country: CH)',
    '3:18 duplicate-item: 192.0.2.0/24 is in entry 1 of clients already (leave one of them out)',
    '3:42 bad-country: "UK" is no ISO 3166-1 alpha-2 country code (write GB)',
    '3:51 bad-value: "asn" is 0, below 1 (write e.g. asn: 64500)',
  ],
  [
    'clients:\n  - { asn: 64500, networks: [192.0.2.1/24, 2001:db8::/129, here] }',
    '2:30 bad-prefix: 192.0.2.1/24 has bits set behind its length (write 192.0.2.0/24)',
    '2:44 bad-prefix: "/129" is no prefix length (write /0 to /128)',
    '2:60 bad-prefix: "here" is no IPv4 prefix (write e.g. 192.0.2.0/24)',
  ],
  [
    'clients:\n  - { asn: 64500, networks: [192.0.2.64/26] }',
    '2:30 long-network!: 192.0.2.64/26 is longer than /24, and IPv4 clients are not told apart further: it counts for all of its /24 if it is the first part of it, else not at all (write a /24 or shorter)',
  ],
  // Links and catchments
  [
    `${sites}links:\n  a: { site: zrh, capacity: 10 Gb }\n  b: { site: zhr, capacity: { in: 1G } }\n  c: { site: gva, capacity: 0, low: 90 }`,
    '3:29 bad-value: "capacity" can not be "10 Gb" (write e.g. capacity: \'10G\')',
    '4:14 unknown-site: there is no site "zhr" (did you mean "zrh"?)',
    '4:29 missing-key: "out" is missing (add e.g. out: \'10G\')',
    '5:29 bad-value: "capacity" is 0, below 1 (write e.g. capacity: \'10G\')',
    '5:37 bad-watermark: low is 90 %, not below high, which is 80 %: a load between them changes nothing, so there must be room (write e.g. low: 60 and high: 80)',
  ],
  [
    `${groups(anycast, 'b: { parent: a, routing: lazy, instances: [zrh], prefixes: { ipv4: 198.51.100.0/24 } }')}catchment: { a: { zrh: 0 }, b: { zrh: 1, gva: 1 }, c: { zrh: 1 } }`,
    '5:17 bad-catchment: the catchment of group "a" has no site with a weight above 0 (write a weight above 0 for one site at least, or leave the group out)',
    '5:42 bad-catchment: group "b" is not announced at gva, so none of its traffic enters there (leave gva out, or add it to the group\'s announce)',
    '5:52 unknown-group: there is no group "c" (the groups are a, b)',
  ],
  // Guards
  [
    'guards: { dwel: 5m, damping: { half_life: 0, suppress: high } }',
    '1:11 unknown-key: there is no key "dwel" here (did you mean "dwell"?)',
    '1:43 bad-value: "half_life" is too short: the least is 1000 ms (write e.g. half_life: \'15m\')',
    '1:56 bad-value: "suppress" must be a number, not "high" (write e.g. suppress: 1500)',
  ],
  [
    'guards: { damping: { reuse: 2000 } }',
    '1:29 bad-damping: reuse is 2000, not below suppress, which is 1500 (write e.g. reuse: 750 and suppress: 1500)',
  ],
  [
    'guards: { damping: { maximum: 10m } }',
    '1:20 bad-damping: no penalty reaches 1500: what waits for maximum at the most has at most 1190 (reuse × 2^(maximum / half_life)) (write a longer maximum, a shorter half_life, or a smaller suppress)',
  ],
  // Whom groups serve
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 }, serves: [EU, EU-CH, AS64500, AS, AS-JP, EU] }'),
    '3:100 duplicate-item: "EU" is in this list twice (leave one of them out)',
  ],
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 }, serves: [CH, eu, EU-US, NA-US-CA, AS0, Mars] }'),
    '3:69 bad-geo: "CH" is no continent, country, ASN or network (write EU-CH)',
    '3:73 bad-geo: "eu" is no continent, country, ASN or network (write EU)',
    '3:77 bad-geo: "EU-US" is no continent, country, ASN or network (write NA-US)',
    '3:84 bad-geo: "NA-US-CA" names a province, and those are not told apart (write NA-US)',
    '3:94 bad-asn: AS0 is no AS number (write AS1 to AS4294967295)',
    '3:99 bad-geo: "Mars" is no continent, country, ASN or network (write a continent (AF AN AS EU NA OC SA), a country of one (EU-CH), an ASN (AS64500) or a network (198.51.100.0/24))',
  ],
  [
    groups("a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 }, serves: [192.0.2.0/33, '2001:db8:1:2:3::/80'] }"),
    '3:69 bad-prefix: "/33" is no prefix length (write /0 to /32)',
    '3:83 long-network!: 2001:db8:1:2:3::/80 is longer than /56, and IPv6 clients are not told apart further: it counts for all of its /56 if it is the first part of it, else not at all (write a /56 or shorter)',
  ],
  // AS number
  [
    'origin_as: AS64500',
    '1:12 bad-value: "origin_as" must be a whole number, not "AS64500" (write e.g. origin_as: 64500)',
  ],
  ['origin_as: 0', '1:12 bad-value: "origin_as" is 0, below 1 (write e.g. origin_as: 64500)'],
  ['origin_as: 4294967296', '1:12 bad-value: "origin_as" is 4294967296, over 4294967295 (write e.g. origin_as: 64500)'],
  [
    'origin_as: 23456',
    '1:12 bad-asn: AS 23456 is reserved and can not originate a prefix (write the AS number your routes come from)',
  ],
  // Sites
  ['sites: { zrh: {} }', '1:15 missing-key: "country" is missing (add e.g. country: CH)'],
  ['sites: { zrh: { country: ch } }', '1:26 bad-country: "ch" is no ISO 3166-1 alpha-2 country code (write CH)'],
  ['sites: { zrh: { country: UK } }', '1:26 bad-country: "UK" is no ISO 3166-1 alpha-2 country code (write GB)'],
  [
    'sites: { zrh: { country: XX } }',
    '1:26 bad-country: "XX" is no ISO 3166-1 alpha-2 country code (write two capital letters, e.g. CH)',
  ],
  [
    'sites:\n  zrh:\n    contry: CH',
    '3:5 missing-key: "country" is missing (add e.g. country: CH)',
    '3:5 unknown-key: there is no key "contry" here (did you mean "country"?)',
  ],
  [
    'sites: { zrh: { country: CH, location: [90.5, 8] } }',
    '1:41 bad-value: "location" is 90.5, over 90 (write e.g. location: [47.38, 8.54])',
  ],
  [
    'sites: { zrh: { country: CH, location: [47.38] } }',
    '1:40 bad-value: "location" has fewer than 2 items (write e.g. location: [47.38, 8.54])',
  ],
  [
    'sites: { zrh: { country: CH, location: Zürich } }',
    '1:40 bad-value: "location" must be a list, not "Zürich" (write e.g. location: [47.38, 8.54])',
  ],
  ['sites: { z rh: { country: CH } }', '1:10 bad-name: "z rh" can not be a name (write letters, digits, - and _)'],
  // Groups
  [
    groups('a: { routing: lasy, prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:17 bad-value: "routing" can not be "lasy" (did you mean "lazy"?)',
  ],
  [
    groups('a: { prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:6 missing-key: "routing" is missing (add e.g. routing: anycast)',
  ],
  [
    groups('a: { routing: { ipv4: anycast }, prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:17 missing-key: "ipv6" is missing (add ipv6: …)',
  ],
  [groups('a: { routing: lazy, prefixes: { ipv4: 192.0.2.0/24 } }'), `3:6 missing-key: ${instances}`],
  [
    groups('a: { routing: { ipv4: anycast, ipv6: important }, prefixes: { ipv4: 192.0.2.0/24 } }'),
    `3:6 missing-key: ${instances}`,
  ],
  [
    groups('a: { routing: group-lazy, instances: [zrh], prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8::/48 } }'),
    `3:6 missing-key: "announce" is missing: routing group-lazy has no default (${announce})`,
  ],
  [
    groups('a: { routing: group-lazy, instances: [zrh], prefixes: { ipv4: 192.0.2.0/24 } }'),
    `3:6 missing-key: "announce" is missing: routing group-lazy has no default for IPv4 (${announce})`,
  ],
  [
    groups('a: { routing: lazy, instances: [zrx, zrh], prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:35 unknown-site: there is no site "zrx" (did you mean "zrh"?)',
  ],
  [
    groups('a: { routing: lazy, instances: [zrh], announce: { ipv4: [london] }, prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:60 unknown-site: there is no site "london" (the sites are zrh, gva)',
  ],
  [
    groups('a: { routing: lazy, instances: [zrh, gva, zrh], prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:45 duplicate-item: "zrh" is in this list twice (leave one of them out)',
  ],
  [
    groups('a: { routing: lazy, instances: [], prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:34 bad-value: "instances" is empty (write e.g. instances: [zrh, gva])',
  ],
  [
    groups('a: { routing: lazy, instances: zrh, prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:34 bad-value: "instances" must be a list, not "zrh" (write e.g. instances: [zrh, gva])',
  ],
  // Ladders
  [
    groups('anycast: { routing: anycast, parent: anycats, prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:40 unknown-group: there is no group "anycats" (did you mean "anycast"?)',
  ],
  [
    groups(
      'a: { parent: b, routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }',
      'b: { parent: a, routing: anycast, prefixes: { ipv4: 198.51.100.0/24 } }',
      'c: { parent: a, routing: anycast, prefixes: { ipv4: 203.0.113.0/24 } }',
    ),
    `3:16 group-cycle: group "a" is above itself: a in b in a (${ladder})`,
  ],
  [
    groups('a: { parent: a, routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }'),
    `3:16 group-cycle: group "a" is above itself: a in a (${ladder})`,
  ],
  [
    groups('a: { routing: anycast, fallback: [a, b], prefixes: { ipv4: 192.0.2.0/24 } }'),
    '3:37 self-fallback: group "a" can not stand in for itself (leave it out)',
    '3:40 unknown-group: there is no group "b" (the groups are a)',
  ],
  // Prefixes
  [
    groups('a: { routing: anycast, prefixes: {} }'),
    '3:36 no-prefix: a group needs a prefix of one family at least (write e.g. prefixes: { ipv6: 2001:db8:16::/48 })',
  ],
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.1/24, ipv6: 2001:db8::1/48 } }'),
    '3:44 bad-prefix: 192.0.2.1/24 has bits set behind its length (write 192.0.2.0/24)',
    '3:64 bad-prefix: 2001:db8::1/48 has bits set behind its length (write 2001:db8::/48)',
  ],
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0, ipv6: 192.0.2.0/24 } }'),
    '3:44 bad-prefix: "192.0.2.0" has no prefix length (write e.g. 192.0.2.0/24)',
    '3:61 bad-prefix: 192.0.2.0/24 is IPv4, not IPv6 (write it as ipv4: 192.0.2.0/24)',
  ],
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/33, ipv6: foo/48 } }'),
    '3:44 bad-prefix: "/33" is no prefix length (write /0 to /32)',
    '3:64 bad-prefix: "foo/48" is no IPv6 prefix (write e.g. 2001:db8:16::/48)',
  ],
  [
    groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/25, ipv6: 2001:db8::/49 } }'),
    '3:44 long-prefix!: 192.0.2.0/25 is longer than /24, so most networks will not hear it (announce a /24 or shorter)',
    '3:64 long-prefix!: 2001:db8::/49 is longer than /48, so most networks will not hear it (announce a /48 or shorter)',
  ],
  [
    groups(anycast, 'b: { routing: anycast, prefixes: { ipv4: 192.0.0.0/16, ipv6: 2001:db8:16::/47 } }'),
    '4:44 overlapping-prefixes: 192.0.0.0/16 overlaps 192.0.2.0/24 of group "a" (write prefixes that are apart, or the same one in both)',
    '4:64 overlapping-prefixes: 2001:db8:16::/47 overlaps 2001:db8:16::/48 of group "a" (write prefixes that are apart, or the same one in both)',
  ],
  [
    groups(anycast, 'b: { routing: lazy, instances: [zrh], prefixes: { ipv4: 192.0.2.0/24 } }'),
    '4:59 shared-prefix!: 192.0.2.0/24 is shared with group "a", which announces it at other sites (write routing: important, or an IPv4 prefix of its own)',
  ],
  // Services
  [services('web: {}'), '5:8 missing-key: service "web" has no VIP (add e.g. vip: 64)'],
  [services('web: { vip: 0 }'), '5:15 bad-value: "vip" is 0, below 1 (write e.g. vip: 64)'],
  [services('web: { vip: 6a }'), '5:15 bad-value: "vip" must be a whole number, not "6a" (write e.g. vip: 64)'],
  [
    services('web: { vip: 256 }'),
    '5:15 bad-vip: 256 can not be the last number of an IPv4 address, as in group "a" (write 1 to 255, or name it: vips: { a: { ipv4: … } })',
  ],
  [
    services('web: { vips: { a: { ipv4: 198.51.100.1, ipv6: 2001:db8:17::1 } } }'),
    '5:29 vip-outside-prefix: 198.51.100.1 is not in 192.0.2.0/24, the IPv4 prefix of group "a" (write an address of that prefix)',
    '5:49 vip-outside-prefix: 2001:db8:17::1 is not in 2001:db8:16::/48, the IPv6 prefix of group "a" (write an address of that prefix)',
  ],
  [
    services('web: { vips: { a: { ipv4: 2001:db8:16::1, ipv6: 192.0.2.300 } } }'),
    '5:29 bad-address: "2001:db8:16::1" is no IPv4 address (write e.g. 192.0.2.64)',
    '5:51 bad-address: "192.0.2.300" is no IPv6 address (write e.g. 2001:db8:16::64)',
  ],
  [
    services('web: { vips: { b: { ipv4: 192.0.2.1 } } }'),
    '5:18 unknown-group: there is no group "b" (the groups are a)',
  ],
  [
    services('web: { vip: 64 }', 'www: { vip: 64 }', 'ftp: { vips: { a: { ipv4: 192.0.2.64 } } }'),
    '6:15 vip-of-two-services: 192.0.2.64 is a VIP of service "web" already, in group "a" (write another one)',
    '7:29 vip-of-two-services: 192.0.2.64 is a VIP of service "web" already, in group "a" (write another one)',
  ],
  [
    `${groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.128/25 } }')}services: { web: { vip: 64 } }`,
    '3:44 long-prefix!: 192.0.2.128/25 is longer than /24, so most networks will not hear it (announce a /24 or shorter)',
    '4:25 vip-outside-prefix: VIP 64 is 192.0.2.64 in group "a", which is not in 192.0.2.128/25 (name it: vips: { a: { ipv4: … } })',
  ],
  [
    `${groups(anycast, 'b: { routing: important, instances: [zrh], prefixes: { ipv4: 192.0.2.0/24 } }')}services: { web: { vip: 64 } }`,
    '5:25 vip-in-two-groups: "web" has 192.0.2.64 in two groups, "a" and "b" (write another one for b: vips: { b: { ipv4: … } })',
  ],
  [
    `${groups('a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }')}services: { web: { vips: { a: { ipv6: 2001:db8::1 } } } }`,
    '4:39 vip-without-prefix: group "a" has no IPv6 prefix, so "web" can not have 2001:db8::1 there (leave ipv6 out here, or give the group a prefix)',
  ],
  // Policies
  ['policies: { default: { ttl: 1h } }', '1:29 bad-value: "ttl" must be a whole number, not "1h" (write e.g. ttl: 60)'],
  [
    'policies: { default: { ttl: 2147483648 } }',
    '1:29 bad-value: "ttl" is 2147483648, over 2147483647 (write e.g. ttl: 60)',
  ],
  ['policies: { p: { choice: nearby } }', '1:26 bad-value: "choice" can not be "nearby" (write ladder or nearest)'],
  [
    'policies: { p: { ttl_min: 60, ttl_max: 10 } }',
    '1:27 bad-ttl: ttl_min is 60, above ttl_max, which is 10 (write the smaller one as ttl_min)',
  ],
  [
    'policies: { p: { ipv4: { at_least: eu } } }',
    '1:36 unknown-group: there is no group "eu" (there are no groups yet)',
  ],
  [
    'policies: { p: { choice: {} } }',
    '1:26 bad-choice: a choice is shared out either by `weighted` or by `split` (write e.g. choice: { weighted: { europe: 3, anycast: 1 } })',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { weighted: { a: 1 }, split: a, percent: 1 } } }`,
    '4:26 bad-choice: a choice is shared out either by `weighted` or by `split` (write e.g. choice: { weighted: { europe: 3, anycast: 1 } })',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { split: a } } }`,
    '4:26 bad-choice: how much `split` gets is missing (add e.g. percent: 10)',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { split: a, percent: 101 } } }`,
    '4:47 bad-value: "percent" is 101, over 100 (write e.g. percent: 10)',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { split: b, percent: 10, by: name } } }`,
    '4:55 bad-value: "by" can not be "name" (write host or client)',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { weighted: { a: 0 } } } }`,
    '4:38 bad-choice: no group has a weight (write a weight above 0 for one group at least)',
  ],
  [
    `${groups(anycast)}policies: { p: { choice: { weighted: { a: 1, b: 1 }, percent: 4 } } }`,
    '4:46 unknown-group: there is no group "b" (the groups are a)',
    '4:63 bad-choice: weights need no percentage (leave percent out)',
  ],
  [
    'load_steering: { enabled: true, step: 0, interval: 1s }',
    '1:27 blind-load-steering: load_steering is on, but there is no link, so nothing would ever be shed (write the links of sites with their capacities, or leave load_steering out)',
    '1:39 bad-value: "step" is 0, below 0.1 (write e.g. step: 10)',
    '1:52 bad-value: "interval" is too short: the least is 10000 ms (write e.g. interval: \'5m\')',
  ],
  [
    'load_steering: { enabled: true }',
    '1:27 blind-load-steering: load_steering is on, but there is no link, so nothing would ever be shed (write the links of sites with their capacities, or leave load_steering out)',
  ],
  [
    'sites: { zrh: { country: CH } }\nlinks: { t: { site: zrh, capacity: 1G } }\nload_steering: { enabled: true }',
    '3:27 blind-load-steering: load_steering is on, but there is no feed of loads, so nothing would ever be shed (write feeds: { load: … }, or leave load_steering out)',
  ],
  [
    'policies: { p: { last_resort: { all: fail, ipv6: none } } }',
    '1:38 bad-value: "all" can not be "fail" (write last_good, declared or servfail)',
    '1:50 bad-value: "ipv6" can not be "none" (write answer or nodata)',
  ],
  [
    'policies: { p: { unknown: drained, failback: slow } }',
    '1:27 bad-value: "unknown" can not be "drained" (write last, up, down or unknown)',
    '1:46 bad-value: "failback" can not be "slow" (write auto or manual)',
  ],
])('%j', (text, ...expected) => {
  const { network, diagnostics } = parseNetwork('network.yaml', text);
  expect(diagnostics.map(brief)).toEqual(expected);
  expect(network === undefined).toBe(diagnostics.some((d) => d.severity === 'error'));
});

test('a mistake in one entry hides none in the others, and is no reason for new ones', () => {
  const text = groups(
    'a: { routing: lasy, prefixes: { ipv4: 192.0.2.1/24 } }',
    'b: { parent: a, routing: lazy, instances: 5, prefixes: { ipv4: 198.51.100.0/24 } }',
    'c: { parent: d, routing: anycast, prefixes: { ipv4: 203.0.113.0/24 }, typo: 1 }',
  );
  expect(parseNetwork('network.yaml', `${text}services: { web: { vip: x } }`).diagnostics.map(brief)).toEqual([
    '3:17 bad-value: "routing" can not be "lasy" (did you mean "lazy"?)',
    '3:41 bad-prefix: 192.0.2.1/24 has bits set behind its length (write 192.0.2.0/24)',
    '4:45 bad-value: "instances" must be a list, not 5 (write e.g. instances: [zrh, gva])',
    '5:16 unknown-group: there is no group "d" (the groups are a, b, c)',
    '5:73 unknown-key: there is no key "typo" here (the keys are parent, routing, instances, announce, prefixes, fallback, serves)',
    '6:25 bad-value: "vip" must be a whole number, not "x" (write e.g. vip: 64)',
  ]);
});
