/** Card types, cards, manual transactions, the chain journal, promotions. */
import type { Card, Line } from '../core/model.ts';
import { invalid, notFound } from '../core/refusal.ts';
import { dayRange, isDay } from '../core/time.ts';
import type { World } from '../core/world.ts';
import {
  cardAfterMove,
  cardsByPhone,
  cardView,
  deleteCard,
  findCard,
  issueCard,
  manualMove,
  requireLoyalty,
} from '../salon/cards.ts';
import { clientsByPhone, phoneDigits } from '../salon/clients.ts';
import { journalLine } from '../salon/line-view.ts';
import { bodyAmount, bodyField, bodyId, idOf, locationOf, noContent, ok, paged, requireChain } from './call.ts';
import type { Answer, Call, Route } from './call.ts';

function typeView(chain: { id: number; title: string }, type: { id: number; title: string }): Record<string, unknown> {
  const group = { salon_group_id: chain.id, salon_group: { id: chain.id, title: chain.title } };
  return { ...type, ...group, service_item_type: 'any_allowed', good_item_type: 'any_allowed' };
}

function typesInLocation(world: World, call: Call): Answer {
  locationOf(world, call);
  requireLoyalty(world, false);
  const own = world.chain.cardTypes.map((type) => typeView(world.chain, type));
  const foreign = typeView({ id: world.chain.id + 1, title: 'Another chain' }, { id: 9999, title: 'Foreign' });
  return ok(world.settings.foreignCardType ? [...own, foreign] : own);
}

function typesForClient(world: World, call: Call): Answer {
  locationOf(world, call);
  requireLoyalty(world, false);
  const held = cardsByPhone(world, pathPhone(call)).map(({ typeId }) => typeId);
  const free = world.chain.cardTypes.filter(({ id }) => !held.includes(id));
  return ok(free.map((type) => typeView(world.chain, type)));
}

function typesOfChain(world: World, call: Call): Answer {
  requireChain(world, call);
  return ok(world.chain.cardTypes);
}

/** Phones in paths are digits without plus. guess: anything else is refused rather than cleaned. */
function pathPhone(call: Call): string {
  const phone = call.params['phone'] ?? '';
  if (!/^\d{9,15}$/.test(phone)) throw invalid('phone', 'Phone must contain 9 to 15 digits');
  return phone;
}

function cardsOfClient(world: World, call: Call): Answer {
  requireLoyalty(world, false);
  const client = world.store.get('client', idOf(call, 'client_id'));
  if (!client || client.deleted) throw notFound();
  return ok(cardsByPhone(world, client.phone).map((card) => cardView(world, card)));
}

function cardsOfPhone(world: World, call: Call): Answer {
  requireChain(world, call);
  locationOf(world, call);
  requireLoyalty(world, false);
  const phone = pathPhone(call);
  // A card outlives its client row, yet the documentation reaches it only through a client (guess).
  const cards = clientsByPhone(world, phone).length === 0 ? [] : cardsByPhone(world, phone);
  return ok(cards.map((card) => cardView(world, card)));
}

function issue(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireLoyalty(world, false);
  const number = bodyField(call, 'loyalty_card_number');
  if (!/^\d{1,32}$/.test(typeof number === 'number' || typeof number === 'string' ? String(number) : '')) {
    throw invalid('loyalty_card_number', 'loyalty_card_number must consist of digits');
  }
  const phone = phoneDigits(call.body['phone']);
  const typeId = bodyId(call, 'loyalty_card_type_id');
  return ok(cardView(world, issueCard(world, place.id, { number: String(number), typeId, phone }, 'api')));
}

function remove(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireLoyalty(world, false);
  deleteCard(world, findCard(world, idOf(call, 'card_id')), { actor: 'api', locationId: place.id });
  return noContent;
}

/** A plain delta: neither a repeat nor the balance it was meant for is looked at. */
function manual(world: World, call: Call, card: Card, locationId: number): Answer {
  requireLoyalty(world, true);
  const moved = manualMove(world, card, bodyAmount(world, call), { actor: 'api', locationId });
  return ok(cardAfterMove(world, moved), {});
}

function manualInLocation(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  return manual(world, call, findCard(world, idOf(call, 'card_id')), place.id);
}

function manualInChain(world: World, call: Call): Answer {
  requireChain(world, call);
  return manual(world, call, findCard(world, idOf(call, 'card_id')), 0);
}

