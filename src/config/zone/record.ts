/**
 * A record of a zone file: checked, and turned into RDATA.
 *
 * Steered hosts and addresses of the usual shape are checked by hand, because there may be a million of them; everything else, and
 * everything that is wrong, is for the schema to judge. The two agree (property test).
 */
import { MAX_TTL, RRType } from '../../wire/constants.ts';
import { NameError } from '../../wire/name.ts';
import { RdataError } from '../../wire/rdata/codec.ts';
import { codecOf, typeOf } from '../../wire/rdata/index.ts';
import { MAX_RDATA, RdataWriter } from '../../wire/rdata/writer.ts';
import { isMetaType } from '../../zone/text/entry.ts';
import { named } from '../../zone/text/rdata-text.ts';
import { nearest } from '../nearest.ts';
import { explain, type RecordMistake, show } from './explain.ts';
import { knownKeys, recordSchema, recordTypes } from './record-schema.ts';

/** What is told about a record; the source knows where it stands. */
export type TellRecord = (mistake: RecordMistake, severity: 'error' | 'warning') => void;

/** Takes one RDATA: `bytes[0, end)`, valid during the call. */
export type EmitRdata = (type: number, ttl: number, bytes: Uint8Array, end: number) => void;

/** Distinct steered RDATA kept; more are made anew each time. */
const MAX_STEER_CACHE = 4096;

type Mapping = Readonly<Record<string, unknown>>;

export class RecordReader {
  readonly #apex: Uint8Array;
  readonly #out = new RdataWriter();
  readonly #steer = new Map<string, Uint8Array>();

  constructor(apex: Uint8Array) {
    this.#apex = apex;
  }

