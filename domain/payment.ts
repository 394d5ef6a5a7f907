/** What a payment comes to: eligible lines, tenders, accrual, and the document that answers the till. */
import { accrualFor, percentFor } from './accrual.ts';
import type { Balances } from './account.ts';
import { available } from './account.ts';
import { type Asked, decideDeduction, type DeductionRefusal } from './deduction.ts';
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
  readonly type: 'cash' | 'card' | 'deposit' | 'giftCard' | 'other';
  readonly amount: Minor;
}

/** The bill and what the till asked for. */
export interface Bill {
  readonly total: Minor;
  readonly asked: Asked;
  readonly allowPartial: boolean;
  readonly as: 'tender' | 'discount';
  readonly lines: readonly BillLine[];
  readonly money: readonly MoneyTender[];
}

/** What both books allow. */
export interface Means {
  readonly balances: Balances;
  readonly spent: Minor;
  /** Altegio's fresh balance; `null` when it could not be read and the program trusts the ledger up to its cap. */
  readonly altegio: Minor | null;
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
}

/** Why nothing is taken and the whole bill stays due. */
export interface Refusal {
  readonly ok: false;
  readonly code: DeductionRefusal | 'money_mismatch';
  readonly requested: Minor;
  readonly allowed: Minor;
}

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);

/** Lines that points may pay and that earn: all but the program's excluded categories. */
function eligibleAmounts(bill: Bill, settings: ProgramSettings): Minor[] {
  const excluded = new Set(settings.excludedCategories ?? []);
  return bill.lines.map(({ category, amount }) => (category !== undefined && excluded.has(category) ? 0n : amount));
}

const EARNING = new Set(['cash', 'card', 'money']);

/** Settles a bill by the rules: bonus first, then money, then accrual on that money (R2–R5, R8). */
export function settlePayment(bill: Bill, means: Means, settings: ProgramSettings): Settlement | Refusal {
  const eligibleLines = eligibleAmounts(bill, settings);
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
  const notEarning = sum(bill.money.filter(({ type }) => !EARNING.has(type)).map(({ amount }) => amount));
  const percent = percentFor(settings.accrual.levels, means.spent);
  const accrued = accrualFor({ eligible, redeemed, due, notEarning, percent, rounding: settings.rounding });
  return { ok: true, redeemed, due, accrued, percent, ...tendersOf(bill, redeemed, due, eligibleLines) };
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

/** Everything the answer of a captured payment says. */
export interface CapturedFacts {
  readonly id: string;
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
}

/** The payment's document, stored with the payment and sent as stored. */
export function capturedDocument(facts: CapturedFacts, settlement: Settlement) {
  const { altegio, secondBook, target } = facts;
  return {
    id: facts.id,
    receipt: facts.receipt,
    attempt: facts.attempt,
    state: 'CAPTURED',
    total: formatAmount(facts.total),
    redeemed: formatAmount(settlement.redeemed),
    due: formatAmount(settlement.due),
    accrued: formatAmount(settlement.accrued),
    tenders: settlement.tenders.map(({ type, amount }) => ({ type, amount: formatAmount(amount) })),
    ...(facts.as === 'discount' && {
      lines: facts.lines.map(({ id, amount }, index) => ({
        id,
        amount: formatAmount(amount),
        discount: formatAmount(settlement.discounts[index] ?? 0n),
      })),
    }),
    account: { id: facts.accountId, balance: balanceDocument(facts.balances) },
    mirror: {
      state: !secondBook || altegio?.balance === target ? 'matched' : 'syncing',
      target: formatAmount(target),
      altegio: altegio && formatAmount(altegio.balance),
      seenAt: altegio && altegio.seenAt.toISOString(),
    },
    workflowId: facts.workflowId,
    replayed: false,
    expiresAt: null,
    declined: null,
  };
}
