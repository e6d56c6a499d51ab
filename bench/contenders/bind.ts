import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../machine.ts';
import { SERVER_ADDRESS } from '../namespaces.ts';
import { ZONE } from '../workload.ts';
import { type Contender, TCP_CONNECTIONS } from './contender.ts';
import { writeZone } from './zone-text.ts';

export const bind: Contender = {
  id: 'bind',
  name: 'BIND',
  debian: 'bind9',
  version: /BIND (\S+)/.exec(output('named', ['-v']))?.[1],
  prepare(folder, content) {
    writeZone(join(folder, 'zone'), content);
    writeFileSync(
      join(folder, 'named.conf'),
      `options {
  directory "${folder}";
  listen-on port 53 { ${SERVER_ADDRESS}; };
  listen-on-v6 { none; };
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  recursion no;
  minimal-responses yes;
  notify no;
  querylog no;
  tcp-clients ${TCP_CONNECTIONS};
};
controls { };
logging { category default { null; }; };
zone "${ZONE}" { type primary; file "${folder}/zone"; };
`,
    );
    return { command: 'named', args: ['-f', '-n', '1', '-c', join(folder, 'named.conf')] };
  },
};
