/**
 * How long a thread that does nothing but look at the clock waits for its core: what no server's latency can be below. Prints one number, milliseconds: no more than
 * one moment in a thousand would wait for longer.
 *
 *     node bench/hiccups.ts 5
 */
const seconds = Number(process.argv[2]);
/** Shorter ones are the loop's own. */
const LEAST_MS = 0.05;
const gaps: number[] = [];
const began = performance.now();
for (let last = began; last < began + seconds * 1000; ) {
  const now = performance.now();
  if (now - last > LEAST_MS) gaps.push(now - last);
  last = now;
}

/** The share of all moments at which one would wait for longer than that. */
function share(wait: number): number {
  return gaps.reduce((sum, gap) => sum + Math.max(0, gap - wait), 0) / (seconds * 1000);
}

let wait = 0;
while (share(wait) > 0.001) wait += 0.01;
console.log(wait.toFixed(2));
