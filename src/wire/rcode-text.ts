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

/** `NXDOMAIN`, and `RCODE12` for a number nobody has named. */
export function rcodeText(rcode: number): string {
  return rcode === 16 ? 'BADVERS' : (MNEMONICS[rcode] ?? `RCODE${rcode}`);
}
