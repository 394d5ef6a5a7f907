// Who gets the page /play, and the worker that it may stop.
import { setTimeout as delay } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../worker/config.ts';
import { createPlayground } from '../../worker/playground.ts';
import { RestartingWorker } from '../../worker/restarting-worker.ts';
import { keep } from '../../worker/secrets.ts';
import type { RunningWorker } from '../../worker/worker.ts';
import { until } from '../service/until.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'bonus-play-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const idle = { rest: () => undefined, backInMs: () => null };
const ALTEGIO = {
  ALTEGIO_BASE_URL: 'https://api.alteg.io/api/v1',
  ALTEGIO_PARTNER_TOKEN: 'p',
  ALTEGIO_USER_TOKEN: 'u',
};
const DATABASE = { DATABASE_URL: 'postgres://bonus:secret@db.example.com/bonus' };
const TEMPORAL = { TEMPORAL_ADDRESS: 'temporal.example.com:7233' };
const SECRETS = { ADMIN_TOKEN: 'x'.repeat(16), SECRETS_KEY: '0'.repeat(64) };

describe('a playground', () => {
  test('is made where Altegio and the database are embedded, with the key of the first set-up and no other', () => {
    const playground = createPlayground(loadConfig({ DATA_DIR: dataDir, SANDBOX_PORT: '4567' }), idle);
    expect(playground).toMatchObject({
      controlUrl: 'http://127.0.0.1:4567/control',
      salonUrl: 'http://localhost:4567',
    });
    expect(playground?.tillKey()).toBeNull();
    keep(dataDir, 'till-key', 'pos_of_the_first_set_up');
    expect(playground?.tillKey()).toBe('pos_of_the_first_set_up');
  });

  test.each([
    ['an Altegio that was given', ALTEGIO],
    ['a database that was given', DATABASE],
    ['a role of its own', { ROLE: 'api', ...ALTEGIO, ...DATABASE, ...TEMPORAL, ...SECRETS }],
  ])('is never made with %s', (_what, env) => {
    expect(createPlayground(loadConfig({ DATA_DIR: dataDir, ...env }), idle)).toBeNull();
  });
});

/** A worker that only counts. */
function counted() {
  const seen = { started: 0, stopped: 0, fail: (_reason: Error): void => undefined };
  const start = (): Promise<RunningWorker> => {
    seen.started += 1;
    const failed = new Promise<never>((_resolve, reject) => (seen.fail = reject));
    return Promise.resolve({
      failed,
      shutdown: () => {
        seen.stopped += 1;
        return Promise.resolve();
      },
    });
  };
  return { seen, start };
}

describe('a worker that may rest', () => {
  test('is stopped once, says when it comes back, and comes back by itself', async () => {
    const { seen, start } = counted();
    const worker = await RestartingWorker.start(start);
    expect(worker.backInMs()).toBeNull();
    worker.rest(200);
    worker.rest(60_000);
    expect(worker.backInMs()).toBeLessThanOrEqual(200);
    await until('it is back', () => Promise.resolve(worker.backInMs() === null || worker.backInMs()));
    expect(seen).toMatchObject({ started: 2, stopped: 1 });
    await worker.shutdown();
    expect(seen.stopped).toBe(2);
  });

  test('does not come back after the process was asked to stop', async () => {
    const { seen, start } = counted();
    const worker = await RestartingWorker.start(start);
    worker.rest(60_000);
    await worker.shutdown();
    worker.rest(1);
    await delay(20);
    expect(seen).toMatchObject({ started: 1, stopped: 1 });
  });

  test('fails when the one that came back fails', async () => {
    const { seen, start } = counted();
    const worker = await RestartingWorker.start(start);
    const failed = expect(worker.failed).rejects.toThrow('no more');
    worker.rest(1);
    await until('it is back', () => Promise.resolve(worker.backInMs() === null || worker.backInMs()));
    seen.fail(new Error('no more'));
    await failed;
  });
});
