import { z } from 'zod';
import type { Config } from './config.ts';
import { exampleProgram } from './example-program.ts';
import { StartError } from './errors.ts';
import { keep, readKept } from './secrets.ts';

const locationId = 101;
const cardTypeTitle = 'Cashback';
const connection = z.object({ chain: z.object({ id: z.union([z.int(), z.string()]) }) });
const cardTypes = z.array(z.object({ id: z.union([z.int(), z.string()]), title: z.string() }));
const tillKey = z.object({ key: z.string() });

/**
 * Connects the sandbox's first salon, makes a program and a till key through our own operator door, as a person would;
 * once a data folder. Only ever called for the embedded sandbox.
 * @returns the till key.
 */
export async function firstSetUp(config: Config): Promise<string> {
  const kept = readKept(config.dataDir, 'till-key');
  if (kept) return kept;
  const { chain } = connection.parse(await call(config, 'POST', '/api/connections', { locationId }));
  const types = cardTypes.parse(await call(config, 'GET', `/api/chains/${chain.id}/card-types`));
  const type = types.find(({ title }) => title === cardTypeTitle);
  if (!type) throw new StartError(`The first set-up found no card type "${cardTypeTitle}" in the sandbox.`);
  await call(config, 'POST', '/api/programs', exampleProgram('Bonus', chain.id, type.id));
  const made = tillKey.parse(await call(config, 'POST', '/api/keys', { locationId, name: 'Till 1' }));
  return keep(config.dataDir, 'till-key', made.key);
}

async function call(config: Config, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${config.port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${config.adminToken}`,
      'content-type': 'application/json',
      // A set-up that was killed half-way and runs again makes nothing twice.
      ...(method === 'POST' ? { 'idempotency-key': `first-set-up:${path}` } : {}),
    },
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.ok) return answer.json();
  const text = (await answer.text()).slice(0, 300);
  throw new StartError(`The first set-up failed at ${method} ${path} with ${answer.status}: ${text}`);
}