function journal(world: World, call: Call): Answer {
  requireChain(world, call);
  requireLoyalty(world, false);
  const inDays = dayFilter(world, call);
  const types = call.query.list('types').map(Number);
  const companies = call.query.list('company_ids').map(Number);
  const visits = call.query.list('visit_ids').map(Number);
  const { journalLagMs, journalOrder, cancelledLines } = world.settings;
  const visibleUntil = Date.now() - journalLagMs;
  const chosen = [...world.store.all('line')].filter(
    (line) =>
      inDays(line) &&
      Date.parse(line.at) <= visibleUntil &&
      (types.length === 0 || types.includes(line.typeId)) &&
      (companies.length === 0 || companies.includes(line.locationId)) &&
      (visits.length === 0 || visits.includes(line.visitId)) &&
      (cancelledLines === 'stay' || !line.cancelled),
  );
  if (journalOrder === 'newest') chosen.reverse();
  // guess: 50 a page unless told otherwise, 1000 at most.
  const page = paged(chosen, call, { default: 50, max: 1000 });
  return ok(
    page.map((line) => journalLine(world, line)),
    { count: chosen.length },
  );
}

/**
 * The mandatory day filter, both days inclusive. Nobody documents its time zone, and a chain has several: a line
 * belongs to every day that it was in any of the chain's locations (guess).
 */
function dayFilter(world: World, call: Call): (line: Line) => boolean {
  const [after, before] = ['created_after', 'created_before'].map((name) => {
    const text = call.query.one(name) ?? '';
    if (!isDay(text)) throw invalid(name, `${name} must be a date in the format Y-m-d`);
    return text;
  });
  const ranges = world.chain.locations.map(({ timeZone }) => dayRange(after ?? '', before ?? '', timeZone));
  return (line) => {
    const at = Date.parse(line.at);
    return ranges.some(({ from, until }) => at >= from && at < until);
  };
}

function programs(world: World, call: Call): Answer {
  requireChain(world, call);
  return ok(
    world.settings.promotions.map(({ id, title, type, cardTypeIds, percent, expirationDays }) => ({
      id,
      title,
      type,
      service_item_type: 'any_allowed',
      good_item_type: 'any_allowed',
      value_unit: 'percent',
      usage_limit: 0,
      visit_multiplicity: 0,
      sold_items_multiplicity: 0,
      expiration_timeout: expirationDays,
      expiration_timeout_unit: 'day',
      params_source_type: 'loyalty_card',
      loyalty_card_type_ids: cardTypeIds,
      rules: [{ parameter: 0, value: percent, service_id: 0 }],
      company_ids: world.chain.locations.map((place) => place.id),
      allowed_service_ids: [],
      allowed_good_ids: [],
      allowed_good_category_ids: [],
    })),
  );
}

const loyalty = { loyalty: true } as const;

export const loyaltyRoutes: readonly Route[] = [
  { method: 'GET', path: '/loyalty/card_types/salon/:location_id', kind: 'other', ...loyalty, run: typesInLocation },
  {
    method: 'GET',
    path: '/loyalty/card_types/client/:location_id/:phone',
    kind: 'other',
    ...loyalty,
    run: typesForClient,
  },
  { method: 'GET', path: '/chain/:chain_id/loyalty/card_types', kind: 'other', ...loyalty, run: typesOfChain },
  { method: 'GET', path: '/loyalty/client_cards/:client_id', kind: 'read', ...loyalty, run: cardsOfClient },
  { method: 'GET', path: '/loyalty/cards/:phone/:chain_id/:location_id', kind: 'read', ...loyalty, run: cardsOfPhone },
  { method: 'POST', path: '/loyalty/cards/:location_id', kind: 'issue', ...loyalty, run: issue },
  { method: 'DELETE', path: '/loyalty/cards/:location_id/:card_id', kind: 'write', run: remove },
  {
    method: 'POST',
    path: '/company/:location_id/loyalty/cards/:card_id/manual_transaction',
    kind: 'write',
    run: manualInLocation,
  },
  {
    method: 'POST',
    path: '/chain/:chain_id/loyalty/cards/:card_id/manual_transaction',
    kind: 'write',
    run: manualInChain,
  },
  { method: 'GET', path: '/chain/:chain_id/loyalty/transactions', kind: 'journal', run: journal },
  { method: 'GET', path: '/chain/:chain_id/loyalty/programs', kind: 'other', run: programs },
];
