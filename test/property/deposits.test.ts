// Deposits as a machine: random top-ups, payments, holds, refunds and pay-outs of two customers, one of whom may pay for
// the other, against sums kept apart. No deposit is ever negative, and what came in is what is there plus what was paid.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DepositBook, type DepositPart, lessReturned, returnByKind } from '../../domain/deposit.ts';
import { amounts, check } from './check.ts';

const step = fc.record({
  kind: fc.constantFrom('topUp', 'payOut', 'pay', 'hold', 'capture', 'release', 'refund', 'takeAgain'),
  who: fc.constantFrom('child', 'parent'),
  amount: amounts(50_000n),
  which: fc.nat(20),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const sum = (parts: readonly { readonly amount: bigint }[]) => parts.reduce((total, { amount }) => total + amount, 0n);
const at = <T>(items: readonly T[], index: number): T | undefined => items[index % Math.max(1, items.length)];

/** The deposits, and what is known of them without the book. */
class Machine {
  readonly book: DepositBook;
  readonly holds: DepositPart[][] = [];
  readonly sales: { taken: DepositPart[]; returned: DepositPart[] }[] = [];
  readonly net = new Map<string, bigint>();
  readonly ledger = new Map<string, bigint>();

  constructor(linked: boolean) {
    const names = linked ? ['child', 'parent'] : ['child'];
    this.book = new DepositBook(
      names.map((accountId) => ({ accountId, balance: 0n, held: 0n })),
      101n,
    );
  }

  run({ kind, who, amount, which }: Step): void {
    const before = this.book.standing;
    const known = before.some(({ accountId }) => accountId === who);
    if (kind === 'topUp' && known && amount > 0n) this.move(who, amount, () => this.book.topUp(who, amount, 'cash'));
    else if (kind === 'payOut' && known && amount > 0n)
      this.guarded(amount <= this.freeOf(who), () =>
        this.move(who, -amount, () => this.book.payOut(who, amount, 'card')),
      );
    else if (kind === 'pay' && amount > 0n) this.guarded(amount <= this.book.free, () => this.pay(amount));
    else if (kind === 'hold' && amount > 0n)
      this.guarded(amount <= this.book.free, () => this.holds.push(this.book.hold(amount)));
    else if (kind === 'release' || kind === 'capture') this.endHold(kind === 'capture', which);
    else if (kind === 'refund') this.refund(amount, which);
    else if (kind === 'takeAgain') this.takeAgain(which);
    this.checked();
  }

  private guarded(allowed: boolean, act: () => void): void {
    if (allowed) act();
    else {
      const before = this.book.standing;
      expect(act).toThrow(RangeError);
      expect(this.book.standing).toEqual(before);
    }
  }

  private pay(amount: bigint): void {
    const taken = this.book.pay(amount);
    expect(sum(taken)).toBe(amount);
    for (const part of taken) this.count(part.accountId, -part.amount);
    this.sales.push({ taken, returned: [] });
  }

  private endHold(captured: boolean, which: number): void {
    const held = at(this.holds, which);
    if (!held) return;
    this.holds.splice(this.holds.indexOf(held), 1);
    this.book.release(held);
    if (captured) this.pay(sum(held));
  }

  private refund(amount: bigint, which: number): void {
    const sale = at(this.sales, which);
    if (!sale) return;
    const left = sale.taken.map(({ accountId, amount: taken }) => ({
      accountId,
      amount: taken - sum(sale.returned.filter((part) => part.accountId === accountId)),
    }));
    this.guarded(amount <= sum(left), () => {
      const parts = this.book.giveBack(left, amount);
      for (const part of parts) this.count(part.accountId, part.amount);
      sale.returned.push(...parts);
    });
  }

  private takeAgain(which: number): void {
    const sale = at(this.sales, which);
    if (!sale || sale.returned.length !== 1) return;
    const before = this.book.standing;
    const missing = this.book.takeAgain(sale.returned);
    const [part] = sale.returned;
    if (!part) return;
    const there = before.find(({ accountId }) => accountId === part.accountId);
    const free = (there?.balance ?? 0n) - (there?.held ?? 0n);
    expect(missing).toBe(free >= part.amount ? 0n : part.amount - free);
    this.count(part.accountId, missing - part.amount);
    sale.returned.splice(0, 1, ...(missing > 0n ? [{ ...part, amount: missing }] : []));
  }

  private freeOf(who: string): bigint {
    const deposit = this.book.standing.find(({ accountId }) => accountId === who);
    return deposit ? deposit.balance - deposit.held : 0n;
  }

  private move(who: string, amount: bigint, act: () => void): void {
    act();
    this.count(who, amount);
  }

  private count(who: string, amount: bigint): void {
    this.net.set(who, (this.net.get(who) ?? 0n) + amount);
  }

  /** After every step: nothing negative, holds reserve what is held, transfers make the balances and sum to zero. */
  private checked(): void {
    for (const { debit, credit, amount } of this.book.drain()) {
      expect(amount > 0n).toBe(true);
      this.ledger.set(debit, (this.ledger.get(debit) ?? 0n) - amount);
      this.ledger.set(credit, (this.ledger.get(credit) ?? 0n) + amount);
    }
    for (const { accountId, balance, held } of this.book.standing) {
      expect(held >= 0n && held <= balance).toBe(true);
      expect(balance).toBe(this.net.get(accountId) ?? 0n);
      expect(this.ledger.get(`deposit:${accountId}`) ?? 0n).toBe(balance);
      expect(held).toBe(sum(this.holds.flat().filter((part) => part.accountId === accountId)));
    }
    expect([...this.ledger.values()].reduce((total, amount) => total + amount, 0n)).toBe(0n);
  }
}

describe('deposits', () => {
  it('random top-ups, payments, holds, refunds and pay-outs: sums equal, never negative, refused without a trace', () => {
    const runs = fc.tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 40 }));
    check(
      'deposits',
      runs,
      ([linked, steps]) => {
        const machine = new Machine(linked);
        for (const one of steps) machine.run(one);
      },
      1_500,
    );
  });

  it('money returns in its own kinds: parts are never more than is left of a kind, and together they are the whole', () => {
    const kinds = ['deposit', 'cash', 'card', 'giftCard'];
    const paid = fc
      .array(amounts(100_000n), { minLength: 1, maxLength: 4 })
      .map((all) => all.map((amount, index) => ({ type: kinds[index] ?? '', amount })));
    check(
      'refund by kind',
      fc.tuple(paid, fc.array(amounts(30_000n), { maxLength: 8 })),
      ([tenders, wishes]) => {
        let left = tenders;
        for (const wish of [...wishes, 1_000_000_000n]) {
          const money = wish < sum(left) ? wish : sum(left);
          const parts = returnByKind(money, left);
          expect(sum(parts)).toBe(money);
          left = lessReturned(left, parts);
          expect(left.every(({ amount }) => amount >= 0n)).toBe(true);
        }
        expect(sum(left)).toBe(0n);
      },
      3_000,
    );
  });
});
