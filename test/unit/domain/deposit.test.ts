import { describe, expect, it } from 'vitest';
import { byKind, DepositBook, depositSum, lessReturned, returnByKind } from '../../../domain/deposit.ts';

const book = (own: bigint, payer?: bigint): DepositBook => {
  const deposits = [
    { accountId: 'child', balance: own, held: 0n },
    ...(payer === undefined ? [] : [{ accountId: 'parent', balance: payer, held: 0n }]),
  ];
  return new DepositBook(deposits, 101n);
};
const balances = (deposits: DepositBook) => deposits.standing.map(({ balance, held }) => [balance, held]);

describe('deposits', () => {
  it('a top-up names the till and its tender, a sale takes from the customer and goes to the sales of the location', () => {
    const deposits = book(0n);
    deposits.topUp('child', 10_000n, 'cash');
    expect(deposits.pay(2_500n)).toEqual([{ accountId: 'child', amount: 2_500n }]);
    expect(deposits.drain()).toEqual([
      { accountId: 'child', debit: 'till:101:cash', credit: 'deposit:child', amount: 10_000n, code: 'top_up' },
      { accountId: 'child', debit: 'deposit:child', credit: 'sales:101', amount: 2_500n, code: 'payment' },
    ]);
    expect(deposits.drain()).toEqual([]);
    expect(deposits.free).toBe(7_500n);
  });

  it('the own deposit pays first and the payer the rest; what was taken last returns first', () => {
    const deposits = book(3_000n, 5_000n);
    const taken = deposits.pay(4_000n);
    expect(taken).toEqual([
      { accountId: 'child', amount: 3_000n },
      { accountId: 'parent', amount: 1_000n },
    ]);
    expect(deposits.giveBack(taken, 1_500n)).toEqual([
      { accountId: 'parent', amount: 1_000n },
      { accountId: 'child', amount: 500n },
    ]);
    expect(balances(deposits)).toEqual([
      [500n, 0n],
      [5_000n, 0n],
    ]);
  });

  it('what is reserved is nobody else’s to spend until it is released', () => {
    const deposits = book(3_000n);
    const held = deposits.hold(2_000n);
    expect(deposits.free).toBe(1_000n);
    expect(() => deposits.pay(1_001n)).toThrow(RangeError);
    expect(() => deposits.payOut('child', 1_001n, 'cash')).toThrow(RangeError);
    deposits.release(held);
    expect(deposits.pay(3_000n)).toHaveLength(1);
    expect(balances(deposits)).toEqual([[0n, 0n]]);
  });

  it('more than was taken does not return, and what was spent since is not taken again', () => {
    const deposits = book(1_000n);
    const taken = deposits.pay(1_000n);
    expect(() => deposits.giveBack(taken, 1_001n)).toThrow(RangeError);
    const returned = deposits.giveBack(taken, 600n);
    deposits.payOut('child', 400n, 'card');
    expect(deposits.takeAgain(returned)).toBe(400n);
    expect(balances(deposits)).toEqual([[0n, 0n]]);
  });
});

describe('the money of a refund', () => {
  const paid = byKind([
    { type: 'deposit', amount: 2_000n },
    { type: 'cash', amount: 3_000n },
    { type: 'cash', amount: 2_000n },
  ]);

  it('returns in the kinds it was paid in, in proportion, and the last part closes each to the cent', () => {
    const first = returnByKind(3_333n, paid);
    expect(first).toEqual([
      { type: 'deposit', amount: 952n },
      { type: 'cash', amount: 2_381n },
    ]);
    const left = lessReturned(paid, first);
    expect(returnByKind(3_667n, left)).toEqual(left);
    expect(() => returnByKind(3_668n, left)).toThrow(RangeError);
    expect(depositSum(paid)).toBe(2_000n);
  });
});
