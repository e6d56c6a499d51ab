/** What tests of zone YAML share. */
import { type Collected, collect, exampleNet } from '../../zone/text/testing.ts';
import { zoneYamlSource } from './source.ts';

/** Reads a zone file of example.net. */
export function collectYaml(text: string): Collected {
  return collect(zoneYamlSource('zones/example.net.yaml', exampleNet, new TextEncoder().encode(text)));
}
