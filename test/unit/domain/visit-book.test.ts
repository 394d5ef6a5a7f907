import { describe, expect, it } from 'vitest';
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { programSettings } from '../../../domain/program.ts';
import { planVisitReturn } from '../../../domain/refund-plan.ts';
import type { OwnTransfer } from '../../../domain/reversal.ts';
import { VisitBook } from '../../../domain/visit-book.ts';

const accounts = ledgerAccounts('acc_1', 'prg_1', 9206n);
const settings = programSettings.parse({
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: {},
});
const AT = { now: 1_000_000, timeZone: 'Asia/Almaty' };

/** A page with one lot of 100.00 that expires. */
function page() {
  let next = 50n;
  const lot = { id: 1n, free: 10_000n, expiresAt: 2_000_000, createdAt: 0 };
  const balances = { active: 10_000n, held: 0n, pending: 0n, debt: 0n };
  return new VisitBook({ balances, lots: [lot], accounts, nextLotId: () => (next += 1n), now: AT.now });
}

const lotOf = (id: bigint, remaining: bigint, expiresAt: number | null) => ({
  id,
  pending: false,
  remaining,
  expiresAt,
  createdAt: 0,
});

describe('withdrawals that Altegio makes in a visit', () => {
  it('W-22 named a redemption they move no balance, and return to their lot when the visit is taken back', () => {
    const book = page();
    book.external(-3_000n, 7n, null);
    const found = book.balances;
    book.relabel('redemption', [{ lotId: 1n, amount: 3_000n }], 7n, 'visit 5495');
    expect(book.balances).toEqual(found);
    const own: OwnTransfer[] = book.drain().transfers.filter(({ code }) => code === 'redemption') as OwnTransfer[];
    expect(own).toMatchObject([{ debit: accounts.altegio, credit: accounts.program, amount: 3_000n, lotId: 1n }]);
    const lots = [lotOf(1n, 7_000n, 2_000_000)];
    const planned = planVisitReturn({ own, lots, accounts }, { points: 3_000n, clawback: 0n }, settings, AT);
    book.refund(planned);
    const { transfers, taken, newLots } = book.drain();
    expect(transfers).toMatchObject([
      { debit: accounts.program, credit: accounts.customer, code: 'refund', lotId: 1n },
    ]);
    expect([...taken]).toEqual([[1n, -3_000n]]);
    expect(newLots).toEqual([]);
    expect(book.balances.active).toBe(10_000n);
  });

  it('W-22 put back by Altegio itself, points leave the lot they came in and return to the lot they were taken from', () => {
    const book = page();
    book.external(-3_000n, 7n, null);
    book.relabel('redemption', [{ lotId: 1n, amount: 3_000n }], 7n, 'visit 5495');
    book.external(3_000n, 8n, null);
    const came = book.drain();
    const [lot] = came.newLots;
    const lotId = lot?.id ?? 0n;
    book.relabel('refund', [{ lotId, amount: 3_000n }], 8n, 'visit 5495');
    const own = [...came.transfers, ...book.drain().transfers].filter(({ code }) => code !== 'external');
    const lots = [lotOf(1n, 7_000n, 2_000_000), lotOf(lotId, 3_000n, null)];
    const planned = planVisitReturn({ own, lots, accounts }, { points: 3_000n, clawback: 0n }, settings, AT);
    book.rehome(planned, 3_000n, [lotOf(lotId, 3_000n, null)]);
    const { taken } = book.drain();
    expect([...taken]).toEqual([
      [1n, -3_000n],
      [lotId, 3_000n],
    ]);
    expect(book.balances.active).toBe(10_000n);
  });

  it('what met another movement touched no lot, and returns without an expiry', () => {
    const book = page();
    book.relabel('redemption', [{ lotId: null, amount: 500n }], null, 'visit 5495');
    const { transfers: own } = book.drain();
    const planned = planVisitReturn({ own, lots: [], accounts }, { points: 500n, clawback: 0n }, settings, AT);
    book.refund(planned);
    expect(book.drain().newLots).toMatchObject([{ amount: 500n, expiresAt: null, code: 'refund' }]);
    expect(book.balances.active).toBe(10_500n);
  });
});
