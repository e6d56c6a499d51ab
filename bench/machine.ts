/** What a result was seen on. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: output('git', ['rev-parse', '--short', 'HEAD']),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.version,
  };
}

/** What a command prints, its complaints included; '' when there is no such command. */
export function output(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
}

/** CPU time the hypervisor gave to others since boot, in ticks: a round in which it grew much is not to be trusted. */
export function stolenTicks(): number {
  return Number(readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/)[8]);
}

/** CPU time in seconds, and how much of it the kernel had. */
export interface CpuTime {
  readonly all: number;
  readonly kernel: number;
}

/** CPU time of a process, all its threads and all its children that live. Linux counts in ticks of 10 ms, those of threads that have ended too. */
export function cpuTime(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, kernel] = [Number(fields[11]) / 100, Number(fields[12]) / 100];
  return children(pid)
    .map(cpuTime)
    .reduce((sum, child) => ({ all: sum.all + child.all, kernel: sum.kernel + child.kernel }), {
      all: user + kernel,
      kernel,
    });
}

/** The whole of `cpuTime`. */
export function cpuSeconds(pid: number): number {
  return cpuTime(pid).all;
}

function children(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch (error) {
      // A thread may end while we look (PowerDNS has one for each connection), and its children are another's then.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH')
        return [];
      throw error;
    }
  });
}

/** Resident memory now and at its peak, in MiB. */
export function memory(pid: number): { resident: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (key: string): number =>
    Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { resident: mib('VmRSS'), peak: mib('VmHWM') };
}

/** The peak begins anew with what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
