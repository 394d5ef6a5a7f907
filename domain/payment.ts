/** What a payment comes to: eligible lines, tenders, accrual, and the document that answers the till. */
import { accrualFor } from './accrual.ts';
import type { Balances } from './account.ts';
import { available } from './account.ts';
import { type Asked, decideDeduction, type DeductionRefusal } from './deduction.ts';
import { eligibleAmounts, type NotEarning, notEarningOf, percentAtTill } from './earning.ts';
import { levelOf } from './levels.ts';
import { formatAmount, type Minor, parseAmount } from './money.ts';
import type { ProgramSettings } from './program.ts';
import { parseShare } from './ratio.ts';
import { spread } from './spread.ts';

/** A line of the bill; amounts in minor units. */
export interface BillLine {
  readonly id: string;
  readonly category?: string | undefined;
  readonly amount: Minor;
}

/** Money as the till named it. */
export interface MoneyTender {
  /** `money` while its kind is not known. */
  readonly type: 'cash' | 'card' | 'deposit' | 'giftCard' | 'other' | 'money';
  readonly amount: Minor;
}

/** The bill and what the till asked for. */
export interface Bill {
  readonly total: Minor;
  readonly asked: Asked;
  readonly allowPartial: boolean;
  readonly as: 'tender' | 'discount';
  readonly locationId: bigint;
  readonly customerTypeId: string;
  readonly lines: readonly BillLine[];
  readonly money: readonly MoneyTender[];
}

/** What both books allow. */
export interface Means {
  readonly balances: Balances;
  readonly spent: Minor;
  /** Altegio's fresh balance; `null` when it could not be read and the program trusts the ledger up to its cap. */
  readonly altegio: Minor | null;
  /** The rate when it was fixed before, as a hold does; otherwise the level of `spent` decides. */
  readonly percent?: string;
}

/** A payment as it will be posted. */
export interface Settlement {
  readonly ok: true;
  readonly redeemed: Minor;
  readonly due: Minor;
  readonly accrued: Minor;
  readonly percent: string;
  readonly tenders: readonly { readonly type: string; readonly amount: Minor }[];
  /** Discount of each line, in the order of the bill; all zero for a tender. */
  readonly discounts: readonly Minor[];
  /** Lines that earn nothing, with the reason. */
  readonly notEarning: readonly NotEarning[];
}

/** Why nothing is taken and the whole bill stays due. */
export interface Refusal {
  readonly ok: false;
  readonly code: DeductionRefusal | 'money_mismatch';
  readonly requested: Minor;
  readonly allowed: Minor;
}

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);

const EARNING = new Set(['cash', 'card', 'money']);

/** The part of the money that was paid by tenders which do not earn. */
export function notEarningMoney(money: readonly MoneyTender[]): Minor {
  return sum(money.filter(({ type }) => !EARNING.has(type)).map(({ amount }) => amount));
}

/** Settles a bill by the rules: bonus first, then money, then accrual on that money (R2–R5, R8). */
export function settlePayment(bill: Bill, means: Means, settings: ProgramSettings): Settlement | Refusal {
  const eligibleLines = eligibleAmounts(bill.lines, settings);
  const eligible = bill.lines.length > 0 ? sum(eligibleLines) : bill.total;
  const deduction = decideDeduction({
    total: bill.total,
    eligible,
    asked: bill.asked,
    available: available(means.balances),
    debt: means.balances.debt,
    altegio: means.altegio,
    trustCap: parseAmount(settings.redeem.trustCap ?? '0.00'),
    maxShare: parseShare(settings.redeem.maxShare),
    minMoney: parseAmount(settings.redeem.minMoney),
    allowPartial: bill.allowPartial,
  });
  const requested = bill.asked.kind === 'amount' ? bill.asked.amount : 0n;
  if (!deduction.ok) return { ...deduction, requested };
  const { redeemed, due } = deduction;
  const given = sum(bill.money.map(({ amount }) => amount));
  if (bill.money.length > 0 && given !== due)
    return { ok: false, code: 'money_mismatch', requested: given, allowed: due };
  const notEarning = notEarningMoney(bill.money);
  const percent = means.percent ?? percentAtTill(levelOf(settings.accrual.levels, means.spent).percent, bill, settings);
  const accrued = accrualFor({ eligible, redeemed, due, notEarning, percent, rounding: settings.rounding });
  const tenders = tendersOf(bill, redeemed, due, eligibleLines);
  return { ok: true, redeemed, due, accrued, percent, ...tenders, notEarning: notEarningOf(bill, settings, percent) };
}

