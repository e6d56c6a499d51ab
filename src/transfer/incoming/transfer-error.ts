/** Why a zone was not got from a primary, in the operator's words. */
export type TransferErrorCode =
  /** No connection, or one that ended or stood still. */
  | 'unreachable'
  /** The primary answers with an error. */
  | 'refused'
  /** What came is no answer to what was asked, or no sequence of records that makes sense. */
  | 'malformed'
  /** A signature is missing or wrong. */
  | 'signature'
  /** More than may come. */
  | 'too-large'
  /** Changes that don't fit what is here. */
  | 'mismatch'
  /** Records that can't be served here. */
  | 'unusable';

export class TransferError extends Error {
  readonly code: TransferErrorCode;

  constructor(code: TransferErrorCode, message: string) {
    super(message);
    this.name = 'TransferError';
    this.code = code;
  }
}
