/**
 * `$GENERATE start-stop[/step] owner [ttl] [class] type rdata`, as BIND has it: the rest of the line once a number, `$` standing for it,
 * `${offset[,width[,base]]}` for it changed and formatted, `\$` for a dollar.
 */

/** Lines that the `$GENERATE`s of one zone may make in all: the design size, so that a slip of the finger can't fill the memory. */
export const MAX_GENERATED = 1 << 20;

/** Octets of text that they may make. */
export const MAX_GENERATED_OCTETS = 1 << 28;

export interface GenerateRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** Reads `1-127` or `0-255/8`; says what is wrong as a string. */
export function parseRange(text: string): GenerateRange | string {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (match === null) return `"${text}" is no range`;
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  if (stop < start) return `the range ${text} ends before it begins`;
  if (step === 0) return `the range ${text} has a step of 0`;
  if (stop > 0x7fffffff) return `the range ${text} goes beyond 2^31-1`;
  return { start, stop, step };
}

/** How many numbers a range has. */
export function rangeSize(range: GenerateRange): number {
  return Math.floor((range.stop - range.start) / range.step) + 1;
}

/** A number's place in a template. */
interface Slot {
  readonly offset: number;
  readonly width: number;
  readonly base: 'd' | 'o' | 'x' | 'X' | 'n' | 'N';
}

/** A template cut at its `$`s: text, slot, text, …, text. */
export type Template = readonly (string | Slot)[];

/** Cuts a template; says what is wrong as a string. */
export function parseTemplate(text: string): Template | string {
  const parts: (string | Slot)[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') {
      // An escape, `\$` too, is for whoever reads the line.
      literal += c + (text[i + 1] ?? '');
      i++;
      continue;
    }
    if (c !== '$') {
      literal += c;
      continue;
    }
    let slot: Slot = { offset: 0, width: 0, base: 'd' };
    if (text[i + 1] === '{') {
      const close = text.indexOf('}', i);
      const inside = close < 0 ? text.slice(i) : text.slice(i, close + 1);
      const match = /^\$\{([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?\}$/.exec(inside);
      if (match === null) return `"${inside}" is none of \${offset}, \${offset,width} and \${offset,width,base}`;
      slot = { offset: Number(match[1]), width: Number(match[2] ?? 0), base: (match[3] ?? 'd') as Slot['base'] };
      i = close;
    }
    parts.push(literal, slot);
    literal = '';
  }
  parts.push(literal);
  return parts;
}

/** The template's text for one number; undefined when an offset makes it negative. */
export function expand(template: Template, number: number): string | undefined {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') text += part;
    else {
      const value = number + part.offset;
      if (value < 0) return undefined;
      text += format(value, part);
    }
  }
  return text;
}

function format(value: number, { width, base }: Slot): string {
  switch (base) {
    case 'd':
      return String(value).padStart(width, '0');
    case 'o':
      return value.toString(8).padStart(width, '0');
    case 'x':
      return value.toString(16).padStart(width, '0');
    case 'X':
      return value.toString(16).toUpperCase().padStart(width, '0');
    default:
      return nibbles(base === 'n' ? value.toString(16) : value.toString(16).toUpperCase(), width);
  }
}

/** Hexadecimal digits as labels, lowest first, for ip6.arpa. The width counts dots too, so an even one ends in a dot, as in BIND. */
function nibbles(digits: string, width: number): string {
  let text = '';
  for (let i = digits.length - 1; i >= 0 || text.length < width; i--) {
    text += digits[i] ?? '0';
    if (i > 0 || text.length < width) text += '.';
  }
  return text;
}
