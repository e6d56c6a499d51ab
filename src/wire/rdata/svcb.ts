/**
 * SVCB and HTTPS: service binding (RFC 9460 §2.2).
 *
 *     | SvcPriority (16) |  /  TargetName  /  /  SvcParams  /      the name is never compressed
 *
 * Priority 0 is AliasMode, without parameters. `hints=steer` (text) and `hints: steer` (value) are our own: see SvcParam.STEER_HINTS.
 */
import { RRType, SvcParam } from '../constants.ts';
import { type RdataCodec, RdataError, type TextField } from './codec.ts';
import { scalarText } from './field-codec.ts';
import { domainName, u16 } from './fields.ts';
import { mappingOf, refuseUnknownKeys } from './keys.ts';
import { keyName } from './svc-keys.ts';
import { mandatoryKeys, type Param, paramProblem, paramText, paramValue, readParam } from './svc-params.ts';
import type { RdataWriter } from './writer.ts';

const priority = u16('svcpriority');
const target = domainName('targetname');
const TARGET_AT = 2;
const KEYS: readonly string[] = ['svcpriority', 'targetname', 'svcparams', 'hints'];
const FORM = '{svcpriority: 1, targetname: ., svcparams: {…}}';

/** Parameters of RDATA whose head is well formed; undefined when they are malformed. */
function paramsOf(rdata: Uint8Array): Param[] | undefined {
  const params: Param[] = [];
  for (let p = TARGET_AT + target.size(rdata, TARGET_AT); p < rdata.length; ) {
    if (p + 4 > rdata.length) return undefined;
    const end = p + 4 + ((rdata[p + 2] << 8) | rdata[p + 3]);
    if (end > rdata.length) return undefined;
    params.push({ key: (rdata[p] << 8) | rdata[p + 1], octets: rdata.subarray(p + 4, end) });
    p = end;
  }
  return params;
}

/** What is wrong with parameters taken together (RFC 9460 §2.4.2, §7.1.1, §8). */
function problemOf(mode: number, params: readonly Param[]): string | undefined {
  if (mode === 0 && params.length > 0) return 'svcpriority 0 (AliasMode) takes no parameters';
  for (let i = 1; i < params.length; i++)
    if (params[i].key === params[i - 1].key) return `${keyName(params[i].key)} is there twice`;
  for (const { key, octets } of params) {
    const problem = paramProblem(key, octets);
    if (problem !== undefined) return problem;
  }
  const has = (key: number): boolean => params.some((p) => p.key === key);
  if (has(SvcParam.NO_DEFAULT_ALPN) && !has(SvcParam.ALPN)) return 'no-default-alpn needs alpn';
  if (has(SvcParam.STEER_HINTS) && (has(SvcParam.IPV4HINT) || has(SvcParam.IPV6HINT))) {
    return 'hints=steer makes ipv4hint and ipv6hint, so they must not be given';
  }
  const mandatory = params.find((p) => p.key === SvcParam.MANDATORY);
  if (mandatory !== undefined) {
    const missing = mandatoryKeys(mandatory.octets).find((key) => !has(key));
    if (missing !== undefined) return `mandatory lists ${keyName(missing)}, which is not there`;
  }
  return undefined;
}

function write(mode: string, name: string, params: Param[], origin: Uint8Array, out: RdataWriter): void {
  priority.read(mode, origin, out);
  target.read(name, origin, out);
  params.sort((a, b) => a.key - b.key);
  const problem = problemOf(Number(mode), params);
  if (problem !== undefined) throw new RdataError(problem);
  for (const { key, octets } of params) {
    out.u16(key);
    out.u16(octets.length);
    out.octets(octets);
  }
}

/** `key`, `key=value`, `key="value"`; a quoted value may have been split off as a field of its own. */
function textParams(fields: readonly TextField[]): Param[] {
  const params: Param[] = [];
  for (let i = 0; i < fields.length; i++) {
    const { text } = fields[i];
    const equals = text.indexOf('=');
    let value = equals < 0 ? undefined : text.slice(equals + 1);
    if (value === '' && fields[i + 1]?.quoted === true) value = fields[++i].text;
    else if (value !== undefined && value.length >= 2 && value.startsWith('"') && value.endsWith('"'))
      value = value.slice(1, -1);
    params.push(readParam(equals < 0 ? text : text.slice(0, equals), value));
  }
  return params;
}

function valueParams(value: unknown): Param[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw new RdataError('svcparams must be a mapping of keys and values');
  return Object.entries(value).map(([name, given]) => {
    if (given === true || given === null) return readParam(name, undefined);
    return readParam(
      name,
      Array.isArray(given) ? given.map((item) => scalarText(item, name)) : scalarText(given, name),
    );
  });
}

function codec(type: number, mnemonic: string): RdataCodec {
  return {
    type,
    mnemonic,
    fromText(fields, origin, out) {
      if (fields.length < 2)
        throw new RdataError(`${mnemonic} takes a priority, a target name and parameters: 1 . alpn=h2`);
      write(fields[0].text, fields[1].text, textParams(fields.slice(2)), origin, out);
    },
    toText(rdata) {
      const params = (paramsOf(rdata) ?? []).map(({ key, octets }) => paramText(key, octets));
      return [priority.text(rdata, 0, 2), target.text(rdata, TARGET_AT, 0), ...params].join(' ');
    },
    fromValue(value, origin, out) {
      const given = mappingOf(value, FORM);
      refuseUnknownKeys(given, KEYS, mnemonic);
      const { svcpriority, targetname, svcparams, hints } = given;
      for (const key of ['svcpriority', 'targetname'])
        if (given[key] === undefined) throw new RdataError(`${key} is missing; write ${FORM}`);
      const params = valueParams(svcparams);
      if (hints !== undefined) params.push(readParam('hints', scalarText(hints, 'hints')));
      write(scalarText(svcpriority, 'svcpriority'), scalarText(targetname, 'targetname'), params, origin, out);
    },
    toValue(rdata) {
      const params = paramsOf(rdata) ?? [];
      const shown = params
        .filter((p) => p.key !== SvcParam.STEER_HINTS)
        .map(({ key, octets }) => [keyName(key), paramValue(key, octets)]);
      return {
        svcpriority: priority.value(rdata, 0, 2),
        targetname: target.value(rdata, TARGET_AT, 0),
        ...(shown.length > 0 ? { svcparams: Object.fromEntries(shown) } : {}),
        ...(shown.length < params.length ? { hints: 'steer' } : {}),
      };
    },
    check(rdata) {
      if (rdata.length < TARGET_AT || target.size(rdata, TARGET_AT) < 0)
        return `${mnemonic}: priority or target name is malformed`;
      const params = paramsOf(rdata);
      if (params === undefined) return `${mnemonic}: a parameter is cut off`;
      for (let i = 1; i < params.length; i++)
        if (params[i].key < params[i - 1].key) return `${mnemonic}: keys must be in rising order`;
      const problem = problemOf((rdata[0] << 8) | rdata[1], params);
      return problem === undefined ? undefined : `${mnemonic}: ${problem}`;
    },
    additionalName: (rdata) => (rdata[TARGET_AT] === 0 ? -1 : TARGET_AT),
  };
}

export const svcb = codec(RRType.SVCB, 'SVCB');
export const https = codec(RRType.HTTPS, 'HTTPS');
