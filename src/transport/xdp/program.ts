/**
 * The program a network card's driver runs for every frame before the kernel's network stack sees it (XDP). It hands queries for our addresses and port to the
 * socket (AF_XDP) of the queue they came by, and leaves everything else to the kernel: TCP, ARP, neighbour discovery, fragments, IPv4 options, VLAN tags, other ports
 * and addresses, and queries from where no query can come from.
 *
 *     Ethernet 14          IPv4 20                                   UDP 8
 *     12 type              14 version, length  20 fragment           34 source port
 *                          23 protocol         26 source  30 dest.   36 destination port
 *
 *     Ethernet 14          IPv6 40                                   UDP 8
 *     12 type              14 version          20 next header        54 source port
 *                          22 source           38 destination        56 destination port
 *
 * eBPF in the instruction set of RFC 9669. Loads of 16 and 32 bits are little-endian here, so constants stand as their octets lie on the wire, read backwards.
 */
import { assemble, type Line } from './assembler.ts';

/** Octets of a key of the map of addresses: an address (IPv4 as ::ffff:a.b.c.d), port, two of zero. */
export const KEY_OCTETS = 20;

const ETHERTYPE_IPV4 = 0x0008;
const ETHERTYPE_IPV6 = 0xdd86;
const UDP = 17;
/** More fragments, or an offset: of a fragmented datagram. */
const FRAGMENT = 0xff3f;
/** The last 32 bits before the address in ::ffff:a.b.c.d. */
const MAPPED = 0xffff0000 | 0;
/** Helpers of the kernel (linux/bpf.h), and what a program returns to let a frame go on. */
const MAP_LOOKUP_ELEM = 1;
const REDIRECT_MAP = 51;
const XDP_PASS = 2;
/** struct xdp_md. */
const DATA = 0;
const DATA_END = 4;
const QUEUE = 16;

/**
 * @param addresses descriptor of the map of addresses that are answered on
 * @param sockets   descriptor of the map from queues to sockets
 * @returns the program, 8 octets an instruction
 */
export function xdpProgram(addresses: number, sockets: number): Uint8Array {
  const lines: Line[] = [
    ['mov', 'r6', 'r1'],
    ['load32', 'r2', 'r6', DATA],
    ['load32', 'r3', 'r6', DATA_END],
    ['mov', 'r4', 'r2'],
    ['add', 'r4', 42],
    ['if>', 'r4', 'r3', 'pass'],
    ['load16', 'r5', 'r2', 12],
    ['if=', 'r5', ETHERTYPE_IPV4, 'ipv4'],
    ['if!=', 'r5', ETHERTYPE_IPV6, 'pass'],

    ['mov', 'r4', 'r2'],
    ['add', 'r4', 62],
    ['if>', 'r4', 'r3', 'pass'],
    ['load8', 'r5', 'r2', 14],
    ['and', 'r5', 0xf0],
    ['if!=', 'r5', 0x60, 'pass'],
    ['load8', 'r5', 'r2', 20],
    ['if!=', 'r5', UDP, 'pass'],
    // Multicast; unspecified, loopback, and IPv4 in IPv6.
    ['load8', 'r5', 'r2', 22],
    ['if=', 'r5', 0xff, 'pass'],
    ['if=', 'r5', 0, 'pass'],
    ['load32', 'r5', 'r2', 38],
    ['store32', 'r10', -20, 'r5'],
    ['load32', 'r5', 'r2', 42],
    ['store32', 'r10', -16, 'r5'],
    ['load32', 'r5', 'r2', 46],
    ['store32', 'r10', -12, 'r5'],
    ['load32', 'r5', 'r2', 50],
    ['store32', 'r10', -8, 'r5'],
    ['load16', 'r4', 'r2', 54],
    ['load16', 'r5', 'r2', 56],
    ['goto', 'lookup'],

    ['label', 'ipv4'],
    ['load8', 'r5', 'r2', 14],
    ['if!=', 'r5', 0x45, 'pass'],
    ['load16', 'r5', 'r2', 20],
    ['and', 'r5', FRAGMENT],
    ['if!=', 'r5', 0, 'pass'],
    ['load8', 'r5', 'r2', 23],
    ['if!=', 'r5', UDP, 'pass'],
    // This network, loopback, multicast and what is reserved.
    ['load8', 'r5', 'r2', 26],
    ['if=', 'r5', 0, 'pass'],
    ['if=', 'r5', 127, 'pass'],
    ['if>=', 'r5', 224, 'pass'],
    ['mov', 'r5', 0],
    ['store32', 'r10', -20, 'r5'],
    ['store32', 'r10', -16, 'r5'],
    ['mov', 'r5', MAPPED],
    ['store32', 'r10', -12, 'r5'],
    ['load32', 'r5', 'r2', 30],
    ['store32', 'r10', -8, 'r5'],
    ['load16', 'r4', 'r2', 34],
    ['load16', 'r5', 'r2', 36],

    ['label', 'lookup'],
    // Nothing can be sent back to port 0.
    ['if=', 'r4', 0, 'pass'],
    ['store32', 'r10', -4, 'r5'],
    ['map', 'r1', addresses],
    ['mov', 'r2', 'r10'],
    ['add', 'r2', -KEY_OCTETS],
    ['call', MAP_LOOKUP_ELEM],
    ['if=', 'r0', 0, 'pass'],
    ['map', 'r1', sockets],
    ['load32', 'r2', 'r6', QUEUE],
    // A queue without a socket: the kernel takes the frame, as if there were no program.
    ['mov', 'r3', XDP_PASS],
    ['call', REDIRECT_MAP],
    ['exit'],

    ['label', 'pass'],
    ['mov', 'r0', XDP_PASS],
    ['exit'],
  ];
  return assemble(lines);
}
