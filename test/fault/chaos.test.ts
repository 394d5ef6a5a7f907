// `npm run chaos` as a person runs it: the built program, a fixed seed, every kind of process killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { KINDS } from '../../worker/chaos/book.ts';
import { packageRoot } from '../../worker/paths.ts';
import { build } from '../setup/product.ts';

const SEED = 7;
const counts = z.record(z.string(), z.int());
const report = z.object({
  operations: z.int(),
  succeeded: z.int(),
  done: counts,
  kills: counts,
  endedByItself: counts,
  faults: counts,
  figures: z.object({ writesSent: z.int(), writesApplied: z.int(), inDoubt: z.int(), resolved: z.int() }),
  quiet: z.boolean(),
  contradictions: z.array(z.string()),
  totals: z.object({ ledger: z.string(), cards: z.string(), own: z.string() }),
  differences: z.object({ ledgerAndCard: z.string(), ledgerAndOwn: z.string(), cardAndOwn: z.string() }),
  customers: z.array(z.object({ customer: z.int() })),
});

interface Run {
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
}
const running = new Set<Run>();

/** Starts the command. */
function chaos(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', 'chaos.js'), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TEMPORAL_CLI: process.env['TEMPORAL_CLI'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, output: '', code: new Promise<number | null>((resolve) => child.once('close', resolve)) };
  running.add(run);
  void run.code.then(() => running.delete(run));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (run.output += chunk.toString()));
  }
  return run;
}

const folder = mkdtempSync(join(tmpdir(), 'bonus-chaos-test-'));
const dataDir = join(folder, 'data');
let output: string;
let code: number | null;
let found: z.infer<typeof report>;
beforeAll(async () => {
  build();
  const json = join(folder, 'report.json');
  const run = chaos(['--operations', '60', '--seed', String(SEED), '--json', json, '--data-dir', dataDir]);
  code = await run.code;
  ({ output } = run);
  expect(code, output).toBe(0);
  found = report.parse(JSON.parse(readFileSync(json, 'utf8')));
}, 400_000);
afterAll(async () => {
  // A run that took too long takes its stack along.
  for (const { child, code: ended } of running) {
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

it('B-16 one command plays, kills and breaks, prints a table, and ends with 0 differences', () => {
  expect(found.operations).toBe(60);
  // On a busy machine tills give up more often; runs of 500 and more are void under 60 %.
  expect(found.succeeded).toBeGreaterThanOrEqual(15);
  for (const kind of KINDS) expect(found.done[kind], kind).toBeGreaterThanOrEqual(1);
  expect(found.differences).toEqual({ ledgerAndCard: '0.00', ledgerAndOwn: '0.00', cardAndOwn: '0.00' });
  expect(found.totals.cards).toBe(found.totals.ledger);
  expect(found.totals.own).toBe(found.totals.ledger);
  expect(found.customers.length).toBeGreaterThanOrEqual(20);
  expect(found.figures.writesApplied).toBeGreaterThan(0);
  expect(found.figures.inDoubt).toBe(found.figures.resolved);
  expect(Object.values(found.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5);
  for (const label of ['operations', 'faults', 'restarts after kill -9', 'writes sent', 'writes applied', 'in doubt'])
    expect(output).toMatch(new RegExp(`^  ${label} +\\d+`, 'm'));
  expect(output).toContain('All three sums agree: 0 differences.');
  expect(output.split('\n').filter((line) => line.length > 100)).toEqual([]);
  // Nothing is left behind.
  expect(() => readdirSync(dataDir)).toThrow(/ENOENT/);
});

it('W-07 worker, API, PostgreSQL, Temporal and sandbox killed while points move: all ends right by itself', () => {
  for (const part of ['worker', 'api', 'postgres', 'temporal', 'sandbox']) {
    expect(found.kills[part], part).toBeGreaterThanOrEqual(1);
  }
  expect(found.quiet).toBe(true);
  expect(found.contradictions).toEqual([]);
  expect(found.differences).toEqual({ ledgerAndCard: '0.00', ledgerAndOwn: '0.00', cardAndOwn: '0.00' });
  // No process of the product ends because another one has: it waits for it.
  expect(found.endedByItself).toEqual({ worker: 0, api: 0, postgres: 0, temporal: 0, sandbox: 0 });
});

it('refuses what points to something real, a folder in use and bad arguments, with exit code 2', async () => {
  const refused = [
    chaos([], { DATABASE_URL: 'postgres://bonus:secret@db.example.com/bonus' }),
    chaos(['--data-dir', packageRoot]),
    chaos(['--operations', 'many']),
  ];
  expect(await Promise.all(refused.map(({ code: ended }) => ended))).toEqual([2, 2, 2]);
  for (const { output: said } of refused) expect(said.trim().split('\n')).toHaveLength(1);
  expect(refused[0]?.output).toContain('DATABASE_URL is set');
});

it('stopped by a signal, it ends its processes and removes its folder', { timeout: 60_000 }, async () => {
  const place = join(folder, 'stopped');
  const run = chaos(['--operations', '60', '--seed', '1', '--data-dir', place]);
  await new Promise<void>((resolve) => {
    run.child.stdout.on('data', () => /Temporal ready/.test(run.output) && resolve());
  });
  run.child.kill('SIGINT');
  expect(await run.code).toBe(1);
  expect(run.output).toContain('Stopped before the run had ended.');
  expect(() => readdirSync(place)).toThrow(/ENOENT/);
});
