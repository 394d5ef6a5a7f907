/**
 * Points taken in a visit by Altegio's own call, so that its receipt shows them, and taken back there. What Altegio took is
 * compared with what was asked before the till is told; when an answer is lost, the visit itself says what was taken.
 */
import { performance } from 'node:perf_hooks';
import { doubtWrite } from '../ledger/mirror-actions.ts';
import type { CardRow } from '../ledger/page.ts';
import { decidePayment, type TillRead } from '../ledger/payment-decision.ts';
import type { Decision } from '../ledger/payment-outcome.ts';
import type { OperationRef } from '../ledger/posting.ts';
import { giveUpTakingBack, openTakingBack, settleInVisit, type VisitResult } from '../ledger/visit-payment.ts';
import type { VisitWrite } from '../ledger/card-rows.ts';
import { resolveAlone } from '../ledger/write-log.ts';
import {
  AltegioError,
  AltegioNotFound,
  AltegioRefused,
  AltegioUnknownOutcome,
  type Permit,
  type VisitWithdrawal,
} from './client/index.ts';
import { adopt, read, type Run } from './converge-run.ts';
import type { AltegioDeps } from './deps.ts';
import { fetchJournal } from './journal-fetch.ts';
import { tryAgain } from './failures.ts';

/** As for every write: a sender that was paused longer than this after the commit drops the call. */
const SEND_WITHIN_MS = 1_000;
/** How long a till waits for a slot (milliseconds). */
const SLOT_MS = 1_000;

const WITHDRAWING = { outcome: 'withdrawing' } as const;

/** Whose payment, at which location. */
interface TillPayment {
  readonly paymentId: string;
  readonly accountId: string;
  readonly locationId: bigint;
}

/**
 * Decides a payment. For one that names a visit the slot is taken first, so that nothing lies between the commit and the
 * call that takes its points there.
 */
export async function decideForTill(
  deps: AltegioDeps,
  payment: TillPayment,
  seen: TillRead,
  operation: OperationRef,
  inVisit: boolean,
): Promise<Decision> {
  const wantsSlot = inVisit && seen.kind === 'balance';
  const slot = wantsSlot ? await takeSlot(deps, payment.locationId) : null;
  const read: TillRead = wantsSlot && !slot ? { kind: 'down', reason: 'no call to Altegio is free' } : seen;
  const before = performance.now();
  const decided = await decidePayment(deps, payment, read, operation).catch(async (error: unknown) => {
    await slot?.giveBack();
    throw error;
  });
  if (decided.outcome !== 'withdraw') {
    await slot?.giveBack();
    return decided;
  }
  if (!slot) throw new Error('points are taken in a visit on a balance that was read');
  return await take(deps, payment.accountId, decided.write, slot, before + SEND_WITHIN_MS, operation);
}

async function takeSlot(deps: AltegioDeps, locationId: bigint): Promise<Permit | null> {
  try {
    return await deps.altegio.acquire('till', { maxWaitMs: SLOT_MS, locationId });
  } catch (error) {
    if (error instanceof AltegioError) return null;
    throw error;
  }
}

async function take(
  deps: AltegioDeps,
  accountId: string,
  write: VisitWrite,
  permit: Permit,
  sendBy: number,
  operation: OperationRef,
): Promise<Decision> {
  const options = { lane: 'till', permit, maxWaitMs: 0, sendBy } as const;
  const result = await outcomeOf(deps, accountId, write, () =>
    deps.altegio.withdrawInVisit({ ...write, amount: -write.amount }, options),
  );
  if (!result) return WITHDRAWING;
  const before = performance.now();
  const settled = await settleInVisit(deps, accountId, write, result, operation);
  if (settled.outcome === 'settled' || settled.outcome === 'superseded') return WITHDRAWING;
  if (settled.outcome !== 'takeBack') return settled;
  return await takeBack(deps, accountId, settled.write, before + SEND_WITHIN_MS, operation);
}

