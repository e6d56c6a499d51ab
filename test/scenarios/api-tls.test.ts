/** The API over TLS, and with certificates of clients. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { certificate as makeCertificate } from '../support/certificate.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let server: SteerdProcess | undefined;

beforeEach(() => {
  place = workplace();
  mkdirSync(join(place.folder, 'tls'));
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  remove(place);
});

const file = (name: string): string => join(place.folder, 'tls', name);

const certificate = (name: string): void => makeCertificate(join(place.folder, 'tls'), name);

const settings = () => ({ STEERD_API_TLS_CERT: file('server.pem'), STEERD_API_TLS_KEY: file('server.key') });

describe('TLS', () => {
  itNeeds('openssl')('serves who trusts the certificate, and reads a renewed one on SIGHUP', async () => {
    certificate('server');
    server = await SteerdProcess.start(place, settings());
    const url = `https://127.0.0.1:${server.api[0].port}`;
    const trusting = { STEERD_URL: url, STEERD_CLIENT_CA: file('server.pem') };
    expect(steerd(place, ['groups'], trusting).stdout).toContain('switzerland');
    expect(steerd(place, ['groups'], { STEERD_URL: url }).stderr).toMatch(/self-signed certificate/);
    expect(steerd(place, ['groups'], { STEERD_URL: url.replace('https', 'http') }).status).toBe(1);

    cpSync(file('server.pem'), file('old.pem'));
    certificate('server');
    server.signal('SIGHUP');
    await expect.poll(() => steerd(place, ['groups'], trusting).status).toBe(0);
    expect(steerd(place, ['groups'], { ...trusting, STEERD_CLIENT_CA: file('old.pem') }).status).toBe(1);
  });

  itNeeds('openssl')(
    'with a client authority, turns away who shows no certificate, and still wants a token',
    async () => {
      certificate('server');
      certificate('client');
      certificate('stranger');
      server = await SteerdProcess.start(place, { ...settings(), STEERD_API_TLS_CLIENT_CA: file('client.pem') });
      const base = { STEERD_URL: `https://127.0.0.1:${server.api[0].port}`, STEERD_CLIENT_CA: file('server.pem') };
      const showing = (name: string) => ({
        ...base,
        STEERD_CLIENT_CERT: file(`${name}.pem`),
        STEERD_CLIENT_KEY: file(`${name}.key`),
      });
      expect(steerd(place, ['groups'], base).status).toBe(1);
      expect(steerd(place, ['groups'], showing('stranger')).status).toBe(1);
      expect(steerd(place, ['groups'], showing('client')).status).toBe(0);
      expect(steerd(place, ['groups'], { ...showing('client'), STEERD_TOKEN: 'steerd_0' }).stderr).toMatch(
        /token is not in use/,
      );
    },
  );

  itNeeds('openssl')('does not start on files that are not there or no key', async () => {
    certificate('server');
    await expect(SteerdProcess.start(place, { ...settings(), STEERD_API_TLS_KEY: file('none.key') })).rejects.toThrow(
      /not started: api\.tls_key: .*none\.key can't be read/,
    );
    await expect(SteerdProcess.start(place, { ...settings(), STEERD_API_TLS_KEY: file('server.pem') })).rejects.toThrow(
      /not started: api\.tls_cert and api\.tls_key/,
    );
  });
});
