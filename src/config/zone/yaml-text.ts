/**
 * Values as YAML text, in flow style. What is written reads the same by YAML 1.1 (OctoDNS's PyYAML) as by 1.2, so whatever either could
 * take for a number, date or truth value is quoted.
 */

/** Words YAML 1.1 reads as truth values or null. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const word = /^[A-Za-z_](?:[A-Za-z0-9_./+-]*[A-Za-z0-9_./+-])?$/;
const ipv4 = /^[0-9]+(?:\.[0-9]+){3}$/;

/** A string as a scalar or key, quoted if need be. */
export function yamlString(text: string): string {
  if ((word.test(text) && !reserved.test(text)) || ipv4.test(text)) return text;
  // Printable ASCII goes between single quotes; the rest as JSON, whose strings are YAML.
  return /^[ -~]*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

/** A value of strings, numbers, truth values, null, lists and mappings. */
export function yamlFlow(value: unknown): string {
  if (typeof value === 'string') return yamlString(value);
  if (Array.isArray(value)) return `[${value.map(yamlFlow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (fields.length === 0) return '{}';
  return `{ ${fields.map(([key, inner]) => `${yamlString(key)}: ${yamlFlow(inner)}`).join(', ')} }`;
}
