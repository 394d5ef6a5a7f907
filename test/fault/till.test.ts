// `npm run till` as a person runs it, short: a few terminals on the built program, Altegio's stand-in well.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../worker/paths.ts';
import { build } from '../setup/product.ts';

const SEED = 30;
const counts = z.record(z.string(), z.int());
const report = z.object({
  played: z.int(),
  counts,
  receipts: counts,
  answers: z.object({ statuses: counts, broken: z.int(), late: z.int() }),
  quiet: z.boolean(),
  isVoid: z.boolean(),
  contradictions: z.array(z.string()),
  totals: z.object({ ledger: z.string(), cards: z.string(), own: z.string() }),
  differences: z.object({ ledgerAndCard: z.string(), ledgerAndOwn: z.string(), cardAndOwn: z.string() }),
});

const folder = mkdtempSync(join(tmpdir(), 'bonus-till-test-'));
/** Ends what a test that took too long left running. */
const running = new Set<() => Promise<unknown>>();

/** Runs the command to its end. */
async function till(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', 'till.js'), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TEMPORAL_CLI: process.env['TEMPORAL_CLI'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  running.add(end);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const code = await ended;
  running.delete(end);
  return { code, output };
}

beforeAll(build);
afterAll(async () => {
  for (const end of running) await end();
  rmSync(folder, { recursive: true, force: true });
});

it(
  'terminals that lose answers, send again and are switched off agree with both books to the cent',
  {
    timeout: 200_000,
  },
  async () => {
    const json = join(folder, 'report.json');
    const args = ['--terminals', '4', '--minutes', '0.3', '--seed', String(SEED), '--json', json];
    const { code, output } = await till(args);
    expect(code, output).toBe(0);
    const found = report.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(found.quiet).toBe(true);
    expect(found.contradictions).toEqual([]);
    expect(found.differences).toEqual({ ledgerAndCard: '0.00', ledgerAndOwn: '0.00', cardAndOwn: '0.00' });
    expect([found.totals.cards, found.totals.own]).toEqual([found.totals.ledger, found.totals.ledger]);
    expect(found.answers).toMatchObject({ broken: 0, late: 0 });
    expect(Object.keys(found.answers.statuses).filter((status) => Number(status) >= 500 && status !== '503')).toEqual(
      [],
    );
    // Points moved, and what the run is about has happened; too seldom to count, which it says.
    expect(found.receipts['CAPTURED']).toBeGreaterThanOrEqual(10);
    for (const name of ['lost', 'sameKey', 'newKey', 'reboot', 'capture', 'void', 'refund', 'batch'])
      expect(found.counts[name], name).toBeGreaterThanOrEqual(1);
    expect(found.isVoid).toBe(false);
    expect(output).toContain('holds left to expire: 0 of 10');
    expect(output).toContain('0 differences');
    expect(output.split('\n').filter((line) => line.length > 100)).toEqual([]);
  },
);

it('refuses what points to something real, and bad arguments, with exit code 2', async () => {
  const refused = await Promise.all([
    till([], { DATABASE_URL: 'postgres://bonus:secret@db.example.com/bonus' }),
    till(['--data-dir', packageRoot]),
    till(['--terminals', 'many']),
  ]);
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
  for (const { output } of refused) expect(output.trim().split('\n')).toHaveLength(1);
});
