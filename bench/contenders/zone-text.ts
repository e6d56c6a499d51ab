/** The zone for servers that don't steer: plain addresses, in pieces, because a million hosts are more than one string should hold. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Content } from '../workload.ts';
import { ADDRESS, ZONE } from '../workload.ts';
import { hostNumbers } from './contender.ts';

export const APEX = `$ORIGIN ${ZONE}.\n$TTL 60\n@ SOA ns1 hostmaster 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n`;

/** @param host the lines of a steered owner */
export function writeZone(
  file: string,
  content: Content,
  host: (owner: string) => string = (owner) => `${owner} A ${ADDRESS.A}\n${owner} AAAA ${ADDRESS.AAAA}\n`,
  head = APEX,
): void {
  const fd = openSync(file, 'w');
  let text = `${head}${content.records.map((record) => `${record}\n`).join('')}`;
  if (content.wildcard) text += host('*.apps');
  for (const i of hostNumbers(content)) {
    text += host(`host${i}`);
    if (text.length > 1 << 20) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
}
