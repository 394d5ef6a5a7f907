/**
 * Why a transfer is as many points as it is: what was stored with it becomes one of a closed list of explanations, each with
 * the numbers it was made of. The words stand elsewhere, for each language.
 */
import { accrualBase } from './accrual.ts';
import { eligibleAmounts } from './earning.ts';
import type { DriftCause } from './journal.ts';
import { magnitude, type Minor } from './money.ts';
import { type BillLine, type MoneyTender, notEarningMoney } from './payment.ts';
import type { TransferCode } from './posting-plan.ts';
import type { ProgramSettings } from './program.ts';

/** A sale as it was captured. Amounts in minor units. */
export interface StoredSale {
  readonly receipt: string;
  readonly total: Minor;
  readonly redeemed: Minor;
  readonly due: Minor;
  readonly percent: string;
  readonly lines: readonly BillLine[];
  readonly money: readonly MoneyTender[];
  /** Of the version that the sale was settled under. */
  readonly settings: ProgramSettings;
}

/** What is stored with and around a transfer. Amounts in minor units. */
export interface StoredFacts {
  readonly code: TransferCode;
  readonly amount: Minor;
  readonly reason: string | null;
  readonly learnedAt: Date;
  /** What an operator had asked for, signed. */
  readonly asked: Minor | null;
  readonly sale: StoredSale | null;
  /** The refund that posted it; `amount` is its part of the bill. */
  readonly refund: { readonly amount: Minor; readonly money: Minor } | null;
  /** The visit in Altegio that posted it, and its rate. */
  readonly visit: { readonly id: string; readonly percent: string } | null;
  /** The workflow of an operation that was undone or skipped as a whole by this. */
  readonly undoes: string | null;
  readonly lot: { readonly expiresAt: Date | null; readonly activatesAt: Date | null } | null;
  readonly drift: { readonly expected: Minor; readonly balance: Minor; readonly causes: readonly string[] } | null;
}

/** One explanation; `amount` is what the transfer moved, without a sign. */
export type Why =
  | {
      readonly kind: 'earned';
      readonly amount: Minor;
      readonly base: Minor;
      readonly percent: string;
      readonly receipt: string;
    }
  | {
      readonly kind: 'redeemed';
      readonly amount: Minor;
      readonly whole: Minor;
      readonly total: Minor;
      readonly receipt: string;
      readonly expiresAt: Date | null;
    }
  | {
      readonly kind: 'returned';
      readonly amount: Minor;
      readonly refunded: Minor;
      readonly total: Minor;
      readonly receipt: string;
    }
  | { readonly kind: 'expiredOnReturn'; readonly amount: Minor; readonly refunded: Minor; readonly receipt: string }
  | {
      readonly kind: 'takenBack';
      readonly amount: Minor;
      readonly money: Minor;
      readonly percent: string;
      readonly receipt: string;
    }
  | {
      readonly kind: 'earnedInVisit' | 'takenBackInVisit';
      readonly amount: Minor;
      readonly percent: string;
      readonly visit: string;
    }
  | { readonly kind: 'redeemedInVisit' | 'returnedInVisit'; readonly amount: Minor; readonly visit: string }
  | { readonly kind: 'undone'; readonly amount: Minor; readonly of: string; readonly reason: string }
  | { readonly kind: 'expired'; readonly amount: Minor; readonly expiresAt: Date }
  | { readonly kind: 'activated'; readonly amount: Minor; readonly activatesAt: Date | null }
  | {
      readonly kind: 'external';
      readonly amount: Minor;
      readonly expected: Minor;
      readonly balance: Minor;
      readonly causes: readonly DriftCause[];
    }
  /** Both signed; `whole` is what was asked for, of which a lot's part may be one transfer. */
  | { readonly kind: 'adjusted'; readonly amount: Minor; readonly whole: Minor; readonly reason: string }
  | { readonly kind: 'given' | 'withdrawn'; readonly amount: Minor; readonly reason: string }
  | { readonly kind: 'opening' | 'repaid'; readonly amount: Minor };

