/**
 * The four balances of an account and the only ways they move. Every function returns new balances together with what
 * must be posted; none of them knows lots, SQL or Altegio.
 *
 * Invariants, which the database checks too: nothing negative, `held ≤ active`, `debt = 0 or active = held` (R2).
 */
import { maximum, minimum, type Minor } from './money.ts';

/** Balances in minor units. `active` includes `held`; `pending` and `debt` stay on our side only. */
export interface Balances {
  readonly active: Minor;
  readonly held: Minor;
  readonly pending: Minor;
  readonly debt: Minor;
}

/** Points that may be moved out of the account: active and not reserved. */
export function free(balances: Balances): Minor {
  return balances.active - balances.held;
}

/** Points that may be redeemed: none while there is debt (R2). */
export function available(balances: Balances): Minor {
  return balances.debt > 0n ? 0n : free(balances);
}

/** What Altegio should hold. */
export function target(balances: Balances): Minor {
  return maximum(0n, free(balances));
}

/** A change of balances: what was credited, what a credit paid of a debt, what was taken, what became debt. */
export interface Movement {
  readonly balances: Balances;
  readonly credited: Minor;
  readonly repaid: Minor;
  readonly taken: Minor;
  readonly indebted: Minor;
}

const STILL = { credited: 0n, repaid: 0n, taken: 0n, indebted: 0n };

/** Lets free points pay debt first (R11). */
function payDebt(balances: Balances): { balances: Balances; repaid: Minor } {
  const repaid = minimum(balances.debt, free(balances));
  return { balances: { ...balances, debt: balances.debt - repaid, active: balances.active - repaid }, repaid };
}

/** A negative amount would turn each movement into its opposite, past the rule that the opposite keeps. */
function refuseNegative(amount: Minor): void {
  if (amount < 0n) throw new RangeError('an amount to move is not negative');
}

/** Adds `amount` points; they pay debt first. @throws RangeError when it is negative. */
export function credit(balances: Balances, amount: Minor): Movement {
  refuseNegative(amount);
  const paid = payDebt({ ...balances, active: balances.active + amount });
  return { ...STILL, ...paid, credited: amount };
}

/**
 * Takes `amount` points from what is free; the rest becomes debt. Held points stay (R2).
 * @throws RangeError when it is negative.
 */
export function loss(balances: Balances, amount: Minor): Movement {
  refuseNegative(amount);
  const taken = minimum(free(balances), amount);
  const indebted = amount - taken;
  return {
    ...STILL,
    balances: { ...balances, active: balances.active - taken, debt: balances.debt + indebted },
    taken,
    indebted,
  };
}

/** A movement that somebody else made: positive is a credit, negative a loss, zero nothing. */
export function move(balances: Balances, amount: Minor): Movement {
  if (amount > 0n) return credit(balances, amount);
  if (amount < 0n) return loss(balances, -amount);
  return { ...STILL, balances };
}

/** Reserves `amount` points. @throws RangeError when more than what is available is asked, or less than 0. */
export function hold(balances: Balances, amount: Minor): Balances {
  refuseNegative(amount);
  if (amount > available(balances)) throw new RangeError('a hold cannot exceed what is available');
  return { ...balances, held: balances.held + amount };
}

/** Takes reserved points out for good. @throws RangeError beyond what is held, or below 0. */
export function capture(balances: Balances, amount: Minor): Balances {
  refuseNegative(amount);
  if (amount > balances.held) throw new RangeError('a capture cannot exceed what is held');
  return { ...balances, active: balances.active - amount, held: balances.held - amount };
}

/** Gives reserved points back; they pay debt first (R11). @throws RangeError beyond what is held, or below 0. */
export function release(balances: Balances, amount: Minor): Movement {
  refuseNegative(amount);
  if (amount > balances.held) throw new RangeError('a release cannot exceed what is held');
  return { ...STILL, ...payDebt({ ...balances, held: balances.held - amount }) };
}
