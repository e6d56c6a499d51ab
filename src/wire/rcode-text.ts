/** Response codes as people write them. Source: IANA "DNS RCODEs", the header's sixteen and BADVERS, which OPT extends them by (RFC 6891 §9). */
const MNEMONICS = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
] as const;

/** Those that need OPT's bits (RFC 6891 §9, RFC 7873 §8). */
const EXTENDED: Readonly<Record<number, string>> = { 16: 'BADVERS', 23: 'BADCOOKIE' };

/** `NXDOMAIN`, and `RCODE12` for a number nobody has named. */
export function rcodeText(rcode: number): string {
  return MNEMONICS[rcode] ?? EXTENDED[rcode] ?? `RCODE${rcode}`;
}
