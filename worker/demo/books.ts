/** Both books of one customer: the ledger by our operator door, Altegio by the sandbox's own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatSigned, parseAmount } from '../../domain/money.ts';
import * as doors from './doors.ts';
import type { Account, Card, Doors, Operation, Transfer } from './doors.ts';
import { DemoFailure } from './errors.ts';

/** Whose books. */
export interface Customer {
  readonly accountId: string;
  readonly cardId: number;
  readonly phone: string;
}

/** Both balances, decimal texts. */
export interface BothBalances {
  readonly ledger: string;
  readonly altegio: string;
}

/** Longest wait for equal books: the journal may have to be read again. */
const EQUAL_MS = 60_000;
const POLL_MS = 100;

/** What both books hold now, and whether the product says that they match. */
export async function readBooks(ask: Doors, customer: Customer): Promise<BothBalances & { matched: boolean }> {
  const account = await ask.ask('operator', doors.accountAnswer, `/accounts/${customer.accountId}`);
  const card = await cardOf(ask, customer.cardId);
  return { ledger: account.ledger.available, altegio: card.balance, matched: account.state === 'matched' };
}

/** Waits until both books hold `expected`. @throws DemoFailure naming both when they do not. */
export async function untilEqual(ask: Doors, customer: Customer, expected: string): Promise<BothBalances> {
  const deadline = Date.now() + EQUAL_MS;
  for (;;) {
    const seen = await readBooks(ask, customer);
    if (seen.matched && seen.ledger === expected && seen.altegio === expected) return seen;
    if (Date.now() > deadline) {
      throw new DemoFailure(
        `Both books should hold ${expected} after ${EQUAL_MS / 1000} s, but the ledger holds ${seen.ledger} and Altegio ${seen.altegio}.`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** The card as Altegio's own side lists it. */
export async function cardOf(ask: Doors, cardId: number): Promise<Card> {
  const card = (await ask.ask('altegio', doors.cardsAnswer, '/cards')).find(({ id }) => id === cardId);
  if (!card) throw new DemoFailure(`Altegio's card ${cardId} has gone during the demo.`);
  return card;
}

/** The account of a phone (digits without plus), if there is one yet. */
export async function accountOf(ask: Doors, phone: string): Promise<Account | undefined> {
  const query = `/accounts?phone=${encodeURIComponent(`+${phone}`)}`;
  return (await ask.ask('operator', doors.accountsAnswer, query)).items[0];
}

/** Transfers after the one called `after`, oldest first. */
export async function transfersSince(ask: Doors, customer: Customer, after: bigint): Promise<Transfer[]> {
  const { items } = await ask.ask('operator', doors.transfersAnswer, `/accounts/${customer.accountId}/transfers`);
  return items.filter(({ id }) => BigInt(id) > after).toReversed();
}

/** The newest transfer's id; 0 when there is none. */
export async function newestTransfer(ask: Doors, customer: Customer): Promise<bigint> {
  const all = await transfersSince(ask, customer, 0n);
  return BigInt(all.at(-1)?.id ?? 0);
}

/** The customer's operations, newest first. */
export async function operationsOf(ask: Doors, customer: Customer): Promise<Operation[]> {
  return (await ask.ask('operator', doors.operationsAnswer, `/operations?accountId=${customer.accountId}`)).items;
}

/** The signed sum of transfers, such as `−30.00`. */
export function sumOf(transfers: readonly Transfer[]): string {
  return formatSigned(transfers.reduce((sum, { amount }) => sum + parseAmount(amount), 0n));
}
