/**
 * The activities as workflows see them: ids and decimal texts in and out, nothing that is a secret or a person's name.
 * Each is a thin function over a part; what it may throw is the closed list of failures.ts.
 */
import { Context } from '@temporalio/activity';
import { formatAmount, parseAmount } from '../domain/money.ts';
import { createFindingActivities, type FindingDeps } from './finding.ts';
import type { AdjustmentInput, CardIssueInput, VisitInput } from './inputs.ts';
import { converge } from './altegio/converge.ts';
import { isNeedsOperator, isTryAgain, toFailure } from './altegio/failures.ts';
import { adoptCard, CardTaken, issueCard, parkTaken } from './altegio/first-contact.ts';
import { followJournal } from './altegio/journal-tail.ts';
import { readOrPark } from './altegio/read-or-park.ts';
import { readVisit } from './altegio/visit.ts';
import { postAdjustment } from './ledger/adjust.ts';
import { type ActionOutcome, type ActionRequest, applyAction } from './ledger/apply-action.ts';
import { finishOperation, noteWaiting, resumeOperation } from './ledger/finish.ts';
import { adoptBalance } from './ledger/mirror-actions.ts';
import { noteNotApplied } from './ledger/operator-actions.ts';
import { visitsToLookAt } from './ledger/visits/seen.ts';
import { operationOf } from './operation-of.ts';
import { settleVisitSteps } from './visit.ts';
import {
  type AccountRef,
  asked,
  askedAtOf,
  type BalanceSeen,
  type BooksEqual,
  type CardSeen,
  type VisitSettled,
} from './texts.ts';
import type { createTillActivities } from './till.ts';

export type { ActionName, ActionRequest } from './ledger/apply-action.ts';
export type { CaughtUp } from './altegio/catch-up.ts';
export type { Swept } from './altegio/sweep.ts';
export type {
  BalanceSeen,
  BooksEqual,
  DepositDecided,
  HoldSettled,
  PaymentDecided,
  RefundDecided,
  VisitSettled,
} from './texts.ts';
export type { NightActivities } from './nights.ts';
export { createNightActivities } from './nights.ts';
export { createTillActivities } from './till.ts';

/** What all activities need. */
export type ActivityDeps = FindingDeps;

/** Steps on the ledger alone. */
export function createLedgerActivities(deps: ActivityDeps) {
  return {
    /** Posts what Altegio was moved by others; null when the card changed since it was read. */
    async adoptAltegioBalance(
      account: AccountRef,
      seen: Pick<Extract<BalanceSeen, { kind: 'balance' }>, 'cardId' | 'altegio' | 'version' | 'askedAt'>,
    ): Promise<{ readonly drift: string; readonly debt: string } | null> {
      const { cardId, altegio, version } = seen;
      const balance = parseAmount(altegio);
      const read = { cardId: BigInt(cardId), balance, version: BigInt(version), askedAt: askedAtOf(seen) };
      const found = await adoptBalance(deps, account.accountId, read, operationOf(account));
      return found.superseded ? null : { drift: formatAmount(found.drift), debt: formatAmount(found.indebted) };
    },

    /** Posts an operator's change, once; without `free` it was skipped. */
    async commitAdjustment(input: AdjustmentInput): Promise<{ readonly posted: boolean; readonly free?: string }> {
      const other = input.other ? { breakId: input.other.breakId, lineId: BigInt(input.other.lineId) } : null;
      const change = {
        ...input,
        amount: parseAmount(input.amount),
        other,
        review: input.review ?? null,
        undoes: input.undoes ?? null,
      };
      const adjusted = await postAdjustment(deps, input.accountId, change, operationOf(input));
      if (adjusted.outcome === 'refused') return { posted: false, free: formatAmount(adjusted.free) };
      return { posted: adjusted.outcome === 'posted' };
    },

    /** Posts what a visit has come to, less what was posted before; `again` when the card has to be explained first. */
    async settleVisit(input: VisitInput, force: boolean): Promise<VisitSettled> {
      return await settleVisitSteps(deps, input, operationOf(input), force);
    },

    /** Ends the operation and says where both books stand. */
    async finishOperation(
      account: AccountRef,
    ): Promise<{ readonly target: string; readonly altegio: string | null; readonly dirtySeq: string }> {
      const finished = await finishOperation(deps.pool, account.accountId, operationOf(account).id);
      return {
        target: formatAmount(finished.target),
        altegio: finished.altegio === null ? null : formatAmount(finished.altegio),
        dirtySeq: String(finished.dirtySeq),
      };
    },

    /** An operator asked to try again. */
    async resumeOperation(account: AccountRef): Promise<void> {
      await resumeOperation(deps.pool, account.accountId, operationOf(account).id);
    },

    /** Does what an operator asked of this operation, once; null when it is none of this operation's requests. */
    async applyAction(account: AccountRef, request: ActionRequest): Promise<ActionOutcome | null> {
      return await applyAction(deps, account.accountId, request, operationOf(account));
    },
  };
}

