/** The calls of Altegio's API that the product makes; each is described in docs/altegio.md. */
import type { Minor } from '../../../domain/money.ts';
import { formatAmount } from '../../../domain/money.ts';
import { toAltegioDigits } from '../../../domain/phone.ts';
import type { Tx } from '../../ledger/database.ts';
import { readAccess, type AltegioAccess, type CallCounts } from './access.ts';
import { readAs, UnreadableBody } from './body.ts';
import type { Permit } from './budget.ts';
import { Caller } from './caller.ts';
import { type Changes, type ChangesQuery, readChanges } from './changes.ts';
import { readJournal, type JournalQuery } from './journal.ts';
import type { Lane } from './lanes.ts';
import { addressOf, type AltegioOptions, type CallOptions } from './options.ts';
import { parked, unpark, type Parked } from './parking.ts';
import * as shapes from './shapes.ts';
import type { AltegioCard, HookSettings, JournalLine, Promotion, VisitPlace, VisitWithdrawal } from './shapes.ts';
import { changeInVisit, readVisit, type VisitQuery, type VisitRead } from './visits.ts';

export interface AltegioLocation {
  id: bigint;
  title: string;
  /** IANA name. */
  timeZone: string;
  address: string | null;
  chain: { id: bigint; title: string } | null;
}

/** Every method throws the classes of errors.ts, and PostgreSQL's own errors before anything is sent. */
export interface Altegio {
  /** Takes a slot before it is known whether a call follows. `write` permits are refused where only writes are parked. */
  acquire(
    lane: Lane,
    options?: { maxWaitMs?: number | undefined; signal?: AbortSignal | undefined; locationId?: bigint | undefined },
  ): Promise<Permit>;
  /** Cards of a phone in a chain; an empty list is no proof that a known card is gone. */
  cardsByPhone(q: { phone: string; chainId: bigint; locationId: bigint }, o: CallOptions): Promise<AltegioCard[]>;
  /** Cards of a client of one location, of every chain and type. */
  cardsByClient(clientId: bigint, o: CallOptions): Promise<AltegioCard[]>;
  /** Adds `amount` (minor units, negative takes away) to a card: a delta that must never be sent twice. */
  manualTransaction(
    q: { locationId: bigint; cardId: bigint; amount: Minor; title: string },
    o: CallOptions,
  ): Promise<{ balance: Minor }>;
  /** The withdrawals from cards that stand in a visit. */
  visitLines(q: VisitPlace, o: CallOptions): Promise<VisitWithdrawal[]>;
  /**
   * Pays part of a visit with `amount` (minor units) of a card, or with less without a word; answers the visit's
   * withdrawals after it. A delta that must never be sent twice.
   */
  withdrawInVisit(q: VisitPlace & { cardId: bigint; amount: Minor }, o: CallOptions): Promise<VisitWithdrawal[]>;
  /** Puts everything that a card paid of a visit back on it; answers the visit's withdrawals after it. */
  cancelInVisit(q: VisitPlace & { cardId: bigint }, o: CallOptions): Promise<VisitWithdrawal[]>;
  /** Lines between two days that move a card; other types are left out. Each page takes a slot. */
  journal(q: JournalQuery, o: CallOptions): Promise<JournalLine[]>;
  /** Appointments (deleted ones too) or clients of a location that changed since. Each page takes a slot. */
  changes(q: ChangesQuery, o: CallOptions): Promise<Changes>;
  /** A visit as it stands; one that was deleted has no records. Two or three calls, each takes a slot. */
  visit(q: VisitQuery, o: CallOptions): Promise<VisitRead>;
  issueCard(
    q: { locationId: bigint; typeId: bigint; phone: string; number: string },
    o: CallOptions,
  ): Promise<AltegioCard>;
  cardTypes(chainId: bigint, o: CallOptions): Promise<{ id: bigint; title: string }[]>;
  /** Altegio's own promotions of the chain, with the card types that each is attached to. */
  promotions(chainId: bigint, o: CallOptions): Promise<Promotion[]>;
  /** May take a second call, when the location's answer names no chain. */
  location(locationId: bigint, o: CallOptions): Promise<AltegioLocation>;
  /** The chains that our user sees, with their locations. */
  chains(o: CallOptions): Promise<{ id: bigint; locationIds: bigint[] }[]>;
  permissions(locationId: bigint, o: CallOptions): Promise<Record<string, unknown>>;
  /** `phone` in E.164, or null when there is none that can be read. */
  client(
    q: { locationId: bigint; clientId: bigint },
    o: CallOptions,
  ): Promise<{ id: bigint; phone: string | null; name: string }>;
  /** The person of a phone: one client id for each location of the chain. */
  chainClients(
    q: { chainId: bigint; phone: string },
    o: CallOptions,
  ): Promise<{ id: bigint; locationId: bigint; name: string }[]>;
  /** Registers a client; `phone` in E.164. @throws AltegioRefused, also when the phone is a client's */
  createClient(q: { locationId: bigint; phone: string; name: string }, o: CallOptions): Promise<void>;
  hooks(locationId: bigint, o: CallOptions): Promise<HookSettings>;
  /** Replaces all settings: merge with what was read ({@link shapes.mergeHooks}). */
  setHooks(locationId: bigint, settings: HookSettings, o: CallOptions): Promise<void>;
  /** Scopes that Altegio has locked us out of. */
  parked(): Promise<Parked[]>;
  /** Frees one scope or all, so that the next call is tried at once; answers how many were parked. */
  unpark(scope?: string): Promise<number>;
  /** What Altegio allows one address. */
  readonly limits: CallCounts;
  /** How this address stands, as all processes know it together. */
  access(): Promise<AltegioAccess>;
  /**
   * Stores a user token, which overrides the variable in every process with its next call, and frees the scope `token`.
   * `also` goes into the same transaction.
   */
  replaceToken(token: string, also: (tx: Tx) => void): Promise<{ setAt: Date; unparked: boolean }>;
  /** Breaks off what is under way and closes the connections; the pool of PostgreSQL stays open. */
  close(): Promise<void>;
}

