import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimLines, declareUnknown, type Line, type Mirror, tail } from '../../domain/mirror.ts';
import { check } from './check.ts';

const amount = fc.constantFrom(-3n, -2n, 2n, 5n);
const instant = fc.integer({ min: 0, max: 6 });
const writes = fc.array(fc.record({ amount, sentAt: instant }), { maxLength: 5 });

const scenes = fc
  .record({
    awaiting: writes,
    given: writes,
    doubt: fc.option(fc.record({ amount, sentAt: instant })),
    seen: fc.array(fc.record({ amount, firstSeenAt: instant }), { maxLength: 7 }),
    turn: fc.nat(20),
  })
  .map(({ awaiting, given, doubt, seen, turn }) => {
    let next = 0n;
    const numbered = <T>(value: T) => ({ ...value, writeId: (next += 1n) });
    const bySending = (list: typeof awaiting) => [...list].sort((a, b) => a.sentAt - b.sentAt).map(numbered);
    const mirror: Mirror = {
      balances: { active: 100n, held: 0n, pending: 0n, debt: 0n },
      confirmed: 100n,
      unexplained: 0n,
      unknown: 0n,
      open: null,
      awaiting: bySending(awaiting),
      given: bySending(given),
    };
    const lines: Line[] = seen.map((line, index) => ({ ...line, id: BigInt(index) }));
    return { mirror, doubt: doubt && { ...numbered(doubt), baseline: 0n }, lines, turn };
  });

const sum = (list: readonly { amount: bigint }[]): bigint => list.reduce((total, item) => total + item.amount, 0n);

describe('claiming journal lines', () => {
  it('claims each line once and each write at most once, by its amount and never before it was sent', () => {
    check('claims', scenes, ({ mirror, doubt, lines }) => {
      const { claims, awaiting, given, external, twins, applied } = claimLines(mirror, lines, doubt);
      expect(claims.map(({ lineId }) => lineId)).toEqual(lines.map(({ id }) => id));
      const all = [...mirror.awaiting, ...mirror.given, ...(doubt ? [doubt] : [])];
      const used = claims.flatMap(({ writeId }) => (writeId === null ? [] : [writeId]));
      expect(new Set(used).size).toBe(used.length);
      for (const [index, claim] of claims.entries()) {
        const write = all.find(({ writeId }) => writeId === claim.writeId);
        expect(claim.as === 'external').toBe(write === undefined);
        if (write) expect(write.amount).toBe(lines[index]?.amount);
        if (write) expect(write.sentAt).toBeLessThanOrEqual(lines[index]?.firstSeenAt ?? -1);
      }
      const claimed = sum(mirror.awaiting) - sum(awaiting) + (applied && doubt ? doubt.amount : 0n);
      expect(sum(mirror.given) - sum(given)).toBe(twins);
      expect(sum(lines)).toBe(external + twins + claimed);
    });
  });

  it('decides the same sums in whatever order the lines are given', () => {
    check('order of lines', scenes, ({ mirror, doubt, lines, turn }) => {
      const at = lines.length === 0 ? 0 : turn % lines.length;
      const turned = [...lines.slice(at), ...lines.slice(0, at)].reverse();
      const { external, twins, applied } = claimLines(mirror, turned, doubt);
      const { external: sameExternal, twins: sameTwins, applied: sameApplied } = claimLines(mirror, lines, doubt);
      expect({ external, twins, applied }).toEqual({ external: sameExternal, twins: sameTwins, applied: sameApplied });
    });
  });

  it('lets a line of others name what was declared unknown without moving a balance', () => {
    check('unknown', scenes, ({ mirror, lines }) => {
      const drifted = { ...mirror, awaiting: [], given: [], unexplained: sum(lines) };
      const named = tail(declareUnknown(drifted), lines, null);
      if (named === 'needsBalance') throw new Error('nothing was given up');
      expect(named.mirror.balances).toEqual(mirror.balances);
      expect(named.mirror.confirmed).toBe(mirror.confirmed);
      expect(named.drift).toBe(0n);
      expect(named.mirror.unknown + named.mirror.unexplained).toBe(0n);
    });
  });
});
