/** Runs a property with a seed that is printed, so that any run can be repeated: `FC_SEED=… npx vitest run …`. */
import fc from 'fast-check';

export function check<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  predicate: (value: T) => void,
  numRuns = 10_000,
): void {
  const seed = process.env.FC_SEED ? Number(process.env.FC_SEED) : Date.now() % 2_147_483_647;
  console.log(`property "${name}": ${numRuns} cases, FC_SEED=${seed}`);
  fc.assert(fc.property(arbitrary, predicate), { seed, numRuns });
}

/** Amounts in minor units with many small and many equal ones. */
export const amounts = (max = 100_000_000n): fc.Arbitrary<bigint> =>
  fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max }));
