/** Whatever shares a core with threads that answer gives way to them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

/** The place of `nice` in /proc/…/stat, counted from behind the name (proc(5): field 19, the name is the second). */
const NICE = 16;

/** Nice values of all threads of a name. */
function niceOf(pid: number, name: string): number[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).flatMap((thread) => {
    if (readFileSync(`${folder}/${thread}/comm`, 'utf8').trim() !== name) return [];
    const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8');
    return [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE])];
  });
}

it.skipIf(!existsSync('/proc/self/task'))('the main thread and those that prepare have a lower priority', async () => {
  const place = workplace();
  const server = await SteerdProcess.start(place);
  try {
    const [own] = niceOf(process.pid, readFileSync('/proc/self/comm', 'utf8').trim());
    for (const answers of ['udp-0', 'stream-0']) expect(niceOf(server.pid, answers), answers).toEqual([own]);
    expect(niceOf(server.pid, 'node-MainThread')).toEqual([own + 5]);
    expect(niceOf(server.pid, 'compile')).toEqual([10]);
    const helpers = niceOf(server.pid, 'node-V8Worker');
    expect(helpers.length).toBeGreaterThan(0);
    expect(new Set(helpers)).toEqual(new Set([own + 10]));
  } finally {
    await server.stop();
    remove(place);
  }
});
