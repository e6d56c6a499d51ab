/** A program, run without a shell and with next to no environment: up when it ends with status 0. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { ExecProbe } from '../check.ts';
import type { Run } from './probe.ts';

/** Characters of what it says that are kept. */
const MOST_TEXT = 200;

export const exec: Run<ExecProbe> = ({ command: [program, ...args] }, _aim, done) => {
  let child: ChildProcess;
  let said = '';
  try {
    // A group of its own, so that what it has started ends with it.
    child = spawn(program, args, {
      shell: false,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    });
  } catch (error) {
    done('none', (error as Error).message);
    return () => undefined;
  }
  child.stderr?.on('data', (piece: Buffer) => {
    if (said.length < MOST_TEXT) said += piece.toString();
  });
  // It could not be run at all, which says nothing of the target.
  child.once('error', (error) => done('none', `${program} can't be run: ${error.message}`));
  child.once('close', (status, signal) => {
    if (status === 0) return done('ok', 'exit status 0');
    const first = said.split('\n')[0].slice(0, MOST_TEXT).trim();
    done(
      'failed',
      `${status === null ? `ended by ${signal}` : `exit status ${status}`}${first === '' ? '' : `: ${first}`}`,
    );
  });
  return () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  };
};
