// docker-compose.yml and Dockerfile against the rules of the format and against the product; no engine needed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../worker/config.ts';
import { packageRoot } from '../../worker/paths.ts';
import { variableNames } from '../../worker/settings.ts';

const text = readFileSync(join(packageRoot, 'docker-compose.yml'), 'utf8');
const service = z.strictObject({
  image: z.string().optional(),
  build: z.string().optional(),
  init: z.boolean().optional(),
  restart: z.string().optional(),
  profiles: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      start_period: z.string().optional(),
      retries: z.int(),
    })
    .optional(),
  ports: z.array(z.string().regex(/^(127\.0\.0\.1:)?\d+:\d+$/)).optional(),
  volumes: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
});
const file = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});
const { services, volumes } = file.parse(parse(text, { merge: true }));
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);

const composeInstalled = spawnSync('docker-compose', ['version']).status === 0;

/** Fills in `${NAME:-default}` and `${NAME:?reason}` the way compose does. */
function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) => {
    const given = env[name];
    if (given) return given;
    if (kind === '?') throw new Error(rest);
    return rest;
  });
}

const secrets = {
  POSTGRES_PASSWORD: 'secret',
  ALTEGIO_BASE_URL: 'http://sandbox:4010/api/v1',
  ALTEGIO_PARTNER_TOKEN: 'partner',
  ALTEGIO_USER_TOKEN: 'user',
  ADMIN_TOKEN: 'a-token-of-an-operator',
  SECRETS_KEY: 'ab'.repeat(32),
};

describe('docker-compose.yml', () => {
  test('describes the whole set', () => {
    const names = ['postgres', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui'];
    expect(Object.keys(services)).toEqual([...names, 'migrate', 'api', 'worker', 'sandbox']);
    expect(text).not.toContain('auto-setup');
    expect(services['sandbox']?.profiles).toEqual(['sandbox']);
    for (const name of names.slice(1, 4)) expect(services[name]?.image).toMatch(/^temporalio\/(admin-tools|server):\d/);
  });

  test('every service has an image or a build, and every named volume is declared', () => {
    for (const [name, { image, build, volumes: mounts = [] }] of Object.entries(services)) {
      expect(image ?? build, name).toBeDefined();
      for (const mount of mounts) expect(volumes, name).toHaveProperty(mount.split(':')[0] ?? '');
    }
  });

  test('every dependency exists and can reach the state that is waited for', () => {
    for (const [name, { depends_on: needed }] of Object.entries(services)) {
      for (const [target, { condition }] of Object.entries(needed)) {
        const found = services[target];
        expect(found, `${name} → ${target}`).toBeDefined();
        if (condition === 'service_healthy') expect(found?.healthcheck, target).toBeDefined();
        // A service that always restarts never completes.
        else expect([condition, found?.restart], target).toEqual(['service_completed_successfully', 'on-failure:6']);
      }
    }
  });

  test('our services get only variables that the product reads', () => {
    const sandboxOnly = ['SANDBOX_DIR', 'SANDBOX_PARTNER_TOKEN', 'SANDBOX_USER_TOKEN'];
    for (const [name, { environment }] of ours) {
      for (const variable of Object.keys(environment)) {
        expect([...variableNames, ...(name === 'sandbox' ? sandboxOnly : [])], name).toContain(variable);
      }
    }
  });

  test.each(['api', 'worker'])('the environment of %s is a complete configuration', (name) => {
    const given = Object.entries(services[name]?.environment ?? {});
    const env = Object.fromEntries(given.map(([variable, value]) => [variable, interpolate(value, secrets)]));
    expect(loadConfig(env)).toMatchObject({
      role: name,
      databaseUrl: 'postgres://bonus:secret@postgres:5432/bonus',
      temporalAddress: 'temporal:7233',
    });
  });

  test.each(Object.keys(secrets))('a missing %s is asked for by name', (name) => {
    const values = Object.values(services).flatMap(({ environment }) => Object.values(environment));
    expect(() => values.map((value) => interpolate(value, { ...secrets, [name]: '' }))).toThrow(
      new RegExp(`^set ${name} `),
    );
  });

  test('history is kept for 40 days', () => {
    expect(services['temporal-namespace']?.command?.join()).toContain('--retention 40d');
  });

  test.runIf(composeInstalled)('compose itself accepts it', () => {
    const { status, stderr } = spawnSync('docker-compose', ['config', '--quiet'], {
      cwd: packageRoot,
      encoding: 'utf8',
      env: { ...process.env, ...secrets },
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8');
  const dockerignore = readFileSync(join(packageRoot, '.dockerignore'), 'utf8').split('\n');

  test('copies only what exists and what .dockerignore lets through', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, names]) => names?.split(' ') ?? [],
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const name of copied) {
      expect(existsSync(join(packageRoot, name)), name).toBe(true);
      expect(dockerignore, name).toContain(`!${name}`);
    }
  });

  test('does not run as root', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});
