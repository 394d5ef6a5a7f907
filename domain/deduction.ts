/** Bonus first, money second: how many points a payment takes (R2, R3). */
import { minimum, type Minor } from './money.ts';
import { applyRatio, type Ratio } from './ratio.ts';

/** What the till asked for. */
export type Asked =
  { readonly kind: 'max' } | { readonly kind: 'none' } | { readonly kind: 'amount'; readonly amount: Minor };

/** Everything that limits a redemption. Amounts in minor units. */
export interface DeductionInput {
  readonly total: Minor;
  /** The part of the bill that points may pay; the whole bill when it has no lines. */
  readonly eligible: Minor;
  readonly asked: Asked;
  /** Points available in the ledger. */
  readonly available: Minor;
  readonly debt: Minor;
  /** Altegio's fresh balance, or `null` when it could not be read and the program trusts the ledger up to `trustCap`. */
  readonly altegio: Minor | null;
  readonly trustCap: Minor;
  readonly maxShare: Ratio;
  readonly minMoney: Minor;
  readonly allowPartial: boolean;
}

/** Why fewer points than asked can be taken. */
export type DeductionRefusal = 'insufficient_points' | 'share_cap_exceeded' | 'below_minimum' | 'account_in_debt';

/** The decision. A refusal takes nothing and leaves the whole bill due. */
export type Deduction =
  | { readonly ok: true; readonly redeemed: Minor; readonly due: Minor }
  | { readonly ok: false; readonly code: DeductionRefusal; readonly allowed: Minor };

interface Limit {
  readonly code: DeductionRefusal;
  readonly amount: Minor;
}

const atLeastZero = (amount: Minor): Minor => (amount < 0n ? 0n : amount);

/** Every limit with the code that names it; on a tie the first is named. */
function limits(input: DeductionInput): Limit[] {
  const otherBook = input.altegio ?? input.trustCap;
  return [
    ...(input.debt > 0n ? [{ code: 'account_in_debt', amount: 0n } as const] : []),
    { code: 'insufficient_points', amount: atLeastZero(minimum(input.available, otherBook)) },
    { code: 'share_cap_exceeded', amount: applyRatio(input.eligible, input.maxShare, 'floor') },
    { code: 'below_minimum', amount: atLeastZero(input.total - input.minMoney) },
  ];
}

/** The most that could be redeemed, and the limit that says so. */
export function maxRedeemable(input: Omit<DeductionInput, 'asked' | 'allowPartial'>): Limit {
  const [first, ...rest] = limits({ ...input, asked: { kind: 'max' }, allowPartial: true });
  if (!first) throw new RangeError('a redemption always has limits');
  return rest.reduce((least, limit) => (limit.amount < least.amount ? limit : least), first);
}

/** Decides a redemption: `redeemed + due = total`, and `redeemed` is within every limit. */
export function decideDeduction(input: DeductionInput): Deduction {
  const limit = maxRedeemable(input);
  const asked = input.asked.kind === 'none' ? 0n : input.asked.kind === 'max' ? limit.amount : input.asked.amount;
  if (asked > limit.amount && !input.allowPartial) return { ok: false, code: limit.code, allowed: limit.amount };
  const redeemed = minimum(asked, limit.amount);
  return { ok: true, redeemed, due: input.total - redeemed };
}
