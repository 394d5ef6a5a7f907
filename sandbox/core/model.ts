/** What the sandbox remembers. Rows are immutable: a change puts a new object. Money is whole minor units. */
import type { LimitSettings, Settings, WebhookSettings } from './settings.ts';

/** Who did it: the API's own user, or somebody in the salon. Decides whether `self_sending: 0` hides the event. */
export type Actor = 'api' | 'staff';

export interface SeedOptions {
  readonly chainId: number;
  readonly firstLocationId: number;
  readonly clients: number;
  readonly locations: number;
}

/** Writable client fields that the sandbox only stores and repeats. */
export type ClientFields = Readonly<Record<string, unknown>>;

/** One person in one location; the same person has another client id in every other location. */
export interface Client {
  readonly id: number;
  readonly locationId: number;
  readonly name: string;
  /** Digits only; the views add the plus where Altegio does. */
  readonly phone: string;
  readonly fields: ClientFields;
  readonly deleted: boolean;
  readonly changedAt: string;
}

export interface Card {
  readonly id: number;
  readonly number: string;
  readonly typeId: number;
  readonly phone: string;
  readonly balance: number;
  readonly deleted: boolean;
}

/** One line of the chain's loyalty journal; `amount` is a magnitude, its direction follows from the type. */
export interface Line {
  readonly id: number;
  readonly typeId: number;
  readonly cardId: number;
  readonly amount: number;
  readonly at: string;
  readonly actor: Actor;
  readonly locationId: number;
  readonly visitId: number;
  readonly recordId: number;
  readonly itemId: number;
  readonly itemKind: ItemKind | null;
  readonly cancelled: boolean;
}

export type ItemKind = 'service' | 'good';

export interface Item {
  readonly id: number;
  readonly kind: ItemKind;
  readonly title: string;
  readonly cost: number;
}

/** Altegio's attendance: 2 confirmed, 1 arrived, 0 waiting, -1 no-show. */
export type Attendance = -1 | 0 | 1 | 2;

export interface SalonRecord {
  readonly id: number;
  readonly visitId: number;
  readonly locationId: number;
  readonly clientId: number | null;
  readonly items: readonly Item[];
  readonly startsAt: string;
  readonly attendance: Attendance;
  readonly comment: string;
  readonly deleted: boolean;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** One finance transaction: Altegio makes one for every sold item. */
export interface Payment {
  readonly id: number;
  readonly locationId: number;
  readonly visitId: number;
  readonly recordId: number;
  readonly itemId: number;
  readonly itemKind: ItemKind;
  readonly clientId: number | null;
  readonly amount: number;
  readonly at: string;
  readonly deleted: boolean;
  readonly changedAt: string;
}

/** Money of a phone in the chain. */
export interface Deposit {
  readonly id: number;
  readonly phone: string;
  readonly initial: number;
  readonly balance: number;
  readonly blocked: boolean;
  readonly createdAt: string;
}

export interface Hooks {
  readonly urls: readonly string[];
  readonly flags: Readonly<Record<string, number>>;
}

export interface RequestRow {
  readonly id: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  /** 0 when the connection was dropped or left hanging. */
  readonly status: number;
  readonly applied: boolean;
}

export interface Meta {
  readonly seed: SeedOptions;
  readonly login: string;
  readonly password: string;
  /** Null until staff changes the password: then the token handed to the sandbox at start is worth nothing. */
  readonly changedToken: string | null;
  readonly settings: Settings;
  readonly limits: LimitSettings;
  readonly webhooks: WebhookSettings;
}

export interface Tables {
  readonly meta: Meta;
  readonly client: Client;
  readonly card: Card;
  readonly line: Line;
  readonly record: SalonRecord;
  readonly payment: Payment;
  readonly deposit: Deposit;
  readonly hooks: Hooks;
  readonly request: RequestRow;
}
