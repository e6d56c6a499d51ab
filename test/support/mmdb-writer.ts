/** Writes a small MaxMind DB file (format 2.0, 24-bit records): for tests that need one of their own. */
import type { Prefix } from '../../src/net/prefix.ts';

export type MmdbValue = string | number | { readonly [key: string]: MmdbValue };

export interface MmdbNetwork {
  readonly prefix: Prefix;
  readonly record: { readonly [key: string]: MmdbValue };
}

type Node = [Child, Child];
type Child = Node | number | undefined;

const MARKER = Buffer.from('ABCDEF4D61784D696E642E636F6D', 'hex');
/** Zeros between tree and data. */
const SEPARATOR = 16;

/** The octets of a database. Of nested networks the longer one counts where both do, in whatever order they come. */
export function writeMmdb(networks: readonly MmdbNetwork[]): Buffer {
  const data: Buffer[] = [];
  const places: number[] = [];
  let octets = 0;
  for (const { record } of networks) {
    const encoded = encode(record);
    places.push(octets);
    data.push(encoded);
    octets += encoded.length;
  }
  const root: Node = [undefined, undefined];
  const order = [...networks.keys()].sort(
    (a, b) => bitsOf(networks[a].prefix).length - bitsOf(networks[b].prefix).length,
  );
  for (const i of order) insert(root, bitsOf(networks[i].prefix), i);
  const nodes: Node[] = [];
  const numbers = new Map<Node, number>();
  const visit = (node: Node): void => {
    numbers.set(node, nodes.length);
    nodes.push(node);
    for (const child of node) if (Array.isArray(child)) visit(child);
  };
  visit(root);
  const tree = Buffer.alloc(nodes.length * 6 + SEPARATOR);
  nodes.forEach((node, n) => {
    node.forEach((child, side) => {
      const value = Array.isArray(child)
        ? numbers.get(child)!
        : child === undefined
          ? nodes.length
          : nodes.length + SEPARATOR + places[child];
      tree.writeUIntBE(value, n * 6 + side * 3, 3);
    });
  });
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'test',
    description: {},
    ip_version: 6,
    node_count: nodes.length,
    record_size: 24,
  });
  return Buffer.concat([tree, ...data, MARKER, metadata]);
}

/** IPv4 networks lie in ::/96. */
function bitsOf({ address, length }: Prefix): number[] {
  const whole = address.length === 16 ? address : Uint8Array.from([...new Uint8Array(12), ...address]);
  const bits = length + (address.length === 16 ? 0 : 96);
  return Array.from({ length: bits }, (_, i) => (whole[i >> 3] >> (7 - (i & 7))) & 1);
}

function insert(root: Node, bits: readonly number[], value: number): void {
  let node = root;
  bits.forEach((bit, i) => {
    if (i === bits.length - 1) {
      node[bit] = value;
      return;
    }
    const child = node[bit];
    // A shorter network's record goes down with the split.
    const next: Node = Array.isArray(child) ? child : [child, child];
    node[bit] = next;
    node = next;
  });
}

/** Data section: type in three bits, size in five (or the octets behind), then the value. Here: maps, texts, unsigned integers, doubles. */
function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) {
      const octets = Buffer.alloc(4);
      octets.writeUInt32BE(value);
      return Buffer.concat([head(6, 4), octets]);
    }
    const octets = Buffer.alloc(8);
    octets.writeDoubleBE(value);
    return Buffer.concat([head(3, 8), octets]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)])]);
}

function head(type: number, size: number): Buffer {
  return size < 29 ? Buffer.of((type << 5) | size) : Buffer.of((type << 5) | 29, size - 29);
}
