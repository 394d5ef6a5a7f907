import { defineConfig } from 'vitest/config';
import { packageRoot } from '../worker/paths.ts';
import { MatrixLast } from './setup/matrix-last.ts';

export default defineConfig({
  root: packageRoot,
  test: {
    pool: 'forks',
    // Loading Temporal's client and worker anew for every file would cost more than many of the tests.
    isolate: false,
    // Most tests wait, for windows of Altegio and for Temporal: more of them than processors keep two processors busy.
    maxWorkers: 3,
    // Fewer small collections: what these processes do most is allocate.
    execArgv: ['--max-semi-space-size=32'],
    sequence: { sequencer: MatrixLast },
    // Temporal's client repeats a failed call by a timer that nobody can take back. Where a test cuts Temporal off and then
    // closes the connection, the timer fires into the closed channel while the next file of the process runs.
    onUnhandledError: ({ message, stack }) =>
      !(message === 'Channel has been shut down' && stack?.includes('grpc-retry')),
    // For tests that say they are concurrent: cells of the fault matrix, which mostly wait.
    maxConcurrency: 24,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // Plain words to run one kind: `npx vitest run --config test/vitest.config.ts --project pure`.
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: ['test/{unit,property,sandbox}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/{service,replay,fault,browser}/**/*.test.ts'],
          globalSetup: ['test/setup/global.ts'],
        },
      },
      // The workflow suite once more with no workflow kept in memory: every task replays its history from the start, so
      // that code which is not deterministic fails here. Files whose stand runs the worker in this process and whose
      // subject is what workflows do; doors, ledger and client alone would replay nothing. Temporal's worker drops a local
      // activity whose workflow is put away meanwhile and runs it again after the workflow task's 10 s, so a till is now
      // and then told 202 first (the stand asks again); files whose subject is an answer in time (limits, first-contact,
      // outage) would measure that.
      {
        extends: true,
        test: {
          name: 'uncached',
          include: [
            'test/service/{payment,external,lost-answers,workflow-view}.test.ts',
            'test/fault/passing-read.test.ts',
          ],
          globalSetup: ['test/setup/global.ts'],
          provide: { maxCachedWorkflows: 0 },
        },
      },
      // Only for `npm run record`: drives every path of every workflow and keeps its history for the replay tests.
      {
        extends: true,
        test: { name: 'record', include: ['test/replay/record.ts'], globalSetup: ['test/setup/global.ts'] },
      },
    ],
  },
});
