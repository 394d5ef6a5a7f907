import { describe, expect, it } from 'vitest';
import { CARD_MOVING_TYPES, causeOf, JOURNAL_TYPE_NAMES, journalSign } from '../../../domain/journal.ts';

const types = [
  [1, 'promotion discount', null, 'unknown'],
  [2, 'program accrual', 1n, 'program_accrual'],
  [3, 'card withdrawal', -1n, 'visit_withdrawal'],
  [4, 'referral', 1n, 'referral'],
  [5, 'manual +', 1n, 'staff_top_up'],
  [6, 'manual −', -1n, 'staff_withdrawal'],
  [7, 'overdue points', -1n, 'overdue_points'],
  [8, 'gift card', null, 'unknown'],
  [9, 'membership', null, 'unknown'],
  [10, 'membership recalculation', null, 'unknown'],
  [11, 'client account', null, 'unknown'],
] as const;

describe('Altegio journal types', () => {
  it(
    'V-21 Altegio journal types: 1 promotion discount, 2 program accrual, 3 card withdrawal, 4 referral, 5 manual +, ' +
      '6 manual −, 7 overdue points, 8 gift card, 9 membership, 10 membership recalculation, 11 client account',
    () => {
      expect(JOURNAL_TYPE_NAMES).toEqual(Object.fromEntries(types.map(([id, name]) => [id, name])));
      for (const [id, name, sign, cause] of types) {
        expect(JOURNAL_TYPE_NAMES[id]).toBe(name);
        expect(journalSign(id), `sign of type ${id}`).toBe(sign);
        expect(causeOf(id), `cause of type ${id}`).toBe(cause);
      }
      expect([...CARD_MOVING_TYPES]).toEqual(types.filter(([, , sign]) => sign !== null).map(([id]) => id));
    },
  );

  it.each([0, -1, 12, 99, 2.5])('of a type nobody knows (%s) move no card and have no cause', (id) => {
    expect(journalSign(id)).toBeNull();
    expect(causeOf(id)).toBe('unknown');
  });
});
