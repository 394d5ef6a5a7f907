/** Whom the demo plays with: a seeded client whose books are in order, whatever earlier runs and people have done. */
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { accountOf, type Customer, readBooks, untilEqual } from './books.ts';
import * as doors from './doors.ts';
import type { Account, Card, Doors } from './doors.ts';
import { DemoFailure } from './errors.ts';

/** What the till learns about him. */
export interface LookedUp extends Customer {
  readonly displayName: string;
  readonly cardNumber: string;
  readonly available: string;
  /** The operator's top-up that was needed because nobody had enough; null in the normal case. */
  readonly toppedUp: string | null;
  /** Our first contact with him: the lookup has linked his card. */
  readonly isNew: boolean;
}

/** The bonus that the demo's payment asks for. */
export const BONUS = '30.00';
const TOP_UP = '100.00';

/** Looks a client up who can give the bonus; tops one up when nobody can. */
export async function chooseCustomer(ask: Doors): Promise<LookedUp> {
  const cards = await ask.ask('altegio', doors.cardsAnswer, '/cards');
  const enough = cards.filter(({ balance }) => parseAmount(balance) >= parseAmount(BONUS));
  const found = await firstInOrder(ask, enough);
  if (found) return found;
  const poor = await firstInOrder(ask, cards);
  if (!poor) throw new DemoFailure('No client of the sandbox has both books in order: reset the sandbox and .data.');
  const body = { amount: TOP_UP, reason: 'Demo: no client had 30.00 to give' };
  await ask.ask('operator', doors.startedAnswer, `/accounts/${poor.accountId}/adjustments`, body);
  const available = formatAmount(parseAmount(poor.available) + parseAmount(TOP_UP));
  await untilEqual(ask, poor, available);
  return { ...poor, available, toppedUp: TOP_UP };
}

async function firstInOrder(ask: Doors, cards: readonly Card[]): Promise<LookedUp | null> {
  for (const card of cards) {
    const account = await accountOf(ask, card.phone);
    if (account && !isInOrder(account, card)) continue;
    const customer = await lookUp(ask, card, !account);
    if (customer) return customer;
  }
  return null;
}

/** An account without debt, break or difference. */
function isInOrder(account: Account, card: Card): boolean {
  const { state, status, ledger, altegio } = account;
  const whole = ledger.available === card.balance && ledger.debt === '0.00';
  return state === 'matched' && status === 'active' && altegio?.cardId === card.id && whole;
}

/** The till's call. Null when the program's card of this phone is another one. */
async function lookUp(ask: Doors, card: Card, isNew: boolean): Promise<LookedUp | null> {
  const { account } = await ask.ask('till', doors.lookupAnswer, '/lookups', { phone: `+${card.phone}` });
  const { id: accountId, displayName, balance } = account;
  const customer = { accountId, cardId: card.id, phone: card.phone };
  if (account.card.number !== card.number || !(await readBooks(ask, customer)).matched) return null;
  return { ...customer, displayName, cardNumber: card.number, available: balance.available, toppedUp: null, isNew };
}
