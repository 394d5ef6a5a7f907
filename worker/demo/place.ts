/** Where the demo plays: the stack that runs in the data folder, or one that it starts and stops itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig, type Config } from '../config.ts';
import { runningParts } from '../run-file.ts';
import { readKept } from '../secrets.ts';
import { parseSettings } from '../settings.ts';
import { startStack } from '../stack.ts';
import type { Report } from '../steps.ts';
import { DemoFailure } from './errors.ts';

/** A stack that is ready. */
export interface Place {
  readonly config: Config;
  readonly tillKey: string;
  /** The Temporal UI, without a trailing slash. */
  readonly uiUrl: string;
  /** Rejects when a part ends that the demo has started. */
  readonly failed: Promise<never>;
  /** Stops what the demo has started; nothing else. */
  close(): Promise<void>;
}

/** A stack that is just starting gets that long. */
const READY_MS = 90_000;
const PROBE_MS = 3_000;
const never = new Promise<never>(() => {});

/**
 * Finds the running stack, or starts one.
 * @throws StartError with one sentence: the demo makes up traffic, so it plays against our sandbox and database only.
 */
export async function findPlace(env: NodeJS.ProcessEnv, report: Report, cancelled: AbortSignal): Promise<Place> {
  refuseForeign(env);
  const config = loadConfig(env);
  const uiUrl = config.temporalUiUrl;
  if (uiUrl === null) {
    throw new DemoFailure('The demo links to the Temporal UI: set TEMPORAL_UI_URL to the UI of your Temporal server.');
  }
  const parts = await runningParts(config.dataDir);
  if (parts === null) return await startPlace(config, uiUrl, report, cancelled);
  await untilReady(config, cancelled);
  await refuseForeignStack(config);
  await requireControl(config);
  return { config, uiUrl, tillKey: keptTillKey(config), failed: never, close: async () => {} };
}

/** Before anything is made or asked: variables that point away from our own parts. */
function refuseForeign(env: NodeJS.ProcessEnv): void {
  const { ALTEGIO_BASE_URL, DATABASE_URL, ROLE } = parseSettings(env);
  const why = ALTEGIO_BASE_URL
    ? 'ALTEGIO_BASE_URL is set, so Altegio is not the embedded sandbox'
    : DATABASE_URL
      ? 'DATABASE_URL is set, so the database is not the embedded one'
      : ROLE !== 'all'
        ? `ROLE is ${ROLE}, so the parts are not the embedded ones`
        : null;
  if (why) throw new DemoFailure(`The demo makes up traffic and refuses: ${why}.`);
}

/** The running stack may have been started with another environment than the demo's. */
async function refuseForeignStack({ dataDir }: Config): Promise<void> {
  const parts = (await runningParts(dataDir)) ?? [];
  for (const [part, what] of [
    ['the Altegio sandbox', 'Altegio'],
    ['PostgreSQL', 'database'],
  ] as const) {
    if (parts.includes(part)) continue;
    throw new DemoFailure(
      `The demo makes up traffic and refuses: the stack in ${dataDir} runs with another ${what} than the embedded one.`,
    );
  }
}

async function startPlace(config: Config, uiUrl: string, report: Report, cancelled: AbortSignal): Promise<Place> {
  report.line(`No stack runs in ${config.dataDir}: starting one for the demo.`);
  const stack = await startStack(config, report, cancelled);
  try {
    await requireControl(config);
    return { config, uiUrl, tillKey: keptTillKey(config), failed: stack.failed, close: () => stack.close() };
  } catch (error) {
    await stack.close().catch(() => {});
    throw error;
  }
}

function keptTillKey({ dataDir }: Config): string {
  const key = readKept(dataDir, 'till-key');
  if (key === null) throw new DemoFailure(`There is no till key in ${dataDir}: let npm start finish its first set-up.`);
  return key;
}

async function untilReady(config: Config, cancelled: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    cancelled.throwIfAborted();
    const { port, dataDir } = config;
    const ready = readKept(dataDir, 'till-key') !== null && (await answers(`http://127.0.0.1:${port}/readyz`));
    if (ready) return;
    if (Date.now() > deadline || (await runningParts(dataDir)) === null) {
      throw new DemoFailure(
        `The stack in ${dataDir} does not answer on port ${port}: give the demo the same PORT, or look into its log.`,
      );
    }
    await sleep(250);
  }
}

async function requireControl({ sandboxPort }: Config): Promise<void> {
  if (await answers(`http://127.0.0.1:${sandboxPort}/control/cards`)) return;
  throw new DemoFailure(
    `The demo refuses: Altegio at port ${sandboxPort} is not our sandbox, for it has no /control/cards.`,
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
