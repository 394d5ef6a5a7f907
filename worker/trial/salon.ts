/** Set-up of a trial: the chain's locations are connected, customers get their points, and tills meet them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { exampleProgram } from '../example-program.ts';
import { StartError } from '../errors.ts';
import { call, Control, type Reply } from './doors.ts';
import type { Addresses, Stack } from './stack.ts';

/** What a trial wants. */
export interface SalonWish {
  /** Names the program. */
  readonly name: string;
  readonly locations: number;
  /** Customers with a card in Altegio, who come first in the list, and customers without: those get one issued. */
  readonly withCard: number;
  readonly withoutCard: number;
  /** Points that staff put on each card before anything else, minor units; by customer. */
  readonly openings: readonly number[];
  /** How long points stay reserved; the program's usual time without it. */
  readonly holdMinutes?: number;
  /** Who gives points for a sale; tills alone without it. */
  readonly accrueBy?: 'till' | 'altegio' | 'both';
}

/** A customer as the tool knows him. */
export interface Customer {
  readonly phone: string;
  readonly accountId: string;
  readonly cardId: number;
  /** Balance of the card when the run begins, minor units. */
  readonly opening: bigint;
}

/** What was set up. */
export interface Salon {
  readonly chainId: number;
  readonly cardTypeId: number;
  readonly locations: readonly { readonly id: number; readonly key: string; readonly webhookUrl: string }[];
  readonly customers: readonly Customer[];
}

const chainAnswer = z.object({
  id: z.number(),
  locations: z.array(z.object({ id: z.number() })),
  cardTypes: z.array(z.object({ id: z.number(), title: z.string() })),
});
const clientsAnswer = z.array(z.object({ locationId: z.number(), phone: z.string() }));
export const cardsAnswer = z.array(
  z.object({ id: z.number(), phone: z.string(), typeId: z.number(), balance: z.string() }),
);
const connectionAnswer = z.object({ webhookUrl: z.string() });
const keyAnswer = z.object({ key: z.string() });
const lookupAnswer = z.object({ account: z.object({ id: z.string() }) });
const CARD_TYPE = 'Cashback';
/** Webhooks come soon after the change, so that a run need not wait the five seconds of the real Altegio. */
const WEBHOOK_DELAY_MS = 400;
const MEET_MS = 60_000;
const AT_ONCE = 4;

/** See the file's header. @throws StartError when the set-up is refused. */
export async function setUpSalon(
  { addresses, tuning }: Pick<Stack, 'addresses' | 'tuning'>,
  wish: SalonWish,
): Promise<Salon> {
  const control = new Control(addresses);
  const { perSecond, perMinute } = tuning;
  await control.ask(z.unknown(), '/limits', { perSecond, perMinute });
  await control.ask(z.unknown(), '/webhooks', { delayMs: WEBHOOK_DELAY_MS });
  const chain = await control.ask(chainAnswer, '/chain');
  const typeId = chain.cardTypes.find(({ title }) => title === CARD_TYPE)?.id ?? 0;
  const locations: { id: number; key: string; webhookUrl: string }[] = [];
  for (const { id } of chain.locations.slice(0, wish.locations)) {
    const { webhookUrl } = await operator(addresses, connectionAnswer, '/connections', { locationId: id });
    locations.push({ id, webhookUrl, key: '' });
  }
  const { holdMinutes, accrueBy } = wish;
  const program = exampleProgram(wish.name, chain.id, typeId);
  await operator(addresses, z.unknown(), '/programs', {
    ...program,
    ...(holdMinutes !== undefined && { holdMinutes }),
    ...(accrueBy !== undefined && { accrueBy }),
  });
  const keyed = [];
  for (const place of locations) {
    keyed.push({ ...place, key: await makeKey(addresses, place.id, `Till at ${place.id}`) });
  }
  const salon = { chainId: chain.id, cardTypeId: typeId, locations: keyed };
  return { ...salon, customers: await meetCustomers(addresses, control, salon, wish) };
}

/** A key for a till. */
export async function makeKey(addresses: Addresses, locationId: number, name: string): Promise<string> {
  return (await operator(addresses, keyAnswer, '/keys', { locationId, name })).key;
}

async function operator<T>(addresses: Addresses, schema: z.ZodType<T>, path: string, body: unknown): Promise<T> {
  const options = { body, token: addresses.adminToken, timeoutMs: 20_000 };
  return schema.parse(done(path, await call(`${addresses.apis[0]}/api${path}`, options)));
}

type Cards = z.infer<typeof cardsAnswer>;

async function meetCustomers(
  addresses: Addresses,
  control: Control,
  salon: Omit<Salon, 'customers'>,
  wish: SalonWish,
): Promise<Customer[]> {
  const [first] = salon.locations;
  const ofType = async () =>
    (await control.ask(cardsAnswer, '/cards')).filter(({ typeId }) => typeId === salon.cardTypeId);
  const before = await ofType();
  const clients = await control.ask(clientsAnswer, '/clients');
  const phones = clients.filter(({ locationId }) => locationId === first?.id).map(({ phone }) => phone);
  const withCard = phones.filter((phone) => cardOf(before, phone)).slice(0, wish.withCard);
  const without = phones.filter((phone) => !cardOf(before, phone)).slice(0, wish.withoutCard);
  for (const [index, phone] of withCard.entries()) {
    const amount = formatAmount(BigInt(wish.openings[index] ?? 0));
    await control.ask(z.unknown(), '/staff/adjust', { cardId: cardOf(before, phone)?.id, amount });
  }
  // Who has no card is met by an appointment: the event makes the account, and its reconciliation issues the card.
  for (const phone of without) await control.ask(z.unknown(), '/appointments', { phone, locationId: first?.id });
  const url = `${addresses.apis[0]}/v1/lookups`;
  const met = await eachOf([...withCard, ...without], async (phone) => ({
    phone,
    accountId: await meet(url, first?.key ?? '', phone),
  }));
  for (const until = Date.now() + MEET_MS; ; await sleep(100)) {
    const cards = await ofType();
    if (met.every(({ phone }) => cardOf(cards, phone))) {
      return met.map(({ phone, accountId }) => {
        const card = cardOf(cards, phone);
        return { phone, accountId, cardId: card?.id ?? 0, opening: parseAmount(card?.balance ?? '0') };
      });
    }
    if (Date.now() > until)
      throw new StartError(`The set-up failed: not every customer got a card in ${MEET_MS / 1_000} s.`);
  }
}

/** A few at a time: a first contact is work, and a busy machine answers too many of them late. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}

async function meet(url: string, key: string, phone: string): Promise<string> {
  for (const until = Date.now() + MEET_MS; ; await sleep(200)) {
    const reply = await call(url, { token: key, body: { phone: `+${phone}` } });
    if (reply?.status === 200) return lookupAnswer.parse(reply.body).account.id;
    if (Date.now() > until) done('/v1/lookups', reply);
  }
}

function cardOf(cards: Cards, phone: string) {
  return cards.find((card) => card.phone === phone);
}

function done(path: string, reply: Reply | null): unknown {
  if (reply && reply.status < 300) return reply.body;
  const said = reply ? `${reply.status} ${JSON.stringify(reply.body).slice(0, 300)}` : 'no answer';
  throw new StartError(`The set-up failed at ${path}: ${said}.`);
}
