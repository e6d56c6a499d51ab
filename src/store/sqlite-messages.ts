/** What goes between the store and the thread that holds its database. Values are JSON text. */
import type { StoreError } from './store.ts';

/** What the thread begins with. */
export interface StoreThread {
  readonly path: string;
  readonly durable: Int32Array | undefined;
}

export interface WireEntry {
  readonly collection: string;
  readonly key: string;
  readonly value: string;
  readonly revision: number;
  readonly octets: Uint8Array | null;
}

/** Without a value it deletes. */
export interface WireChange {
  readonly collection: string;
  readonly key: string;
  readonly value: string | undefined;
  readonly octets: Uint8Array | undefined;
}

export type Request =
  | { readonly do: 'open' | 'close' }
  | { readonly do: 'snapshot'; readonly collections: readonly string[] }
  | { readonly do: 'get'; readonly collection: string; readonly key: string }
  | {
      readonly do: 'list';
      readonly collection: string;
      readonly after: string | undefined;
      readonly limit: number;
      readonly newestFirst: boolean;
    }
  | { readonly do: 'commit'; readonly changes: readonly WireChange[]; readonly expected: number | undefined };

export interface Success {
  readonly revision: number;
  readonly entries?: readonly WireEntry[];
  /** How long the transaction took, its sync to the disk included. */
  readonly milliseconds?: number;
  /** When it was durable: Unix milliseconds, with fractions. */
  readonly at?: number;
}

export interface Refusal {
  readonly code: StoreError['code'];
  readonly message: string;
}

export interface Reply {
  readonly id: number;
  readonly result: Success | Refusal;
}
