/** A worker thread that follows orders, and is replaced when it dies or hangs: then the next one gets the same orders. */
import { Worker } from 'node:worker_threads';
import { monotonic } from '../health/clock.ts';
import { BEAT_MS } from '../health/messages.ts';

/** One that is silent for so long hangs. */
const HUNG_MS = 5 * BEAT_MS;
/** One that dies again at once is not replaced faster than this. */
const AGAIN_MS = 1000;
/** What it has to end what it does. */
const ENDING_MS = 500;

export interface ReplacedWorkerEvents<From> {
  message(message: From): void;
  /** It died or hung, and another is being started. */
  replaced(cause: string): void;
}

/** @template To what it is told to do, or to `stop` */
export class ReplacedWorker<To, From> {
  readonly #file: URL;
  readonly #name: string;
  readonly #events: ReplacedWorkerEvents<From>;
  #orders: To | undefined;
  #worker: Worker | undefined;
  #heard = 0;
  #looked = 0;
  #looking: NodeJS.Timeout | undefined;
  #starting: NodeJS.Timeout | undefined;

  constructor(file: URL, name: string, events: ReplacedWorkerEvents<From>) {
    this.#file = file;
    this.#name = name;
    this.#events = events;
  }

  /** When it was last heard of, by the monotonic clock. */
  get heard(): number {
    return this.#heard;
  }

  /** Whether it has been told anything yet: the thread is started with the first orders. */
  get isStarted(): boolean {
    return this.#orders !== undefined;
  }

  /** Gives orders, which replace those before. */
  order(orders: To): void {
    const first = this.#orders === undefined;
    this.#orders = orders;
    if (this.#worker !== undefined) this.#worker.postMessage(orders);
    else if (first) this.#start();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    clearTimeout(this.#starting);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('stop');
    // One that hangs is ended all the same.
    const late = setTimeout(() => void worker.terminate(), ENDING_MS);
    await ended;
    clearTimeout(late);
  }

  #start(): void {
    this.#starting = undefined;
    const worker = new Worker(this.#file, { name: this.#name });
    this.#worker = worker;
    this.#heard = monotonic();
    let error: Error | undefined;
    worker.on('message', (message: From) => {
      this.#heard = monotonic();
      if (this.#worker === worker) this.#events.message(message);
    });
    worker.on('error', (thrown: Error) => {
      error = thrown;
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#replace(error?.message ?? `it ended with ${code}`);
    });
    worker.postMessage(this.#orders);
    this.#looking ??= setInterval(() => this.#look(), BEAT_MS);
    this.#looking.unref();
  }

  /** Whether it still says something. */
  #look(): void {
    const now = monotonic();
    // This thread itself was away, and what the worker said meanwhile has not been read yet.
    const away = now - this.#looked > 2 * BEAT_MS;
    this.#looked = now;
    if (this.#worker === undefined || away || now - this.#heard < HUNG_MS) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker.terminate();
    this.#replace(`nothing heard for ${Math.round((now - this.#heard) / 1000)} s`);
  }

  #replace(cause: string): void {
    this.#worker = undefined;
    this.#starting ??= setTimeout(() => this.#start(), AGAIN_MS);
    this.#events.replaced(cause);
  }
}