/** Makes the client. All processes with the same base URL and database share one budget, breaker and parking. */
export function createAltegio(options: AltegioOptions): Altegio {
  const caller = new Caller(options);
  const address = addressOf(options.baseUrl);
  const limits = { perSecond: options.requestsPerSecond, perMinute: options.requestsPerMinute };
  const get = <T>(path: string, o: CallOptions, read: (data: unknown) => T, parks?: bigint): Promise<T> =>
    caller.call({ method: 'GET', path, parks }, o, (body) => read(body.data));

  return {
    acquire: (lane, o = {}) => caller.budget.acquire({ ...o, lane, writes: lane === 'write' }),

    cardsByPhone: ({ phone, chainId, locationId }, o) =>
      get(
        `/loyalty/cards/${toAltegioDigits(phone)}/${chainId}/${locationId}`,
        o,
        (data) => readAs(shapes.cards, data),
        locationId,
      ),

    cardsByClient: (clientId, o) =>
      get(`/loyalty/client_cards/${clientId}`, o, (data) => readAs(shapes.cards, data), o.locationId),

    manualTransaction: ({ locationId, cardId, amount, title }, o) =>
      caller.call(
        {
          method: 'POST',
          path: `/company/${locationId}/loyalty/cards/${cardId}/manual_transaction`,
          // The amount is a JSON number written from its decimal text: no float ever holds it.
          body: `{"amount":${formatAmount(amount)},"title":${JSON.stringify(title)}}`,
          parks: locationId,
        },
        o,
        (body) => {
          const answer = readAs(shapes.cardBalance, body.data);
          if (answer.id !== null && answer.id !== cardId) throw new UnreadableBody('it speaks of another card');
          return { balance: answer.balance };
        },
      ),

    visitLines: ({ locationId, recordId, visitId }, o) =>
      get(
        `/visit/details/${locationId}/${recordId}/${visitId}`,
        o,
        (data) => readAs(shapes.visitDetails, data),
        locationId,
      ),

    withdrawInVisit: (q, o) =>
      changeInVisit(caller, 'apply_card_withdrawal', q, `,"amount":${formatAmount(q.amount)}`, o),
    cancelInVisit: (q, o) => changeInVisit(caller, 'cancel_card_withdrawal', q, '', o),

    journal: (q, o) => readJournal(caller, q, o),
    changes: (q, o) => readChanges(caller, q, o),
    visit: (q, o) => readVisit(caller, q, o),

    issueCard: ({ locationId, typeId, phone, number }, o) =>
      caller.call(
        {
          method: 'POST',
          path: `/loyalty/cards/${locationId}`,
          body:
            `{"loyalty_card_number":${JSON.stringify(number)},"loyalty_card_type_id":${typeId},` +
            `"phone":${toAltegioDigits(phone)}}`,
          parks: locationId,
        },
        o,
        (body) => readAs(shapes.card, body.data),
      ),

    cardTypes: (chainId, o) => get(`/chain/${chainId}/loyalty/card_types`, o, (data) => readAs(shapes.cardTypes, data)),

    promotions: (chainId, o) =>
      get(`/chain/${chainId}/loyalty/programs?include=loyalty_card_types`, o, (data) =>
        readAs(shapes.promotions, data),
      ),

    location: async (locationId, o) => {
      const found = await get(`/company/${locationId}/?my=1&show_groups=1`, o, (data) => readAs(shapes.location, data));
      const named =
        found.main_group ??
        found.groups.find((group) => group.id === found.main_group_id) ??
        (found.groups.length === 1 ? found.groups[0] : undefined);
      const { permit: _used, ...later } = o;
      const chain =
        named ??
        (await get('/groups', later, (data) => readAs(shapes.chains, data))).find((group) =>
          group.companies.some((company) => company.id === locationId),
        );
      return {
        id: found.id,
        title: found.title,
        timeZone: found.timezone_name,
        address: found.address?.trim() || null,
        chain: chain ? { id: chain.id, title: chain.title } : null,
      };
    },

    chains: async (o) => {
      const found = await get('/groups', o, (data) => readAs(shapes.chains, data));
      return found.map(({ id, companies }) => ({ id, locationIds: companies.map((company) => company.id) }));
    },

    permissions: (locationId, o) =>
      get(`/user/permissions/${locationId}`, o, (data) => readAs(shapes.permissions, data)),

    client: ({ locationId, clientId }, o) =>
      get(`/client/${locationId}/${clientId}`, o, (data) => readAs(shapes.client, data)),

    chainClients: ({ chainId, phone }, o) =>
      get(`/group/${chainId}/clients/?phone=${toAltegioDigits(phone)}`, o, (data) => readAs(shapes.chainClients, data)),

    createClient: ({ locationId, phone, name }, o) =>
      caller.call(
        { method: 'POST', path: `/clients/${locationId}`, body: JSON.stringify({ name, phone }), parks: locationId },
        o,
        () => undefined,
      ),

    hooks: (locationId, o) => get(`/hooks_settings/${locationId}`, o, (data) => readAs(shapes.hooks, data)),

    setHooks: (locationId, settings, o) =>
      caller.call(
        { method: 'POST', path: `/hooks_settings/${locationId}`, body: JSON.stringify(settings) },
        o,
        () => undefined,
      ),

    parked: () => parked(options.pool, address),
    unpark: (scope) => unpark(options.pool, address, scope),
    limits,
    access: async () => {
      const [token, rest] = await Promise.all([caller.userToken.state(), readAccess(options.pool, address)]);
      return { ...rest, token, limits };
    },
    replaceToken: (token, also) => caller.userToken.store(token, also),
    close: () => caller.close(),
  };
}
