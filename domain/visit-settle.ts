/**
 * Settling a visit by difference: what its account should have been posted for it, against what has been. However often a
 * visit is looked at, and in whatever order its events come, the postings end at the same sums.
 */
import { type Buying, isEligible, percentHere } from './earning.ts';
import { levelOf } from './levels.ts';
import { maximum, minimum, type Minor } from './money.ts';
import type { ProgramSettings } from './program.ts';
import { applyRatio, parsePercent } from './ratio.ts';
import { type VisitFacts, type VisitSums, visitSums } from './visit.ts';

/** What has been posted for the visit to one account. Amounts in minor units. */
export interface VisitPosted {
  /** Points taken less points returned. */
  readonly redeemed: Minor;
  /** Points earned by rule, whatever a clawback could really take back. */
  readonly accrued: Minor;
  /** Of what a clawback should have taken: what it could not take (R10). */
  readonly uncollected: Minor;
  /** Money counted towards the level. */
  readonly spent: Minor;
  /** The rate, fixed when the visit first earned (R8, R9). */
  readonly percent: string | null;
}

export const NOTHING_POSTED: VisitPosted = { redeemed: 0n, accrued: 0n, uncollected: 0n, spent: 0n, percent: null };

/** One account's part in a visit. Amounts in minor units. */
export interface VisitShare {
  /** Records of this customer: their money earns. Who only lends the card earns nothing. */
  readonly records: ReadonlySet<bigint>;
  /** What Altegio has withdrawn from this account's card in the visit, and not put back. */
  readonly withdrawn: Minor;
  /** Till payments that name this visit: what they have earned, and the money they counted. */
  readonly tills: { readonly accrued: Minor; readonly money: Minor };
}

/** Under which rules. */
export interface VisitRules extends Buying {
  readonly settings: ProgramSettings;
  /** Money spent before, which decides the level of a visit that earns for the first time. */
  readonly spentBefore: Minor;
}

/** What is to be posted; amounts in minor units, below zero is taken back. */
export interface VisitSettlement {
  readonly sums: VisitSums;
  /** Above zero: points to take; below: points to return. */
  readonly redeem: Minor;
  /** Points to give. */
  readonly accrue: Minor;
  /** Points to claw back, by rule. */
  readonly clawback: Minor;
  readonly spent: Minor;
  readonly posted: VisitPosted;
}

/** Money on the customer's records, minor units, less what went back; `earns` names the items that count. */
function moneyOf({ payments }: VisitFacts, { records }: VisitShare, earns: (itemId: bigint | null) => boolean): Minor {
  const money = payments.reduce(
    (sum, { recordId, itemId, amount }) => (records.has(recordId) && earns(itemId) ? sum + amount : sum),
    0n,
  );
  return maximum(0n, money);
}

/** The items that a program lets earn (R4). */
function eligibleItems({ items }: VisitFacts, settings: ProgramSettings): (itemId: bigint | null) => boolean {
  const eligible = new Map(
    items.map((item) => [item.id, isEligible({ id: item.article, category: item.kind, amount: item.cost }, settings)]),
  );
  return (itemId) => itemId === null || (eligible.get(itemId) ?? true);
}

/** Decides what is posted; see the file's header. `paidBefore` as in {@link visitSums}. */
export function settleVisit(
  facts: VisitFacts,
  paidBefore: boolean,
  share: VisitShare,
  rules: VisitRules,
  posted: VisitPosted,
): VisitSettlement {
  const sums = visitSums(facts, paidBefore);
  const money = sums.state === 'settled' ? moneyOf(facts, share, () => true) : 0n;
  const earns = money > 0n && rules.settings.accrueBy !== 'till';
  const percent = posted.percent ?? (earns ? levelOf(rules.settings.accrual.levels, rules.spentBefore).percent : null);
  const stands = sums.state === 'open' || sums.state === 'settled';
  const redeemed = stands ? share.withdrawn : 0n;
  const accrued = earns ? accrualOf(facts, share, rules, percent ?? '0') : 0n;
  const spent = earns ? maximum(0n, money - share.tills.money) : 0n;
  // What a clawback could not take is the customer's still: it is not given once more.
  const more = maximum(0n, accrued - posted.accrued);
  const kept = minimum(more, posted.uncollected);
  return {
    sums,
    redeem: redeemed - posted.redeemed,
    accrue: more - kept,
    clawback: maximum(0n, posted.accrued - accrued),
    spent: spent - posted.spent,
    posted: { redeemed, accrued, uncollected: posted.uncollected - kept, spent, percent },
  };
}

/** The visit's money at its rate, less what its till payments have earned: money earns once (R4). */
function accrualOf(facts: VisitFacts, share: VisitShare, rules: VisitRules, percent: string): Minor {
  const rate = parsePercent(percentHere(percent, rules, rules.settings));
  const whole = applyRatio(moneyOf(facts, share, eligibleItems(facts, rules.settings)), rate, rules.settings.rounding);
  return maximum(0n, whole - share.tills.accrued);
}
