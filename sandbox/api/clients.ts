/** Clients: the search, the old list (the only one with `changed_after`) and the single client. */
import { z } from 'zod';
import type { Client } from '../core/model.ts';
import { invalid, Refusal } from '../core/refusal.ts';
import { parseWhen } from '../core/time.ts';
import type { World } from '../core/world.ts';
import { clientView, createClient, deleteClient, findClient, phoneDigits, updateClient } from '../salon/clients.ts';
import type { ClientInput } from '../salon/clients.ts';
import { cardsByPhone } from '../salon/cards.ts';
import { created, idOf, locationOf, noContent, ok, paged, pageNumber } from './call.ts';
import type { Answer, Call, Route } from './call.ts';

const SEARCH_FIELDS = [
  'id',
  'name',
  'phone',
  'email',
  'discount',
  'first_visit_date',
  'last_visit_date',
  'sold_amount',
  'visits_count',
];
const searchBody = z.object({
  page: z.int().min(1).default(1),
  page_size: z.int().min(1).max(200).default(25),
  fields: z.array(z.string()).default(['id']),
  order_by: z.string().default('id'),
  order_by_direction: z.enum(['ASC', 'DESC', 'asc', 'desc']).default('ASC'),
  operation: z.enum(['AND', 'OR']).default('AND'),
  filters: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('quick_search'), state: z.object({ value: z.string() }) }),
        z.object({ type: z.literal('id'), state: z.object({ value: z.array(z.int()) }) }),
      ]),
    )
    .default([]),
});
type Filter = z.infer<typeof searchBody>['filters'][number];

function matches(world: World, client: Client, filter: Filter): boolean {
  if (filter.type === 'id') return filter.state.value.includes(client.id);
  const wanted = filter.state.value.toLowerCase();
  const digits = wanted.replace(/\D/g, '');
  return (
    client.name.toLowerCase().includes(wanted) ||
    (digits !== '' && client.phone.includes(digits)) ||
    cardsByPhone(world, client.phone).some(({ number }) => number === wanted)
  );
}

function search(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const parsed = searchBody.safeParse(call.body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    // The one place where Altegio answers a bad body with 400.
    throw new Refusal(400, 'invalid', { [issue?.path.join('.') ?? 'body']: [issue?.message ?? 'wrong'] });
  }
  const { page, page_size: size, fields, filters, operation, order_by: orderBy, order_by_direction: way } = parsed.data;
  const found = clientsOf(world, place.id).filter((client) =>
    operation === 'OR' && filters.length > 0
      ? filters.some((filter) => matches(world, client, filter))
      : filters.every((filter) => matches(world, client, filter)),
  );
  const sign = way.toUpperCase() === 'DESC' ? -1 : 1;
  found.sort((a, b) => sign * (orderBy === 'name' ? a.name.localeCompare(b.name) : a.id - b.id));
  // Unknown fields are ignored without a word.
  const shown = SEARCH_FIELDS.filter((field) => field === 'id' || fields.includes(field));
  const rows = found.slice((page - 1) * size, page * size).map((client) => {
    const view = clientView(world, client);
    return Object.fromEntries(shown.map((field) => [field, view[field] ?? '']));
  });
  return ok(rows, { total_count: found.length });
}

function clientsOf(world: World, locationId: number): Client[] {
  return [...world.store.all('client')].filter((client) => !client.deleted && client.locationId === locationId);
}

function list(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const when = (name: string): number | undefined => {
    const text = call.query.one(name);
    if (text === undefined) return undefined;
    const instant = parseWhen(text, place.timeZone);
    if (instant === undefined) throw invalid(name, `${name} must be a date`);
    return instant;
  };
  const after = when('changed_after');
  const before = when('changed_before');
  const ids = call.query.list('id');
  const name = call.query.one('fullname')?.toLowerCase();
  const phone = call.query.one('phone')?.replace(/\D/g, '');
  const rows = clientsOf(world, place.id)
    .filter(({ changedAt }) => after === undefined || Date.parse(changedAt) >= after)
    .filter(({ changedAt }) => before === undefined || Date.parse(changedAt) <= before)
    .filter(({ id }) => ids.length === 0 || ids.includes(String(id)))
    .filter((client) => name === undefined || client.name.toLowerCase().includes(name))
    .filter((client) => phone === undefined || client.phone.includes(phone));
  const page = paged(rows, call, { default: 20, max: 200 }).map((client) => clientView(world, client));
  return ok(page, { page: pageNumber(call), total_count: rows.length });
}

const WRITABLE = [
  'surname',
  'patronymic',
  'email',
  'sex_id',
  'importance_id',
  'discount',
  'card',
  'birth_date',
  'comment',
  'sms_check',
  'sms_not',
  'categories',
  'custom_fields',
];

function inputOf(call: Call): ClientInput {
  const name = call.body['name'];
  if (typeof name !== 'string' || name === '') throw invalid('name', 'Client name not specified');
  const given = Object.entries(call.body).filter(([field]) => WRITABLE.includes(field));
  return { name, phone: phoneDigits(call.body['phone']), fields: Object.fromEntries(given) };
}

function clientOf(world: World, call: Call): Client {
  return findClient(world, locationOf(world, call).id, idOf(call, 'client_id'));
}

function create(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  return created(clientView(world, createClient(world, place.id, inputOf(call), 'api')));
}

function update(world: World, call: Call): Answer {
  return ok(clientView(world, updateClient(world, clientOf(world, call), inputOf(call), 'api')));
}

function remove(world: World, call: Call): Answer {
  deleteClient(world, clientOf(world, call), 'api');
  return noContent;
}

export const clientRoutes: readonly Route[] = [
  { method: 'POST', path: '/company/:location_id/clients/search', kind: 'lookup', run: search },
  { method: 'GET', path: '/clients/:location_id', kind: 'lookup', run: list },
  { method: 'POST', path: '/clients/:location_id', kind: 'other', run: create },
  {
    method: 'GET',
    path: '/client/:location_id/:client_id',
    kind: 'lookup',
    run: (world, call) => ok(clientView(world, clientOf(world, call))),
  },
  { method: 'PUT', path: '/client/:location_id/:client_id', kind: 'other', run: update },
  { method: 'DELETE', path: '/client/:location_id/:client_id', kind: 'other', run: remove },
];