/** Altegio took less than the till accepts: it is put back before the till hears of it. */
async function takeBack(
  deps: AltegioDeps,
  accountId: string,
  write: VisitWrite,
  sendBy: number,
  operation: OperationRef,
): Promise<Decision> {
  const maxWaitMs = Math.max(0, sendBy - performance.now());
  const result = await outcomeOf(deps, accountId, write, () =>
    deps.altegio.cancelInVisit(write, { lane: 'till', maxWaitMs, sendBy }),
  );
  if (!result) return WITHDRAWING;
  const settled = await settleInVisit(deps, accountId, write, result, operation);
  return settled.outcome === 'settled' || settled.outcome === 'superseded' || settled.outcome === 'takeBack'
    ? WITHDRAWING
    : settled;
}

/** The answer, or that it was certainly not applied; null when nobody knows, which is stored. */
async function outcomeOf(
  deps: AltegioDeps,
  accountId: string,
  { writeId }: VisitWrite,
  call: () => Promise<VisitWithdrawal[]>,
): Promise<VisitResult | null> {
  try {
    return { kind: 'lines', lines: await call(), certain: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof AltegioError) || error instanceof AltegioUnknownOutcome) {
      await doubtWrite(deps, accountId, writeId, reason);
      return null;
    }
    const business = error instanceof AltegioRefused || error instanceof AltegioNotFound;
    return { kind: 'refused', code: business ? 'visit_refused' : 'altegio_unavailable', reason };
  }
}

/** Asks the visit what became of the write whose answer was lost; there is no window, for its lines name it. */
export async function resolveInVisit(run: Run, chainId: bigint, write: VisitWrite): Promise<null> {
  const done = await resolveAlone(run.deps.pool, write.writeId, async () => {
    const lines = await linesOf(run, chainId, write);
    const result = { kind: 'lines', lines, certain: false } as const;
    const settled = await settleInVisit(run.deps, run.accountId, write, result, run.operation);
    if (settled.outcome === 'takeBack') {
      const sendBy = performance.now() + SEND_WITHIN_MS;
      await takeBack(run.deps, run.accountId, settled.write, sendBy, run.operation);
    }
  });
  if (!done) throw tryAgain('WriteInDoubt', 'What was taken in the visit is being read in Altegio.', 'growing');
  return null;
}

/** An appointment that is gone shows nothing any more: then the journal says what it can, and the balance the rest. */
async function linesOf({ deps, signal }: Run, chainId: bigint, write: VisitWrite): Promise<VisitWithdrawal[] | null> {
  try {
    return await deps.altegio.visitLines(write, { lane: 'write', signal });
  } catch (error) {
    if (!(error instanceof AltegioNotFound)) throw error;
    await fetchJournal(deps, chainId, { signal });
    return null;
  }
}

/** Takes back in the visit what an undone sale had taken there; where that is not possible, it is written by hand. */
export async function cancelInVisit(run: Run, card: CardRow, write: VisitWrite): Promise<null> {
  const { deps, accountId, signal } = run;
  let lines: VisitWithdrawal[];
  try {
    lines = await deps.altegio.visitLines(write, { lane: 'write', signal });
  } catch (error) {
    if (!(error instanceof AltegioNotFound || error instanceof AltegioRefused)) throw error;
    await giveUpTakingBack(deps.pool, accountId);
    return null;
  }
  const permit = await deps.altegio.acquire('write', { locationId: card.locationId, signal });
  const sendBy = performance.now() + SEND_WITHIN_MS;
  const opened = await openTakingBack(deps, accountId, write, lines).catch(async (error: unknown) => {
    await permit.giveBack();
    throw error;
  });
  if (!opened) {
    await permit.giveBack();
    return null;
  }
  const options = { lane: 'write', permit, maxWaitMs: 0, sendBy } as const;
  const result = await outcomeOf(deps, accountId, opened, () => deps.altegio.cancelInVisit(opened, options));
  if (result) await settleInVisit(deps, accountId, opened, result, run.operation);
  return null;
}

/** No answer in a visit tells the balance: it is read after it. */
export async function proveAfterVisit(run: Run): Promise<null> {
  await adopt(run, await read(run));
  return null;
}
