/** What a handler gets and gives. Handlers are synchronous, so a call is atomic by itself. */
import { parseAmount } from '../core/money.ts';
import { invalid, notFound, Refusal } from '../core/refusal.ts';
import type { Place } from '../core/seed.ts';
import type { World } from '../core/world.ts';

/** What the fault switches tell apart: `read` of cards, `lookup` of clients. An issue is also a write. */
export type CallKind = 'read' | 'write' | 'issue' | 'journal' | 'lookup' | 'other';

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  /** Undefined sends no body at all. */
  readonly data?: unknown;
  readonly meta?: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly kind: CallKind;
  /** False: the partner token alone opens it. */
  readonly user?: false;
  /** Documented without envelope, see the switch `bareLoyalty`. */
  readonly loyalty?: true;
  run(world: World, call: Call): Answer;
}

/** Query parameters; `types[]=5`, `types[0]=5` and `types=5` are the same list. */
export class Query {
  readonly #values = new Map<string, string[]>();

  constructor(search: string) {
    for (const [name, value] of new URLSearchParams(search)) {
      const plain = name.replace(/\[\d*\]$/, '');
      this.#values.set(plain, [...(this.#values.get(plain) ?? []), value]);
    }
  }

  /** The first value under any of the names: Altegio has families of aliases. */
  one(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name)?.[0];
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  }

  list(name: string): string[] {
    return this.#values.get(name) ?? [];
  }

  flag(name: string): boolean {
    return ['1', 'true'].includes(this.one(name) ?? '');
  }
}

export function ok(data: unknown, meta: unknown = []): Answer {
  return { status: 200, data, meta };
}

export function created(data: unknown): Answer {
  return { status: 201, data, meta: [] };
}

export const noContent: Answer = { status: 204 };

/** A numeric path parameter; what is not a number cannot exist. */
export function idOf(call: Call, name: string): number {
  const text = call.params[name] ?? '';
  if (!/^\d{1,16}$/.test(text)) throw notFound();
  return Number(text);
}

/** The location named in the path: 404 outside the chain, 402 and 403 as the switches say. */
export function locationOf(world: World, call: Call, name = 'location_id'): Place {
  const place = world.location(idOf(call, name));
  if (!place) throw notFound();
  const { expiredLocations, uninstalledLocations } = world.settings;
  if (expiredLocations.includes(place.id)) throw new Refusal(402, 'licence', { location_id: [String(place.id)] });
  if (uninstalledLocations.includes(place.id)) throw new Refusal(403, 'denied');
  return place;
}

/** Refuses every chain but ours with 404. */
export function requireChain(world: World, call: Call): void {
  if (idOf(call, 'chain_id') !== world.chain.id) throw notFound();
}

/** The first of an alias family present in the body. */
export function bodyField(call: Call, ...names: readonly string[]): unknown {
  const name = names.find((candidate) => call.body[candidate] !== undefined && call.body[candidate] !== null);
  return name === undefined ? undefined : call.body[name];
}

/** A whole number in the body, as number or digits; 422 otherwise. */
export function bodyId(call: Call, ...names: readonly string[]): number {
  const value = bodyField(call, ...names);
  if (!/^\d{1,16}$/.test(typeof value === 'number' || typeof value === 'string' ? String(value) : '')) {
    throw invalid(names[0] ?? 'id', `${names[0]} must be an integer`);
  }
  return Number(value);
}

/** An amount in the body as minor units, under the switch for more than two decimals. */
export function bodyAmount(world: World, call: Call): number {
  const amount = parseAmount(call.body['amount']);
  if (!amount) throw invalid('amount', 'amount must be a number');
  if (!amount.exact && world.settings.decimals === 'refuse') {
    throw invalid('amount', 'amount may have two decimals at most');
  }
  return amount.minor;
}

/** One page of a list; guess: a size above the maximum is cut to it without a word. */
export function paged<T>(rows: readonly T[], call: Call, size: { default: number; max: number }): T[] {
  const page = positive(call.query.one('page'), 1);
  const count = Math.min(positive(call.query.one('count'), size.default), size.max);
  return rows.slice((page - 1) * count, page * count);
}

/** The number of the page asked for. */
export function pageNumber(call: Call): number {
  return positive(call.query.one('page'), 1);
}

function positive(text: string | undefined, fallback: number): number {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : fallback;
}
