// `npm run demo` as a person runs it: the built program against the built product, in a place of its own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../worker/paths.ts';
import { build, ownPlace, Product, type OwnPlace } from '../setup/product.ts';

let place: OwnPlace;
beforeAll(async () => {
  build();
  place = await ownPlace();
});
afterAll(() => place.remove());

/** Runs the demo to its end. */
function demo(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', 'demo.js')], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TEMPORAL_CLI: process.env['TEMPORAL_CLI'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** What the trace must say, in this order. */
const trace = [
  /^ 1\. The till looks a customer up by phone\.$/m,
  /Both books before the payment\.\n\s+ledger (\d+\.\d\d) = Altegio \1$/m,
  /tenders: bonus 30\.00, money 70\.00; earned 3\.50/,
  /Both books after the payment\.\n\s+ledger (\d+\.\d\d) = Altegio \1$/m,
  /calls to Altegio for it: 1 read, 1 write$/m,
  /by hand: \+50\.00.*\n\s+ledger \d+\.\d\d ≠ Altegio/,
  /Altegio's webhook: record \d+ create, answered 200$/m,
  /external \+50\.00 \(staff_top_up\)\n\s+ledger (\d+\.\d\d) = Altegio \1$/m,
  /by hand: −20\.00.*\n\s+ledger \d+\.\d\d ≠ Altegio/,
  /Altegio's webhook: record \d+ update, answered 200$/m,
  /external −20\.00 \(staff_withdrawal\)\n\s+ledger (\d+\.\d\d) = Altegio \1$/m,
  /payment:101:demo-\S+: completed\n\s+→ Altegio read \S+\n\s+→ ledger commit: bonus 30\.00, money 70\.00, earned 3\.50\n\s+→ Altegio write -26\.50 confirmed/,
  /reconciliation:\S+: completed\n\s+→ Altegio read \S+\n\s+→ ledger commit: external 50\.00$/m,
  /reconciliation:\S+: completed\n\s+→ Altegio read \S+\n\s+→ ledger commit: external -20\.00$/m,
  /^Every step happened, and both books are equal: \d+\.\d\d\.$/m,
];

function expectTrace(output: string): void {
  let rest = output;
  for (const line of trace) {
    const found = line.exec(rest);
    expect(found, `${String(line)} is missing in:\n${output}`).not.toBeNull();
    rest = rest.slice((found?.index ?? 0) + 1);
  }
  // A file or a pipe gets no colours.
  expect(output).not.toContain('\u001b');
}

describe('npm run demo with a running stack', () => {
  let product: Product;
  beforeAll(async () => {
    product = new Product(place.env);
    await product.printed(/^Ready\. Ctrl-C/m, 90_000);
  });
  afterAll(async () => {
    expect(await product.stop()).toBe(0);
  });

  test('plays the main job against it, again and again', { timeout: 180_000 }, async () => {
    const first = await demo(place.env);
    expect(first.code, first.output).toBe(0);
    expectTrace(first.output);
    expect(first.output).toMatch(/cardIssue:acc_\S+: completed\n\s+→ card found in Altegio and linked/);
    const second = await demo(place.env);
    expect(second.code, second.output).toBe(0);
    expectTrace(second.output);
    const links = second.output.match(/http\S+\/namespaces\/default\/workflows\/\S+/g) ?? [];
    expect(links).toHaveLength(3);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });

  test('tops a customer up when nobody has enough', { timeout: 180_000 }, async () => {
    const control = `http://localhost:${place.env['SANDBOX_PORT']}/control`;
    const cards = (await (await fetch(`${control}/cards`)).json()) as { id: number; balance: string }[];
    for (const { id: cardId, balance } of cards) {
      const amount = (29 - Number(balance)).toFixed(2);
      if (Number(amount) >= 0) continue;
      const body = JSON.stringify({ cardId, amount });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${control}/staff/adjust`, { method: 'POST', headers, body });
    }
    const { code, output } = await demo(place.env);
    expect(code, output).toBe(0);
    expect(output).toContain('nobody had 30.00 to give, so an operator has added 100.00');
    expectTrace(output);
  });

  test('says which step did not happen', { timeout: 120_000 }, async () => {
    const control = `http://localhost:${place.env['SANDBOX_PORT']}/control`;
    const headers = { 'content-type': 'application/json' };
    await fetch(`${control}/webhooks`, { method: 'POST', headers, body: '{"lost":1}' });
    const { code, output } = await demo(place.env);
    expect(code).toBe(1);
    expect(output.trim().split('\n').at(-1)).toMatch(/^The webhook of the appointment was not accepted: .+\.$/);
  });
});

describe('npm run demo without one', () => {
  test('starts the stack, and stops what it started', { timeout: 180_000 }, async () => {
    const own = await ownPlace();
    const { code, output } = await demo(own.env);
    expect(code, output).toBe(0);
    expectTrace(output);
    expect(existsSync(join(own.dataDir, 'run.json'))).toBe(false);
    own.remove();
  });

  test.each([
    [
      { ALTEGIO_BASE_URL: 'https://api.alteg.io/api/v1', ALTEGIO_PARTNER_TOKEN: 'p', ALTEGIO_USER_TOKEN: 'u' },
      'The demo makes up traffic and refuses: ALTEGIO_BASE_URL is set, so Altegio is not the embedded sandbox.\n',
    ],
    [
      { DATABASE_URL: 'postgres://bonus:secret@db.example.com/bonus' },
      'The demo makes up traffic and refuses: DATABASE_URL is set, so the database is not the embedded one.\n',
    ],
  ])('refuses in one sentence with %o', async (env, sentence) => {
    const own = await ownPlace();
    const { code, output } = await demo({ ...own.env, ...env });
    expect(code).toBe(1);
    expect(output).toBe(sentence);
    expect(existsSync(join(own.dataDir, 'admin-token'))).toBe(false);
    own.remove();
  });
});
