import { describe } from 'vitest';
import { storeContract } from '../../test/support/store-contract.ts';
import { MemoryStore } from './memory-store.ts';

describe('MemoryStore', () => {
  storeContract(async () => new MemoryStore());
});
