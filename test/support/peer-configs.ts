/** What configurations of other people's servers begin with: in a folder of their own, on one port of loopback, with one thread, and none of the system's files. */

/** @param server lines more of its section */
type Head = (folder: string, port: number, server?: readonly string[]) => string;

export const knotHead: Head = (folder, port, server = []) => `server:
    rundir: ${folder}
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
${lines('    ', server)}database:
    storage: ${folder}
log:
  - target: stderr
    any: info
`;

export const nsdHead: Head = (folder, port, server = []) => `server:
    ip-address: 127.0.0.1@${port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "${folder}"
    database: ""
    pidfile: "${folder}/pid"
    xfrdfile: "${folder}/xfrd"
    xfrdir: "${folder}"
    zonelistfile: "${folder}/zonelist"
    rrl-ratelimit: 0
${lines('    ', server)}remote-control:
    control-enable: no
`;

export const bindHead: Head = (folder, port, server = []) => `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
${lines('  ', server)}};
controls { };
`;

function lines(indent: string, of: readonly string[]): string {
  return of.map((line) => `${indent}${line}\n`).join('');
}
