/** How often operators moved each host lately: a penalty that decays, as of targets. In columns by host number, since a move may be of a million. A restart forgets it. */
import { FAILURE, isSuppressed, raised } from '../../steering/guards/penalty.ts';
import type { DampingRules } from '../../steering/guards/rules.ts';

const FIRST_ROOM = 1024;

export class HostPenalties {
  #values = new Float32Array(FIRST_ROOM);
  /** Unix milliseconds; negative where the limit was passed and `reuse` not come down to since. */
  #at = new Float64Array(FIRST_ROOM);

  /** @param host its number among overrides (overrides.ts) */
  isSuppressed(host: number, rules: DampingRules, now: number): boolean {
    const at = this.#at[host] ?? 0;
    return at < 0 && isSuppressed({ value: this.#values[host], at: Math.min(-at, now), suppressed: true }, rules, now);
  }

  /** The host was moved. */
  raise(host: number, rules: DampingRules, now: number): void {
    this.#makeRoom(host);
    const at = this.#at[host];
    // The first of a while, as most are.
    const past = { value: this.#values[host], at: Math.min(Math.abs(at), now), suppressed: at < 0 };
    const { value, suppressed } =
      at === 0 ? { value: FAILURE, suppressed: FAILURE >= rules.suppress } : raised(past, rules, now);
    this.#values[host] = value;
    this.#at[host] = suppressed ? -now : now;
  }

  #makeRoom(host: number): void {
    if (host < this.#values.length) return;
    let room = this.#values.length;
    while (room <= host) room *= 2;
    const values = new Float32Array(room);
    const at = new Float64Array(room);
    values.set(this.#values);
    at.set(this.#at);
    this.#values = values;
    this.#at = at;
  }
}
