/** Loyalty cards and the one way to move their balance: every move leaves a line in the journal. */
import type { Actor, Card, Item, Line } from '../core/model.ts';
import type { Promotion } from '../core/settings.ts';
import { toNumber } from '../core/money.ts';
import { invalid, notFound, Refusal } from '../core/refusal.ts';
import type { World } from '../core/world.ts';
import { clientsByPhone, createClient } from './clients.ts';

/** Line types whose amount leaves the card; all others put it on. */
const WITHDRAWALS: ReadonlySet<number> = new Set([3, 6, 7]);

export function isWithdrawal(typeId: number): boolean {
  return WITHDRAWALS.has(typeId);
}

/** A live card by id; 404 for unknown and deleted ones (guess for the latter). */
export function findCard(world: World, cardId: number): Card {
  const card = world.store.get('card', cardId);
  if (!card || card.deleted) throw notFound();
  return card;
}

/** Live cards of a phone, of every type. */
export function cardsByPhone(world: World, phone: string): Card[] {
  return liveCards(world).filter((card) => card.phone === phone);
}

export function liveCards(world: World): Card[] {
  return [...world.store.all('card')].filter((card) => !card.deleted);
}

/** Where a move comes from. `locationId` 0: made through the chain, so every location hears of it (guess). */
export interface Cause {
  readonly typeId: number;
  readonly actor: Actor;
  readonly locationId: number;
  readonly visitId?: number;
  readonly recordId?: number;
  readonly item?: Item;
}

/** Moves the balance by the amount in the direction of the line's type, and writes the line. */
export function moveCard(world: World, card: Card, amount: number, cause: Cause): Card {
  const moved = { ...card, balance: card.balance + (isWithdrawal(cause.typeId) ? -amount : amount) };
  const line: Line = {
    id: world.nextId('line'),
    typeId: cause.typeId,
    cardId: card.id,
    amount,
    at: world.now(),
    actor: cause.actor,
    locationId: cause.locationId,
    visitId: cause.visitId ?? 0,
    recordId: cause.recordId ?? 0,
    itemId: cause.item?.id ?? 0,
    itemKind: cause.item?.kind ?? null,
    cancelled: false,
  };
  world.store.put('line', line.id, line);
  return saveCard(world, moved, 'update', cause);
}

/** Puts a withdrawal made in a visit back on its card. */
export function cancelLine(world: World, line: Line, actor: Actor): void {
  const card = world.store.get('card', line.cardId);
  if (!card) return;
  world.store.put('line', line.id, { ...line, cancelled: true });
  saveCard(world, { ...card, balance: card.balance + line.amount }, 'update', { actor, locationId: line.locationId });
}

/** A manual change of any sign, under the switches for a negative result and for zero. */
export function manualMove(
  world: World,
  card: Card,
  delta: number,
  origin: { actor: Actor; locationId: number },
): Card {
  const { negativeResult, zeroAmount } = world.settings;
  if (delta === 0) {
    if (zeroAmount === 'refuse') throw invalid('amount', 'amount cannot be zero');
    return card;
  }
  let amount = Math.abs(delta);
  if (delta < 0 && card.balance + delta < 0) {
    if (negativeResult === 'refuse') throw invalid('amount', 'insufficient funds on the loyalty card');
    if (negativeResult === 'clamp') amount = Math.max(0, card.balance);
  }
  if (amount === 0) return card;
  return moveCard(world, card, amount, { typeId: delta < 0 ? 6 : 5, ...origin });
}

export interface IssueInput {
  readonly number: string;
  readonly typeId: number;
  readonly phone: string;
}

/** Makes a new card; a number already used, a second card of a type and (by default) an unknown phone are refused. */
export function issueCard(world: World, locationId: number, input: IssueInput, actor: Actor): Card {
  if (!world.chain.cardTypes.some(({ id }) => id === input.typeId)) throw notFound();
  const cards = liveCards(world);
  // guess: nobody documents these three; a refusal is what keeps the chain's numbers unique.
  if (cards.some(({ number }) => number === input.number)) {
    throw invalid('loyalty_card_number', 'loyalty card with the specified number already exists');
  }
  if (cards.some((card) => card.phone === input.phone && card.typeId === input.typeId)) {
    throw invalid('loyalty_card_type_id', 'the client already has a card of this type');
  }
  if (clientsByPhone(world, input.phone).length === 0) {
    if (world.settings.unknownPhone === 'refuse') throw invalid('phone', 'client with the specified phone not found');
    createClient(world, locationId, { name: '', phone: input.phone, fields: {} }, actor);
  }
  const card = { id: world.nextId('card'), ...input, balance: 0, deleted: false };
  return saveCard(world, card, 'create', { actor, locationId });
}

