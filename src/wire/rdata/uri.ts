/**
 * URI (RFC 7553 §4.5).
 *
 *     | PRIORITY (16) | WEIGHT (16) |  /  TARGET  /      the target has no length of its own, and is never empty
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { textToEnd, u16 } from './fields.ts';

export const uri = fieldCodec(RRType.URI, 'URI', [u16('priority'), u16('weight'), textToEnd('target')], {
  verify: (rdata) => (rdata.length > 4 ? undefined : 'target is empty'),
});
