/** Three sums of each customer's points, each from another source, and how they differ. Minor units. */
import { formatAmount } from '../../domain/money.ts';

/** One customer's points three times. */
export interface CustomerSums {
  readonly customer: number;
  /** Our ledger's: what is active less what is owed. */
  readonly ledger: bigint;
  /** What the ledger says Altegio should hold. */
  readonly target: bigint;
  /** The sandbox's card. */
  readonly card: bigint;
  /** What those who moved the points were told. */
  readonly own: bigint;
}

/** The pairwise differences, of one customer or of all. */
export interface Differences {
  readonly ledgerAndCard: bigint;
  readonly ledgerAndOwn: bigint;
  readonly cardAndOwn: bigint;
}

/** Pairwise differences. Debt exists on our side only, so the card is compared with what it should hold. */
export function differencesOf({ ledger, target, card, own }: CustomerSums): Differences {
  const owed = target - ledger;
  return { ledgerAndCard: target - card, ledgerAndOwn: ledger - own, cardAndOwn: card - owed - own };
}

/** Whether any two of the sums differ. */
export function differs(sums: CustomerSums): boolean {
  return Object.values(differencesOf(sums)).some((difference) => difference !== 0n);
}

/** The sum of the differences' sizes: what one customer lacks is not made up for by what another has too much. */
export function totalDifferences(all: readonly CustomerSums[]): Differences {
  const size = (value: bigint) => (value < 0n ? -value : value);
  const sum = (name: keyof Differences) => all.reduce((total, one) => total + size(differencesOf(one)[name]), 0n);
  return { ledgerAndCard: sum('ledgerAndCard'), ledgerAndOwn: sum('ledgerAndOwn'), cardAndOwn: sum('cardAndOwn') };
}

/** The three totals, as decimal texts. */
export function totalsOf(all: readonly CustomerSums[]): { ledger: string; cards: string; own: string } {
  const sum = (name: 'ledger' | 'card' | 'own') => formatAmount(all.reduce((total, one) => total + one[name], 0n));
  return { ledger: sum('ledger'), cards: sum('card'), own: sum('own') };
}
