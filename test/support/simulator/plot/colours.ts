/** Colours that people who see few colours tell apart (Okabe and Ito), on white, so that a plot looks alike on a dark page. */

const GROUPS: readonly string[] = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#f0e442',
  '#8c564b',
  '#7f7fbf',
];

/** Of a group by its place in the network. */
export function groupColour(index: number): string {
  return GROUPS[index % GROUPS.length];
}

export const INK = '#1a1a1a';
export const FAINT = '#6b6b6b';
export const PAPER = '#ffffff';
/** Requests without an answer. */
export const NONE = '#b0b0b0';
export const FAILED = '#d00000';

export const STATES = { up: '#cfe8d8', down: '#d55e00', unknown: '#d9d9d9' } as const;

/** From well to dead. */
export function failingColour(failing: number): string {
  if (failing <= 0) return STATES.up;
  if (failing >= 0.995) return STATES.down;
  return failing < 0.34 ? '#fce3c0' : failing < 0.67 ? '#f9bf73' : '#ee8f35';
}
