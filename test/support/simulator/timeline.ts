/** The virtual clock, and what happens when: a heap of events by time, and of those at one time in the order they were made. */

interface Event {
  readonly at: number;
  readonly order: number;
  readonly happens: () => void;
}

export class Timeline {
  readonly #heap: Event[] = [];
  #now = 0;
  #made = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Lets something happen at a time; what lies in the past happens next. */
  at(time: number, happens: () => void): void {
    this.#push({ at: Math.max(time, this.#now), order: this.#made++, happens });
  }

  /** Again and again, from one period on. */
  every(period: number, happens: () => void): void {
    const again = (time: number): void =>
      this.at(time, () => {
        happens();
        again(time + period);
      });
    again(this.#now + period);
  }

  /** Lets time pass until `end`. */
  run(end: number): void {
    while (this.#heap.length > 0 && this.#heap[0].at <= end) {
      const event = this.#pop();
      this.#now = event.at;
      event.happens();
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (isBefore(heap[above], event)) break;
      heap[i] = heap[above];
      i = above;
    }
    heap[i] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) below++;
      if (isBefore(last, heap[below])) break;
      heap[i] = heap[below];
      i = below;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
