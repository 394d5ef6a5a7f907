/** The stack of a run: the whole product on ports and data of its own, with customers, sales and things to be named. */
import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exampleProgram } from '../../worker/example-program.ts';
import { loadConfig } from '../../worker/config.ts';
import { StartError } from '../../worker/errors.ts';
import { freePort } from '../../worker/ports.ts';
import { startStack, type Stack } from '../../worker/stack.ts';
import type { Report } from '../../worker/steps.ts';

/** The run is about the contract, not about Altegio's call budget: it is raised on both sides. */
export const BUDGET = { perSecond: 500, perMinute: 30_000 } as const;
const CUSTOMERS = 12;
const LOCATION = 101;
const TRIES = 20;

/** A running stack with what the hooks name. */
export interface Place {
  readonly stack: Stack;
  readonly baseUrl: string;
  readonly sandboxUrl: string;
  readonly tillKey: string;
  readonly adminToken: string;
  readonly folder: string;
  readonly seeds: Seeds;
}

/** See hooks.py. */
interface Seeds {
  readonly now: string;
  /** What exists, by the name of the field or the collection that it fills. */
  readonly known: Readonly<Record<string, readonly (string | number)[]>>;
  /** What a call that would disturb the others is given instead, whatever was drawn. */
  readonly own: Readonly<Record<string, { readonly path?: object; readonly body?: object }>>;
}

/** Ports and data of its own; the environment's other settings hold. */
async function configOf(folder: string) {
  const [PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, POSTGRES_PORT] = await Promise.all(
    Array.from({ length: 5 }, async () => String(await freePort())),
  );
  const { perSecond, perMinute } = BUDGET;
  return loadConfig({
    TEMPORAL_CLI: process.env['TEMPORAL_CLI'],
    PORT,
    SANDBOX_PORT,
    TEMPORAL_PORT,
    TEMPORAL_UI_PORT,
    POSTGRES_PORT,
    DATA_DIR: folder,
    LOG_LEVEL: 'error',
    ALTEGIO_REQUESTS_PER_SECOND: String(perSecond),
    ALTEGIO_REQUESTS_PER_MINUTE: String(perMinute),
  });
}

/** Starts it. @throws StartError with one sentence. */
export async function startPlace(report: Report, cancelled: AbortSignal): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'bonus-fuzz-'));
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(folder, 0o711);
  const config = await configOf(folder);
  const stack = await startStack(config, report, cancelled);
  const place = {
    stack,
    folder,
    baseUrl: `http://127.0.0.1:${config.port}`,
    sandboxUrl: `http://127.0.0.1:${config.sandboxPort}`,
    tillKey: stack.tillKey ?? '',
    adminToken: config.adminToken,
  };
  try {
    return { ...place, seeds: await report.step('Customers and sales', () => sow(place)) };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

type Ask = <T>(path: string, schema: z.ZodType<T>, body?: unknown, method?: string) => Promise<T>;

/** Calls of all three sides; the token is the one of the door. */
function asker({ baseUrl, sandboxUrl, tillKey, adminToken }: Omit<Place, 'seeds' | 'stack'>): Ask {
  return async (path, schema, body, method = body === undefined ? 'GET' : 'POST') => {
    const token = path.startsWith('/v1') ? tillKey : adminToken;
    const send = () =>
      fetch(`${path.startsWith('/control') ? sandboxUrl : baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(20_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    let answer = await send();
    // A card that is met for the first time may still be being taken over.
    for (let tries = 1; answer.status === 503 && tries < TRIES; tries += 1) {
      await sleep(500);
      answer = await send();
    }
    const text = await answer.text();
    if (!answer.ok) throw new StartError(`The set-up failed at ${path} with ${answer.status}: ${text.slice(0, 300)}`);
    return schema.parse(text === '' ? null : JSON.parse(text));
  };
}

const id = z.object({ id: z.string() });
const ids = z.array(z.object({ id: z.number() }));
const clients = z.array(z.object({ locationId: z.number(), phone: z.string() }));
const found = z.object({ account: z.object({ id: z.string(), card: z.object({ number: z.string().nullable() }) }) });
const sold = z.object({ id: z.string(), receipt: z.string(), workflowId: z.string() });
const connection = z.object({ chain: z.object({ id: z.number() }), webhookUrl: z.string() });
const adjusted = z.object({ workflowId: z.string() });

/** Things that requests can name. */
async function sow(place: Omit<Place, 'seeds'>): Promise<Seeds> {
  const ask = asker(place);
  await ask('/control/limits', z.unknown(), BUDGET);
  const { chain, webhookUrl } = await ask(`/api/connections/${LOCATION}`, connection);
  const people = (await ask('/control/clients', clients)).filter(({ locationId }) => locationId === LOCATION);
  const phones = people.slice(0, CUSTOMERS).map(({ phone }) => `+${phone}`);
  const accounts = [];
  for (const phone of phones) accounts.push((await ask('/v1/lookups', found, { phone })).account);
  const sales = [];
  for (const [index, account] of accounts.entries()) {
    const sale = {
      receipt: `SEED-${index}`,
      accountId: account.id,
      total: '100.00',
      redeem: index % 2 ? 'max' : 'none',
    };
    sales.push(await ask('/v1/payments', sold, sale));
  }
  const workflowIds = sales.map(({ workflowId }) => workflowId);
  for (const { id: accountId } of accounts.slice(0, 3)) {
    const change = { amount: '5.00', reason: 'for the fuzzer' };
    workflowIds.push((await ask(`/api/accounts/${accountId}/adjustments`, adjusted, change)).workflowId);
  }
  const program = await otherProgram(ask, chain.id);
  const key = await ask('/api/keys', id, { locationId: LOCATION, name: 'Switched on and off' });
  const cardNumbers = accounts.flatMap(({ card }) => card.number ?? []);
  const token = webhookUrl.split('/').at(-1) ?? '';
  const accountIds = accounts.map((account) => account.id);
  const paymentIds = sales.map((sale) => sale.id);
  return {
    now: new Date().toISOString(),
    known: {
      accountId: accountIds,
      accounts: accountIds,
      payments: paymentIds,
      programs: [program],
      keys: [key.id],
      phone: phones,
      cardNumber: cardNumbers,
      receipt: sales.map(({ receipt }) => receipt),
      workflowId: workflowIds,
      chainId: [chain.id],
      locationId: [LOCATION],
      token: [token],
      company_id: [LOCATION],
    },
    own: {
      'PUT /api/programs/{id}': { path: { id: program } },
      'PATCH /api/keys/{id}': { path: { id: key.id } },
      'PUT /api/chains/{chainId}/writing': { body: { on: true } },
    },
  };
}

/** A second program, of a card type that none of the customers has: it may be changed as one likes. */
async function otherProgram(ask: Ask, chainId: number): Promise<string> {
  const types = await ask(`/api/chains/${chainId}/card-types`, ids);
  const body = exampleProgram('Fuzzed', chainId, types.at(-1)?.id ?? 0);
  return (await ask('/api/programs', id, { ...body, locations: [LOCATION + 1] })).id;
}
