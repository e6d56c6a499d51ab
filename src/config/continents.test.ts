import { describe, expect, it } from 'vitest';
import { continentOf, continents } from './continents.ts';
import { countries } from './countries.ts';

describe('continents', () => {
  it('have every country of ISO 3166-1, and know what is none', () => {
    expect([...countries].filter((country) => continentOf(country) === undefined)).toEqual([]);
    expect(continentOf('ZZ')).toBeUndefined();
    expect(continentOf('EU')).toBeUndefined();
  });

  it('are the seven of OctoDNS', () => {
    expect(continents).toEqual(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']);
    expect(['CH', 'US', 'JP', 'AU', 'BR', 'ZA', 'AQ', 'NA'].map(continentOf)).toEqual([
      'EU',
      'NA',
      'AS',
      'OC',
      'SA',
      'AF',
      'AN',
      'AF',
    ]);
  });
});
