/** The JSON Schema of a zone file, for editors (`schemas/zone.schema.json`; a test holds the copy current). */
import * as z from 'zod';
import { zoneFileSchema } from './record-schema.ts';

/** Draft 2020-12; made of the schema that checks the files. */
export function zoneJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(zoneFileSchema, {
    io: 'input',
    override({ jsonSchema }) {
      // A refinement, which zod can't translate: exactly one of the two.
      if (jsonSchema.properties?.values === undefined) return;
      jsonSchema.oneOf = [{ required: ['value'] }, { required: ['values'] }];
    },
  });
  return { $schema: schema.$schema, title: 'A zone of steerd', ...schema };
}