/** Deletes a card; its journal lines stay (guess). */
export function deleteCard(world: World, card: Card, origin: { actor: Actor; locationId: number }): void {
  saveCard(world, { ...card, deleted: true }, 'delete', origin);
}

function saveCard(
  world: World,
  card: Card,
  status: 'create' | 'update' | 'delete',
  origin: { actor: Actor; locationId: number },
): Card {
  world.store.put('card', card.id, card);
  const { id, balance, number, phone } = card;
  const data = { id, balance: toNumber(balance), number, phone: eventPhone(world, phone) };
  const places = world.chain.locations.filter((place) => origin.locationId === 0 || place.id === origin.locationId);
  for (const { id: locationId } of places) {
    world.emit({ locationId, resource: 'loyalty_card', resourceId: id, status, data, actor: origin.actor });
  }
  return card;
}

/** The phone as loyalty_card and finances_operation events carry it. */
export function eventPhone(world: World, phone: string): string {
  return world.settings.eventPhone === 'plus' ? `+${phone}` : phone;
}

/** Refuses what the API's user may not do with loyalty. */
export function requireLoyalty(world: World, manual: boolean): void {
  const { loyaltyAccess, manualAccess } = world.settings;
  if (!loyaltyAccess || (manual && !manualAccess)) throw new Refusal(403, 'denied');
}

/** The card as the loyalty reads show it, with what its owner has paid and bought so far. */
export function cardView(world: World, card: Card): Record<string, unknown> {
  const { id, title } = world.chain;
  const type = world.chain.cardTypes.find((candidate) => candidate.id === card.typeId);
  return {
    ...cardTotals(world, card),
    type: { id: card.typeId, title: type?.title ?? '', salon_group_id: id },
    salon_group: { id, title },
    programs: world.settings.promotions
      .filter(({ cardTypeIds }) => cardTypeIds.includes(card.typeId))
      .map((promotion) => programView(world, promotion)),
  };
}

/** The shorter card that a manual transaction answers. */
export function cardAfterMove(world: World, card: Card): Record<string, unknown> {
  return { ...cardTotals(world, card), max_discount_percent: 0, max_discount_amount: 0 };
}

function cardTotals(world: World, card: Card): Record<string, unknown> {
  const owners = new Set(clientsByPhone(world, card.phone).map(({ id }) => id));
  const records = [...world.store.all('record')].filter(
    (record) => !record.deleted && record.clientId !== null && owners.has(record.clientId),
  );
  const recordIds = new Set(records.map(({ id }) => id));
  const payments = [...world.store.all('payment')].filter((row) => !row.deleted && recordIds.has(row.recordId));
  const sold = records.filter(({ attendance }) => attendance === 1).flatMap(({ items }) => items);
  return {
    id: card.id,
    balance: toNumber(card.balance),
    points: 0,
    paid_amount: toNumber(payments.reduce((sum, { amount }) => sum + amount, 0)),
    sold_amount: toNumber(sold.reduce((sum, { cost }) => sum + cost, 0)),
    visits_count: new Set(records.filter(({ attendance }) => attendance === 1).map(({ visitId }) => visitId)).size,
    number: card.number,
    type_id: card.typeId,
    salon_group_id: world.chain.id,
  };
}

function programView(world: World, { id, title, type, percent }: Promotion): Record<string, unknown> {
  const isCashback = type.startsWith('cashback_');
  const group = world.chain.id;
  return {
    id,
    title,
    value: percent,
    loyalty_type_id: isCashback ? 7 : 1,
    item_type_id: 0,
    value_unit_id: 1,
    group_id: group,
    loyalty_type: {
      id: isCashback ? 7 : 1,
      title: isCashback ? 'Accumulative cashback (paid)' : 'Fixed discount',
      is_discount: !isCashback,
      is_cashback: isCashback,
      is_static: !isCashback,
      is_accumulative: isCashback,
    },
    rules: [
      { id: id * 10 + 1, loyalty_program_id: id, loyalty_type_id: isCashback ? 7 : 1, value: percent, parameter: 0 },
    ],
  };
}
