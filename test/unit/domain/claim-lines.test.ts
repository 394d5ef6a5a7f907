import { describe, expect, it } from 'vitest';
import { claimLines, type Line, type Mirror, type Outstanding } from '../../../domain/mirror.ts';

const mirror = (outstanding: { awaiting?: Outstanding[]; given?: Outstanding[] }): Mirror => ({
  balances: { active: 0n, held: 0n, pending: 0n, debt: 0n },
  confirmed: 0n,
  unexplained: 0n,
  unknown: 0n,
  open: null,
  awaiting: outstanding.awaiting ?? [],
  given: outstanding.given ?? [],
});
const write = (writeId: bigint, amount: bigint, sentAt: number): Outstanding => ({ writeId, amount, sentAt });
const line = (id: bigint, amount: bigint, firstSeenAt: number): Line => ({ id, amount, firstSeenAt });
const claimed = (outstanding: Parameters<typeof mirror>[0], lines: Line[], doubt: Outstanding | null = null) =>
  claimLines(mirror(outstanding), lines, doubt && { ...doubt, baseline: 0n });

describe('claiming journal lines', () => {
  it('gives a line to a confirmed write first, then to the one in doubt, then to one given up, else to others', () => {
    const outstanding = { awaiting: [write(2n, -5n, 2)], given: [write(1n, -5n, 1)] };
    const lines = [1n, 2n, 3n, 4n].map((id) => line(id, -5n, 9));
    const { claims, applied, external, twins } = claimed(outstanding, lines, write(3n, -5n, 3));
    expect(claims.map(({ as, writeId }) => [as, writeId])).toEqual([
      ['write', 2n],
      ['doubt', 3n],
      ['twin', 1n],
      ['external', null],
    ]);
    expect({ applied, external, twins }).toEqual({ applied: true, external: -5n, twins: -5n });
  });

  it('never gives a write a line that was seen before it was sent', () => {
    const { claims, applied } = claimed({}, [line(1n, 7n, 4)], write(1n, 7n, 5));
    expect(claims).toEqual([{ lineId: 1n, as: 'external', writeId: null, ambiguous: false }]);
    expect(applied).toBe(false);
    expect(claimed({}, [line(1n, 7n, 5)], write(1n, 7n, 5)).applied).toBe(true);
  });

  it('gives both of two equal writes their lines when the later line comes first in the list', () => {
    const awaiting = [write(1n, -5n, 1), write(2n, -5n, 4)];
    const { claims, external, awaiting: left } = claimed({ awaiting }, [line(12n, -5n, 6), line(11n, -5n, 2)]);
    expect(claims.map(({ lineId, as, writeId }) => [lineId, as, writeId])).toEqual([
      [12n, 'write', 2n],
      [11n, 'write', 1n],
    ]);
    expect({ external, left }).toEqual({ external: 0n, left: [] });
  });

  it('marks claims as ambiguous when more lines can be ours than there are writes whose outcome was not certain', () => {
    const { claims } = claimed({}, [line(1n, -5n, 9), line(2n, -5n, 9), line(3n, -4n, 9)], write(1n, -5n, 1));
    expect(claims.map(({ as, ambiguous }) => [as, ambiguous])).toEqual([
      ['doubt', true],
      ['external', true],
      ['external', false],
    ]);
  });

  it('marks nothing when the other line of that amount was seen before the write was sent, so it cannot be ours', () => {
    const { claims } = claimed({}, [line(1n, -5n, 1), line(2n, -5n, 9)], write(1n, -5n, 5));
    expect(claims.map(({ as, ambiguous }) => [as, ambiguous])).toEqual([
      ['external', false],
      ['doubt', false],
    ]);
  });

  it('marks nothing when the outcome of every write was certain', () => {
    const { claims } = claimed({ awaiting: [write(1n, -5n, 1)] }, [line(1n, -5n, 9), line(2n, -5n, 9)]);
    expect(claims.map(({ as, ambiguous }) => [as, ambiguous])).toEqual([
      ['write', false],
      ['external', false],
    ]);
  });
});
