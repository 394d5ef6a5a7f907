/** Which journal lines make up which drift: lines carry no time, so amounts decide. */
import type { Minor } from './money.ts';

/** A drift that waits for its lines; `left` is its amount less the lines that name it already. */
export interface OpenDrift {
  readonly id: bigint;
  readonly left: Minor;
}

/** A line that names a drift, signed as it moved the card. */
export interface NamingLine {
  readonly lineId: bigint;
  readonly amount: Minor;
}

const sumOf = (lines: readonly NamingLine[]): Minor => lines.reduce((sum, { amount }) => sum + amount, 0n);

/**
 * Gives each line its drift, oldest drift first: a line of exactly the amount, then all lines that are left together,
 * then a line that is a part of the amount. What fits none waits for a drift that has not been read yet.
 * @param everything true when all drifts are explained by all lines: then nothing waits
 * @returns the drift's id by the line's
 */
export function nameDrifts(
  drifts: readonly OpenDrift[],
  lines: readonly NamingLine[],
  everything: boolean,
): ReadonlyMap<bigint, bigint> {
  const left = new Map(drifts.map((drift) => [drift.id, drift.left]));
  const named = new Map<bigint, bigint>();
  const give = (line: NamingLine, driftId: bigint | undefined): boolean => {
    if (driftId === undefined) return false;
    named.set(line.lineId, driftId);
    left.set(driftId, (left.get(driftId) ?? 0n) - line.amount);
    return true;
  };
  const find = (fits: (amount: Minor) => boolean): bigint | undefined =>
    drifts.find(({ id }) => left.get(id) !== 0n && fits(left.get(id) ?? 0n))?.id;

  let waiting = lines.filter(
    (line) =>
      !give(
        line,
        find((amount) => amount === line.amount),
      ),
  );
  const total = sumOf(waiting);
  const whole = waiting.length > 0 ? find((amount) => amount === total) : undefined;
  waiting = waiting.filter((line) => !give(line, whole));
  waiting = waiting.filter(
    (line) =>
      !give(
        line,
        find((amount) => isPart(line.amount, amount)),
      ),
  );
  if (everything) waiting.forEach((line) => give(line, find(() => true) ?? drifts[0]?.id));
  return named;
}

const isPart = (amount: Minor, whole: Minor): boolean =>
  whole > 0n ? amount > 0n && amount <= whole : amount < 0n && amount >= whole;
