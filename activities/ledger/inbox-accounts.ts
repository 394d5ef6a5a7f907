/** From what an event says of a person to the accounts it concerns. */
import { randomBytes } from 'node:crypto';
import { newId } from '../../domain/new-id.ts';
import type { Tx } from './database.ts';
import { markRepeats, type Outcome, type ReceivedEvent, sendOutcomes } from './inbox.ts';

/** Whom an event concerns, as far as its own text says. */
export interface Person {
  /** E.164, or null when the event does not say. */
  readonly phone: string | null;
  readonly name: string | null;
  /** `YYYY-MM-DD`; null where Altegio does not know it. */
  readonly birthDate: string | null;
  /** Altegio's client id in the event's location. */
  readonly clientId: bigint | null;
  /** The altegio card's id, for events about a card. */
  readonly cardId: bigint | null;
  /** Whether the event may make an account: not when it tells of a deletion. */
  readonly mayCreate: boolean;
  /** The event says when the thing changed. */
  readonly dated: boolean;
  /** Whether Altegio may be asked for the client's phone. */
  readonly mayAsk: boolean;
}

/** What is done with an event: nothing, or something for a person. */
export type Subject = { readonly ignored: string } | { readonly ignored: null; readonly person: Person };

/** An event with its subject. */
export interface Work {
  readonly event: ReceivedEvent;
  readonly subject: Subject;
}

/** Said of events whose client cannot have an account: the phone is its key. */
export const NO_PHONE = 'the client has no phone, so there is no account';

const keyOf = (chainId: bigint, phone: string): string => `${chainId} ${phone}`;

interface Known {
  readonly byCard: ReadonlyMap<string, { accountId: string; phone: string }>;
  readonly byClient: ReadonlyMap<string, { accountId: string; phone: string }>;
  /** The chain's programs at each location. */
  readonly programs: ReadonlyMap<bigint, readonly string[]>;
}

const CARDS = `
  select c.chain_id, c.card_id, a.id as account_id, a.phone
    from altegio_card c join account a on a.id = c.account_id where c.card_id = any($1::bigint[])`;
const CLIENTS = `
  select ac.location_id, ac.client_id, a.id as account_id, a.phone
    from unnest($1::bigint[], $2::bigint[]) as named (location_id, client_id)
    join account_client ac using (location_id, client_id) join account a on a.id = ac.account_id`;
const PROGRAMS = `
  select l.id as location_id, p.id as program_id
    from location l join program p on p.chain_id = l.chain_id and p.provider = l.provider
    join lateral (select settings -> 'locations' as locations from program_version
                   where program_id = p.id order by version desc limit 1) v on true
   where l.id = any($1::bigint[])
     and (v.locations is null or jsonb_typeof(v.locations) = 'null' or v.locations @> to_jsonb(l.id))
   order by l.id, p.created_at, p.id`;

interface Named {
  readonly event: ReceivedEvent;
  readonly person: Person;
}

async function load(tx: Tx, named: readonly Named[]): Promise<Known> {
  const cards = named.flatMap(({ person }) => (person.cardId === null ? [] : [person.cardId]));
  const clients = named.flatMap(({ event, person }) =>
    person.clientId === null ? [] : [{ locationId: event.locationId, clientId: person.clientId }],
  );
  const [cardRows, clientRows, programRows] = await Promise.all([
    tx.rows<{ chain_id: bigint; card_id: bigint; account_id: string; phone: string }>(CARDS, [cards]),
    tx.rows<{ location_id: bigint; client_id: bigint; account_id: string; phone: string }>(CLIENTS, [
      clients.map(({ locationId }) => locationId),
      clients.map(({ clientId }) => clientId),
    ]),
    tx.rows<{ location_id: bigint; program_id: string }>(PROGRAMS, [named.map(({ event }) => event.locationId)]),
  ]);
  const programs = new Map<bigint, string[]>();
  for (const { location_id, program_id } of programRows)
    programs.set(location_id, [...(programs.get(location_id) ?? []), program_id]);
  return {
    byCard: new Map(
      cardRows.map((row) => [`${row.chain_id} ${row.card_id}`, { accountId: row.account_id, phone: row.phone }]),
    ),
    byClient: new Map(
      clientRows.map((row) => [`${row.location_id} ${row.client_id}`, { accountId: row.account_id, phone: row.phone }]),
    ),
    programs,
  };
}

/** A person found: by whom we know already, or by the phone the event gives. */
interface Found extends Named {
  readonly phone: string;
  readonly accountId: string | null;
}

function find({ event, person }: Named, known: Known): Found | null {
  const card = person.cardId === null ? undefined : known.byCard.get(`${event.chainId} ${person.cardId}`);
  if (card) return { event, person, ...card };
  if (person.phone !== null) return { event, person, phone: person.phone, accountId: null };
  const client = person.clientId === null ? undefined : known.byClient.get(`${event.locationId} ${person.clientId}`);
  return client ? { event, person, ...client } : null;
}

const CREATE = `
  insert into account (id, chain_id, program_id, phone)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
  on conflict (chain_id, program_id, phone) do nothing`;

