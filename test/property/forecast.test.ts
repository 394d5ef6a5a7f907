/** C-44: what the forecast names is what then ends, date by date. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Book } from '../../domain/book.ts';
import { ledgerAccounts } from '../../domain/posting-plan.ts';
import { byActivation, forecast } from '../../domain/forecast.ts';
import { check } from './check.ts';

const DAYS = 12;
const accounts = ledgerAccounts('acc_1', 'prg_1', 1n);

const lots = fc.array(
  fc.record({
    amount: fc.bigInt({ min: 1n, max: 40n }),
    activatesAt: fc.option(fc.integer({ min: 1, max: DAYS })),
    lives: fc.option(fc.integer({ min: 1, max: DAYS })),
    held: fc.bigInt({ min: 0n, max: 40n }),
  }),
  { maxLength: 8 },
);

describe('forecast and burn', () => {
  it('C-44 on every day exactly what was forecast ends, whatever is pending, reserved or owed', () => {
    check(
      'forecast = burn',
      fc.record({ lots, debt: fc.bigInt({ min: 0n, max: 60n }) }),
      ({ lots: drawn, debt: owed }) => {
        const made = drawn.map(({ amount, activatesAt, lives, held }, index) => ({
          id: BigInt(index + 1),
          pending: activatesAt !== null,
          activatesAt,
          expiresAt: lives === null ? null : (activatesAt ?? 0) + lives,
          // With a debt nothing is free but what becomes active later.
          held: activatesAt !== null ? 0n : owed > 0n || held > amount ? amount : held,
          amount,
          createdAt: index,
        }));
        const ending = made.map((lot) => ({ ...lot, free: lot.amount - lot.held }));
        const said = forecast(ending, owed);
        const sumOf = (amounts: bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);
        const active = made.filter(({ pending }) => !pending);
        const book = new Book({
          balances: {
            active: sumOf(active.map(({ amount }) => amount)),
            held: sumOf(active.map(({ held }) => held)),
            pending: sumOf(made.filter(({ pending }) => pending).map(({ amount }) => amount)),
            debt: owed,
          },
          lots: ending.filter(({ pending }) => !pending),
          accounts,
          nextLotId: () => 99n,
          now: 0,
        });
        const burnt: { at: number; amount: bigint }[] = [];
        for (let day = 1; day <= 2 * DAYS; day += 1) {
          for (const lot of made.filter(({ activatesAt }) => activatesAt === day).sort(byActivation))
            book.activate({ ...lot, pending: true, remaining: lot.amount }, 'its day has come');
          const amount = book.expire(day);
          if (amount > 0n) burnt.push({ at: day, amount });
        }
        expect(burnt).toEqual(said);
      },
      5_000,
    );
  });
});
