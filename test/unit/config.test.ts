import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../worker/config.ts';
import { ConfigError } from '../../worker/errors.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (env: Record<string, string>) => loadConfig({ DATA_DIR: folder, ...env });
const outside = {
  DATABASE_URL: 'postgres://u:p@db/bonus',
  TEMPORAL_ADDRESS: 'temporal:7233',
  ALTEGIO_BASE_URL: 'https://api.example.com/api/v1/',
  ALTEGIO_PARTNER_TOKEN: 'partner',
  ALTEGIO_USER_TOKEN: 'user',
  ADMIN_TOKEN: 'a-token-of-an-operator',
  SECRETS_KEY: 'ab'.repeat(32),
};

describe('with nothing set', () => {
  test('everything is embedded and the addresses are filled in', () => {
    const config = load({});
    expect(config).toMatchObject({
      role: 'all',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      temporalAddress: '127.0.0.1:7233',
      temporalUiUrl: 'http://localhost:8233',
      altegioBaseUrl: 'http://127.0.0.1:4010/api/v1',
      altegioRequestsPerMinute: 200,
      altegioRequestsPerSecond: 5,
      altegioTimeoutMs: 3000,
      serviceEmail: 'support@message.help',
      embedded: { postgres: true, temporal: true, sandbox: true },
    });
    expect(config.databaseUrl).toMatch(/^postgres:\/\/bonus:[0-9a-f]{64}@127\.0\.0\.1:5433\/bonus$/);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.embedded)).toBe(true);
  });

  test('secrets are made once, kept for their owner only, and found again', () => {
    const first = load({});
    expect(load({})).toEqual(first);
    expect(first.secretsKey).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(folder, 'admin-token'), 'utf8').trim()).toBe(first.adminToken);
    for (const name of ['admin-token', 'secrets-key', 'postgres-password', 'sandbox-user-token']) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  test('an empty string counts as unset', () => {
    expect(load({ PORT: '', DATABASE_URL: ' ', ROLE: '' }).embedded.postgres).toBe(true);
  });
});

describe('one address given', () => {
  test('replaces just that part', () => {
    const config = load({ DATABASE_URL: outside.DATABASE_URL });
    expect(config.embedded).toEqual({ postgres: false, temporal: true, sandbox: true });
    expect(config.databaseUrl).toBe(outside.DATABASE_URL);
  });

  test('ALTEGIO_BASE_URL loses its trailing slash and needs both tokens', () => {
    expect(load(outside).altegioBaseUrl).toBe('https://api.example.com/api/v1');
    expect(() => load({ ...outside, ALTEGIO_USER_TOKEN: '' })).toThrow(/^ALTEGIO_USER_TOKEN is not set/);
  });
});

describe('one role', () => {
  test.each(['DATABASE_URL', 'TEMPORAL_ADDRESS', 'ALTEGIO_BASE_URL', 'ADMIN_TOKEN', 'SECRETS_KEY'])(
    'needs %s and says so in one sentence',
    (name) => {
      const env = { ...outside, ROLE: 'api', [name]: '' };
      expect(() => load(env)).toThrow(new RegExp(`^${name} is not set: ROLE=api [^.]+\\.$`));
    },
  );

  test('makes no secrets and no data folder', () => {
    const away = join(folder, 'away');
    expect(load({ ...outside, ROLE: 'worker', DATA_DIR: away }).embedded).toEqual({
      postgres: false,
      temporal: false,
      sandbox: false,
    });
    expect(() => statSync(away)).toThrow(/ENOENT/);
  });
});

describe('a wrong variable', () => {
  test.each([
    ['PORT', '70000', 'PORT must be a port number from 1 to 65535, but is "70000".'],
    ['PORT', '3e3', 'PORT must be a port number from 1 to 65535, but is "3e3".'],
    ['ROLE', 'both', 'ROLE must be one of all, api, worker, but is "both".'],
    [
      'TEMPORAL_ADDRESS',
      'http://x',
      'TEMPORAL_ADDRESS must be host:port, such as temporal.example.com:7233, but is "http://x".',
    ],
    [
      'ALTEGIO_BASE_URL',
      'https://x/',
      'ALTEGIO_BASE_URL must be an http(s) address that ends in /api/v1, but is "https://x/".',
    ],
    ['ALTEGIO_TIMEOUT_MS', '-1', 'ALTEGIO_TIMEOUT_MS must be milliseconds from 100 to 60000, but is "-1".'],
    ['SERVICE_EMAIL', 'nobody', 'SERVICE_EMAIL must be an e-mail address, but is "nobody".'],
  ])('%s=%s is explained', (name, value, sentence) => {
    expect(() => load({ [name]: value })).toThrow(new ConfigError(sentence));
  });

  test.each([
    ['ADMIN_TOKEN', 'short-secret'],
    ['SECRETS_KEY', 'not hexadecimal'],
    ['DATABASE_URL', 'mysql://u:password@x/y'],
  ])('%s is explained without repeating the secret', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(new RegExp(`^${name} must be [^"]+\\.$`));
  });
});
