// `npm test`: build, lint with types, then every test; the last line is always `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { findPostgres } from '../../worker/embedded/postgres-programs.ts';
import { findTemporal } from '../../worker/embedded/temporal-binary.ts';
import { packageRoot } from '../../worker/paths.ts';
import { BUILT } from './product.ts';

const reportFile = join(packageRoot, 'test-report.json');
const report = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), numFailedTestSuites: z.int() });

interface Count {
  passed: number;
  failed: number;
}

function runStep(title: string, command: string, args: readonly string[]): boolean {
  console.log(`\n— ${title}`);
  const { status, error } = spawnSync(command, args, { cwd: packageRoot, stdio: 'inherit' });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  return status === 0;
}

/** Runs a script beside others; what it says is shown when it has ended. */
async function runBeside(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', script], { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => resolve(error.message));
  });
  console.log(`\n— npm run ${script}\n${said}${code === 0 ? '' : `It ended with ${String(code)}.`}`);
  return code === 0;
}

/** Without these two no service test can run, so the person is told once instead of once a file. */
async function missingBinary(): Promise<string | null> {
  try {
    await findPostgres();
    await findTemporal({ given: process.env['TEMPORAL_CLI'] || null, progress: console.log });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function runTests(pureOnly: boolean): Count {
  rmSync(reportFile, { force: true });
  const args = [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    'pure',
    ...(pureOnly ? [] : ['real', 'uncached'].flatMap((name) => ['--project', name])),
  ];
  const output = [
    '--reporter=default',
    '--reporter=test/setup/at-once.ts',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ];
  const clean = runStep('Tests', 'npx', [...args, ...output]);
  const counted = readReport();
  // A file that does not load, or an error outside any test, fails the run without failing a test.
  const unseen = !clean && counted.failed === 0 ? 1 : 0;
  const nothingRan = counted.passed + counted.failed === 0 && clean ? 1 : 0;
  return { passed: counted.passed, failed: counted.failed + unseen + nothingRan };
}

function readReport(): Count {
  try {
    const { numPassedTests, numFailedTests } = report.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const total: Count = { passed: 0, failed: 0 };
const steps = [
  runStep('npm run build', 'npm', ['run', '--silent', 'build']),
  ...(await Promise.all(['lint:code', 'lint:imports', 'lint:format', 'lint:unused'].map((step) => runBeside(step)))),
];
for (const clean of steps) total[clean ? 'passed' : 'failed'] += 1;
if (steps[0]) process.env[BUILT] = 'yes';
const missing = await missingBinary();
if (missing !== null) {
  console.error(missing);
  total.failed += 1;
}
const tests = runTests(missing !== null);
console.log(`\n${total.passed + tests.passed} passed, ${total.failed + tests.failed} failed`);
process.exitCode = total.failed + tests.failed === 0 ? 0 : 1;
