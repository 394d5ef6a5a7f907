// `npm run site:new` as a person runs it: the built command against the built product, then the curl it prints.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../worker/paths.ts';
import { readKept } from '../../worker/secrets.ts';
import { build, ownPlace, type OwnPlace, Product } from '../setup/product.ts';
import { call } from './stand.ts';
import { until } from './until.ts';

let place: OwnPlace;
let product: Product | null = null;
beforeAll(async () => {
  build();
  place = await ownPlace();
  product = new Product(place.env);
  await product.printed(/^Ready\. Ctrl-C/m, 90_000);
}, 240_000);
afterAll(async () => {
  await product?.stop();
  place?.remove();
});

/** Runs the command to its end. */
function siteNew(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', 'site-new.js'), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** Runs the printed line as it was pasted into a shell. */
async function paste(output: string) {
  const line = /^ +(curl .+)$/m.exec(output)?.[1] ?? '';
  const { stdout } = await promisify(execFile)('bash', ['-c', line]);
  return JSON.parse(stdout);
}

const operator = (path: string) =>
  call(`http://localhost:${place.env['PORT']}/api${path}`, {
    headers: { authorization: `Bearer ${readKept(place.dataDir, 'admin-token') ?? ''}` },
  });

/** The row's own check: earn 2.00 on 40.00, the same again posts nothing, and the books are equal. */
async function earnsOnce(output: string, provider: string): Promise<void> {
  const first = await paste(output);
  expect(first).toMatchObject({ state: 'CAPTURED', total: '40.00', accrued: '2.00', replayed: false });
  const { id } = first.account;
  const transfers = async () => (await operator(`/accounts/${id}/transfers`)).body.items.length;
  const posted = await transfers();
  const { mirror: _now, ...again } = await paste(output);
  const { mirror: _then, ...before } = first;
  expect(again).toEqual({ ...before, replayed: true });
  expect(await transfers()).toBe(posted);
  await until('both books are equal', async () => {
    const { body } = await operator(`/accounts/${id}`);
    return body.state === 'matched' && body.drift === '0.00' && body.provider === provider ? true : body;
  });
}

describe('npm run site:new', () => {
  it('P-14 builds a working location of the sandbox, of the ledger alone and prints the next steps, and the sale it prints earns once', async () => {
    const own = await siteNew('--name', 'Corner Shop', '--provider', 'own');
    expect(own.code, own.output).toBe(0);
    expect(own.output).toMatch(
      /^Corner Shop works: location 9000000000001 \(Corner Shop\), the ledger is the only book\.$/m,
    );
    for (const part of [
      /Program {3}Corner Shop \(prg_\w{26}\), new/,
      /Till {6}Till 1, key pos_[\w-]{43}/,
      /Customer {2}\+7700\d{7}, card \d{16}, 0\.05 points/,
    ])
      expect(own.output).toMatch(part);
    await earnsOnce(own.output, 'own');
    const seen = (await operator('/terminals')).body.items;
    expect(seen).toMatchObject([{ terminal: 'Till 1', locationName: 'Corner Shop', silent: false }]);

    const salon = await siteNew('--name', 'Demo');
    expect(salon.code, salon.output).toBe(0);
    expect(salon.output).toMatch(/^Demo works: location 102 \(Sandbox Berlin\), Altegio keeps the second book\.$/m);
    await earnsOnce(salon.output, 'altegio');
  });

  it('says in one sentence what is missing or cannot be done, and makes nothing', async () => {
    const before = (await operator('/locations')).body.items.length;
    for (const [args, sentence] of [
      [[], /^--name is missing\./],
      [['--name', 'X', '--provider', 'none'], /^--provider is own or altegio\./],
      [['--name', 'X', '--colour', 'red'], /Unknown option '--colour'/],
      [['--name', 'X', '--time-zone', 'Mars/Base'], /^--time-zone must be an IANA time zone/],
    ] as const) {
      const { code, output } = await siteNew(...args);
      expect(code).toBe(1);
      expect(output).toMatch(sentence);
    }
    expect((await operator('/locations')).body.items).toHaveLength(before);
  });
});
