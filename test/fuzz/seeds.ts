/** What a run names: customers, sales, holds and everything else that the calls of the contract are about. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exampleProgram } from '../../worker/example-program.ts';
import { StartError } from '../../worker/errors.ts';

/** The run is about the contract, not about Altegio's call budget: it is raised on both sides. */
export const BUDGET = { perSecond: 500, perMinute: 30_000 } as const;
const CUSTOMERS = 12;
/** Payments to capture and as many to void: each once. */
const HOLDS = 40;
/** Things that a call uses up or changes for good. */
const SPARE = 12;
const LOCATION = 101;
const TRIES = 20;

/** See hooks.py. */
export interface Seeds {
  readonly now: string;
  /** What exists, by the name of the field or the collection that it fills. */
  readonly known: Readonly<Record<string, readonly (string | number)[]>>;
  /** What a call that would disturb the others is given instead, whatever was drawn; of several ids one. */
  readonly own: Readonly<
    Record<string, { readonly path?: Readonly<Record<string, string[]>>; readonly body?: object }>
  >;
}

/** Where the stack answers, and with which tokens. */
export interface Doors {
  readonly baseUrl: string;
  readonly sandboxUrl: string;
  readonly tillKey: string;
  readonly adminToken: string;
}

type Ask = <T>(path: string, schema: z.ZodType<T>, body?: unknown, method?: string) => Promise<T>;

/** Calls of all three sides; the token is the one of the door. */
function asker({ baseUrl, sandboxUrl, tillKey, adminToken }: Doors): Ask {
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
    // A card that is met for the first time may still be being taken over, a sale not be decided.
    const unfinished = () => answer.status === 503 || (answer.status === 202 && path.startsWith('/v1'));
    for (let tries = 1; unfinished() && tries < TRIES; tries += 1) {
      await sleep(500);
      answer = await send();
    }
    const text = await answer.text();
    if (!answer.ok) throw new StartError(`The set-up failed at ${path} with ${answer.status}: ${text.slice(0, 300)}`);
    return schema.parse(text === '' ? null : JSON.parse(text));
  };
}

const id = z.object({ id: z.string() });
const items = z.object({ items: z.array(id) });
const ids = z.array(z.object({ id: z.number() }));
const clients = z.array(z.object({ locationId: z.number(), phone: z.string() }));
const found = z.object({ account: z.object({ id: z.string(), card: z.object({ number: z.string().nullable() }) }) });
const sold = z.object({ id: z.string(), receipt: z.string(), workflowId: z.string() });
const connection = z.object({ chain: z.object({ id: z.number() }), webhookUrl: z.string() });
const adjusted = z.object({ workflowId: z.string() });

async function several<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

const idsOf = (things: readonly { readonly id: string }[]): string[] => things.map((thing) => thing.id);

/** Things that requests can name. */
export async function sow(doors: Doors): Promise<Seeds> {
  const ask = asker(doors);
  await ask('/control/limits', z.unknown(), BUDGET);
  const { chain, webhookUrl } = await ask(`/api/connections/${LOCATION}`, connection);
  const token = webhookUrl.split('/').at(-1) ?? '';
  const people = (await ask('/control/clients', clients)).filter(({ locationId }) => locationId === LOCATION);
  const phones = people.slice(0, CUSTOMERS).map(({ phone }) => `+${phone}`);
  const accounts = await several(
    CUSTOMERS,
    async (at) => (await ask('/v1/lookups', found, { phone: phones[at] })).account,
  );
  const accountIds = idsOf(accounts);
  const program = await programOf(ask, chain.id);
  const spareProgram = await otherProgram(ask, chain.id);
  const sales = await salesUnderReview(ask, program, accountIds);
  for (const { id: sale } of sales)
    await ask(`/v1/payments/${sale}/refunds`, z.unknown(), { refund: 'SEED', amount: '0.50' });
  const elsewhere = await saleElsewhere(ask, doors);
  const capture = await holds(ask, 'C', accountIds);
  const canceled = await holds(ask, 'V', accountIds);
  const workflowIds = sales.map(({ workflowId }) => workflowId);
  for (const accountId of accountIds.slice(0, 3)) {
    const change = { amount: '5.00', reason: 'for the fuzzer' };
    workflowIds.push((await ask(`/api/accounts/${accountId}/adjustments`, adjusted, change)).workflowId);
  }
  const reviews = idsOf((await ask('/api/reviews', items)).items);
  const keys = idsOf(
    await several(SPARE, (at) => ask('/api/keys', id, { locationId: LOCATION, name: `Spare till ${at}` })),
  );
  const types = idsOf(
    await several(SPARE, (at) => ask('/api/customer-types', id, { chainId: chain.id, name: `Spare type ${at}` })),
  );
  const [typeId = '', ...unused] = types;
  const customers = idsOf(await several(SPARE, () => ask('/api/customers', id, { programId: program, typeId })));
  const batch = await ask('/api/card-batches', id, { programId: program, count: 3 });
  const day = new Date().toISOString().slice(0, 10);
  return {
    now: new Date().toISOString(),
    known: {
      accountId: accountIds,
      accounts: accountIds,
      customers,
      payments: [...idsOf(sales), elsewhere.paymentId],
      programs: [program, spareProgram],
      programId: [program],
      keys,
      'customer-types': types,
      typeId: [typeId],
      'card-batches': [batch.id],
      batchId: [batch.id],
      reviews,
      phone: phones,
      cardNumber: accounts.flatMap(({ card }) => card.number ?? []),
      receipt: sales.map(({ receipt }) => receipt),
      workflowId: workflowIds,
      chainId: [chain.id],
      locationId: [LOCATION],
      from: ['2026-01-01', day],
      to: [day],
      timeZone: ['Asia/Almaty'],
      company_id: [LOCATION],
    },
    own: {
      'POST /api/programs': { body: { chainId: elsewhere.chainId } },
      'PUT /api/programs/{id}': { path: { id: [spareProgram] } },
      'PUT /api/programs/{id}/card-range': { path: { id: [spareProgram] } },
      'PATCH /api/keys/{id}': { path: { id: keys.slice(0, 2) } },
      'POST /api/keys/{id}/rotate': { path: { id: keys.slice(2) } },
      'PATCH /api/customer-types/{id}': { path: { id: [typeId] } },
      'DELETE /api/customer-types/{id}': { path: { id: unused } },
      'PATCH /api/customers/{id}': { path: { id: customers } },
      'PATCH /api/locations/{id}': { path: { id: [elsewhere.locationId] } },
      'PUT /api/chains/{chainId}/writing': { body: { on: true } },
      'PUT /api/till-models/{name}': { path: { name: ['Fuzz till', 'Касса 2', '!'] } },
      'POST /webhooks/altegio/{token}': { path: { token: [token, token, token, 'unknown'] } },
      'POST /v1/payments/{id}/capture': { path: { id: capture } },
      'POST /v1/payments/{id}/void': { path: { id: canceled } },
    },
  };
}

