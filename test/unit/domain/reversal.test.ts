import { describe, expect, it } from 'vitest';
import type { Balances } from '../../../domain/account.ts';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts, type PostingPlan } from '../../../domain/posting-plan.ts';
import { otherReading } from '../../../domain/claims.ts';
import { giveWay, type Mirror } from '../../../domain/mirror.ts';
import type { OwnLot, OwnTransfer } from '../../../domain/reversal.ts';

const accounts = ledgerAccounts('acc_1', 'prg_1', 9206n);
const { customer, program, pending, debt } = accounts;

function page(balances: Partial<Balances>, lots: readonly OwnLot[] = []): Book {
  return new Book({
    balances: { active: 0n, held: 0n, pending: 0n, debt: 0n, ...balances },
    lots: lots.filter((lot) => !lot.pending && lot.remaining > 0n).map((lot) => ({ ...lot, free: lot.remaining })),
    accounts,
    nextLotId: () => 100n,
    now: 1_000,
  });
}

const lot = (id: bigint, remaining: bigint, isPending = false): OwnLot => ({
  id,
  pending: isPending,
  remaining,
  expiresAt: null,
  createdAt: Number(id),
});

const own = (
  code: OwnTransfer['code'],
  from: string,
  to: string,
  amount: bigint,
  lotId: bigint | null,
): OwnTransfer => ({
  code,
  debit: from,
  credit: to,
  amount,
  lotId,
});

const lines = (plan: PostingPlan): string[] =>
  plan.transfers.map((t) => `${t.code} ${t.debit} → ${t.credit} ${t.amount} lot ${t.lotId}`);

/** A sale that took 30 from lot 1, emptying it, and earned 4 into lot 2. */
const sale = [own('redemption', customer, program, 30n, 1n), own('accrual', program, customer, 4n, 2n)];

