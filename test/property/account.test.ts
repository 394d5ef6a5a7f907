import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { available, type Balances, capture, hold, move, release, target } from '../../domain/account.ts';
import { amounts, check } from './check.ts';

type Step = { readonly kind: 'move' | 'hold' | 'capture' | 'release'; readonly size: bigint };

const signed = fc.tuple(amounts(1_000n), fc.boolean()).map(([size, plus]) => (plus ? size : -size));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    signed.map((size) => ({ kind: 'move', size }) as const),
    fc.record({ kind: fc.constantFrom('hold', 'capture', 'release'), size: amounts(1_000n) }),
  ),
  { maxLength: 30 },
);

const empty: Balances = { active: 0n, held: 0n, pending: 0n, debt: 0n };
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Applies a step as far as the account allows it; returns what left or came for good. */
function apply(balances: Balances, { kind, size }: Step): { balances: Balances; net: bigint } {
  if (kind === 'move') return { balances: move(balances, size).balances, net: size };
  if (kind === 'hold') return { balances: hold(balances, least(size, available(balances))), net: 0n };
  const part = least(size, balances.held);
  if (kind === 'capture') return { balances: capture(balances, part), net: -part };
  return { balances: release(balances, part).balances, net: 0n };
}

function assertInvariants(balances: Balances): void {
  const { active, held, debt } = balances;
  const sound = held >= 0n && held <= active && debt >= 0n && (debt === 0n || active === held);
  const derived = target(balances) === active - held && available(balances) === (debt > 0n ? 0n : active - held);
  // One assertion a step: there are hundreds of thousands of steps.
  if (!sound || !derived) expect.fail(`active ${active}, held ${held}, debt ${debt}`);
}

const reached = steps.map((list) => list.reduce((balances, step) => apply(balances, step).balances, empty));

describe('account balances', () => {
  it('keep held ≤ active and debt only beside held points, and active − debt changes by what came or left', () => {
    let indebted = 0;
    check('movements', steps, (list) => {
      let balances = empty;
      let net = 0n;
      for (const step of list) {
        const after = apply(balances, step);
        balances = after.balances;
        net += after.net;
        assertInvariants(balances);
        if (balances.active - balances.debt !== net) expect.fail(`${balances.active} − ${balances.debt} is not ${net}`);
        if (balances.debt > 0n) indebted += 1;
      }
    });
    expect(indebted).toBeGreaterThan(1_000);
  });

  it('do not depend on how a movement was cut into parts: move(a) then move(b) is move(a + b)', () => {
    check('parts of a movement', fc.tuple(reached, signed, signed), ([balances, a, b]) => {
      expect(move(move(balances, a).balances, b).balances).toEqual(move(balances, a + b).balances);
    });
  });

  it('post exactly what they moved: credited − repaid − taken on the points, indebted − repaid on the debt', () => {
    check('postings', fc.tuple(reached, signed), ([balances, amount]) => {
      const { balances: after, credited, repaid, taken, indebted } = move(balances, amount);
      expect(after.active - balances.active).toBe(credited - repaid - taken);
      expect(after.debt - balances.debt).toBe(indebted - repaid);
      expect(credited - taken - indebted).toBe(amount);
    });
  });

  it('end the same whether a hold is released before or after a movement', () => {
    check('release and move', fc.tuple(reached, signed), ([balances, amount]) => {
      const before = move(release(balances, balances.held).balances, amount).balances;
      const after = release(move(balances, amount).balances, balances.held).balances;
      expect(after).toEqual(before);
    });
  });
});
