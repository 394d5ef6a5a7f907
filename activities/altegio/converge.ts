/**
 * converge(card): brings Altegio's balance to the target, one write at a time. Safe to run by anyone at any time; what
 * it cannot finish now it throws as a failure that says what it waits for, and Temporal runs it again.
 */
import { target } from '../../domain/account.ts';
import { nextStep } from '../../domain/mirror.ts';
import { claimStoredLines, declareUnknown, resolveWrite, type SeenBalance } from '../ledger/mirror-actions.ts';
import type { ActionRequest } from '../ledger/apply-action.ts';
import { refuseWhileOff } from '../ledger/chain-writing.ts';
import { cardCode } from '../ledger/customers/code.ts';
import { giveWay } from '../ledger/give-way.ts';
import { type AccountRow, type CardRow, peekCard } from '../ledger/page.ts';
import type { OperationRef } from '../ledger/posting.ts';
import { resolveAlone } from '../ledger/write-log.ts';
import { adopt, type ConfirmedWrite, note, read, type Run } from './converge-run.ts';
import type { AltegioDeps } from './deps.ts';
import { toFailure, tryAgain } from './failures.ts';
import { daysBackTo, fetchJournal } from './journal-fetch.ts';
import { send } from './send-write.ts';
import { cancelInVisit, proveAfterVisit, resolveInVisit } from './visit-writes.ts';
import { noCardYet, waiting } from './waits.ts';

/** Both books are equal. Amounts in minor units; card and balance are null where the ledger is the only book. */
export interface Converged {
  readonly cardId: bigint | null;
  readonly target: bigint;
  readonly altegio: bigint | null;
  readonly drift: bigint;
  readonly writes: readonly ConfirmedWrite[];
}

/** Steps of one run; a card that still moves after so many is left to the next one. */
const MAX_STEPS = 12;
/** A journal this old (milliseconds) still decides a write whose window had passed when it was read. */
const SHARED_JOURNAL_MS = 300_000;
/** Between journal reads while a drift waits to be explained. */
const EXPLAIN_DELAYS_MS = [1_000, 5_000, 15_000];

/** See the file's header. `givesWay`: until that action has taken effect, the ledger follows Altegio. */
export async function converge(
  deps: AltegioDeps,
  accountId: string,
  operation: OperationRef,
  signal: AbortSignal,
  givesWay: ActionRequest | null = null,
): Promise<Converged> {
  const run: Run = { deps, accountId, operation, signal, writes: [], drift: 0n, givesWay };
  try {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      signal.throwIfAborted();
      const done = await takeStep(run);
      if (done) return done;
    }
  } catch (error) {
    throw toFailure(error);
  }
  throw tryAgain('Contended', 'The balance keeps moving; trying again.', 1_000);
}

async function takeStep(run: Run): Promise<Converged | null> {
  const { account, card } = await peekCard(run.deps.pool, run.accountId);
  if (!account.secondBook) return await ledgerAlone(run, account);
  if (!card) {
    // Then none is issued either: wait for the switch, not for the card.
    await refuseWhileOff(run.deps.pool, account.chainId);
    throw noCardYet();
  }
  if (card.state === 'missing' && !card.mirror.open) return await lookAgain(run, card);
  const next = nextStep(card.mirror, card);
  const idle = next.step === 'done' || next.step === 'send';
  if (idle && card.toCancel && !run.givesWay) return await cancelInVisit(run, card, card.toCancel);
  switch (next.step) {
    case 'done': {
      if (card.unproven) return await proveAfterVisit(run);
      if (run.givesWay) return await adoptTarget(run, run.givesWay, null);
      const { drift, writes } = run;
      const { cardId, mirror } = card;
      return { cardId, target: target(account.balances), altegio: mirror.confirmed, drift, writes };
    }
    case 'wait':
      throw waiting(card);
    case 'resolve':
      return card.openInVisit
        ? await resolveInVisit(run, account.chainId, card.openInVisit)
        : await resolve(run, account.chainId, card);
    case 'explain':
      return await explain(run, account.chainId, card);
    case 'declareUnknown':
      // Reads may have failed until now: what rests on an answer alone is not called a drift before a balance shows it.
      await adopt(run, await read(run));
      await declareUnknown(run.deps, run.accountId);
      return null;
    case 'send':
      return run.givesWay
        ? await adoptTarget(run, run.givesWay, await read(run))
        : await send(run, account.chainId, card);
  }
}

/** The only book has nothing to be made equal to; the customer's card is a number of ours. */
async function ledgerAlone({ deps, accountId, drift, writes }: Run, { balances }: AccountRow): Promise<Converged> {
  await cardCode(deps, accountId);
  return { cardId: null, target: target(balances), altegio: null, drift, writes };
}

/** Posts the difference instead of sending it; what others moved meanwhile is adopted, and explained, before. */
async function adoptTarget(run: Run, request: ActionRequest, seen: SeenBalance | null): Promise<null> {
  if (seen) await adopt(run, seen);
  const outcome = await giveWay(run.deps, run.accountId, seen, request, run.operation);
  if (outcome !== 'again') run.givesWay = null;
  return null;
}

async function lookAgain(run: Run, card: CardRow): Promise<null> {
  const seen = await read(run);
  if (seen.cardId === card.cardId) await adopt(run, seen);
  return null;
}

/** One at a time for a card: the others wait for what it finds out, and read nothing. */
async function resolve(run: Run, chainId: bigint, card: CardRow): Promise<null> {
  const { open } = card.mirror;
  const done = open && (await resolveAlone(run.deps.pool, open.writeId, () => readAndResolve(run, chainId, card)));
  if (done === false)
    throw tryAgain('WriteInDoubt', 'What became of the last write is being read in Altegio.', 'growing');
  return null;
}

/** Both are read after the window. The journal comes first: a write applied between the two then shows as a loss. */
async function readAndResolve(run: Run, chainId: bigint, card: CardRow): Promise<void> {
  // A write that waited for days, because nothing of ours ran, has its line on the day it was sent.
  const daysBack = daysBackTo(card.mirror.open?.sentAt ?? Date.now());
  // Any journal of after the window decides it: many writes in doubt after an outage share one fetch.
  const maxAgeMs = Math.min(Math.max(0, -card.windowLeftMs), SHARED_JOURNAL_MS);
  await fetchJournal(run.deps, chainId, { daysBack, maxAgeMs, signal: run.signal });
  const resolved = await resolveWrite(run.deps, run.accountId, await read(run), run.operation);
  if (!resolved.superseded) note(run, resolved);
}

async function explain(run: Run, chainId: bigint, card: CardRow): Promise<null> {
  const { deps, accountId, operation } = run;
  await fetchJournal(deps, chainId, { signal: run.signal });
  let found = await claimStoredLines(deps, accountId, null, operation, true);
  if (found === 'needsBalance') found = await claimStoredLines(deps, accountId, await read(run), operation, true);
  if (found === 'needsBalance' || found.superseded) return null;
  note(run, found);
  if (!(await isUnexplained(run))) return null;
  // A line may have come before its balance: then only a read shows what it moved.
  await adopt(run, await read(run));
  if (!(await isUnexplained(run))) return null;
  const delay = EXPLAIN_DELAYS_MS[card.unexplainedReads] ?? 15_000;
  throw tryAgain('Explaining', "Waiting for Altegio's journal to name a change that was not ours.", delay);
}

async function isUnexplained(run: Run): Promise<boolean> {
  const { card } = await peekCard(run.deps.pool, run.accountId);
  return card !== null && nextStep(card.mirror, card).step === 'explain';
}
