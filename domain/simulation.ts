/**
 * What other rules would have made of sales and visits that really were. A redemption at a till stays as it was, but for what
 * the new rules would not have allowed; one that Altegio made in a visit stays. A sale that went back in part earns in
 * proportion. When points expire is not simulated.
 */
import { accrualBase } from './accrual.ts';
import { type Buying, eligibleAmounts, percentAtTill } from './earning.ts';
import { levelOf } from './levels.ts';
import { maximum, minimum, type Minor, parseAmount } from './money.ts';
import { type BillLine, type MoneyTender, notEarningMoney } from './payment.ts';
import type { ProgramSettings } from './program.ts';
import { applyRatio, parsePercent, parseShare } from './ratio.ts';
import type { VisitFacts } from './visit.ts';
import { NOTHING_POSTED, settleVisit, type VisitShare } from './visit-settle.ts';

/** A captured sale as it is now. Amounts in minor units. */
export interface PastSale extends Buying {
  /** The visit of Altegio's that it is part of. */
  readonly visitId: bigint | null;
  readonly total: Minor;
  /** How much of the bill went back. */
  readonly refunded: Minor;
  readonly redeemed: Minor;
  /** Points that refunds returned. */
  readonly returned: Minor;
  readonly due: Minor;
  readonly accrued: Minor;
  readonly clawedBack: Minor;
  readonly lines: readonly BillLine[];
  readonly money: readonly MoneyTender[];
}

/** A visit that was paid for in Altegio, as it is now. */
export interface PastVisit extends Buying {
  readonly visitId: bigint;
  readonly facts: VisitFacts;
  readonly paidBefore: boolean;
  /** Of this customer. */
  readonly records: VisitShare['records'];
  /** What was posted for it, less what sales of the visit had earned and counted. */
  readonly was: Outcome;
}

/** What a sale or a visit comes to after what went back. */
export interface Outcome {
  readonly earned: Minor;
  readonly redeemed: Minor;
  /** Money that counts for levels. */
  readonly spent: Minor;
}

const NOTHING: Outcome = { earned: 0n, redeemed: 0n, spent: 0n };
const add = (a: Outcome, b: Outcome): Outcome => ({
  earned: a.earned + b.earned,
  redeemed: a.redeemed + b.redeemed,
  spent: a.spent + b.spent,
});

/** The part of an amount that has not gone back. */
const kept = (amount: Minor, { total, refunded }: PastSale): Minor => (amount * (total - refunded)) / total;

/** What a sale has come to. */
export function asItWas(sale: PastSale): Outcome {
  if (sale.refunded >= sale.total) return NOTHING;
  const { accrued, clawedBack, redeemed, returned, due, refunded } = sale;
  const money = refunded - returned;
  return { earned: accrued - clawedBack, redeemed: redeemed - returned, spent: due - money };
}

/** What it would have come to under `settings`, for a customer who had spent `spentBefore`. */
export function asItWouldBe(sale: PastSale, spentBefore: Minor, settings: ProgramSettings): Outcome {
  if (sale.refunded >= sale.total) return NOTHING;
  const { total, lines } = sale;
  const eligible = lines.length > 0 ? eligibleAmounts(lines, settings).reduce((sum, part) => sum + part, 0n) : total;
  const share = applyRatio(eligible, parseShare(settings.redeem.maxShare), 'floor');
  const allowed = maximum(0n, minimum(share, total - parseAmount(settings.redeem.minMoney)));
  const redeemed = minimum(sale.redeemed, allowed);
  const due = total - redeemed;
  const percent = percentAtTill(levelOf(settings.accrual.levels, spentBefore).percent, sale, settings);
  const base = accrualBase({ eligible, redeemed, due, notEarning: notEarningMoney(sale.money) });
  const earned = applyRatio(kept(base, sale), parsePercent(percent), settings.rounding);
  return { earned, redeemed: kept(redeemed, sale), spent: kept(due, sale) };
}

/** What the visit would have come to beside its sales, which have earned and counted `tills`; otherwise as {@link asItWouldBe}. */
function visitAsItWouldBe(
  { facts, paidBefore, records, was, locationId, customerTypeId }: PastVisit,
  spentBefore: Minor,
  tills: VisitShare['tills'],
  settings: ProgramSettings,
): Outcome {
  const share = { records, withdrawn: was.redeemed, tills };
  const rules = { settings, spentBefore, locationId, customerTypeId };
  const { posted } = settleVisit(facts, paidBefore, share, rules, NOTHING_POSTED);
  return { earned: posted.accrued, redeemed: was.redeemed, spent: posted.spent };
}

