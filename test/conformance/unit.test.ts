/** What the systemd unit leaves open, by systemd's own count (0 is nothing, 10 everything). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ROOT } from '../support/console.ts';
import { itNeeds } from '../support/needs.ts';

/** PowerDNS's unit in Debian has 2.3, NSD's 5.0, gdnsd's 6.1, Knot's 7.0, named's 9.6. */
const MOST = 2.0;
const UNIT = join(ROOT, 'deploy/steerd.service');

function exposure(file: string): number {
  const text = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  });
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
}

describe('deploy/steerd.service', () => {
  itNeeds('systemd-analyze')('leaves little open, and no privilege but that of ports below 1024', () => {
    expect(exposure(UNIT)).toBeLessThanOrEqual(MOST);
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`\`systemd-analyze security\`: ${exposure(UNIT)},`);
    const text = readFileSync(UNIT, 'utf8');
    expect(text.match(/^\w*Capabilit\w*=.*$/gm)).toEqual([
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    ]);
  });

  itNeeds('systemd-analyze')('is judged by what is in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-unit-'));
    try {
      const open = join(folder, 'steerd.service');
      writeFileSync(open, readFileSync(UNIT, 'utf8').replace(/^(?:System|Protect|Restrict|Capability)\w+=.*$/gm, ''));
      expect(exposure(open)).toBeGreaterThan(MOST);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
