/** What people in the salon do with cards, passwords and, in the other file, visits. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import type { Request } from 'express';
import { z } from 'zod';
import type { Card } from '../core/model.ts';
import { formatMinor } from '../core/money.ts';
import { notFound } from '../core/refusal.ts';
import type { World } from '../core/world.ts';
import { cardsByPhone, findCard, isWithdrawal, liveCards, manualMove, moveCard } from '../salon/cards.ts';
import { clientsByPhone, phoneDigits } from '../salon/clients.ts';
import { bareDepositView, openDeposit } from '../salon/deposits.ts';
import { amountSchema, answer, idSchema, positiveAmountSchema, readInput } from './input.ts';
import { addVisitRoutes } from './visits.ts';

const cardsQuery = z.strictObject({ phone: z.string().optional() });
const adjustBody = z
  .strictObject({
    cardId: idSchema,
    amount: amountSchema.optional(),
    /** What the card shall hold afterwards, whatever it holds when the call comes. */
    to: amountSchema.optional(),
    locationId: idSchema.optional(),
  })
  .refine(({ amount, to }) => (amount === undefined) !== (to === undefined), 'give exactly one of amount and to');
const passwordBody = z.strictObject({ password: z.string().min(1).max(200).optional() });
const depositBody = z.strictObject({ phone: z.string(), balance: amountSchema });
const nativeBody = z.strictObject({
  cardId: idSchema,
  amount: positiveAmountSchema,
  type: z.union([z.literal(2), z.literal(4), z.literal(7)]),
});
/** Balances as decimal strings; deleted cards are not listed. */
function cardRow(world: World, card: Card): Record<string, unknown> {
  const { id, number, phone, balance, typeId, deleted } = card;
  const name = clientsByPhone(world, phone)[0]?.name ?? '';
  return { id, number, phone, balance: formatMinor(balance), typeId, chainId: world.chain.id, deleted, name };
}

/** Staff counts as the first location's, unless it says where it is. */
function staffOrigin(world: World, locationId: number | undefined): { actor: 'staff'; locationId: number } {
  const place = locationId ?? world.chain.locations[0]?.id ?? 0;
  if (!world.location(place)) throw notFound();
  return { actor: 'staff', locationId: place };
}

/** Answers the card, and by how much it moved. */
function adjust(world: World, request: Request): unknown {
  const { cardId, amount, to, locationId } = readInput(adjustBody, request.body);
  return world.write(() => {
    const card = findCard(world, cardId);
    const delta = amount ?? (to ?? 0) - card.balance;
    const moved = manualMove(world, card, delta, staffOrigin(world, locationId));
    return { ...cardRow(world, moved), moved: formatMinor(moved.balance - card.balance) };
  });
}

/** Native lines: accrual and referral add, expiry takes at most what is there. */
function native(world: World, request: Request): unknown {
  const { cardId, amount, type } = readInput(nativeBody, request.body);
  return world.write(() => {
    const card = findCard(world, cardId);
    const moving = isWithdrawal(type) ? Math.min(amount, Math.max(0, card.balance)) : amount;
    return cardRow(
      world,
      moving === 0 ? card : moveCard(world, card, moving, { typeId: type, ...staffOrigin(world, undefined) }),
    );
  });
}

/** The part of `/control` that plays the salon. */
export function staffRouter(world: World): Router {
  const router = Router();
  router.get(
    '/cards',
    answer((request) => {
      const { phone } = readInput(cardsQuery, request.query);
      const cards = phone === undefined ? liveCards(world) : cardsByPhone(world, phone);
      return cards.map((card) => cardRow(world, card));
    }),
  );
  router.get(
    '/clients',
    answer(() =>
      [...world.store.all('client')]
        .filter(({ deleted }) => !deleted)
        .map(({ id, locationId, name, phone }) => ({ id, locationId, name, phone })),
    ),
  );
  router.get(
    '/chain',
    answer(() => chainView(world)),
  );
  router.post(
    '/staff/adjust',
    answer((request) => adjust(world, request)),
  );
  router.post(
    '/staff/password',
    answer((request) => {
      const { password } = readInput(passwordBody, request.body);
      return world.changePassword(password ?? randomBytes(6).toString('hex'));
    }),
  );
  router.post(
    '/native',
    answer((request) => native(world, request)),
  );
  router.post(
    '/deposits',
    answer((request) => {
      const { phone, balance } = readInput(depositBody, request.body);
      return world.write(() => bareDepositView(world, openDeposit(world, phoneDigits(phone), balance)));
    }),
  );
  addVisitRoutes(router, world);
  return router;
}

function chainView({ chain }: World): Record<string, unknown> {
  const { id, title, locations, cardTypes } = chain;
  return {
    id,
    title,
    locations: locations.map((place) => ({ id: place.id, title: place.title, timeZone: place.timeZone })),
    cardTypes,
  };
}
