/** Dockerfile, Kubernetes manifest and systemd unit: cheap checks of what they rely on. No container engine is needed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of a container file, continued lines joined. */
function instructions(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, name, rest]) => ({ name, rest }));
}

const all = instructions(read('Dockerfile'));
const stages = all.reduce<Instruction[][]>((list, instruction) => {
  if (instruction.name === 'FROM') list.push([]);
  list.at(-1)?.push(instruction);
  return list;
}, []);
const last = stages.at(-1) ?? [];
const lastOf = (name: string): string | undefined => last.findLast((i) => i.name === name)?.rest;
const commandsOf = (text: string): string[] => JSON.parse(text) as string[];
const commands = [...read('src/main.ts').matchAll(/import\('\.\/cli\/([\w-]+)\.ts'\)/g)].map(([, file]) => file);

describe('Dockerfile', () => {
  it('copies only what is there and reaches the build', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const sources = all
      .filter((i) => i.name === 'COPY' && !i.rest.includes('--from='))
      .flatMap((i) => i.rest.split(/\s+/).slice(0, -1));
    expect(sources).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'bin', 'src', 'zones']));
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(ignored, source).not.toContain(source);
    }
  });

  it('starts from the official Node, of a version the project takes', () => {
    const manifest = JSON.parse(read('package.json')) as { engines: { node: string } };
    const least = Number(/\d+/.exec(manifest.engines.node)?.[0]);
    for (const [from] of stages) {
      const major = Number(/^node:(\d+)-slim\b/.exec(from.rest)?.[1]);
      expect(major, from.rest).toBeGreaterThanOrEqual(least);
    }
  });

  it('leaves out development packages and every bundled Node, and keeps optional packages (the one of koffi has its binary)', () => {
    const manifest = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    const install = stages[0].find((i) => i.name === 'RUN' && i.rest.includes('npm ci'))?.rest ?? '';
    expect(install).toContain('--omit=dev');
    expect(install).not.toContain('--omit=optional');
    for (const name of Object.keys(manifest.optionalDependencies)) expect(install).toContain(`node_modules/${name}`);
    expect(install).toContain('node_modules/.bin/node');
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optional?: boolean; dev?: boolean }>;
    };
    for (const arch of ['x64', 'arm64']) {
      const koffi = lock.packages[`node_modules/@koromix/koffi-linux-${arch}`];
      expect(koffi, arch).toMatchObject({ optional: true });
      expect(koffi.dev).toBeUndefined();
    }
  });

  it('runs as a user without privileges', () => {
    expect(lastOf('USER')).toBe('node');
    const end = last.findIndex((i) => i.name === 'USER');
    expect(last.slice(end).some((i) => i.name === 'RUN' || i.name === 'COPY')).toBe(false);
  });

  it('calls commands that exist', () => {
    const check = commandsOf((lastOf('HEALTHCHECK') ?? '').replace(/^.*CMD /, ''));
    const entry = commandsOf(lastOf('ENTRYPOINT') ?? '[]');
    expect(check.slice(0, 2)).toEqual(entry);
    expect(existsSync(join(ROOT, entry[1]))).toBe(true);
    expect(commands).toContain(check[2]);
    expect(commands).toContain(commandsOf(lastOf('CMD') ?? '[]')[0]);
  });

  it('sets variables the server knows, and exposes the port it listens on', () => {
    const env = Object.fromEntries((lastOf('ENV') ?? '').split(/\s+/).map((pair) => pair.split(/=(.*)/s)));
    const { settings, diagnostics } = loadSettings(undefined, env);
    expect(diagnostics).toEqual([]);
    expect(settings?.listen.every((l) => l.port === 5300)).toBe(true);
    expect(lastOf('EXPOSE')).toBe('5300/udp 5300/tcp');
    expect(lastOf('VOLUME')).toBe(settings?.stateDir);
    const copied = last.filter((i) => i.name === 'COPY').map((i) => i.rest.split(/\s+/).at(-1));
    expect(copied).toContain(settings?.zones);
  });
});

describe('Kubernetes manifest', () => {
  type Objects = Record<string, unknown> & { kind: string; spec: Record<string, unknown> };
  const objects = loadAll(read('deploy/kubernetes.yaml')) as Objects[];
  const service = objects.find((o) => o.kind === 'Service')?.spec as {
    externalTrafficPolicy: string;
    ports: { protocol: string; port: number; targetPort: string }[];
    selector: Record<string, string>;
  };
  const pods = objects.find((o) => o.kind === 'StatefulSet')?.spec as Record<string, unknown> & {
    serviceName: string;
    volumeClaimTemplates: { metadata: { name: string } }[];
  };
  const template = pods.template as {
    metadata: { labels: Record<string, string> };
    spec: {
      securityContext: Record<string, unknown>;
      volumes: { name: string }[];
      containers: {
        env: { name: string; value: string }[];
        ports: { name: string; protocol: string; containerPort: number }[];
        volumeMounts: { name: string; mountPath: string; subPath?: string }[];
        readinessProbe: { exec: { command: string[] } };
        livenessProbe: { exec: { command: string[] } };
      }[];
    };
  };
  const [container] = template.spec.containers;

  it('keeps the clients address, and has UDP and TCP that lead to the container', () => {
    expect(service.externalTrafficPolicy).toBe('Local');
    expect(service.ports.map((p) => `${p.protocol} ${p.port}`)).toEqual(['UDP 53', 'TCP 53']);
    for (const { protocol, targetPort } of service.ports) {
      expect(container.ports).toContainEqual(expect.objectContaining({ name: targetPort, protocol }));
    }
    expect(template.metadata.labels).toMatchObject(service.selector);
  });

  it('runs by number as what the image runs by name, and probes with alive', () => {
    expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    for (const probe of [container.readinessProbe, container.livenessProbe]) {
      expect(probe.exec.command).toEqual(['node', 'bin/steerd.mjs', 'alive']);
    }
  });

  it('mounts whole directories where the image looks for them', () => {
    const mounts = container.volumeMounts;
    expect(mounts.every((m) => m.subPath === undefined)).toBe(true);
    const claimed = pods.volumeClaimTemplates.map(({ metadata }) => metadata.name);
    const volumes = [...template.spec.volumes.map((v) => v.name), ...claimed];
    expect(mounts.map((m) => m.name).sort()).toEqual(volumes.sort());
    // What operators change outlives a pod.
    expect(claimed).toEqual(['state']);
    const env = lastOf('ENV') ?? '';
    for (const name of ['zones', 'state']) {
      expect(env).toContain(`=${mounts.find((m) => m.name === name)?.mountPath}`);
    }
    const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    expect(loadSettings(undefined, own).diagnostics).toEqual([]);
  });
});

describe('systemd unit', () => {
  const unit = read('deploy/steerd.service');

  it('starts a command that exists, as a user of its own', () => {
    const start = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
    expect(start).toContain('/bin/steerd.mjs serve');
    expect(unit).toMatch(/^User=steerd$/m);
    expect(unit).toMatch(/^NoNewPrivileges=true$/m);
    expect(unit).toMatch(/^AmbientCapabilities=.*CAP_NET_BIND_SERVICE/m);
  });

  const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((path) => existsSync(path));
  it.skipIf(analyze === undefined)('is one systemd understands', () => {
    const said = execFileSync('sh', ['-c', `${analyze} verify ${join(ROOT, 'deploy/steerd.service')} 2>&1 || true`], {
      encoding: 'utf8',
    });
    expect(said.split('\n').filter((line) => /steerd\.service:\d+:/.test(line))).toEqual([]);
  });
});
