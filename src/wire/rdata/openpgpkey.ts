/**
 * OPENPGPKEY: an OpenPGP transferable public key (RFC 7929 §2.1).
 *
 *     /  KEY  /      written in base64
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { base64ToEnd } from './fields.ts';

export const openpgpkey = fieldCodec(RRType.OPENPGPKEY, 'OPENPGPKEY', [base64ToEnd('key')], { plain: true });
