/** Limits a day (R16): what they say about a payment. They never block a sale; its points wait for a person instead. */
import { type Minor, parseAmount } from './money.ts';
import type { ProgramSettings } from './program.ts';

/** What has been sold and earned today before this payment, by the card and by the cashier. Points in minor units. */
export interface SeenToday {
  readonly card: { readonly payments: number; readonly points: Minor };
  /** Null where the till names no operator. */
  readonly operator: { readonly payments: number; readonly points: Minor } | null;
}

/** A limit that this payment passes; `allowed` and `seen` are counts, or points in minor units. */
export interface LimitPassed {
  readonly of: 'card' | 'operator';
  readonly limit: 'paymentsPerDay' | 'pointsPerDay';
  readonly allowed: bigint;
  readonly seen: bigint;
}

interface DayLimits {
  readonly paymentsPerDay?: number | undefined;
  readonly pointsPerDay?: string | undefined;
}

function passed(
  of: LimitPassed['of'],
  limits: DayLimits,
  seen: { readonly payments: number; readonly points: Minor },
  earned: Minor,
): LimitPassed[] {
  const found: LimitPassed[] = [];
  const payments = BigInt(seen.payments) + 1n;
  const { paymentsPerDay, pointsPerDay } = limits;
  if (paymentsPerDay !== undefined && payments > BigInt(paymentsPerDay))
    found.push({ of, limit: 'paymentsPerDay', allowed: BigInt(paymentsPerDay), seen: payments });
  const points = seen.points + earned;
  if (pointsPerDay !== undefined && points > parseAmount(pointsPerDay))
    found.push({ of, limit: 'pointsPerDay', allowed: parseAmount(pointsPerDay), seen: points });
  return found;
}

/** Which limits a payment passes that would earn `earned`. A payment that earns nothing passes none. */
export function limitsPassed(limits: ProgramSettings['limits'], seen: SeenToday, earned: Minor): LimitPassed[] {
  if (!limits || earned === 0n) return [];
  const byOperator =
    limits.perOperator && seen.operator ? passed('operator', limits.perOperator, seen.operator, earned) : [];
  return [...passed('card', limits, seen.card, earned), ...byOperator];
}
