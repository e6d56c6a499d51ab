/** What a server in the comparison is, and how one is started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Content } from '../workload.ts';

const SERVER_CORE = '0';

export interface Contender {
  readonly id: string;
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly version: string | undefined;
  /** The Debian package it comes from. */
  readonly debian?: string;
  /** Writes its files into a folder and says how to run it in the foreground. */
  prepare(folder: string, content: Content): { command: string; args: string[]; env?: Record<string, string> };
}

/** Starts a contender in a namespace, on the server's core. Its pid is that of the server, or of the parent of all its processes. */
export function startContender(
  contender: Contender,
  folder: string,
  namespace: string,
  content: Content,
): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const { command, args, env } = contender.prepare(folder, content);
  // ip, taskset and the server replace each other in one process.
  return spawn('ip', ['netns', 'exec', namespace, 'taskset', '-c', SERVER_CORE, command, ...args], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
}

/** Ends a contender, which may have ended by itself. */
export async function endContender(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}

/**
 * TCP connections any server may have: more than ever are open, so that no limit is what is measured. kxdpgun sends nothing twice, so when a packet of it is lost
 * a connection stays open until the server closes it; a server that takes no new ones when it has a thousand would stand still.
 */
export const TCP_CONNECTIONS = 10_000;

/** The last numbers of all hosts. */
export function* hostNumbers(content: Content): Generator<number> {
  for (let i = 1; i <= content.hosts; i++) yield i;
}

/** The VIPs of a geographic group, or of all hosts. */
export function vips(group = -1): { ipv4: string; ipv6: string } {
  return { ipv4: `192.0.2.${65 + group}`, ipv6: `2001:db8::${65 + group}` };
}
