/** Reading a visit from Altegio into our book of visits. */
import { addToldPayments, keepVisit } from '../ledger/visits/seen.ts';
import type { VisitInput } from '../inputs.ts';
import type { AltegioDeps } from './deps.ts';

/**
 * Reads the visit's records, payments and loyalty lines and keeps them; one that is gone is kept without records.
 * @throws the Altegio client's errors
 */
export async function readVisit(
  deps: AltegioDeps,
  { chainId, locationId, visitId, recordId }: VisitInput,
  signal: AbortSignal,
): Promise<{ readonly records: number }> {
  const ref = { chainId: BigInt(chainId), locationId: BigInt(locationId), visitId: BigInt(visitId) };
  const askedAt = await addToldPayments(deps.pool, ref);
  const read = await deps.altegio.visit(ref, { lane: 'write', signal });
  await keepVisit(deps.pool, ref, read, { day: read.day, askedAt, recordId: BigInt(recordId) });
  return { records: read.records.length };
}
