/** The salon chain as a whole: its tables, its settings, its clock, and the events its changes cause. */
import { randomBytes } from 'node:crypto';
import type { Actor, Hooks, Meta, SeedOptions } from './model.ts';
import { defaultHooks, defaultSeed, seedChain, seedRows } from './seed.ts';
import type { Chain, Place } from './seed.ts';
import { defaultLimits, defaultSettings, defaultWebhooks } from './settings.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

const META_ID = 1;
/** Altegio's own words for how long after an event it sends the webhook. */
const ABOUT_FIVE_SECONDS_MS = 5000;
/** People of the seed have been clients since the day before: a start of the sandbox is no change of theirs. */
const CLIENTS_FOR_MS = 24 * 3_600_000;

/** Something Altegio would tell its webhook receivers; `data` is the picture at the time of the event. */
export interface SalonEvent {
  readonly locationId: number;
  readonly resource: string;
  readonly resourceId: number;
  readonly status: 'create' | 'update' | 'delete';
  readonly data: unknown;
  readonly actor: Actor;
}

export interface WorldOptions {
  readonly store: Store;
  readonly seed: Partial<SeedOptions> | undefined;
  /** Undefined keeps what an earlier run has stored, or Altegio's 5 seconds. */
  readonly webhookDelayMs: number | undefined;
  readonly userToken: string;
}

export class World {
  readonly store: Store;
  readonly chain: Chain;
  readonly #options: WorldOptions;
  #events: SalonEvent[] = [];
  #receive: (events: readonly SalonEvent[]) => void = () => undefined;

  /** Continues with the stored state, or starts from the seed. */
  constructor(options: WorldOptions) {
    this.store = options.store;
    this.#options = options;
    const stored = this.store.get('meta', META_ID);
    const seed = { ...defaultSeed, ...stored?.seed, ...options.seed };
    if (!stored) this.#plant(seed);
    else if (JSON.stringify(seed) !== JSON.stringify({ ...defaultSeed, ...stored.seed })) {
      throw new Error('The sandbox folder holds another chain: choose another folder or the seed it was made with.');
    }
    this.chain = seedChain(seed);
    const { webhookDelayMs: delayMs } = options;
    if (delayMs !== undefined) this.write(() => this.setMeta({ webhooks: { ...this.meta.webhooks, delayMs } }));
  }

  get meta(): Meta {
    const meta = this.store.get('meta', META_ID);
    if (!meta) throw new Error('sandbox: the state has no meta row');
    return meta;
  }

  get settings(): Settings {
    // State of an older sandbox may lack a switch.
    return { ...defaultSettings, ...this.meta.settings };
  }

  /** The token the API accepts now. */
  get userToken(): string {
    return this.meta.changedToken ?? this.#options.userToken;
  }

  /** Changes part of the meta row inside a transaction. */
  setMeta(part: Partial<Meta>): void {
    this.store.put('meta', META_ID, { ...this.meta, ...part });
  }

  /** Sets who hears of events; there is one receiver, the webhook sender. */
  onEvents(receive: (events: readonly SalonEvent[]) => void): void {
    this.#receive = receive;
  }

  /** Runs changes as one transaction; its events leave only after it is on disk. */
  write<T>(run: () => T): T {
    this.#events = [];
    const result = this.store.transaction(run);
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) this.#receive(events);
    return result;
  }

  /** A part of a transaction that is undone alone, with its events, when it throws. */
  attempt<T>(run: () => T): T {
    const mark = this.#events.length;
    try {
      return this.store.attempt(run);
    } catch (error) {
      this.#events.length = mark;
      throw error;
    }
  }

  /** Notes an event of the open transaction. */
  emit(event: SalonEvent): void {
    this.#events.push(event);
  }

  now(): string {
    return new Date().toISOString();
  }

  location(id: number): Place | undefined {
    return this.chain.locations.find((place) => place.id === id);
  }

  /** The time zone of a location; rows only ever name locations of the chain. */
  timeZone(locationId: number): string {
    return this.location(locationId)?.timeZone ?? 'UTC';
  }

  hooks(locationId: number): Hooks {
    return this.store.get('hooks', locationId) ?? defaultHooks;
  }

  /** Next id of a table whose ids count up across the chain. */
  nextId(kind: 'card' | 'line' | 'record' | 'payment' | 'deposit'): number {
    return this.store.nextId(kind, kind === 'card' ? this.chain.cardIdBase : this.chain.rowIdBase);
  }

  /** Makes the user's old token worthless and answers what to log in with from now on. */
  changePassword(password: string): { login: string; password: string; userToken: string } {
    const userToken = `sandbox-${randomBytes(16).toString('hex')}`;
    this.write(() => this.setMeta({ password, changedToken: userToken }));
    return { login: this.meta.login, password, userToken };
  }

  /** Back to the seed, settings and token included. */
  reset(): void {
    this.#plant(this.meta.seed);
  }

  #plant(seed: SeedOptions): void {
    const clientsSince = new Date(Date.parse(this.now()) - CLIENTS_FOR_MS).toISOString();
    const { clients, cards } = seedRows(seed, clientsSince);
    this.store.transaction(() => {
      for (const kind of [
        'meta',
        'client',
        'card',
        'line',
        'record',
        'payment',
        'deposit',
        'hooks',
        'request',
      ] as const) {
        this.store.clear(kind);
      }
      for (const client of clients) this.store.put('client', client.id, client);
      for (const card of cards) this.store.put('card', card.id, card);
      this.store.put('meta', META_ID, {
        seed,
        login: 'integration@sandbox.example',
        password: 'sandbox',
        changedToken: null,
        settings: defaultSettings,
        limits: defaultLimits,
        webhooks: defaultWebhooks(this.#options.webhookDelayMs ?? ABOUT_FIVE_SECONDS_MS),
      });
    });
  }
}
