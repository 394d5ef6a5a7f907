import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { workflowBundleFile } from '../../worker/bundle.ts';
import { startPostgres, stopPostgres } from '../../worker/embedded/postgres.ts';
import { findTemporal } from '../../worker/embedded/temporal-binary.ts';
import { startTemporal, stopTemporal } from '../../worker/embedded/temporal.ts';
import { migrate } from '../../worker/migrate.ts';
import { freePort } from '../../worker/ports.ts';
import { Teardown } from '../../worker/teardown.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the server, without a database name: append one. */
    postgresUrl: string;
    temporalAddress: string;
    temporalUiUrl: string;
    /** The workflows as one script, for `Worker.create({ workflowBundle: { codePath } })`. */
    workflowBundleFile: string;
    /** Workflows that a stand's worker keeps in memory; the worker's own default when absent. */
    maxCachedWorkflows?: number;
  }
}

/** The migrated database that every test file copies. */
export const templateDatabase = 'bonus_template';

interface Servers {
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  readonly bundleFile: string;
}

interface Shared {
  readonly servers: Promise<Servers>;
  readonly teardown: Teardown;
  projects: number;
}

/** Each project loads this module anew; the place where they meet is the process. */
const SHARED = Symbol.for('bonus-mirror.test.servers');
const meetingPlace = globalThis as { [SHARED]?: Shared };

/** One real PostgreSQL and one real Temporal for the whole run, on free ports, with nothing left behind. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const shared = (meetingPlace[SHARED] ??= begin());
  shared.projects += 1;
  const { postgresUrl, temporalAddress, temporalUiUrl, bundleFile } = await shared.servers;
  project.provide('postgresUrl', postgresUrl);
  project.provide('temporalAddress', temporalAddress);
  project.provide('temporalUiUrl', temporalUiUrl);
  project.provide('workflowBundleFile', bundleFile);
  return async () => {
    shared.projects -= 1;
    if (shared.projects === 0) await shared.teardown.close();
  };
}

function begin(): Shared {
  const teardown = new Teardown();
  // A run that is cut off (`timeout`, a closed terminal) takes its servers along.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void teardown.close().finally(() => process.exit(1)));
  return { servers: startServers(teardown), teardown, projects: 0 };
}

async function startServers(teardown: Teardown): Promise<Servers> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'bonus-test-'));
    teardown.add('the temporary folder', () => rm(folder, { recursive: true, force: true }));
    const started = [
      onceMore(() => postgres(folder, teardown)),
      onceMore(() => temporal(folder, teardown)),
      workflowBundleFile(),
    ] as const;
    // When one fails, the others must have got as far as telling how they are stopped.
    await Promise.allSettled(started);
    const [postgresUrl, { temporalAddress, temporalUiUrl }, bundleFile] = await Promise.all(started);
    await migrate(`${postgresUrl}/${templateDatabase}`);
    return { postgresUrl, temporalAddress, temporalUiUrl, bundleFile };
  } catch (error) {
    await teardown.close().catch(() => {});
    throw error;
  }
}

/** A free port may be taken by another program before our server listens on it: then another port is tried, once. */
async function onceMore<T>(start: () => Promise<T>): Promise<T> {
  return await start().catch(() => start());
}

async function postgres(folder: string, teardown: Teardown): Promise<string> {
  const port = await freePort();
  const child = await startPostgres({
    folder: join(folder, `postgres-${port}`),
    logFile: join(folder, 'postgres.log'),
    port,
    user: 'test',
    password: 'test',
    database: templateDatabase,
    fsync: false,
  });
  teardown.add('PostgreSQL', () => stopPostgres(child));
  return `postgres://test:test@127.0.0.1:${port}`;
}

async function temporal(folder: string, teardown: Teardown) {
  const binary = await findTemporal({ given: process.env['TEMPORAL_CLI'] || null });
  const [port, uiPort] = [await freePort(), await freePort()];
  const child = await startTemporal({
    binary,
    port,
    uiPort,
    namespace: 'default',
    databaseFile: null,
    logFile: join(folder, 'temporal.log'),
  });
  teardown.add('Temporal', () => stopTemporal(child));
  return { temporalAddress: `127.0.0.1:${port}`, temporalUiUrl: `http://127.0.0.1:${uiPort}` };
}
