/** Clients: one id for a person in each location, the phone shared across the chain. */
import type { Actor, Client, ClientFields } from '../core/model.ts';
import { invalid, notFound } from '../core/refusal.ts';
import { clientIdBase } from '../core/seed.ts';
import { stampTime } from '../core/time.ts';
import { title } from '../core/titles.ts';
import type { World } from '../core/world.ts';

/** A live client of the location; 404 otherwise. */
export function findClient(world: World, locationId: number, clientId: number): Client {
  const client = world.store.get('client', clientId);
  if (!client || client.deleted || client.locationId !== locationId) throw notFound();
  return client;
}

/** All live clients with this phone, at most one a location. */
export function clientsByPhone(world: World, phone: string): Client[] {
  return [...world.store.all('client')].filter((client) => !client.deleted && client.phone === phone);
}

/** Digits of a phone, with or without plus, blanks or brackets; 422 unless 9 to 15 remain. */
export function phoneDigits(value: unknown): string {
  const digits = typeof value === 'string' || typeof value === 'number' ? String(value).replace(/\D/g, '') : '';
  if (digits === '') throw invalid('phone', 'phone cannot be empty');
  if (digits.length < 9 || digits.length > 15) throw invalid('phone', 'Phone must contain 9 to 15 digits');
  return digits;
}

/** What a client is made of from outside. */
export interface ClientInput {
  readonly name: string;
  readonly phone: string;
  readonly fields: ClientFields;
}

/** Adds a client to a location; a phone that is already there is refused. */
export function createClient(world: World, locationId: number, input: ClientInput, actor: Actor): Client {
  refusePhoneOfAnother(world, locationId, input.phone, undefined);
  // Ids of the locations lie in spaces of their own, so the highest of this one counts, not of the table.
  const base = clientIdBase(locationId);
  const taken = [...world.store.all('client')].filter((client) => client.locationId === locationId);
  const id = taken.reduce((highest, client) => Math.max(highest, client.id), base) + 1;
  return save(world, { id, locationId, ...input, deleted: false, changedAt: world.now() }, 'create', actor);
}

/** Replaces name, phone and whatever fields are given. */
export function updateClient(world: World, client: Client, input: ClientInput, actor: Actor): Client {
  refusePhoneOfAnother(world, client.locationId, input.phone, client.id);
  const fields = { ...client.fields, ...input.fields };
  return save(world, { ...client, ...input, fields, changedAt: world.now() }, 'update', actor);
}

/** Takes a client out of every list; the loyalty card stays with the phone. */
export function deleteClient(world: World, client: Client, actor: Actor): void {
  save(world, { ...client, deleted: true, changedAt: world.now() }, 'delete', actor);
}

/** Tells receivers about a client that something else has touched, as a paid visit does. */
export function touchClient(world: World, client: Client, actor: Actor): void {
  save(world, { ...client, changedAt: world.now() }, 'update', actor);
}

function save(world: World, client: Client, status: 'create' | 'update' | 'delete', actor: Actor): Client {
  world.store.put('client', client.id, client);
  const { id: resourceId, locationId } = client;
  world.emit({ locationId, resource: 'client', resourceId, status, data: clientView(world, client), actor });
  return client;
}

function refusePhoneOfAnother(world: World, locationId: number, phone: string, ownId: number | undefined): void {
  const other = clientsByPhone(world, phone).find((client) => client.locationId === locationId);
  if (other && other.id !== ownId) throw invalid('phone', 'client with the specified phone already exists');
}

/** The client as Altegio shows it; `balance` is a deposit, never loyalty. */
export function clientView(world: World, client: Client): Record<string, unknown> {
  return {
    id: client.id,
    name: client.name,
    surname: '',
    patronymic: '',
    display_name: client.name,
    phone: `+${client.phone}`,
    email: '',
    discount: 0,
    card: '',
    sex_id: 0,
    sex: title(world.settings, 'unknownSex'),
    sms_check: 0,
    sms_bot: 0,
    sms_not: 0,
    importance_id: 0,
    importance: title(world.settings, 'noPriority'),
    comment: '',
    last_change_date: stampTime(client.changedAt, world.timeZone(client.locationId)),
    birth_date: '1900-01-01',
    visits: 0,
    spent: 0,
    paid: 0,
    balance: 0,
    categories: [],
    custom_fields: {},
    ...client.fields,
  };
}
