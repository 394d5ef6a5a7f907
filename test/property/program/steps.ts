/** What can happen to an account over its days, drawn at random; amounts in minor units, parts in thousandths. */
import fc from 'fast-check';

const amount = fc.oneof(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 100_000n }));
const pick = fc.nat(1_000);
const part = fc.bigInt({ min: 0n, max: 1_000n });

/** One thing that happens. */
export const step = fc.oneof(
  fc.record({ do: fc.constant('sell' as const), amount, part }),
  fc.record({ do: fc.constant('hold' as const), part }),
  fc.record({ do: fc.constant('endHold' as const), pick, part }),
  fc.record({ do: fc.constant('refund' as const), pick, part }),
  fc.record({ do: fc.constant('editVisit' as const), pick, money: fc.oneof(fc.constant(0n), amount), part }),
  fc.record({ do: fc.constant('byStaff' as const), amount, up: fc.boolean() }),
  fc.record({ do: fc.constant('nights' as const), days: fc.integer({ min: 1, max: 20 }) }),
);

/** The rules under which it happens. */
export const program = fc.record({
  percent: fc.constantFrom('0', '2.5', '5', '33.333'),
  rounding: fc.constantFrom('floor' as const, 'half_up' as const),
  clawback: fc.constantFrom('unlimited' as const, 'within_balance' as const, 'only_pending' as const),
  lifetimeDays: fc.option(fc.integer({ min: 1, max: 30 })),
  pendingDays: fc.integer({ min: 0, max: 5 }),
  returned: fc.constantFrom('stay_expired' as const, 'grace' as const),
});

export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
export type Terms = typeof program extends fc.Arbitrary<infer One> ? One : never;
