/** How the targets of the simulated world really are, whatever a check has seen of them. */

/** How a target is at a moment. */
export interface Condition {
  /** Part of its requests and probes that fail, 0 to 1. */
  readonly failing: number;
  readonly how: Failing;
  /** Milliseconds until it answers. */
  readonly latency: number;
}

/** A dead machine is silent, a stopped server refuses, a sick one answers 503. */
export type Failing = 'silent' | 'refusing' | 'status 503';

/** What a script says of a target for a time. Outside all spans it is well. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly failing: number | ((at: number) => number);
  readonly how: Failing;
  readonly latency?: number | ((at: number) => number);
  /** The observer's probes come through all the same: it is near the target, or led elsewhere than clients are. */
  readonly unseen?: boolean;
}

/** Milliseconds; a server some hundred kilometres away. */
const LATENCY = 20;
export const WELL: Condition = { failing: 0, how: 'silent', latency: LATENCY };
const SILENT: Condition = { failing: 1, how: 'silent', latency: LATENCY };

export class Behaviour {
  readonly #spans = new Map<string, Span[]>();
  /** When nothing reaches the observer, by its end. */
  readonly #cuts: { readonly from: number; readonly to: number }[] = [];

  /** @param target `web/zurich/ipv6`. Spans of a target come in the order of time and don't overlap. */
  add(target: string, span: Span): void {
    const spans = this.#spans.get(target) ?? [];
    const last = spans.at(-1);
    if (span.to <= span.from || (last !== undefined && last.to > span.from))
      throw new Error(`${target}: a span from ${span.from} to ${span.to} is empty or begins before the last has ended`);
    spans.push(span);
    this.#spans.set(target, spans);
  }

  /** The observer's own network is down. */
  cut(from: number, to: number): void {
    this.#cuts.push({ from, to });
  }

  /** How a target is to those who use it. */
  really(target: string, at: number): Condition {
    const spans = this.#spans.get(target);
    if (spans === undefined) return WELL;
    const span = spanAt(spans, at);
    if (span === undefined) return WELL;
    const { failing, how, latency = LATENCY } = span;
    return { failing: valueAt(failing, at), how, latency: valueAt(latency, at) };
  }

  /** The part of requests over a time that fail, 0 to 1. */
  failingOver(target: string, from: number, to: number): number {
    let failing = 0;
    for (const span of this.#spans.get(target) ?? []) {
      const [start, end] = [Math.max(from, span.from), Math.min(to, span.to)];
      if (end > start) failing += (valueAt(span.failing, (start + end) / 2) * (end - start)) / (to - from);
    }
    return failing;
  }

  /** How it is to the observer. */
  seen(target: string, at: number): Condition {
    if (this.isCut(at)) return SILENT;
    const isUnseen = spanAt(this.#spans.get(target) ?? [], at)?.unseen === true;
    return isUnseen ? WELL : this.really(target, at);
  }

  isCut(at: number): boolean {
    return this.#cuts.some(({ from, to }) => at >= from && at < to);
  }

  /** Targets of which a script says anything. */
  get targets(): readonly string[] {
    return [...this.#spans.keys()];
  }

  spansOf(target: string): readonly Span[] {
    return this.#spans.get(target) ?? [];
  }

  get cuts(): readonly { readonly from: number; readonly to: number }[] {
    return this.#cuts;
  }
}

/** The last span that has begun, unless it is over: found by halving, since a week of flapping has thousands. */
function spanAt(spans: readonly Span[], at: number): Span | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].from <= at) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && at < span.to ? span : undefined;
}

function valueAt(value: number | ((at: number) => number), at: number): number {
  return typeof value === 'number' ? value : value(at);
}
