/** What a bill could take and earn: a pure calculation on a customer's balances, which writes nothing. */
import { available } from '../../domain/account.ts';
import { accrualFor, percentFor } from '../../domain/accrual.ts';
import { type DeductionRefusal, maxRedeemable } from '../../domain/deduction.ts';
import { type Minor, parseAmount } from '../../domain/money.ts';
import type { ProgramSettings } from '../../domain/program.ts';
import { parseShare } from '../../domain/ratio.ts';
import type { TillAccount } from './till-accounts.ts';

/** A line of a bill as far as points care. */
export interface BillLine {
  readonly category?: string | undefined;
  readonly amount: Minor;
}

/** What a quote says. Amounts in minor units. */
export interface Quote {
  readonly maxRedeemable: Minor;
  readonly due: Minor;
  /** Earned when the maximum is redeemed. */
  readonly wouldAccrue: Minor;
  readonly wouldAccrueWithoutBonus: Minor;
  /** What keeps the maximum below the bill; empty when the whole bill can be paid with points. */
  readonly reasons: readonly (DeductionRefusal | 'account_frozen')[];
}

/** The part of a bill that points may pay and money may earn on: all of it, or its lines without excluded categories. */
export function eligibleTotal(
  total: Minor,
  lines: readonly BillLine[] | undefined,
  excluded: ProgramSettings['excludedCategories'],
): Minor {
  if (!lines) return total;
  return lines.reduce(
    (sum, { category, amount }) => (category !== undefined && excluded?.includes(category) ? sum : sum + amount),
    0n,
  );
}

/** Calculates a quote. `altegio` is the other book's balance as far as known; null trusts the ledger. */
export function quoteFor(
  account: Pick<TillAccount, 'balances' | 'spent' | 'state' | 'program'>,
  bill: { readonly total: Minor; readonly lines?: readonly BillLine[] | undefined },
  altegio: Minor | null,
): Quote {
  const { settings } = account.program;
  const eligible = eligibleTotal(bill.total, bill.lines, settings.excludedCategories);
  const limit = maxRedeemable({
    total: bill.total,
    eligible,
    available: available(account.balances),
    debt: account.balances.debt,
    altegio,
    // Without a word from Altegio the ledger alone is quoted; the payment itself reads Altegio.
    trustCap: available(account.balances),
    maxShare: parseShare(settings.redeem.maxShare),
    minMoney: parseAmount(settings.redeem.minMoney),
  });
  const frozen = account.state === 'frozen';
  const redeemed = frozen ? 0n : limit.amount;
  const accrual = (taken: Minor): Minor =>
    accrualFor({
      eligible,
      redeemed: taken,
      due: bill.total - taken,
      notEarning: 0n,
      percent: percentFor(settings.accrual.levels, account.spent),
      rounding: settings.rounding,
    });
  return {
    maxRedeemable: redeemed,
    due: bill.total - redeemed,
    wouldAccrue: accrual(redeemed),
    wouldAccrueWithoutBonus: accrual(0n),
    reasons: frozen ? ['account_frozen'] : redeemed < bill.total ? [limit.code] : [],
  };
}
