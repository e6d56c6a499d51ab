/** `steerd export`: a zone as zone text or YAML. */
import { join } from 'node:path';
import { setAside } from '../compile/update-layers.ts';
import { DEFAULT_TTL } from '../compile/zone-builder.ts';
import { zoneRecords } from '../compile/zone-records.ts';
import { ZoneYamlWriter } from '../config/zone/write.ts';
import { StoredUpdates, UPDATES, wholeLayers } from '../control/updates/stored-updates.ts';
import { listUpdates, type UpdateView } from '../control/updates/update-list.ts';
import { readStored } from '../store/sqlite-reader.ts';
import { formatName, sameName } from '../wire/name.ts';
import { ZoneTextWriter } from '../zone/text/write.ts';
import { type Command, CommandError, parse, printJson, UsageError } from './command.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { readSettings } from './settings.ts';
import { nameArgument, zoneNumber } from './zone-names.ts';

export const exportZone: Command = {
  name: 'export',
  synopsis: 'ZONE [--format text|yaml] [--files-only] [--zones DIR] [--config FILE] [--json]',
  summary: 'Prints a zone as RFC 1035 zone text (STEER as a private-use type), or as YAML.',
  help: '  --files-only  without what dynamic updates have made\n  --zones       directory of the files, without updates (default: zones: of steerd.yaml)\n  --json        {"zone": …, "text": …}\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      format: { type: 'string', default: 'text' },
      'files-only': { type: 'boolean', default: false },
      zones: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [zone] = positionals;
    if (zone === undefined || positionals.length > 1) throw new UsageError('export takes the name of a zone');
    if (values.format !== 'text' && values.format !== 'yaml')
      throw new UsageError(`--format is text or yaml, not ${values.format}`);
    const settings = values.zones === undefined ? readSettings(values.config) : undefined;
    const directory = values.zones ?? settings?.zones ?? '';
    const stored = new StoredUpdates();
    if (settings !== undefined && !values['files-only'])
      stored.load(readStored(join(settings.stateDir, 'steerd.db'), UPDATES));
    const offline = new OfflineTables();
    const apex = nameArgument(zone);
    const layers = wholeLayers(stored, '');
    // Of a zone that comes from another server there is only its file here, and what updates had made before.
    const isElsewhere = settings?.secondary?.policy.zones.some((one) => sameName(one.apex, apex)) === true;
    const aside = isElsewhere ? layers.filter((layer) => sameName(layer.apex, apex)) : [];
    const { hidden: byFiles } = offline.mustLoad(
      directory,
      layers.filter((layer) => !aside.includes(layer)),
    );
    const hidden = [
      ...byFiles,
      ...aside.flatMap(({ sets }) => setAside(apex, sets).map((one) => ({ ...one, apex, file: '' }))),
    ];
    const number = zoneNumber(offline.tables, apex);
    if (number === 0) throw new CommandError(`there is no zone ${formatName(apex)} in ${directory}`);

    const pieces: string[] = [];
    const write = (text: string): void => {
      if (values.json) pieces.push(text);
      else process.stdout.write(text);
    };
    const keyOf = (n: number): ReturnType<typeof offline.compiler.assignments.key> =>
      offline.compiler.assignments.key(n);
    if (values.format === 'text') {
      const out = new ZoneTextWriter(apex, write, { defaultTtl: DEFAULT_TTL });
      zoneRecords(offline.tables, number, OFFLINE_SEED, keyOf, (...record) => out.record(...record));
      out.finish();
    } else {
      const out = new ZoneYamlWriter(apex);
      zoneRecords(offline.tables, number, OFFLINE_SEED, keyOf, (...record) => out.record(...record));
      out.finish(write);
    }
    const comment = values.format === 'text' ? ';' : '#';
    for (const update of listUpdates(stored, hidden, [formatName(apex)], apex)) write(provenance(comment, update));
    if (values.json) printJson({ zone: formatName(apex), format: values.format, text: pieces.join('') });
    return 0;
  },
};

/** Which of the records are of updates, and which there are beside them: hidden by the file. */
function provenance(comment: string, { owner, type, records, key, at, hidden }: UpdateView): string {
  const by = `of dynamic updates (${key} ${new Date(at).toISOString()})`;
  if (hidden === undefined) return `${comment} ${by}: ${owner} ${type}\n`;
  const hider = hidden.file === '' ? `not answered (${hidden.by})` : `hidden by ${hidden.by} of the file`;
  return `${comment} ${by}, ${hider}: ${owner} ${type} ${records.join(' | ')}\n`;
}
