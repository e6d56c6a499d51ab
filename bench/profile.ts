/**
 * How much of a reply's time is spent in our own code: a sampled profile of the worker that answers, by V8's profiler. A system call through koffi counts as part of
 * the function that makes it, so those few functions stand apart.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contender, endContender, startContender } from './contenders/contender.ts';
import { OURS } from './contenders/index.ts';
import { askUntilRight, loadOf, writeQuestions } from './generators.ts';
import { machine } from './machine.ts';
import { Namespaces } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { WORKLOADS, type Workload } from './workload.ts';

/** Functions that call the kernel; what they do beside that is next to nothing. */
const CALLERS: readonly string[] = ['runUdpLoop', 'serve', '#send'];
const COLLECTOR = '(garbage collector)';
/** Microseconds between samples. */
const INTERVAL = '500';

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { functionName: string; url: string } }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

interface Share {
  readonly workload: string;
  readonly server: string;
  readonly replies: number;
  /** Microseconds a reply. */
  readonly own: number;
  readonly collecting: number;
  /** The functions that take most, with their microseconds a reply. */
  readonly most: readonly (readonly [name: string, microseconds: number])[];
}

export async function profileBench(seconds: number): Promise<void> {
  const shares: Share[] = [];
  for (const workload of WORKLOADS.filter(({ id }) => id === 'W1' || id === 'W4'))
    for (const contender of OURS) shares.push(await profileOne(contender, workload, seconds));
  const text = table(
    ['workload', 'server', 'our own code, µs a reply', 'garbage collection', 'of it'],
    shares.map(({ workload, server, own, collecting, most }) => [
      workload,
      server,
      own.toFixed(2),
      collecting.toFixed(3),
      most.map(([name, microseconds]) => `${name} ${microseconds.toFixed(2)}`).join(', '),
    ]),
  );
  const result = { benchmark: 'profile', machine: machine(), seconds, shares };
  saveResult('profile', result, 'Our own code in a reply, by a sampled profile', text, 'npm run bench -- profile');
}

async function profileOne(contender: Contender, workload: Workload, seconds: number): Promise<Share> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-profile-'));
  const profiles = join(folder, 'profiles');
  const profiled: Contender = {
    ...contender,
    prepare(place, content) {
      const { args, ...rest } = contender.prepare(place, content);
      return {
        ...rest,
        args: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-interval=${INTERVAL}`, ...args],
      };
    },
  };
  const namespaces = new Namespaces();
  try {
    const questions = writeQuestions(folder, workload);
    const server = startContender(profiled, join(folder, 'server'), namespaces.server, workload.content);
    let replies = 0;
    try {
      await askUntilRight(namespaces, workload.content, contender.name);
      replies = loadOf(workload)(namespaces, questions, workload, seconds, contender.name).replies;
    } finally {
      await endContender(server);
    }
    return { workload: workload.id, server: contender.name, replies, ...shareOf(profiles, replies) };
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The UDP worker's profile is the one that has the loop in it. */
function shareOf(folder: string, replies: number): Omit<Share, 'workload' | 'server' | 'replies'> {
  for (const file of readdirSync(folder)) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
    const loop = profile.nodes.some(({ callFrame }) => callFrame.functionName === 'runUdpLoop');
    if (!loop) continue;
    const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
    const times = new Map<string, number>();
    let collecting = 0;
    profile.samples.forEach((id, i) => {
      const { functionName, url } = frames.get(id)!;
      if (functionName === COLLECTOR) collecting += profile.timeDeltas[i];
      const counts = /\/src\/(?:answer|tables|transport|zone)\//.test(url) && !CALLERS.includes(functionName);
      if (counts) times.set(functionName, (times.get(functionName) ?? 0) + profile.timeDeltas[i]);
    });
    const all = [...times].map(([name, time]): [string, number] => [name, time / replies]);
    const most = all.sort((a, b) => b[1] - a[1]).slice(0, 4);
    return { own: all.reduce((sum, [, time]) => sum + time, 0), collecting: collecting / replies, most };
  }
  throw new Error('the server left no profile of a worker');
}
