/**
 * eBPF instructions from a list of lines (RFC 9669 §3): 8 octets each, little-endian.
 *
 *     0  opcode    1  source register << 4 | destination register    2  i16 offset    4  i32 immediate
 */
type Register = `r${number}`;
type Operand = Register | number;

export type Line =
  | readonly ['label', string]
  /** To the label, always. */
  | readonly ['goto', string]
  /** To the label, if register and operand (unsigned, 64 bits) compare so. */
  | readonly ['if=' | 'if!=' | 'if>' | 'if>=', Register, Operand, string]
  | readonly ['mov' | 'add' | 'and', Register, Operand]
  /** destination, address, offset */
  | readonly ['load8' | 'load16' | 'load32', Register, Register, number]
  /** address, offset, source */
  | readonly ['store32', Register, number, Register]
  /** A map's address, by its descriptor; two instructions long. */
  | readonly ['map', Register, number]
  | readonly ['call', number]
  | readonly ['exit'];

/** Classes and codes of RFC 9669 §3.3, §4.1, §4.3, §5. */
const ALU64 = { mov: 0xb7, add: 0x07, and: 0x57 } as const;
const JUMP = { 'if=': 0x15, 'if!=': 0x55, 'if>': 0x25, 'if>=': 0x35 } as const;
const LOAD = { load8: 0x71, load16: 0x69, load32: 0x61 } as const;
const STORE32 = 0x63;
const LOAD_IMMEDIATE64 = 0x18;
const GOTO = 0x05;
const CALL = 0x85;
const EXIT = 0x95;
/** Set where the operand is a register. */
const BY_REGISTER = 0x08;
/** Source register of LOAD_IMMEDIATE64 that says: the immediate is the descriptor of a map. */
const PSEUDO_MAP_FD = 1;
const OCTETS = 8;

/** @throws Error when a line names a label that is not there */
export function assemble(lines: readonly Line[]): Uint8Array {
  const places = new Map<string, number>();
  let count = 0;
  for (const line of lines) {
    if (line[0] === 'label') places.set(line[1], count);
    else count += line[0] === 'map' ? 2 : 1;
  }
  const code = new DataView(new ArrayBuffer(count * OCTETS));
  let at = 0;
  const emit = (opcode: number, destination: number, source: number, offset: number, immediate: number): void => {
    code.setUint8(at, opcode);
    code.setUint8(at + 1, (source << 4) | destination);
    code.setInt16(at + 2, offset, true);
    code.setInt32(at + 4, immediate, true);
    at += OCTETS;
  };
  const operate = (opcode: number, register: Register, operand: Operand, offset = 0): void => {
    if (typeof operand === 'number') emit(opcode, number(register), 0, offset, operand);
    else emit(opcode | BY_REGISTER, number(register), number(operand), offset, 0);
  };
  const distance = (label: string): number => {
    const place = places.get(label);
    if (place === undefined) throw new Error(`there is no label ${label}`);
    return place - at / OCTETS - 1;
  };
  for (const line of lines) {
    switch (line[0]) {
      case 'label':
        break;
      case 'goto':
        emit(GOTO, 0, 0, distance(line[1]), 0);
        break;
      case 'if=':
      case 'if!=':
      case 'if>':
      case 'if>=':
        operate(JUMP[line[0]], line[1], line[2], distance(line[3]));
        break;
      case 'mov':
      case 'add':
      case 'and':
        operate(ALU64[line[0]], line[1], line[2]);
        break;
      case 'load8':
      case 'load16':
      case 'load32':
        emit(LOAD[line[0]], number(line[1]), number(line[2]), line[3], 0);
        break;
      case 'store32':
        emit(STORE32, number(line[1]), number(line[3]), line[2], 0);
        break;
      case 'map':
        emit(LOAD_IMMEDIATE64, number(line[1]), PSEUDO_MAP_FD, 0, line[2]);
        emit(0, 0, 0, 0, 0);
        break;
      case 'call':
        emit(CALL, 0, 0, 0, line[1]);
        break;
      case 'exit':
        emit(EXIT, 0, 0, 0, 0);
        break;
    }
  }
  return new Uint8Array(code.buffer);
}

function number(register: Register): number {
  return Number(register.slice(1));
}
