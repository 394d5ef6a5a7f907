/** Rows as documents of the POS door. */
import type { PaymentRow } from '../../activities/ledger/payment-row.ts';
import type { Standing } from '../../activities/ledger/payment-view.ts';
import type { TillAccount } from '../../activities/ledger/till-accounts.ts';
import { target } from '../../domain/account.ts';
import { levelOf } from '../../domain/levels.ts';
import { formatAmount } from '../../domain/money.ts';
import { balanceDocument } from '../../domain/payment.ts';
import { maskPhone } from '../../domain/phone.ts';

/** The other book as a till sees it: what it held, when that was read, and whether that is too long ago. */
export interface AltegioView {
  readonly balance: bigint;
  readonly seenAt: Date;
  readonly stale: boolean;
}

/** A name that its owner recognises and nobody learns from the till's screen: `Aigerim S` → `A*** S***`. */
export function maskName(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean).slice(0, 2);
  return words.map((word) => `${/^./u.exec(word)?.[0] ?? ''}***`).join(' ');
}

/** The other book, in a lookup and in a quote. */
export const altegioDocument = (altegio: AltegioView | null) =>
  altegio && { balance: formatAmount(altegio.balance), seenAt: altegio.seenAt.toISOString(), stale: altegio.stale };

function cardStatus({ altegio, cardNumber, phone, program }: TillAccount): 'active' | 'missing' | 'none' {
  if (altegio) return altegio.state === 'missing' ? 'missing' : 'active';
  // Where the ledger is the only book, a card is its number.
  return (program.cardTypeId === null || phone === null) && cardNumber !== null ? 'active' : 'none';
}

/** What the cashier sees of a customer: the name, else the phone, else the card, each masked. */
function displayName({ displayName: name, phone, cardNumber }: TillAccount): string {
  if (name) return maskName(name);
  return phone === null ? `*** ${cardNumber?.slice(-4) ?? ''}`.trim() : maskPhone(phone);
}

/** A customer among several of whom one is chosen. */
export const choiceDocument = (account: TillAccount) => ({
  id: account.id,
  displayName: displayName(account),
  type: account.program.title,
});

/** A customer as a lookup answers. */
export function accountDocument(account: TillAccount, altegio: AltegioView | null) {
  const { nextExpiry } = account;
  return {
    id: account.id,
    displayName: displayName(account),
    card: {
      number: account.cardNumber,
      status: cardStatus(account),
    },
    type: account.program.title,
    customerType: account.customerType.name,
    level: levelOf(account.program.settings.accrual.levels, account.spent).name,
    balance: balanceDocument(account.balances),
    nextExpiry: nextExpiry && { amount: formatAmount(nextExpiry.amount), at: nextExpiry.at.toISOString() },
    altegio: altegioDocument(altegio),
  };
}

function mirrorDocument({ balances, mirror, altegio }: Standing) {
  return {
    state: mirror,
    target: formatAmount(target(balances)),
    altegio: altegio && formatAmount(altegio.balance),
    seenAt: altegio && altegio.seenAt.toISOString(),
  };
}

/** A payment read later: what was stored when it was decided, with its present state and both books as they stand. */
export function paymentDocument(payment: PaymentRow, standing: Standing): Record<string, unknown> {
  const mirror = mirrorDocument(standing);
  if (payment.answer) {
    const account = { id: payment.accountId, balance: balanceDocument(standing.balances) };
    const refunded = payment.refunded > 0n && { refunded: formatAmount(payment.refunded) };
    // What was undone since says nothing true about the balances any more.
    return {
      ...payment.answer,
      state: payment.state,
      ...refunded,
      ...(payment.state !== 'CAPTURED' && { account }),
      mirror,
    };
  }
  const { declined } = payment;
  return {
    id: payment.id,
    receipt: payment.receipt,
    attempt: payment.attempt,
    state: payment.state,
    total: formatAmount(payment.total),
    redeemed: '0.00',
    due: formatAmount(payment.total),
    accrued: '0.00',
    tenders: [],
    account: { id: payment.accountId, balance: balanceDocument(standing.balances) },
    mirror,
    workflowId: payment.workflowId,
    replayed: false,
    expiresAt: null,
    declined: declined && {
      code: declined.code,
      ...(declined.allowed === undefined ? {} : { allowed: declined.allowed }),
    },
  };
}
