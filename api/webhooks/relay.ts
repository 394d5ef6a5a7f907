/**
 * From the inbox to workflows. Rows survive every crash: a pass takes whatever is received or resolved, at start too,
 * in any number of processes, because rows are locked and passed over. The effect is one, since a reconciliation is
 * level-triggered and folded by account; a start repeated after a crash only looks once more.
 */
import { transaction } from '../../activities/ledger/database.ts';
import {
  type DueAccount,
  type DuePage,
  type DueVisit,
  lockDue,
  lockReceived,
  markStarted,
} from '../../activities/ledger/inbox.ts';
import { resolveEvents, type Work } from '../../activities/ledger/inbox-accounts.ts';
import type { ReceivedEvent } from '../../activities/ledger/inbox.ts';
import { followVisits } from '../../activities/ledger/visits/seen.ts';
import type { ApiDeps } from '../http/deps.ts';
import { brief } from './brief.ts';
import { createLookups, type Question, questionsOf } from './lookups.ts';
import { subjectOf } from './subject.ts';
import { TooLate, temporalWithin } from '../http/temporal-wait.ts';

/** The relay of one process. */
export interface Relay {
  /** Says that events have come. */
  kick(): void;
  /** Ends after the pass under way. */
  close(): Promise<void>;
}

/** What the relay needs. */
export type RelayDeps = Pick<ApiDeps, 'pool' | 'altegio' | 'starter' | 'logger'>;

/** Altegio sends several events for one change within a moment; they become one start. */
const GATHER_MS = 60;
/** What could not be started, or was left by a process that died, is tried again that often. */
const REPEAT_MS = 2_000;
const PAGE = 200;
const STARTS_AT_ONCE = 8;
/** A start may take that long; Temporal away must not hold rows and connections. */
const START_TIMEOUT_MS = 3_000;
/** No further start begins after that time, so that the transaction ends well before the database's patience does. */
const START_PHASE_MS = 5_000;

type Start = Pick<DueAccount, 'eventIds'> & { readonly begin: (starter: RelayDeps['starter']) => Promise<void> };

const reconciliationOf = ({ accountId, chainId, locationId, eventIds, caughtUp }: DueAccount): Start => {
  const because = caughtUp ? 'catchUp' : 'webhook';
  const input = { chainId: `${chainId}`, accountId, locationId: `${locationId}`, because } as const;
  return { eventIds, begin: (starter) => starter.reconciliation(input) };
};

const visitOf = ({ chainId, locationId, visitId, recordId, accountId, eventIds }: DueVisit): Start => {
  const ids = { chainId: `${chainId}`, locationId: `${locationId}`, visitId: `${visitId}`, recordId: `${recordId}` };
  return { eventIds, begin: (starter) => starter.visit({ ...ids, accountId }) };
};

/** Starts each account's reconciliation and each visit's run; returns the events of which some start failed. */
async function startAll({ starter, logger }: RelayDeps, due: DuePage): Promise<Set<bigint>> {
  const waiting = [...due.accounts.map(reconciliationOf), ...due.visits.map(visitOf)];
  const unstarted = new Set<bigint>();
  const until = performance.now() + START_PHASE_MS;
  let failure: unknown;
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { eventIds, begin } = next;
      try {
        if (failure !== undefined || performance.now() > until)
          throw failure ?? new TooLate('this pass has used its time');
        await temporalWithin(START_TIMEOUT_MS, begin(starter));
      } catch (error) {
        failure ??= error;
        for (const id of eventIds) unstarted.add(id);
      }
    }
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, run));
  if (failure !== undefined)
    logger.warn({ ...brief(failure), events: unstarted.size }, 'work could not be started; the inbox keeps the events');
  return unstarted;
}

/** Starts what is resolved, page by page; stops at the first page that could not be started whole. */
async function startDue(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  for (let after = 0n; !signal.aborted;) {
    const last = await transaction(deps.pool, async (tx) => {
      const page = await lockDue(tx, after, PAGE);
      if (page.last === null) return null;
      // In the transaction that says that their work has begun: no later event is taken for one that nobody follows.
      followVisits(tx, page.visits);
      const unstarted = await startAll(deps, page);
      await markStarted(
        tx,
        page.eventIds.filter((id) => !unstarted.has(id)),
      );
      return unstarted.size > 0 ? null : page.last;
    });
    if (last === null) return;
    after = last;
  }
}

function toWork(event: ReceivedEvent, { logger }: RelayDeps): Work {
  try {
    return { event, subject: subjectOf(event) };
  } catch (error) {
    // One event that nobody can read must not hold up those behind it.
    logger.error({ ...brief(error), eventId: String(event.id) }, 'an event could not be read');
    return { event, subject: { ignored: 'the event could not be read' } };
  }
}

/** Resolves what is received, page by page; returns what only Altegio can tell. */
async function resolveReceived(deps: RelayDeps, signal: AbortSignal): Promise<Question[]> {
  const questions: Question[] = [];
  for (let after = 0n; !signal.aborted;) {
    const page = await transaction(deps.pool, async (tx) => {
      const events = await lockReceived(tx, after, PAGE);
      const askable = await resolveEvents(
        tx,
        events.map((event) => toWork(event, deps)),
      );
      return { last: events.at(-1)?.id ?? null, questions: questionsOf(askable) };
    });
    questions.push(...page.questions);
    if (page.last === null) break;
    after = page.last;
  }
  return questions;
}

/** Starts the relay of this process. */
export function startRelay(deps: RelayDeps): Relay {
  const lookUp = createLookups(deps);
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let running: Promise<void> | null = null;

  const pass = async (): Promise<void> => {
    try {
      const questions = await resolveReceived(deps, stop.signal);
      await startDue(deps, stop.signal);
      if (questions.length > 0) {
        await lookUp(questions, stop.signal);
        await startDue(deps, stop.signal);
      }
    } catch (error) {
      deps.logger.warn({ ...brief(error) }, 'the inbox could not be worked on; it keeps its events');
    }
  };

  const schedule = (ms: number): void => {
    const at = performance.now() + ms;
    if (stop.signal.aborted || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(run, ms);
  };

  const run = (): void => {
    dueAt = Infinity;
    if (running) {
      schedule(GATHER_MS);
      return;
    }
    running = pass().finally(() => {
      running = null;
      schedule(REPEAT_MS);
    });
  };

  schedule(0);
  return {
    kick: () => schedule(GATHER_MS),
    async close() {
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
