/**
 * converge(card): brings Altegio's balance to the target, one write at a time. Safe to run by anyone at any time; what
 * it cannot finish now it throws as a failure that says what it waits for, and Temporal runs it again.
 */
import { performance } from 'node:perf_hooks';
import { target } from '../../domain/account.ts';
import { nextStep } from '../../domain/mirror.ts';
import {
  adoptBalance,
  answerWrite,
  claimStoredLines,
  declareUnknown,
  doubtWrite,
  type Found,
  openWrite,
  refuseWrite,
  resolveWrite,
  type SeenBalance,
} from '../ledger/mirror-actions.ts';
import { parkOperation } from '../ledger/card-link.ts';
import { refuseWhileOff } from '../ledger/chain-writing.ts';
import { type CardRow, peekCard } from '../ledger/page.ts';
import type { OperationRef } from '../ledger/posting.ts';
import { type OpenedWrite, resolveAlone } from '../ledger/write-log.ts';
import { AltegioError, AltegioNotFound, AltegioRefused, AltegioUnknownOutcome, type Permit } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';
import { needsOperator, toFailure, tryAgain } from './failures.ts';
import { daysBackTo, fetchJournal } from './journal-fetch.ts';
import { readOrPark } from './read-or-park.ts';
import { noCardYet, waiting } from './waits.ts';

/** A write that this run saw confirmed; amounts in minor units. */
export interface ConfirmedWrite {
  readonly amount: bigint;
  readonly balance: bigint;
}

/** Both books are equal. Amounts in minor units. */
export interface Converged {
  readonly cardId: bigint;
  readonly target: bigint;
  readonly altegio: bigint;
  readonly drift: bigint;
  readonly writes: readonly ConfirmedWrite[];
}

/** Steps of one run; a card that still moves after so many is left to the next one. */
const MAX_STEPS = 12;
/** A sender that was paused longer than this after the commit drops the call: it could come too late to be counted. */
const SEND_WITHIN_MS = 1_000;
/** A journal this old (milliseconds) still decides a write whose window had passed when it was read. */
const SHARED_JOURNAL_MS = 300_000;
/** Between journal reads while a drift waits to be explained. */
const EXPLAIN_DELAYS_MS = [1_000, 5_000, 15_000];

interface Run {
  readonly deps: AltegioDeps;
  readonly accountId: string;
  readonly operation: OperationRef;
  readonly signal: AbortSignal;
  readonly writes: ConfirmedWrite[];
  drift: bigint;
}

/** See the file's header. */
export async function converge(
  deps: AltegioDeps,
  accountId: string,
  operation: OperationRef,
  signal: AbortSignal,
): Promise<Converged> {
  const run: Run = { deps, accountId, operation, signal, writes: [], drift: 0n };
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
  if (!card) {
    // Then none is issued either: wait for the switch, not for the card.
    await refuseWhileOff(run.deps.pool, account.chainId);
    throw noCardYet();
  }
  if (card.state === 'missing' && !card.mirror.open) return await lookAgain(run, card);
  const next = nextStep(card.mirror, card);
  switch (next.step) {
    case 'done': {
      const { cardId, mirror } = card;
      return {
        cardId,
        target: target(account.balances),
        altegio: mirror.confirmed,
        drift: run.drift,
        writes: run.writes,
      };
    }
    case 'wait':
      throw waiting(card);
    case 'resolve':
      return await resolve(run, account.chainId, card);
    case 'explain':
      return await explain(run, account.chainId, card);
    case 'declareUnknown':
      await declareUnknown(run.deps, run.accountId);
      return null;
    case 'send':
      return await send(run, account.chainId, card);
  }
}

function note(run: Run, found: Pick<Found, 'drift'>): void {
  run.drift += found.drift;
}

/** Reads the balance in the writers' lane. */
async function read(run: Run): Promise<SeenBalance> {
  const { deps, accountId, operation, signal } = run;
  const seen = await readOrPark(deps, accountId, operation, { lane: 'write', signal });
  if (seen.kind === 'noCard') throw noCardYet();
  return seen;
}

async function lookAgain(run: Run, card: CardRow): Promise<null> {
  const seen = await read(run);
  if (seen.cardId === card.cardId) await adopt(run, seen);
  return null;
}

async function adopt(run: Run, seen: SeenBalance): Promise<void> {
  const found = await adoptBalance(run.deps, run.accountId, seen, run.operation);
  if (!found.superseded) note(run, found);
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

/** The slot is taken first, so that nothing lies between the commit of the write's row and the call but the clock. */
async function send(run: Run, chainId: bigint, card: CardRow): Promise<null> {
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
  const businessRefusal = error instanceof AltegioRefused;
  const settled = await refuseWrite(deps, accountId, opened.writeId, message, businessRefusal);
  if (businessRefusal) {
    const seen = await read(run);
    if (!settled.superseded && settled.refusedBefore && seen.balance === opened.baseline)
      await refusedTwice(run, opened, message);
    await adopt(run, seen);
    return null;
  }
  // A 404 for one call is no proof: only a card that no read shows is missing.
  if (error instanceof AltegioNotFound) await adopt(run, await read(run));
  throw error;
}

async function refusedTwice(run: Run, opened: OpenedWrite, message: string): Promise<never> {
  const sentence = `Altegio refused the same write twice on an unchanged balance: ${message}`;
  await parkOperation(run.deps, run.accountId, run.operation, { kind: 'refused', sentence, amount: opened.amount });
  throw needsOperator(sentence);
}
