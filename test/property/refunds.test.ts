import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accrualFor } from '../../domain/accrual.ts';
import { Book } from '../../domain/book.ts';
import { ledgerAccounts } from '../../domain/posting-plan.ts';
import {
  addRefunds,
  type AskedRefund,
  decideRefund,
  NOTHING_REFUNDED,
  type Refunded,
  type Sale,
} from '../../domain/refund.ts';
import { planRefund } from '../../domain/refund-plan.ts';
import type { OwnLot, OwnTransfer } from '../../domain/reversal.ts';
import { amounts, check } from './check.ts';

const sum = (list: readonly bigint[]): bigint => list.reduce((total, amount) => total + amount, 0n);

/** A captured sale: with or without lines, some of which neither take points nor earn, some money that does not earn. */
const sales: fc.Arbitrary<Sale> = fc
  .record({
    bill: amounts(1_000_000n).map((amount) => amount + 1n),
    lines: fc.array(fc.record({ amount: amounts(100_000n), eligible: fc.boolean() }), { maxLength: 6 }),
    share: fc.bigInt({ min: 0n, max: 1_000n }),
    withoutEarning: fc.bigInt({ min: 0n, max: 1_000n }),
    percent: fc.constantFrom('0', '1', '2.5', '5', '33.333', '100'),
    rounding: fc.constantFrom('floor' as const, 'half_up' as const),
  })
  .filter(({ lines }) => lines.length === 0 || sum(lines.map(({ amount }) => amount)) > 0n)
  .map(({ bill, lines: drawn, share, withoutEarning, percent, rounding }) => {
    const lines = drawn.map((line, index) => ({ ...line, id: `line-${index}` }));
    const total = lines.length > 0 ? sum(lines.map(({ amount }) => amount)) : bill;
    const eligible = lines.length > 0 ? sum(lines.filter((line) => line.eligible).map(({ amount }) => amount)) : total;
    const redeemed = (eligible * share) / 1_000n;
    const due = total - redeemed;
    const notEarning = (due * withoutEarning) / 1_000n;
    const accrued = accrualFor({ eligible, redeemed, due, notEarning, percent, rounding });
    return { total, redeemed, due, accrued, percent, rounding, notEarning, lines };
  });

/** What a till asks next, drawn as thousandths of what is left. */
interface Draw {
  readonly byLine: boolean;
  readonly pick: number;
  readonly part: bigint;
}

const draws: fc.Arbitrary<Draw[]> = fc.array(
  fc.record({ byLine: fc.boolean(), pick: fc.nat(), part: fc.bigInt({ min: 1n, max: 1_000n }) }),
  { maxLength: 8 },
);

function askedOf(sale: Sale, soFar: Refunded, { byLine, pick, part }: Draw): AskedRefund {
  const left = sale.total - soFar.amount;
  const amount = (left * part) / 1_000n;
  const line = sale.lines[pick % Math.max(1, sale.lines.length)];
  if (!byLine || !line) return { kind: 'amount', amount: amount > 0n ? amount : left };
  return { kind: 'lines', lines: [{ id: line.id, amount: part % 3n === 0n ? (line.amount * part) / 1_000n : null }] };
}

/** Refunds at random, then whatever is left: every part that was done. */
function refundAll(sale: Sale, plan: readonly Draw[]): Refunded[] {
  const parts: Refunded[] = [];
  const soFar = () => parts.reduce(addRefunds, NOTHING_REFUNDED);
  for (const draw of plan) {
    const before = soFar();
    const refund = decideRefund(sale, before, askedOf(sale, before, draw));
    if (refund.ok) parts.push(refund);
    else expect(refund.allowed).toBeLessThanOrEqual(sale.total - before.amount);
  }
  const before = soFar();
  const rest = decideRefund(sale, before, { kind: 'amount', amount: sale.total - before.amount });
  if (rest.ok) parts.push(rest);
  else expect(rest.code).toBe('already_refunded');
  return parts;
}

describe('refunds in parts', () => {
  it('add up to the whole for points, money and clawback, whatever the order of amounts and lines', () => {
    check('refunds', fc.tuple(sales, draws), ([sale, plan]) => {
      const parts = refundAll(sale, plan);
      for (const { amount, points, money, earningMoney, clawback } of parts) {
        expect(amount).toBe(points + money);
        for (const part of [points, money, earningMoney, clawback]) expect(part >= 0n).toBe(true);
        expect(earningMoney <= money).toBe(true);
      }
      const whole = parts.reduce(addRefunds, NOTHING_REFUNDED);
      expect(whole).toMatchObject({
        amount: sale.total,
        points: sale.redeemed,
        money: sale.due,
        clawback: sale.accrued,
      });
      const once = decideRefund(sale, NOTHING_REFUNDED, { kind: 'amount', amount: sale.total });
      expect(once).toMatchObject({ ok: true, points: sale.redeemed, money: sale.due, clawback: sale.accrued });
    });
  });

  it('posted on a book they leave every balance and every lot as before the sale', () => {
    check('refunds on a book', fc.tuple(sales, draws, fc.bigInt({ min: 0n, max: 1_000n })), ([sale, plan, first]) => {
      const accounts = ledgerAccounts('acc_1', 'prg_1', 1n);
      const inFirst = (sale.redeemed * first) / 1_000n;
      const spent = [
        { id: 1n, amount: inFirst, expiresAt: 2_000 },
        { id: 2n, amount: sale.redeemed - inFirst, expiresAt: null },
      ];
      const lots = new Map<bigint, OwnLot>(
        [...spent.map(({ id, expiresAt }) => ({ id, expiresAt })), { id: 3n, expiresAt: null }].map((lot) => [
          lot.id,
          { ...lot, pending: false, remaining: lot.id === 3n ? sale.accrued : 0n, createdAt: 1 },
        ]),
      );
      const own: OwnTransfer[] = spent
        .filter(({ amount }) => amount > 0n)
        .map(({ id, amount }) => ({
          code: 'redemption',
          debit: accounts.customer,
          credit: accounts.program,
          amount,
          lotId: id,
        }));
      if (sale.accrued > 0n)
        own.push({
          code: 'accrual',
          debit: accounts.program,
          credit: accounts.customer,
          amount: sale.accrued,
          lotId: 3n,
        });
      let balances = { active: sale.accrued, held: 0n, pending: 0n, debt: 0n };
      for (const refund of refundAll(sale, plan)) {
        const book = new Book({
          balances,
          lots: [...lots.values()].map((lot) => ({ ...lot, free: lot.remaining })),
          accounts,
          nextLotId: () => 9n,
          now: 1_000,
        });
        const known = { own, lots: [...lots.values()], accounts };
        const settings = {
          clawback: 'unlimited',
          lots: { lifetimeDays: null, mode: 'each', pendingDays: 0, returned: 'stay_expired' },
        } as const;
        book.refund(planRefund(known, refund, settings, { now: 1_000, timeZone: 'UTC' }));
        const { transfers, taken, newLots } = book.drain();
        expect(newLots).toEqual([]);
        own.push(...transfers);
        for (const [id, amount] of taken) {
          const lot = lots.get(id);
          if (lot) lots.set(id, { ...lot, remaining: lot.remaining - amount });
        }
        balances = book.balances;
      }
      expect(balances).toEqual({ active: sale.redeemed, held: 0n, pending: 0n, debt: 0n });
      const left = [...lots.values()].map(({ remaining }) => remaining);
      expect(sum(left)).toBe(sale.redeemed);
      expect(left.every((remaining) => remaining >= 0n)).toBe(true);
    });
  });
});
