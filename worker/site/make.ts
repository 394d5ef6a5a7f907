/** Making a location that works: program, key, till and a customer with a card, through our own doors. */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { StartError } from '../errors.ts';
import { ask, type Product } from './doors.ts';

/** What is wanted. */
export interface SiteWish {
  readonly name: string;
  readonly provider: 'own' | 'altegio';
  readonly timeZone: string;
  readonly currency: string;
}

/** What was made. */
export interface Site {
  readonly locationId: number | string;
  readonly locationName: string;
  readonly program: { readonly id: string; readonly name: string; readonly made: boolean };
  readonly terminal: string;
  readonly key: string;
  readonly customer: { readonly phone: string; readonly cardNumber: string; readonly balance: string };
}

const wireId = z.union([z.int(), z.string()]);
const location = z.object({ id: wireId, chainId: wireId, name: z.string() });
const locations = z.object({ items: z.array(location.extend({ inAltegio: z.boolean() })) });
const madeProgram = z.object({ id: z.string() });
const programs = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      cardTypeId: wireId.nullable(),
      provider: z.string(),
      locations: z.array(z.number()).optional(),
    }),
  ),
});
const cardTypes = z.array(z.object({ id: wireId, title: z.string() }));
const madeKey = z.object({ key: z.string() });
const lookup = z.object({
  account: z.object({ card: z.object({ number: z.string().nullable() }), balance: z.object({ active: z.string() }) }),
});
const sandboxChain = z.object({ locations: z.array(z.object({ id: z.int() })) });
const sandboxCards = z.array(z.object({ phone: z.string() }));

const TERMINAL = 'Till 1';
/** The customer's card is named, or adopted from Altegio, within that. */
const CARD_MS = 30_000;
const POLL_MS = 100;

type Place = z.infer<typeof location>;
type Program = Site['program'];

/** Makes it. `sandboxUrl` is `/control` of the Altegio sandbox. @throws StartError with one sentence */
export async function makeSite(product: Product, wish: SiteWish, sandboxUrl: string | null): Promise<Site> {
  const operator = { url: `${product.url}/api`, token: product.adminToken };
  const place = sandboxUrl
    ? await connectSalon(operator, sandboxUrl)
    : await ask(operator, location, '/locations', {
        name: wish.name,
        timeZone: wish.timeZone,
      });
  const program = await programAt(operator, place, wish);
  const { key } = await ask(operator, madeKey, '/keys', {
    locationId: place.id,
    name: `${wish.name}, ${TERMINAL}`,
    programId: program.id,
  });
  const till = { url: `${product.url}/v1`, token: key };
  await ask(till, z.unknown(), '/heartbeats', { terminal: TERMINAL });
  const phone = sandboxUrl ? await sandboxCustomer(sandboxUrl) : await firstSale(till);
  const customer = { phone, ...(await cardOf(till, phone)) };
  return { locationId: place.id, locationName: place.name, program, terminal: TERMINAL, key, customer };
}

type Door = Parameters<typeof ask>[0];

/** The sandbox's first salon that is not connected yet. */
async function connectSalon(operator: Door, sandboxUrl: string): Promise<Place> {
  const chain = await ask({ url: sandboxUrl, token: null }, sandboxChain, '/chain');
  const { items } = await ask(operator, locations, '/locations');
  const connected = new Set(items.map(({ id }) => Number(id)));
  const free = chain.locations.find(({ id }) => !connected.has(id));
  if (!free)
    throw new StartError(
      'Every salon of the Altegio sandbox is connected already: say --provider own for a new location.',
    );
  await ask(operator, z.unknown(), '/connections', { locationId: free.id });
  const made = (await ask(operator, locations, '/locations')).items.find(({ id }) => Number(id) === free.id);
  if (!made)
    throw new StartError(`Altegio did not let us connect location ${free.id}: see GET /api/connections/${free.id}.`);
  return made;
}

/** The program that is valid there already, or a new one. */
async function programAt(operator: Door, place: Place, wish: SiteWish): Promise<Program> {
  const { items } = await ask(operator, programs, `/programs?chainId=${place.chainId}`);
  const valid = items.find(
    ({ provider, locations: only }) => provider === wish.provider && (only?.includes(Number(place.id)) ?? true),
  );
  if (valid) return { id: valid.id, name: valid.name, made: false };
  const second =
    wish.provider === 'own' ? { provider: 'own' } : { cardTypeId: await freeCardType(operator, place, items) };
  const { id } = await ask(operator, madeProgram, '/programs', {
    chainId: place.chainId,
    ...second,
    name: wish.name,
    currency: wish.currency,
    accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
    redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
    lots: { lifetimeDays: 365, pendingDays: 0 },
  });
  return { id, name: wish.name, made: true };
}

async function freeCardType(
  operator: Door,
  { chainId }: Place,
  linked: z.infer<typeof programs>['items'],
): Promise<number | string> {
  const types = await ask(operator, cardTypes, `/chains/${chainId}/card-types`);
  const taken = new Set(linked.map(({ cardTypeId }) => String(cardTypeId)));
  const free = types.find(({ id }) => !taken.has(String(id)));
  if (!free) throw new StartError(`Every card type of chain ${chainId} has a program already, and none is valid here.`);
  return free.id;
}

/** Somebody whose card Altegio has: the first lookup adopts it. */
async function sandboxCustomer(sandboxUrl: string): Promise<string> {
  const cards = await ask({ url: sandboxUrl, token: null }, sandboxCards, '/cards');
  const card = cards.at(-1);
  if (!card) throw new StartError('The Altegio sandbox has no card: reset it at /control/reset.');
  return `+${card.phone}`;
}

/** A customer is made by the first sale to a new phone. */
async function firstSale(till: Door): Promise<string> {
  const phone = `+7700${String(randomInt(10_000_000)).padStart(7, '0')}`;
  await ask(till, z.unknown(), '/payments', {
    receipt: 'SETUP-1',
    phone,
    total: '1.00',
    redeem: 'none',
    terminal: TERMINAL,
  });
  return phone;
}

async function cardOf(till: Door, phone: string): Promise<{ cardNumber: string; balance: string }> {
  const deadline = Date.now() + CARD_MS;
  for (;;) {
    const { card, balance } = (await ask(till, lookup, '/lookups', { phone })).account;
    if (card.number !== null) return { cardNumber: card.number, balance: balance.active };
    if (Date.now() > deadline)
      throw new StartError('The sample customer got no card number: does a worker run? See /status.');
    await delay(POLL_MS);
  }
}
