/** Sending what is missing: one write, and what its answer or its failure means. */
import { performance } from 'node:perf_hooks';
import { parkOperation } from '../ledger/card-link.ts';
import { refuseWhileOff } from '../ledger/chain-writing.ts';
import { answerWrite, doubtWrite, openWrite, refuseWrite } from '../ledger/mirror-actions.ts';
import type { CardRow } from '../ledger/page.ts';
import type { OpenedWrite } from '../ledger/write-log.ts';
import { AltegioError, AltegioNotFound, AltegioRefused, AltegioUnknownOutcome, type Permit } from './client/index.ts';
import { adopt, note, read, type Run } from './converge-run.ts';
import { needsOperator } from './failures.ts';

/** A sender that was paused longer than this after the commit drops the call: it could come too late to be counted. */
const SEND_WITHIN_MS = 1_000;

/** The slot is taken first, so that nothing lies between the commit of the write's row and the call but the clock. */
export async function send(run: Run, chainId: bigint, card: CardRow): Promise<null> {
  const { altegio, pool } = run.deps;
  // Without a slot: what waits for the switch must not hold up what is read meanwhile.
  await refuseWhileOff(pool, chainId);
  const permit = await altegio.acquire('write', { locationId: card.locationId, signal: run.signal });
  const before = performance.now();
  const opened = await openWrite(run.deps, run.accountId).catch(async (error: unknown) => {
    await permit.giveBack();
    throw error;
  });
  if ('superseded' in opened) {
    await permit.giveBack();
    return null;
  }
  return await transmit(run, opened, permit, before + SEND_WITHIN_MS);
}

async function transmit(run: Run, opened: OpenedWrite, permit: Permit, sendBy: number): Promise<null> {
  const { deps, accountId, operation } = run;
  const { writeId, locationId, cardId, amount, title } = opened;
  let balance: bigint;
  try {
    const query = { locationId, cardId, amount, title };
    const options = { lane: 'write', permit, maxWaitMs: 0, locationId, sendBy } as const;
    ({ balance } = await deps.altegio.manualTransaction(query, options));
  } catch (error) {
    return await settleFailure(run, opened, error);
  }
  const found = await answerWrite(deps, accountId, writeId, balance, operation);
  if (!found.superseded) {
    note(run, found);
    run.writes.push({ amount, balance });
  }
  return null;
}

/** What a failed call means for the write: in doubt unless it was certainly not applied. */
async function settleFailure(run: Run, opened: OpenedWrite, error: unknown): Promise<null> {
  const { deps, accountId } = run;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AltegioError) || error instanceof AltegioUnknownOutcome) {
    await doubtWrite(deps, accountId, opened.writeId, message);
    return null;
  }
  const businessRefusal = error instanceof AltegioRefused || error instanceof AltegioNotFound;
  const settled = await refuseWrite(deps, accountId, opened.writeId, message, businessRefusal);
  if (businessRefusal) {
    const seen = await read(run);
    if (!settled.superseded && settled.refusedBefore && seen.balance === opened.baseline)
      await refusedTwice(run, opened, message);
    await adopt(run, seen);
    // A 404 for one call is no proof, and may pass: the read has shown the card, so the write is tried again later.
    if (error instanceof AltegioRefused) return null;
  }
  throw error;
}

async function refusedTwice(run: Run, opened: OpenedWrite, message: string): Promise<never> {
  const sentence = `Altegio refused the same write twice on an unchanged balance: ${message}`;
  await parkOperation(run.deps, run.accountId, run.operation, { kind: 'refused', sentence, amount: opened.amount });
  throw needsOperator(sentence);
}
