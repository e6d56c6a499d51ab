/**
 * JSON Schemas of the files an operator edits, for editors. Copies are under schemas/; a test holds them current.
 */
import { announcementsSchema } from '../feeds/announcements/document.ts';
import { networkFileSchema } from './network-schema.ts';
import { settingsFileSchema } from './settings-schema.ts';
import { jsonSchemaOf } from './shape.ts';
import { zoneJsonSchema } from './zone/schema.ts';

/** By file name. Draft 2020-12; made of the schemas that check the files. */
export function exportSchemas(): Record<string, object> {
  return {
    'steerd.schema.json': { title: 'Settings of steerd', ...jsonSchemaOf(settingsFileSchema) },
    'network.schema.json': { title: 'A network of steerd', ...jsonSchemaOf(networkFileSchema) },
    'zone.schema.json': zoneJsonSchema(),
    'announcements.schema.json': { title: 'Announcements for steerd', ...jsonSchemaOf(announcementsSchema) },
  };
}
