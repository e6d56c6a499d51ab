/**
 * Moves hosts through the API at a steady pace until it is told to stop (SIGTERM), and prints how many it made, as one line of JSON. In a process of its own
 * in the load's namespace.
 *
 *     node bench/mover.ts '{"api":"http://…","token":"…","hosts":1000,"perSecond":100}'
 */
import { request } from 'undici';
import { ZONE } from './workload.ts';

export interface MoverTask {
  readonly api: string;
  readonly token: string;
  readonly hosts: number;
  readonly perSecond: number;
}

/** Moves that may wait for their reply: more would only wait for each other. */
const MOST_WAITING = 200;

const task = JSON.parse(process.argv[2]) as MoverTask;
let [made, failed, left, waiting, number] = [0, 0, 0, 0, 0];

async function move(): Promise<void> {
  const host = `host${1 + Math.floor(Math.random() * task.hosts)}.${ZONE}`;
  const to = ['anycast', 'europe', 'switzerland'][number++ % 3];
  const { statusCode, body } = await request(`${task.api}/v1/moves`, {
    method: 'POST',
    headers: { authorization: `Bearer ${task.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ hosts: [host], to, force: true, reason: 'benchmark' }),
  });
  await body.dump();
  if (statusCode === 200) made++;
  else failed++;
}

const began = performance.now();
let asked = 0;
const pace = setInterval(() => {
  // A timer may be late; the pace is kept all the same.
  for (const due = ((performance.now() - began) / 1000) * task.perSecond; asked < due; asked++) {
    if (waiting === MOST_WAITING) {
      left++;
      continue;
    }
    waiting++;
    move().then(
      () => waiting--,
      () => {
        waiting--;
        failed++;
      },
    );
  }
}, 5);

process.once('SIGTERM', () => {
  clearInterval(pace);
  console.log(JSON.stringify({ made, failed, left, seconds: (performance.now() - began) / 1000 }));
  process.exit(0);
});