  /** Reads one record; emits all of it or, if anything is wrong, what is right of it. */
  read(record: unknown, emit: EmitRdata, tell: TellRecord): void {
    if (!isMapping(record)) {
      const message = `a record is a mapping, not ${show(record)}`;
      tell(
        { code: 'bad-record', path: [], key: false, message, fix: 'write e.g. { type: A, value: 192.0.2.1 }' },
        'error',
      );
      return;
    }
    if (isUsualSteer(record) || (isUsualAddress(record) && typeof record.value === 'string'))
      this.#emit(record, emit, tell);
    else if (this.#check(record, tell)) this.#emit(record, emit, tell);
  }

  /** STEER RDATA of these fields, or what is wrong with them. */
  steerRdata(service: string, group: unknown, policy: string | undefined): Uint8Array | string {
    const key = typeof group === 'string' ? `${service}\0${group}\0${policy ?? ''}` : '';
    const known = key === '' ? undefined : this.#steer.get(key);
    if (known !== undefined) return known;
    const value = policy === undefined ? { service, group } : { service, group, policy };
    const wrong = this.#encode(RRType.STEER, value);
    if (wrong !== undefined) return wrong;
    const rdata = this.#out.view().slice();
    if (key !== '' && this.#steer.size < MAX_STEER_CACHE) this.#steer.set(key, rdata);
    return rdata;
  }

  #check(record: Mapping, tell: TellRecord): boolean {
    const type = record.type;
    const tellOne = (code: string, path: string[], key: boolean, message: string, fix?: string): false => {
      tell({ code, path, key, message, fix }, 'error');
      return false;
    };
    if (type === undefined)
      return tellOne('missing-key', [], false, '"type" is missing', 'add type: A, AAAA, CNAME, MX, STEER, …');
    const schema = typeof type === 'string' ? recordSchema(type) : undefined;
    if (typeof type !== 'string' || schema === undefined) {
      return tellOne('unknown-type', ['type'], false, `${show(type)} is no record type`, typeFix(type));
    }
    let dynamic = false;
    for (const key of ['geo', 'dynamic']) {
      if (!Object.hasOwn(record, key)) continue;
      dynamic = true;
      const fix = 'write type: STEER with a service and a group of network.yaml';
      tellOne('octodns-dynamic', [key], true, `OctoDNS's "${key}" means nothing here`, fix);
    }
    if (dynamic) return false;
    const result = schema.safeParse(record);
    if (!result.success) {
      for (const issue of result.error.issues) {
        for (const mistake of explain(issue, record, (path) => knownKeys(type, path))) tell(mistake, 'error');
      }
      return false;
    }
    if (Object.hasOwn(record, 'octodns')) {
      const message = 'OctoDNS\'s own options ("octodns") mean nothing here and are left aside';
      tell({ code: 'octodns-options', path: ['octodns'], key: true, message }, 'warning');
    }
    return true;
  }

  #emit(record: Mapping, emit: EmitRdata, tell: TellRecord): void {
    const ttl = typeof record.ttl === 'number' ? record.ttl : -1;
    if (record.type === 'STEER') {
      const rdata = this.steerRdata(record.service as string, record.group, record.policy as string | undefined);
      if (typeof rdata !== 'string') emit(RRType.STEER, ttl, rdata, rdata.length);
      else tell({ code: 'bad-value', path: [], key: false, message: named('STEER', rdata) }, 'error');
      return;
    }
    const type = typeOf(record.type as string);
    if (type === undefined) {
      const meta = isMetaType(String(record.type));
      const message = meta ? 'is a type of queries and messages, not of zone data' : 'is no record type';
      const code = meta ? 'not-a-zone-type' : 'unknown-type';
      tell({ code, path: ['type'], key: false, message: `${show(record.type)} ${message}` }, 'error');
      return;
    }
    const list = record.values === undefined ? [record.value] : (record.values as unknown[]);
    for (let i = 0; i < list.length; i++) {
      const wrong = this.#encode(type, list[i]);
      if (wrong === undefined) {
        emit(type, ttl, this.#out.bytes, this.#out.length);
        continue;
      }
      const path = record.values === undefined ? ['value'] : ['values', i];
      tell(
        {
          code: 'bad-value',
          path: deeper(path, list[i], wrong),
          key: false,
          message: named(String(record.type), wrong),
        },
        'error',
      );
    }
  }

  /** Encodes a value; says what is wrong with it. */
  #encode(type: number, value: unknown): string | undefined {
    const out = this.#out;
    out.reset();
    try {
      codecOf(type).fromValue(value, this.#apex, out);
    } catch (error) {
      if (error instanceof RdataError || error instanceof NameError) return error.message;
      throw error;
    }
    return out.fits ? undefined : `${out.length} octets of RDATA are over ${MAX_RDATA}`;
  }
}

/** A STEER of plain fields: whatever it says yes to, the schema does too. */
export function isUsualSteer(record: Mapping): boolean {
  if (record.type !== 'STEER') return false;
  let fields = 0;
  for (const key in record) {
    const value = record[key];
    switch (key) {
      case 'type':
        break;
      case 'service':
      case 'group':
        fields++;
        if (typeof value !== 'string' || value === '') return false;
        break;
      case 'policy':
        if (typeof value !== 'string' || value === '') return false;
        break;
      case 'ttl':
        if (!isTtl(value)) return false;
        break;
      default:
        return false;
    }
  }
  return fields === 2;
}

/** An A or AAAA of plain fields: whatever it says yes to, the schema does too. */
export function isUsualAddress(record: Mapping): boolean {
  if (record.type !== 'A' && record.type !== 'AAAA') return false;
  let values = 0;
  for (const key in record) {
    const value = record[key];
    switch (key) {
      case 'type':
        break;
      case 'value':
        values++;
        if (typeof value !== 'string') return false;
        break;
      case 'values':
        values++;
        if (!Array.isArray(value) || value.length === 0 || !value.every((v) => typeof v === 'string')) return false;
        break;
      case 'ttl':
        if (!isTtl(value)) return false;
        break;
      default:
        return false;
    }
  }
  return values === 1;
}

function isTtl(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TTL;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Codecs don't know where a value stands; they quote the one they mean. */
function deeper(path: (string | number)[], value: unknown, message: string): (string | number)[] {
  if (!isMapping(value)) return path;
  for (const [key, inner] of Object.entries(value)) {
    if ((typeof inner === 'string' && inner !== '') || typeof inner === 'number') {
      if (message.includes(`"${inner}"`)) return [...path, key];
    }
  }
  return path;
}

/** OctoDNS types that are a provider's, not DNS's, and what to write for them. */
const providerTypes: Readonly<Record<string, string>> = {
  ALIAS: 'write STEER, or the A and AAAA of the target',
  SPF: 'write TXT (RFC 7208 §3.1)',
  URLFWD: 'redirect in the web server',
};

function typeFix(type: unknown): string {
  if (typeof type !== 'string') return `write one of ${recordTypes.join(', ')}`;
  if (Object.hasOwn(providerTypes, type)) return providerTypes[type];
  if (recordTypes.includes(type.toUpperCase())) return `write ${type.toUpperCase()}`;
  const near = nearest(type.toUpperCase(), recordTypes);
  return near === undefined ? `write one of ${recordTypes.join(', ')}, or TYPEn` : `did you mean ${near}?`;
}