// Locked in the order of their ids, so that two relays never wait for each other in a circle.
const TOUCH = `
  with due as (
    select a.id, named.name, named.birth_date
      from unnest($1::bigint[], $2::text[], $3::text[], $4::date[]) as named (chain_id, phone, name, birth_date)
      join account a on a.chain_id = named.chain_id and a.phone = named.phone
     order by a.id for no key update of a
  )
  update account set dirty_seq = dirty_seq + 1, display_name = coalesce(display_name, due.name),
                     birth_date = coalesce(account.birth_date, due.birth_date)
    from due where account.id = due.id
  returning account.id, account.chain_id, account.phone`;

const CLIENT_SEEN = `
  insert into account_client (account_id, location_id, client_id)
  select * from unnest($1::text[], $2::bigint[], $3::bigint[])
  on conflict (location_id, client_id) do update set account_id = excluded.account_id
   where account_client.account_id <> excluded.account_id`;

function sendNewAccounts(tx: Tx, found: readonly Found[], known: Known): void {
  const wanted = new Map<string, { chainId: bigint; programId: string; phone: string }>();
  for (const { event, person, phone, accountId } of found) {
    if (!person.mayCreate || accountId !== null) continue;
    for (const programId of known.programs.get(event.locationId) ?? [])
      wanted.set(`${keyOf(event.chainId, phone)} ${programId}`, { chainId: event.chainId, programId, phone });
  }
  if (wanted.size === 0) return;
  const rows = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  tx.send(CREATE, [
    rows.map(() => newId('acc', Date.now(), randomBytes)),
    rows.map(({ chainId }) => chainId),
    rows.map(({ programId }) => programId),
    rows.map(({ phone }) => phone),
  ]);
}

/** Counts the event for every account of each person, and returns their ids by person. */
async function touch(tx: Tx, found: readonly Found[]): Promise<Map<string, string[]>> {
  const people = new Map<string, { chainId: bigint; phone: string; name: string | null; birthDate: string | null }>();
  for (const { event, person, phone } of found) {
    const key = keyOf(event.chainId, phone);
    const before = people.get(key);
    const name = person.name ?? before?.name ?? null;
    people.set(key, { chainId: event.chainId, phone, name, birthDate: person.birthDate ?? before?.birthDate ?? null });
  }
  const rows = await tx.rows<{ id: string; chain_id: bigint; phone: string }>(TOUCH, [
    [...people.values()].map(({ chainId }) => chainId),
    [...people.values()].map(({ phone }) => phone),
    [...people.values()].map(({ name }) => name),
    [...people.values()].map(({ birthDate }) => birthDate),
  ]);
  const byPerson = new Map<string, string[]>();
  for (const { id, chain_id, phone } of rows)
    byPerson.set(keyOf(chain_id, phone), [...(byPerson.get(keyOf(chain_id, phone)) ?? []), id].sort());
  return byPerson;
}

function sendClients(tx: Tx, found: readonly Found[], outcomes: ReadonlyMap<bigint, Outcome>): void {
  const seen = new Map<string, { accountId: string; locationId: bigint; clientId: bigint }>();
  for (const { event, person } of found) {
    const accountId = outcomes.get(event.id)?.accountId;
    if (person.clientId === null || !accountId) continue;
    seen.set(`${event.locationId} ${person.clientId}`, {
      accountId,
      locationId: event.locationId,
      clientId: person.clientId,
    });
  }
  if (seen.size === 0) return;
  const rows = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  tx.send(CLIENT_SEEN, [
    rows.map(({ accountId }) => accountId),
    rows.map(({ locationId }) => locationId),
    rows.map(({ clientId }) => clientId),
  ]);
}

/**
 * Decides what becomes of locked events and stores it. Returns those that only Altegio can tell more about; they stay
 * received.
 */
export async function resolveEvents(tx: Tx, work: readonly Work[]): Promise<Named[]> {
  const named = work.flatMap(({ event, subject }) =>
    subject.ignored === null ? [{ event, person: subject.person }] : [],
  );
  sendOutcomes(
    tx,
    work.flatMap(({ event, subject }) =>
      subject.ignored === null ? [] : [{ id: event.id, accountId: null, note: subject.ignored }],
    ),
  );
  const repeats = await markRepeats(
    tx,
    named.map(({ event, person }) => ({ id: event.id, dated: person.dated })),
  );
  const fresh = named.filter(({ event }) => !repeats.has(event.id));
  if (fresh.length === 0) return [];

  const known = await load(tx, fresh);
  const found = fresh.flatMap((entry) => find(entry, known) ?? []);
  const missing = fresh.filter((entry) => find(entry, known) === null);
  sendNewAccounts(tx, found, known);
  const accounts = await touch(tx, found);
  const outcomes = new Map<bigint, Outcome>();
  for (const { event, person, phone, accountId } of found) {
    const id = accountId ?? accounts.get(keyOf(event.chainId, phone))?.[0] ?? null;
    const note =
      id !== null ? null : person.mayCreate ? 'no program is linked for this location' : 'there is no account';
    outcomes.set(event.id, { id: event.id, accountId: id, note });
  }
  const askable = missing.filter(({ person }) => person.mayAsk && person.clientId !== null);
  for (const { event, person } of missing)
    if (!(person.mayAsk && person.clientId !== null))
      outcomes.set(event.id, { id: event.id, accountId: null, note: NO_PHONE });
  sendClients(tx, found, outcomes);
  sendOutcomes(tx, [...outcomes.values()]);
  return askable;
}
