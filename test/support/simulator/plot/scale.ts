/** Where times lie on the plot, and which are written below it. */
import { DAY, HOUR, MINUTE, SECOND } from '../scenario.ts';

/** Distances between ticks that read well. */
const DISTANCES: readonly number[] = [
  ...[1, 2, 5, 10, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 30].map((n) => n * MINUTE),
  ...[1, 2, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7].map((n) => n * DAY),
];
const MOST_TICKS = 10;

export class TimeScale {
  readonly left: number;
  readonly right: number;
  readonly duration: number;
  readonly zero: number;

  /** @param left @param right pixels @param duration milliseconds @param zero the time that is written as 0 */
  constructor(left: number, right: number, duration: number, zero: number) {
    this.left = left;
    this.right = right;
    this.duration = duration;
    this.zero = zero;
  }

  x(time: number): number {
    const part = Math.min(1, Math.max(0, time / this.duration));
    return this.left + part * (this.right - this.left);
  }

  get ticks(): readonly { readonly time: number; readonly label: string }[] {
    const distance = DISTANCES.find((each) => this.duration / each <= MOST_TICKS) ?? 7 * DAY;
    const [unit, name] =
      distance >= DAY
        ? [DAY, 'd']
        : this.duration > 3 * HOUR
          ? [HOUR, 'h']
          : distance >= MINUTE
            ? [MINUTE, 'min']
            : [SECOND, 's'];
    const first = Math.ceil(-this.zero / distance);
    return Array.from({ length: Math.floor((this.duration - this.zero) / distance) - first + 1 }, (_, i) => {
      const time = (first + i) * distance;
      return { time: this.zero + time, label: `${time / unit} ${name}` };
    });
  }
}
