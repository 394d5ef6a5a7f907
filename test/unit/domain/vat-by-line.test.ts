import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vatByLine, vatByRate } from '../../../domain/vat.ts';

it('spreads VAT over lines by largest remainder, ties to the lower line', () => {
  const line = (gross: bigint) => ({ rate: '12', gross });
  // 10.00 contain 1.07; each third of 3.33 contains 0.3568, of 3.34 0.3579.
  expect(vatByLine([line(333n), line(333n), line(334n)])).toEqual([36n, 35n, 36n]);
  expect(vatByLine([line(333n), line(333n), line(333n)])).toEqual([36n, 36n, 35n]);
  expect(vatByLine([line(500n), { rate: null, gross: 500n }])).toEqual([54n, 0n]);
});

it('adds up to the VAT of all lines, rounded once', () => {
  const lines = fc.array(
    fc.record({ rate: fc.constantFrom('5', '12', '20', '7.5'), gross: fc.bigInt(0n, 10_000_000n) }),
    {
      maxLength: 20,
    },
  );
  const sum = (amounts: readonly bigint[]) => amounts.reduce((all, one) => all + one, 0n);
  const seed = Date.now() % 2_147_483_647;
  console.log(`VAT by line: seed ${seed}`);
  fc.assert(
    fc.property(lines, (some) => {
      expect(sum(vatByLine(some))).toBe(sum(vatByRate(some).map(({ vat }) => vat)));
    }),
    { seed, numRuns: 300 },
  );
});