/** The failure of a step, whose sentence an operator also finds at the operation. */
async function waiting(deps: ActivityDeps, account: AccountRef, error: unknown): Promise<unknown> {
  const failure = toFailure(error);
  // Where the database is away the workflow still says it.
  if (isTryAgain(failure))
    await noteWaiting(deps.pool, operationOf(account).id, failure.message).catch(() => undefined);
  return failure;
}

async function convergeBooks(
  deps: ActivityDeps,
  account: AccountRef,
  givesWay: ActionRequest | null,
): Promise<BooksEqual> {
  const signal = Context.current().cancellationSignal;
  try {
    const done = await converge(deps, account.accountId, operationOf(account), signal, givesWay);
    return {
      cardId: done.cardId === null ? null : String(done.cardId),
      target: formatAmount(done.target),
      altegio: done.altegio === null ? null : formatAmount(done.altegio),
      drift: formatAmount(done.drift),
      writes: done.writes.map(({ amount, balance }) => ({
        amount: formatAmount(amount),
        balanceAfter: formatAmount(balance),
      })),
    };
  } catch (error) {
    throw await waiting(deps, account, error);
  }
}

/** Steps that call Altegio, on their own queue. */
export function createAltegioActivities(deps: ActivityDeps) {
  return {
    ...createFindingActivities(deps),

    /** Reads Altegio's balance; a card that is missing there needs a person. */
    async readAltegio(account: AccountRef): Promise<CardSeen> {
      try {
        const signal = Context.current().cancellationSignal;
        const seen = await readOrPark(deps, account.accountId, operationOf(account), { lane: 'write', signal });
        const dirtySeq = String(seen.dirtySeq);
        if (seen.kind !== 'balance') return { kind: seen.kind, dirtySeq };
        const { cardId, balance, version, askedAt } = seen;
        const altegio = formatAmount(balance);
        const card = { cardId: String(cardId), altegio, version: String(version), ...asked(askedAt) };
        return { kind: 'balance', ...card, dirtySeq };
      } catch (error) {
        throw await waiting(deps, account, error);
      }
    },

    /** Reads a visit and keeps it. */
    async readVisit(input: VisitInput): Promise<{ readonly records: number }> {
      try {
        return await readVisit(deps, input, Context.current().cancellationSignal);
      } catch (error) {
        throw await waiting(deps, input, error);
      }
    },

    /** Brings both books to the same balance, one write at a time. */
    async converge(account: AccountRef): Promise<BooksEqual> {
      return await convergeBooks(deps, account, null);
    },

    /** The same after an operator let the ledger give way: what is missing in Altegio is adopted, not sent. */
    async adoptAltegio(account: AccountRef, request: ActionRequest): Promise<BooksEqual> {
      try {
        return await convergeBooks(deps, account, request);
      } catch (error) {
        if (isNeedsOperator(error)) await noteNotApplied(deps.pool, request.actionId, error.message);
        throw error;
      }
    },

    /** Adopts the customer's altegio card, or issues one where that is allowed. */
    async establishCard(
      input: CardIssueInput,
    ): Promise<{ readonly card: 'linked' | 'none'; readonly opening?: string }> {
      const { accountId } = input;
      const signal = Context.current().cancellationSignal;
      const locationId = BigInt(input.locationId);
      const options = { accountId, locationId, operation: operationOf(input), lane: 'write', signal } as const;
      try {
        let opening = await adoptCard(deps, options);
        if (opening === 'none' && !input.mayIssue) return { card: 'none' };
        if (opening === 'none') opening = await issueCard(deps, options);
        return opening === 'linked' ? { card: 'linked' } : { card: 'linked', opening: formatAmount(opening) };
      } catch (error) {
        if (error instanceof CardTaken) throw await parkTaken(deps, options);
        throw await waiting(deps, input, error);
      }
    },

    /** Follows the chain's journal and starts a reconciliation for every card that others moved. */
    async followJournal(chainId: string, daysBack: number): Promise<{ readonly moved: number }> {
      const signal = Context.current().cancellationSignal;
      try {
        const moved = await followJournal(
          deps,
          BigInt(chainId),
          { daysBack, signal },
          {
            operationFor({ accountId, locationId }) {
              const operation = operationOf({ chainId, accountId, locationId: String(locationId) });
              return { ...operation, id: `${operation.id}/${accountId}` };
            },
            tell: ({ accountId, locationId }) =>
              deps.startReconciliation({ chainId, accountId, locationId: String(locationId), because: 'journal' }),
          },
        );
        for (const { locationId, visitId, recordId, accountId } of await visitsToLookAt(deps.pool, BigInt(chainId)))
          await deps.startVisit({
            chainId,
            accountId,
            locationId: String(locationId),
            visitId: String(visitId),
            recordId: String(recordId),
          });
        return { moved };
      } catch (error) {
        throw toFailure(error);
      }
    },
  };
}

/** Types for the workflows' proxies. */
export type TillActivities = ReturnType<typeof createTillActivities>;
export type LedgerActivities = ReturnType<typeof createLedgerActivities>;
export type AltegioActivities = ReturnType<typeof createAltegioActivities>;