describe('undoing an operation', () => {
  it('points return to the lot they came from, though it was empty, and what was earned is taken from its own lot first', () => {
    const lots = [lot(1n, 0n), lot(2n, 4n), lot(3n, 50n)];
    const book = page({ active: 54n }, lots);
    expect(book.reverse(sale, lots, 'why')).toEqual({ returned: 30n, takenBack: 4n, indebted: 0n });
    const plan = book.drain();
    expect(lines(plan)).toEqual([
      `refund ${program} → ${customer} 30 lot 1`,
      `clawback ${customer} → ${program} 4 lot 2`,
    ]);
    expect(plan.transfers.every(({ reason }) => reason === 'why')).toBe(true);
    expect(plan.taken).toEqual(
      new Map([
        [1n, -30n],
        [2n, 4n],
      ]),
    );
    expect(plan.newLots).toEqual([]);
    expect(book.balances.active).toBe(80n);
  });

  it('undone a second time it moves nothing', () => {
    const undone = [...sale, own('refund', program, customer, 30n, 1n), own('clawback', customer, program, 4n, 2n)];
    const book = page({ active: 80n }, [lot(1n, 30n), lot(3n, 50n)]);
    expect(book.reverse(undone, [lot(1n, 30n), lot(2n, 0n)], 'again')).toEqual({
      returned: 0n,
      takenBack: 0n,
      indebted: 0n,
    });
    expect(book.drain().transfers).toEqual([]);
  });

  it('returned points pay debt before anything is taken back, and what is not free becomes debt', () => {
    const book = page({ debt: 25n });
    expect(book.reverse(sale, [lot(1n, 0n), lot(2n, 0n)], 'why')).toMatchObject({ indebted: 0n });
    expect(lines(book.drain())).toEqual([
      `refund ${program} → ${customer} 30 lot 1`,
      `repayment ${customer} → ${debt} 25 lot 1`,
      `clawback ${customer} → ${program} 4 lot 1`,
    ]);
    expect(book.balances).toMatchObject({ active: 1n, debt: 0n });
    const spent = page({});
    expect(spent.reverse([sale[1]!], [lot(2n, 0n)], 'why')).toEqual({ returned: 0n, takenBack: 4n, indebted: 4n });
    expect(lines(spent.drain())).toEqual([`clawback ${debt} → ${program} 4 lot null`]);
  });

  it('what is still pending is taken from its pending lot', () => {
    const book = page({ active: 10n, pending: 4n }, [lot(3n, 10n)]);
    book.reverse([own('accrual', program, pending, 4n, 2n)], [lot(2n, 4n, true)], 'why');
    expect(lines(book.drain())).toEqual([`clawback ${pending} → ${program} 4 lot 2`]);
    expect(book.balances).toMatchObject({ active: 10n, pending: 0n });
  });

  it('an adjustment of either sign is undone by an adjustment; the debt it made is paid from a lot of its own', () => {
    const added = page({ active: 10n }, [lot(2n, 10n)]);
    added.reverse([own('adjustment', program, customer, 10n, 2n)], [lot(2n, 10n)], 'why');
    expect(lines(added.drain())).toEqual([`adjustment ${customer} → ${program} 10 lot 2`]);
    const taken = page({ debt: 5n });
    const took = [own('adjustment', customer, program, 7n, 1n), own('adjustment', debt, program, 5n, null)];
    expect(taken.reverse(took, [lot(1n, 0n)], 'why')).toMatchObject({ returned: 12n });
    expect(taken.balances).toEqual({ active: 7n, held: 0n, pending: 0n, debt: 0n });
    expect(lines(taken.drain())).toEqual([
      `adjustment ${program} → ${customer} 7 lot 1`,
      `adjustment ${program} → ${customer} 5 lot 100`,
      `repayment ${customer} → ${debt} 5 lot 1`,
    ]);
  });

  it('facts of Altegio stay', () => {
    const facts = [
      own('external', accounts.altegio, customer, 9n, 4n),
      own('opening', accounts.altegio, customer, 1n, 5n),
    ];
    const book = page({ active: 10n }, [lot(4n, 9n), lot(5n, 1n)]);
    book.reverse(facts, [lot(4n, 9n), lot(5n, 1n)], 'why');
    expect(book.drain().transfers).toEqual([]);
  });
});

describe('the ledger gives way to Altegio', () => {
  const mirror = (balances: Partial<Balances>, confirmed: bigint): Mirror => ({
    balances: { active: 0n, held: 0n, pending: 0n, debt: 0n, ...balances },
    confirmed,
    unexplained: 0n,
    unknown: 0n,
    open: null,
    awaiting: [],
    given: [],
  });

  it.each([
    ['Altegio holds less', mirror({ active: 100n }, 70n), -30n, { active: 70n, debt: 0n }],
    ['Altegio holds more', mirror({ active: 70n }, 100n), 30n, { active: 100n, debt: 0n }],
    ['a debt is forgiven where Altegio holds points', mirror({ debt: 10n }, 5n), 15n, { active: 5n, debt: 0n }],
    ['held points stay held', mirror({ active: 100n, held: 40n }, 20n), -40n, { active: 60n, held: 40n }],
    ['a debt without points stays', mirror({ debt: 10n }, 0n), 0n, { active: 0n, debt: 10n }],
    ['a card below 0 is no target', mirror({ active: 5n }, -3n), -5n, { active: 0n, debt: 0n }],
  ])('%s', (_, before, drift, after) => {
    const gave = giveWay(before);
    expect(gave.drift).toBe(drift);
    expect(gave.movement.balances).toMatchObject(after);
  });
});

describe('the other reading of an ambiguous line', () => {
  it('moves its amount where it was read as ours without an answer, and nothing where lines only change places', () => {
    expect(otherReading('doubt', -2650n)).toBe(-2650n);
    expect(otherReading('twin', 500n)).toBe(500n);
    expect(otherReading('external', -2650n)).toBeNull();
    expect(otherReading('write', -2650n)).toBeNull();
  });
});
