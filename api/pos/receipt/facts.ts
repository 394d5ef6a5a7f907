/** A receipt's sums: every amount that stands on it, computed from the sale in minor units. */
import type { Sale } from '../../../activities/ledger/receipt-view.ts';
import type { Minor } from '../../../domain/money.ts';
import { type VatOfRate, vatByRate } from '../../../domain/vat.ts';

/** A line as it is printed: its price, what was taken off, what is left. */
export interface ReceiptLine {
  readonly id: string;
  readonly title: string;
  readonly price: Minor;
  readonly discount: Minor;
  readonly amount: Minor;
  readonly vatRate: string | null;
}

/** Everything printed. Amounts in minor units; `subtotal − discount = total`, and the tenders add up to the total. */
export interface ReceiptFacts {
  readonly lines: readonly ReceiptLine[];
  readonly subtotal: Minor;
  readonly discount: Minor;
  readonly total: Minor;
  readonly tenders: readonly { readonly type: string; readonly amount: Minor }[];
  /** Part of the total that went back since. */
  readonly refunded: Minor;
  readonly tip: Minor;
  /** What was handed over, and what was given back; null where the till does not say. */
  readonly received: Minor | null;
  readonly change: Minor | null;
  readonly vat: readonly VatOfRate[];
  /** Of a deposit that is kept here: what a payer's paid of its part, and what is left; null where none paid. */
  readonly deposit: { readonly byPayer: Minor; readonly left: Minor } | null;
  readonly bonus: {
    readonly before: Minor;
    readonly taken: Minor;
    readonly earned: Minor;
    readonly now: Minor;
    /** Of what was earned: not to be spent yet. */
    readonly waiting: Minor;
  };
}

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);

function linesOf({ request, answer }: Sale): ReceiptLine[] {
  const bonus = new Map(answer.lines?.map(({ id, discount }) => [id, discount]));
  return (request.lines ?? []).map(({ id, title, amount, discount, vatRate }) => {
    const shrunk = bonus.get(id) ?? 0n;
    return {
      id,
      title,
      price: amount + discount,
      discount: discount + shrunk,
      amount: amount - shrunk,
      vatRate: vatRate ?? null,
    };
  });
}

/** Change is given on what was handed over only, whatever else was paid by card. */
function changeOf({ request }: Sale): Pick<ReceiptFacts, 'received' | 'change'> {
  const handed = (request.money ?? []).flatMap(({ amount, received }) =>
    received == null ? [] : [{ amount, received }],
  );
  if (handed.length === 0) return { received: null, change: null };
  const received = sum(handed.map((item) => item.received));
  return { received, change: received - sum(handed.map(({ amount }) => amount)) };
}

function depositOf({ answer, accountId }: Sale): ReceiptFacts['deposit'] {
  const { deposit } = answer;
  if (!deposit) return null;
  const others = deposit.from.filter((part) => part.accountId !== accountId);
  return { byPayer: sum(others.map(({ amount }) => amount)), left: deposit.available };
}

/** Computes the receipt of a sale. */
export function receiptFacts(sale: Sale): ReceiptFacts {
  const lines = linesOf(sale);
  const shrunk = sale.asKind === 'discount' ? sale.redeemed : 0n;
  const total = sale.total - shrunk;
  const subtotal = lines.length > 0 ? sum(lines.map(({ price }) => price)) : sale.total;
  const taxed = lines.flatMap(({ vatRate, amount }) => (vatRate === null ? [] : [{ rate: vatRate, gross: amount }]));
  const { redeemed: taken, accrued: earned, waiting, pointsAfter: now } = sale;
  return {
    lines,
    subtotal,
    discount: subtotal - total,
    total,
    tenders: sale.answer.tenders,
    refunded: sale.refunded,
    tip: sale.request.tip,
    ...changeOf(sale),
    vat: vatByRate(taxed),
    deposit: depositOf(sale),
    bonus: { before: now + taken - (earned - waiting), taken, earned, now, waiting },
  };
}
