/** From a refund as decided to what the book posts: which lots get points back, and how far accrual is clawed back. */
import { lotDates, type LotDates } from './lot-dates.ts';
import { type LotPart, sumOf } from './lots.ts';
import type { Minor } from './money.ts';
import type { LedgerAccounts } from './posting-plan.ts';
import type { ProgramSettings } from './program.ts';
import { type OwnLot, type OwnTransfer, stillTaken, upTo } from './reversal.ts';

/** What a refund asks of a program. */
type RefundRules = Pick<ProgramSettings, 'clawback'> & { readonly lots: Omit<ProgramSettings['lots'], 'warnDays'> };

/** How far a clawback goes: into debt, to an empty balance, or no further than what is still pending. */
export type ClawbackMode = ProgramSettings['clawback'];

/** What was clawed back, and how much of that was not free and became debt. */
export interface TakenBack {
  readonly takenBack: Minor;
  readonly indebted: Minor;
}

/** What the book posts. Amounts in minor units. */
export interface PlannedRefund {
  /** Points that return to the lots they came from. */
  readonly parts: readonly LotPart[];
  /** Points whose lot has expired meanwhile and that stay expired. */
  readonly expired: readonly LotPart[];
  /** Points whose lot has expired and that get a new one. */
  readonly grace: { readonly amount: Minor; readonly dates: LotDates };
  /** Points that were taken from no lot of ours; they return without an expiry. */
  readonly unlotted?: Minor;
  readonly clawback: Minor;
  readonly mode: ClawbackMode;
  /** Every lot that the sale took from or made, as it is now. */
  readonly lots: readonly OwnLot[];
  /** Those that hold what the sale earned. */
  readonly earnedIn: ReadonlySet<bigint>;
}

/** The sale's transfers with those of its refunds so far, and its lots as they are now. */
export interface SalePosted {
  readonly own: readonly OwnTransfer[];
  readonly lots: readonly OwnLot[];
  readonly accounts: LedgerAccounts;
}

/** Days that returned points live where their lot has expired and the program grants grace without saying how long. */
const GRACE_DAYS = 30;

/**
 * Plans a refund of `points` and `clawback`. Points taken last return first: those that would have expired soonest stay
 * spent. `now` is epoch milliseconds; an expiry that is `now` has passed.
 * @throws RangeError when more returns than was taken: then payment and transfers disagree
 */
export function planRefund(
  sale: SalePosted,
  decided: { readonly points: Minor; readonly clawback: Minor },
  settings: RefundRules,
  at: { readonly now: number; readonly timeZone: string },
): PlannedRefund {
  const taken = stillTaken(
    sale.own.filter(({ code }) => code === 'redemption' || code === 'refund'),
    sale.accounts,
  );
  const returned = upTo(taken.toReversed(), decided.points);
  if (sumOf(returned) !== decided.points) throw new RangeError('more points return than were taken');
  return planReturn(returned, sale, decided.clawback, settings, at);
}

/** The same of a visit, whose points Altegio may have taken itself: what no lot of ours gave returns without an expiry. */
export function planVisitReturn(
  visit: SalePosted,
  decided: { readonly points: Minor; readonly clawback: Minor },
  settings: RefundRules,
  at: { readonly now: number; readonly timeZone: string },
): PlannedRefund {
  const returned = upTo(stillRedeemed(visit.own, visit.accounts).toReversed(), decided.points);
  const unlotted = decided.points - sumOf(returned);
  return { ...planReturn(returned, visit, decided.clawback, settings, at), unlotted };
}

/** What a visit's redemptions took from each lot and its refunds have not put back, seen from the program's account. */
function stillRedeemed(own: readonly OwnTransfer[], { program }: LedgerAccounts): LotPart[] {
  const byLot = new Map<bigint, Minor>();
  for (const { code, lotId, debit, credit, amount } of own) {
    if (lotId === null || (code !== 'redemption' && code !== 'refund')) continue;
    const taken = credit === program ? amount : debit === program ? -amount : 0n;
    byLot.set(lotId, (byLot.get(lotId) ?? 0n) + taken);
  }
  return [...byLot].filter(([, amount]) => amount > 0n).map(([lotId, amount]) => ({ lotId, amount }));
}

function planReturn(
  returned: readonly LotPart[],
  sale: SalePosted,
  clawback: Minor,
  settings: RefundRules,
  at: { readonly now: number; readonly timeZone: string },
): PlannedRefund {
  const gone = new Set(
    sale.lots.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= at.now).map(({ id }) => id),
  );
  const late = returned.filter(({ lotId }) => gone.has(lotId));
  const inGrace = settings.lots.returned === 'grace';
  const lifetimeDays = settings.lots.graceDays ?? GRACE_DAYS;
  return {
    parts: returned.filter(({ lotId }) => !gone.has(lotId)),
    expired: inGrace ? [] : late,
    grace: {
      amount: inGrace ? sumOf(late) : 0n,
      dates: lotDates(at.now, at.timeZone, { lifetimeDays, pendingDays: 0 }),
    },
    clawback,
    mode: settings.clawback,
    lots: sale.lots,
    earnedIn: new Set(sale.own.flatMap(({ code, lotId }) => (code === 'accrual' && lotId !== null ? [lotId] : []))),
  };
}