const NO_SALES: VisitShare['tills'] = { accrued: 0n, money: 0n };
const visitKey = ({ locationId, visitId }: PastSale | PastVisit): string => `${locationId}:${visitId}`;

/** Plays it all under `settings`, oldest first, for a customer who had spent `before`. */
function playAll(past: readonly (PastSale | PastVisit)[], before: Minor, settings: ProgramSettings): Outcome {
  const ofVisits = new Map<string, VisitShare['tills']>();
  let sum = NOTHING;
  for (const one of past) {
    const key = visitKey(one);
    const tills = ofVisits.get(key) ?? NO_SALES;
    if ('facts' in one) {
      sum = add(sum, visitAsItWouldBe(one, before + sum.spent, tills, settings));
      continue;
    }
    const outcome = asItWouldBe(one, before + sum.spent, settings);
    ofVisits.set(key, { accrued: tills.accrued + outcome.earned, money: tills.money + outcome.spent });
    sum = add(sum, outcome);
  }
  return sum;
}

/** One customer under both rules. `level` is the percent of the level reached at the end. */
export interface SimulatedAccount {
  readonly accountId: string;
  readonly now: Outcome & { readonly level: string };
  readonly proposed: Outcome & { readonly level: string };
}

/**
 * Plays a customer's sales and visits, oldest first; a visit counts when it was settled, after its sales.
 * @param spent money that counts for levels today, minor units
 */
export function simulateAccount(
  accountId: string,
  past: readonly (PastSale | PastVisit)[],
  spent: Minor,
  rules: { readonly now: ProgramSettings; readonly proposed: ProgramSettings },
): SimulatedAccount {
  const now = past.map((one) => ('facts' in one ? one.was : asItWas(one))).reduce(add, NOTHING);
  const before = maximum(0n, spent - now.spent);
  const proposed = playAll(past, before, rules.proposed);
  return {
    accountId,
    now: { ...now, level: levelOf(rules.now.accrual.levels, spent).percent },
    proposed: { ...proposed, level: levelOf(rules.proposed.accrual.levels, before + proposed.spent).percent },
  };
}

/** What the new rules would change for a customer: more points, or fewer. */
export const gainOf = ({ now, proposed }: SimulatedAccount): Minor => proposed.earned - now.earned;

/** How many of the largest are named. */
const NAMED = 10;
const MOVERS_NAMED = 50;

/** Everything added up, in memory that does not grow with the number of customers. */
export class Simulation {
  accounts = 0;
  sales = 0;
  visits = 0;
  now = NOTHING;
  proposed = NOTHING;
  readonly levels = { up: 0, down: 0 };
  readonly movers: SimulatedAccount[] = [];
  private gained: SimulatedAccount[] = [];
  private lost: SimulatedAccount[] = [];

  /** Adds a customer with what was played. */
  add(account: SimulatedAccount, past: readonly (PastSale | PastVisit)[]): void {
    const visits = past.filter((one) => 'facts' in one).length;
    this.accounts += 1;
    this.visits += visits;
    this.sales += past.length - visits;
    this.now = add(this.now, account.now);
    this.proposed = add(this.proposed, account.proposed);
    const step = Number(account.proposed.level) - Number(account.now.level);
    if (step !== 0) {
      this.levels[step > 0 ? 'up' : 'down'] += 1;
      if (this.movers.length < MOVERS_NAMED) this.movers.push(account);
    }
    const gain = gainOf(account);
    if (gain > 0n) this.gained = this.largest([...this.gained, account], 1n);
    if (gain < 0n) this.lost = this.largest([...this.lost, account], -1n);
  }

  /** The customers who would gain most, the first one most. */
  get gainers(): readonly SimulatedAccount[] {
    return this.gained;
  }

  /** The customers who would lose most, the first one most. */
  get losers(): readonly SimulatedAccount[] {
    return this.lost;
  }

  private largest(accounts: SimulatedAccount[], sign: bigint): SimulatedAccount[] {
    const sized = (account: SimulatedAccount): Minor => sign * gainOf(account);
    return accounts.sort((a, b) => (sized(a) < sized(b) ? 1 : sized(a) > sized(b) ? -1 : 0)).slice(0, NAMED);
  }
}
