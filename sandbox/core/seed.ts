/** The chain a fresh sandbox starts with, computed from its options alone, so that tests can name every row of it. */
import type { Card, Client, Hooks, SeedOptions } from './model.ts';
import { formatMinor } from './money.ts';

export const defaultSeed: SeedOptions = { chainId: 9206, firstLocationId: 101, clients: 50, locations: 3 };

/** Client ids are `locationId × this + n`, card and journal ids `chainId × this + n`: several sandboxes never collide. */
const ID_SPACE = 1_000_000;

const PLACES = [
  { title: 'Sandbox Almaty', timeZone: 'Asia/Almaty', city: 'Almaty', country: 'KZ' },
  { title: 'Sandbox Berlin', timeZone: 'Europe/Berlin', city: 'Berlin', country: 'DE' },
  { title: 'Sandbox New York', timeZone: 'America/New_York', city: 'New York', country: 'US' },
] as const;

const FIRST_NAMES = ['Aia', 'Bota', 'Clara', 'Dana', 'Elena', 'Farida', 'Greta', 'Hana', 'Irina', 'Jana'];
const LAST_NAMES = ['Abenova', 'Berg', 'Castro', 'Dietrich', 'Evans', 'Fischer', 'Garcia'];

export interface Place {
  readonly id: number;
  readonly title: string;
  readonly timeZone: string;
  readonly city: string;
  readonly country: string;
}

export interface Chain {
  readonly id: number;
  readonly title: string;
  readonly locations: readonly Place[];
  readonly cardTypes: readonly { readonly id: number; readonly title: string }[];
  readonly cardIdBase: number;
  readonly rowIdBase: number;
}

export interface SeedClient {
  /** 1 for the first client. */
  readonly index: number;
  readonly name: string;
  readonly phone: string;
  /** Client id by location id. */
  readonly clientIds: Readonly<Record<number, number>>;
  readonly card: { readonly id: number; readonly number: string; readonly balance: string } | null;
}

/** The chain, its locations and card types. */
export function seedChain(options: SeedOptions): Chain {
  const count = PLACES.length;
  return {
    id: options.chainId,
    title: 'Sandbox chain',
    locations: Array.from({ length: options.locations }, (_, index) => {
      const place = PLACES[index % count] ?? PLACES[0];
      const again = index < count ? '' : ` ${Math.floor(index / count) + 1}`;
      return { ...place, id: options.firstLocationId + index, title: `${place.title}${again}` };
    }),
    cardTypes: [
      { id: 8230, title: 'Cashback' },
      { id: 8231, title: 'VIP' },
    ],
    cardIdBase: options.chainId * ID_SPACE,
    rowIdBase: options.chainId * ID_SPACE,
  };
}

/** Altegio's automatic card number: eight digits of the chain, eight of the card (here of its place in the chain). */
export function automaticNumber(chain: Chain, cardId: number): string {
  return `${String(chain.id).padStart(8, '0')}${String(cardId - chain.cardIdBase).padStart(8, '0')}`;
}

/** Smallest possible client id of a location, less one. */
export function clientIdBase(locationId: number): number {
  return locationId * ID_SPACE;
}

function seedBalance(index: number): number {
  const fixed = [10_000, 25_000, 0][index - 1];
  // Some whole, most fractional: 37 and 991 share no factor with 100, so the cents keep changing.
  return fixed ?? ((index * 991 * 37) % 90_000) + index;
}

/** Everybody in a fresh sandbox, with ids, phone and card; the last fifth has no card. */
export function seedClients(options: Partial<SeedOptions> = {}): SeedClient[] {
  const seed = { ...defaultSeed, ...options };
  // Five digits of the phone tell the clients apart.
  if (seed.clients > 99_999) throw new Error('The sandbox can be seeded with at most 99999 clients.');
  const chain = seedChain(seed);
  const withCard = Math.floor((seed.clients * 4) / 5);
  return Array.from({ length: seed.clients }, (_, offset) => {
    const index = offset + 1;
    const cardId = chain.cardIdBase + index;
    const first = FIRST_NAMES[offset % FIRST_NAMES.length];
    const last = LAST_NAMES[offset % LAST_NAMES.length];
    return {
      index,
      name: `${first} ${last}`,
      // Kazakh mobile: 7701 and seven digits, of which the first two tell one chain's clients from another's.
      phone: `7701${String(seed.chainId % 100).padStart(2, '0')}${String(index).padStart(5, '0')}`,
      clientIds: Object.fromEntries(chain.locations.map(({ id }) => [id, clientIdBase(id) + index])),
      card:
        index > withCard
          ? null
          : { id: cardId, number: automaticNumber(chain, cardId), balance: formatMinor(seedBalance(index)) },
    };
  });
}

/** The seed as table rows, of clients last changed at `clientsSince`. */
export function seedRows(seed: SeedOptions, clientsSince: string): { clients: Client[]; cards: Card[] } {
  const people = seedClients(seed);
  const clients = people.flatMap(({ clientIds, name, phone }) =>
    Object.entries(clientIds).map(([locationId, id]) => {
      return { id, locationId: Number(locationId), name, phone, fields: {}, deleted: false, changedAt: clientsSince };
    }),
  );
  const cards = people.flatMap(({ card, phone, index }) =>
    card
      ? [{ id: card.id, number: card.number, typeId: 8230, phone, balance: seedBalance(index), deleted: false }]
      : [],
  );
  return { clients, cards };
}

/** A location's webhook settings before anybody has touched them. */
export const defaultHooks: Hooks = {
  urls: [],
  flags: {
    active: 1,
    salon: 0,
    service_category: 0,
    service: 0,
    good: 0,
    master: 0,
    client: 1,
    record: 1,
    goods_operations_sale: 1,
    goods_operations_receipt: 0,
    goods_operations_consumable: 0,
    goods_operations_stolen: 0,
    goods_operations_move: 0,
    finances_operation: 1,
    self_sending: 0,
  },
};