/** The money that a sale's points were earned on. */
export function earningBase({ total, redeemed, due, lines, money, settings }: StoredSale): Minor {
  const eligible = lines.length > 0 ? eligibleAmounts(lines, settings).reduce((sum, part) => sum + part, 0n) : total;
  return accrualBase({ eligible, redeemed, due, notEarning: notEarningMoney(money) });
}

function ofRefund(facts: StoredFacts, sale: StoredSale, refund: NonNullable<StoredFacts['refund']>): Why {
  const amount = magnitude(facts.amount);
  const { receipt, total, percent } = sale;
  if (facts.code === 'clawback') return { kind: 'takenBack', amount, money: refund.money, percent, receipt };
  const { amount: refunded } = refund;
  if (facts.code === 'expiry') return { kind: 'expiredOnReturn', amount, refunded, receipt };
  return { kind: 'returned', amount, refunded, total, receipt };
}

/** What a visit posts of its own; null for a movement that every operation may have. */
function ofVisit(code: TransferCode, amount: Minor, { id, percent }: NonNullable<StoredFacts['visit']>): Why | null {
  switch (code) {
    case 'accrual':
      return { kind: 'earnedInVisit', amount, percent, visit: id };
    case 'clawback':
      return { kind: 'takenBackInVisit', amount, percent, visit: id };
    case 'redemption':
      return { kind: 'redeemedInVisit', amount, visit: id };
    case 'refund':
      return { kind: 'returnedInVisit', amount, visit: id };
    default:
      return null;
  }
}

/** What was asked for, where this transfer is a part of it; one that takes an adjustment back goes the other way. */
function wholeOf({ amount, asked }: StoredFacts): Minor {
  const isPart = asked !== null && asked * amount > 0n && magnitude(asked) > magnitude(amount);
  return isPart ? asked : amount;
}

/** See the file's header. Total: whatever is stored has an explanation. */
export function whyOf(facts: StoredFacts): Why {
  const { code, sale, refund, visit, lot, drift, undoes } = facts;
  const amount = magnitude(facts.amount);
  const reason = facts.reason ?? '';
  if (undoes !== null && code !== 'repayment') return { kind: 'undone', amount, of: undoes, reason };
  if (refund && sale && (code === 'refund' || code === 'clawback' || code === 'expiry'))
    return ofRefund(facts, sale, refund);
  const inVisit = visit && ofVisit(code, amount, visit);
  if (inVisit) return inVisit;
  switch (code) {
    case 'accrual':
      return sale
        ? { kind: 'earned', amount, base: earningBase(sale), percent: sale.percent, receipt: sale.receipt }
        : { kind: 'given', amount, reason };
    case 'redemption': {
      if (!sale) return { kind: 'withdrawn', amount, reason };
      const { redeemed: whole, total, receipt } = sale;
      return { kind: 'redeemed', amount, whole, total, receipt, expiresAt: lot?.expiresAt ?? null };
    }
    case 'expiry':
      return { kind: 'expired', amount, expiresAt: lot?.expiresAt ?? facts.learnedAt };
    case 'activation':
      // Whatever its date, what a person approved waited for him.
      return { kind: 'activated', amount, activatesAt: facts.asked === null ? (lot?.activatesAt ?? null) : null };
    case 'external': {
      const { expected = 0n, balance = 0n, causes = [] } = drift ?? {};
      return { kind: 'external', amount, expected, balance, causes: causes as readonly DriftCause[] };
    }
    case 'refund':
      return { kind: 'given', amount, reason };
    case 'clawback':
      return { kind: 'withdrawn', amount, reason };
    case 'adjustment':
      return { kind: 'adjusted', amount: facts.amount, whole: wholeOf(facts), reason };
    case 'opening':
      return { kind: 'opening', amount };
    case 'repayment':
      return { kind: 'repaid', amount };
  }
}