async function holds(ask: Ask, prefix: string, accountIds: readonly string[]): Promise<string[]> {
  const made = await several(HOLDS, (at) =>
    ask('/v1/payments', id, {
      receipt: `HOLD-${prefix}-${at}`,
      accountId: accountIds[at % accountIds.length],
      total: '50.00',
      redeem: '0.10',
      allowPartial: true,
      capture: false,
    }),
  );
  return idsOf(made);
}

async function programOf(ask: Ask, chainId: number): Promise<string> {
  const [program] = (await ask(`/api/programs?chainId=${chainId}`, items)).items;
  if (!program) throw new StartError('The set-up failed: the chain has no program.');
  return program.id;
}

/** Sales over a limit, so that there is something to approve and to refuse. */
async function salesUnderReview(ask: Ask, program: string, accountIds: readonly string[]) {
  const { chainId: _chain, cardTypeId: _type, ...settings } = exampleProgram('Bonus', 0, 0);
  // A hold outlives the run.
  const long = { ...settings, holdMinutes: 1_440 };
  const set = (limits: object) => ask(`/api/programs/${program}`, z.unknown(), { ...long, ...limits }, 'PUT');
  await set({ limits: { pointsPerDay: '0.01' } });
  const sales = await several(accountIds.length, (at) =>
    ask('/v1/payments', sold, {
      receipt: `SEED-${at}`,
      accountId: accountIds[at],
      total: '100.00',
      redeem: at % 2 ? 'max' : 'none',
    }),
  );
  await set({});
  return sales;
}

/** A sale in a location of its own, which no other till may see. */
async function saleElsewhere(ask: Ask, doors: Doors) {
  const place = z.object({ id: z.number(), chainId: z.number() });
  const location = await ask('/api/locations', place, { name: 'Elsewhere', timeZone: 'Asia/Almaty' });
  const { cardTypeId: _type, ...program } = exampleProgram('Elsewhere', location.chainId, 0);
  await ask('/api/programs', id, { ...program, provider: 'own' });
  const { key } = await ask('/api/keys', z.object({ key: z.string() }), { locationId: location.id, name: 'Elsewhere' });
  const askThere = asker({ ...doors, tillKey: key });
  const phone = '+77019990001';
  await askThere('/v1/accounts', found, { phone });
  const sale = await askThere('/v1/payments', sold, { receipt: 'E-1', phone, total: '10.00', redeem: 'none' });
  return { paymentId: sale.id, locationId: String(location.id), chainId: location.chainId };
}

/** A second program, of a card type that none of the customers has: it may be changed as one likes. */
async function otherProgram(ask: Ask, chainId: number): Promise<string> {
  // Altegio's own promotion is attached to it, beside which no program is made.
  await ask('/control/settings', z.unknown(), { promotions: [] });
  const types = await ask(`/api/chains/${chainId}/card-types`, ids);
  const body = exampleProgram('Fuzzed', chainId, types.at(-1)?.id ?? 0);
  return (await ask('/api/programs', id, { ...body, locations: [LOCATION + 1] })).id;
}
