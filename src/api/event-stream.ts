/** What happens, for those who listen: a few hundred past events are kept, so that a listener who was cut off misses none. */
import { EventEmitter } from 'node:events';

export interface StreamEvent {
  /** Rises by one with each; begins anew with the process. */
  readonly id: number;
  /** `move`, `loaded`, `reload_refused`, `state`, `freeze`, `guard`, `guard_passed`, `worker_restarted`, `verdict`, `cut_off`, `checker_replaced`, `warning` */
  readonly type: string;
  readonly data: unknown;
}

const KEPT = 256;

export class EventStream extends EventEmitter<{ event: [event: StreamEvent] }> {
  readonly #kept: StreamEvent[] = [];
  #last = 0;

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  push(type: string, data: unknown): void {
    const event = { id: ++this.#last, type, data };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.emit('event', event);
  }

  /** What came after an event, as far as it is kept. */
  since(id: number): readonly StreamEvent[] {
    return this.#kept.filter((event) => event.id > id);
  }
}
