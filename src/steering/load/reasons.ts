/** Why what is too much stays, in words: the same said of many targets is said once, and of many things the first ones. */
const MOST = 4;

export class Reasons {
  /** By what is said the targets it is said of; none where it is about no single one. */
  readonly #said = new Map<string, Set<string>>();

  /** @param why `geneva: gva-transit in would be at 93 %`, or with a target what comes after its name: `stays: it is not up` */
  add(why: string, target?: string): void {
    const known = this.#said.get(why) ?? new Set();
    this.#said.set(why, known);
    if (target !== undefined) known.add(target);
  }

  get isEmpty(): boolean {
    return this.#said.size === 0;
  }

  /** `web/anycast/ipv4 has no group to go to of which less enters there (and 3 more); geneva: …` */
  get text(): string {
    const texts = [...this.#said].map(([why, targets]) => {
      const [first] = targets;
      if (first === undefined) return why;
      return `${first} ${why}${targets.size > 1 ? ` (and ${targets.size - 1} more)` : ''}`;
    });
    const more = texts.length - MOST;
    return more > 0 ? `${texts.slice(0, MOST).join('; ')}; and ${more} more reasons` : texts.join('; ');
  }
}
