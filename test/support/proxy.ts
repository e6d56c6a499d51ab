/** Headers of the PROXY protocol, version 2, as a proxy writes them: after the specification alone. */

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

export interface HeaderOf {
  readonly command?: number;
  /** Address family and transport; that of the source, over TCP, without it. */
  readonly family?: number;
  /** The client's address, 4 or 16 octets. */
  readonly source?: Uint8Array;
  /** Further octets: TLVs. */
  readonly tlvs?: Uint8Array;
}

/** Commands with the version before them. */
export const LOCAL = 0x20;
export const PROXY = 0x21;

export function proxyHeader({ command = PROXY, family, source = new Uint8Array(0), tlvs }: HeaderOf): Buffer {
  const ports = source.length === 0 ? [] : [0xab, 0xcd, 0, 53];
  // The destination is of no use to anybody here.
  const block = Buffer.from([...source, ...source.map(() => 7), ...ports, ...(tlvs ?? [])]);
  const head = Buffer.from([command, family ?? FAMILIES[source.length] ?? 0, block.length >>> 8, block.length & 0xff]);
  return Buffer.concat([SIGNATURE, head, block]);
}

const FAMILIES: Record<number, number> = { 4: 0x11, 16: 0x21 };