/** Bonus always first, then the deposit, then the rest in the till's order; money while its kind is not known. */
function tendersOf(bill: Bill, redeemed: Minor, due: Minor, eligibleLines: readonly Minor[]) {
  const discount = bill.as === 'discount';
  const bonus = redeemed > 0n && !discount ? [{ type: 'bonus', amount: redeemed }] : [];
  const byDeposit = (type: string) => (type === 'deposit' ? 0 : 1);
  const money =
    bill.money.length > 0
      ? [...bill.money].sort((a, b) => byDeposit(a.type) - byDeposit(b.type))
      : due > 0n
        ? [{ type: 'money', amount: due }]
        : [];
  return {
    tenders: [...bonus, ...money],
    discounts: discount ? spread(redeemed, eligibleLines) : eligibleLines.map(() => 0n),
  };
}

/** Balances as the till sees them, decimal texts. */
export function balanceDocument(balances: Balances) {
  return {
    active: formatAmount(balances.active),
    held: formatAmount(balances.held),
    pending: formatAmount(balances.pending),
    debt: formatAmount(balances.debt),
    available: formatAmount(available(balances)),
  };
}

/** Lines as a discount shrinks them, decimal texts. */
export function discountedLines(lines: readonly BillLine[], { discounts }: Pick<Settlement, 'discounts'>) {
  return lines.map(({ id, amount }, index) => ({
    id,
    amount: formatAmount(amount),
    discount: formatAmount(discounts[index] ?? 0n),
  }));
}

/** Both books as a decision left them: what Altegio should hold, and what it was seen to hold. */
export function mirrorDocument({
  target,
  altegio,
  secondBook,
}: Pick<DecidedFacts, 'target' | 'altegio' | 'secondBook'>) {
  return {
    state: !secondBook || altegio?.balance === target ? 'matched' : 'syncing',
    target: formatAmount(target),
    altegio: altegio && formatAmount(altegio.balance),
    seenAt: altegio && altegio.seenAt.toISOString(),
  };
}

/** Everything the answer of a decided payment says. */
export interface DecidedFacts {
  readonly id: string;
  readonly state: 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'EXPIRED';
  readonly receipt: string;
  readonly attempt: number;
  readonly total: Minor;
  readonly accountId: string;
  readonly workflowId: string;
  readonly balances: Balances;
  readonly target: Minor;
  /** False where the ledger is the only book: it matches by itself. */
  readonly secondBook: boolean;
  readonly altegio: { readonly balance: Minor; readonly seenAt: Date } | null;
  readonly lines: readonly BillLine[];
  readonly as: 'tender' | 'discount';
  /** The accrual waits for a person, and why. */
  readonly review?: { readonly id: string; readonly limits: readonly object[] } | null;
  /** What the till promised to take while it was offline, and was not taken: a decimal text, or `max`. */
  readonly refusedRedemption?: string | null;
  /** What it took for paid by deposit, and was not: a decimal text. */
  readonly refusedDeposit?: string | null;
  /** What deposits here have paid, or reserve, as it is answered. */
  readonly deposit?: object | null;
  readonly tip: Minor | null;
  /** Until when an authorized payment reserves its points. */
  readonly expiresAt: Date | null;
}

/** The settlement of a payment that took nothing: the whole bill is left to be paid otherwise. */
export const takesNothing = (total: Minor): Omit<Settlement, 'percent'> => ({
  ok: true,
  redeemed: 0n,
  due: total,
  accrued: 0n,
  tenders: [],
  discounts: [],
  notEarning: [],
});

/** The payment's document, stored with the payment and sent as stored. */
export function decidedDocument(facts: DecidedFacts, settlement: Omit<Settlement, 'percent'>) {
  return {
    id: facts.id,
    receipt: facts.receipt,
    attempt: facts.attempt,
    state: facts.state,
    total: formatAmount(facts.total),
    redeemed: formatAmount(settlement.redeemed),
    due: formatAmount(settlement.due),
    accrued: formatAmount(settlement.accrued),
    tenders: settlement.tenders.map(({ type, amount }) => ({ type, amount: formatAmount(amount) })),
    ...(facts.as === 'discount' && { lines: discountedLines(facts.lines, settlement) }),
    account: { id: facts.accountId, balance: balanceDocument(facts.balances) },
    mirror: mirrorDocument(facts),
    notEarning: settlement.notEarning.map(({ line, reason }) => ({ line, reason })),
    ...(facts.review && { review: { id: facts.review.id, limits: facts.review.limits } }),
    ...(facts.refusedRedemption != null && { refusedRedemption: facts.refusedRedemption }),
    ...(facts.refusedDeposit != null && { refusedDeposit: facts.refusedDeposit }),
    ...(facts.deposit && { deposit: facts.deposit }),
    ...(facts.tip !== null && { tip: formatAmount(facts.tip) }),
    workflowId: facts.workflowId,
    replayed: false,
    expiresAt: facts.expiresAt && facts.expiresAt.toISOString(),
    declined: null,
  };
}
