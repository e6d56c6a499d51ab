import type { Probe } from '../check.ts';
import { dns } from './dns.ts';
import { exec } from './exec.ts';
import { http } from './http.ts';
import type { Aim, Done } from './probe.ts';
import { prometheus } from './prometheus.ts';
import { tcp } from './tcp.ts';

/** Begins a probe of whatever kind. @returns aborts it */
export function runProbe(probe: Probe, aim: Aim, done: Done): () => void {
  switch (probe.type) {
    case 'tcp':
      return tcp(probe, aim, done);
    case 'http':
    case 'https':
      return http(probe, aim, done);
    case 'dns':
      return dns(probe, aim, done);
    case 'exec':
      return exec(probe, aim, done);
    case 'prometheus':
      return prometheus(probe, aim, done);
    case 'push':
    case 'manual':
      throw new Error(`nobody probes by ${probe.type}`);
  }
}
