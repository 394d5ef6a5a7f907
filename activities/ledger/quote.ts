/** What a bill could take and earn: a pure calculation on a customer's balances, which writes nothing. */
import { available, type Balances, capture, credit, hold } from '../../domain/account.ts';
import { type DeductionRefusal, maxRedeemable } from '../../domain/deduction.ts';
import { eligibleAmounts } from '../../domain/earning.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import { type Minor, minimum, parseAmount } from '../../domain/money.ts';
import { type Bill, type BillLine, type Refusal, type Settlement, settlePayment } from '../../domain/payment.ts';
import type { PlanFacts, PlannedMove } from '../../domain/plan.ts';
import type { ProgramSettings } from '../../domain/program.ts';
import { parseShare } from '../../domain/ratio.ts';
import type { TillAccount } from './till-accounts.ts';

/** What a till asks about. Amounts in minor units. */
export interface QuoteRequest {
  readonly total: Minor;
  readonly lines: readonly BillLine[];
  readonly as: 'tender' | 'discount';
  /** Fewer points than the maximum; null quotes the maximum. */
  readonly redeem: Minor | null;
  readonly locationId: bigint;
  readonly customerTypeId: string;
  readonly timeZone: string;
}

/** What a quote says. Amounts in minor units. */
export interface Quote {
  readonly maxRedeemable: Minor;
  readonly due: Minor;
  /** Earned when the maximum, or what was asked for, is redeemed. */
  readonly wouldAccrue: Minor;
  readonly wouldAccrueWithoutBonus: Minor;
  /** What keeps the maximum below the bill; empty when the whole bill can be paid with points. */
  readonly reasons: readonly (DeductionRefusal | 'account_frozen')[];
  readonly settlement: Settlement;
  readonly plan: PlanFacts;
}

type QuotedAccount = Pick<TillAccount, 'balances' | 'spent' | 'state' | 'program' | 'phone'>;

function limitOf(account: QuotedAccount, request: QuoteRequest, altegio: Minor | null) {
  const { settings } = account.program;
  const eligible = eligibleAmounts(request.lines, settings).reduce((sum, amount) => sum + amount, 0n);
  return maxRedeemable({
    total: request.total,
    eligible: request.lines.length > 0 ? eligible : request.total,
    available: available(account.balances),
    debt: account.balances.debt,
    altegio,
    // Without a word from Altegio the ledger alone is quoted; the payment itself reads Altegio.
    trustCap: available(account.balances),
    maxShare: parseShare(settings.redeem.maxShare),
    minMoney: parseAmount(settings.redeem.minMoney),
  });
}

/** As a program in shadow is told to a till. */
function earningNothing(account: QuotedAccount): QuotedAccount {
  const { accrual, ...settings } = account.program.settings;
  const levels = [{ from: '0.00', percent: '0' }];
  return { ...account, program: { ...account.program, settings: { ...settings, accrual: { ...accrual, levels } } } };
}

/** Settles the bill as the payment would. The points are within the limit, so it is never refused. */
function settled(account: QuotedAccount, request: QuoteRequest, redeemed: Minor): Settlement {
  const bill: Bill = { ...request, asked: { kind: 'amount', amount: redeemed }, allowPartial: false, money: [] };
  const means = { balances: account.balances, spent: account.spent, altegio: redeemed };
  const settlement: Settlement | Refusal = settlePayment(bill, means, account.program.settings);
  if (!settlement.ok) throw new RangeError(`a quote within its limits was refused: ${settlement.code}`);
  return settlement;
}

/** Moves the balances as the payment would, and names each transfer. */
function movesOf(
  balances: Balances,
  { redeemed, accrued }: Settlement,
  waits: boolean,
): { readonly transfers: PlannedMove[]; readonly after: Balances } {
  const transfers: PlannedMove[] = [];
  let after = balances;
  if (redeemed > 0n) {
    after = capture(hold(after, redeemed), redeemed);
    transfers.push({ code: 'redemption', part: 'active', amount: -redeemed });
  }
  if (accrued > 0n && waits) {
    after = { ...after, pending: after.pending + accrued };
    transfers.push({ code: 'accrual', part: 'pending', amount: accrued });
  } else if (accrued > 0n) {
    const earned = credit(after, accrued);
    after = earned.balances;
    transfers.push({ code: 'accrual', part: 'active', amount: accrued });
    if (earned.repaid > 0n) transfers.push({ code: 'repayment', part: 'active', amount: -earned.repaid });
  }
  return { transfers, after };
}

const isPending = (settings: ProgramSettings, timeZone: string, now: number): boolean =>
  lotDates(now, settings.timeZone ?? timeZone, settings.lots).activatesAt !== null;

/**
 * Calculates a quote. `altegio` is the other book's balance as far as known; null trusts the ledger. `now` is epoch
 * milliseconds.
 */
export function quoteFor(given: QuotedAccount, request: QuoteRequest, altegio: Minor | null, now: number): Quote {
  const account = given.program.shadow ? earningNothing(given) : given;
  const limit = limitOf(account, request, altegio);
  // In shadow nobody is promised anything.
  const frozen = account.state === 'frozen' || account.program.shadow;
  const max = frozen ? 0n : limit.amount;
  const settlement = settled(account, request, minimum(max, request.redeem ?? max));
  const waits = isPending(account.program.settings, request.timeZone, now);
  const { transfers, after } = movesOf(account.balances, settlement, waits);
  return {
    maxRedeemable: max,
    due: settlement.due,
    wouldAccrue: settlement.accrued,
    wouldAccrueWithoutBonus: settled(account, request, 0n).accrued,
    reasons: frozen ? ['account_frozen'] : max < request.total ? [limit.code] : [],
    settlement,
    plan: {
      transfers,
      tenders: settlement.tenders,
      before: account.balances,
      after,
      altegio,
      reads: account.program.cardTypeId !== null && account.phone !== null,
    },
  };
}
