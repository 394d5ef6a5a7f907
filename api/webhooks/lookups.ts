/** Asking Altegio for the phone of a client whose event names only an id. */
import { AltegioError, AltegioNotFound, AltegioRefused } from '../../activities/altegio/client/index.ts';
import type { Work } from '../../activities/ledger/inbox-accounts.ts';
import { NO_PHONE, resolveEvents } from '../../activities/ledger/inbox-accounts.ts';
import { lockReceivedById, type ReceivedEvent } from '../../activities/ledger/inbox.ts';
import { transaction } from '../../activities/ledger/database.ts';
import type { ApiDeps } from '../http/deps.ts';
import { brief } from './brief.ts';
import { subjectOf } from './subject.ts';

/** A client who could not be read is left alone that long, and others come first; its events wait in the inbox. */
const PAUSE_MS = 5_000;
/** So many failures end the questions of a location for this pass: Altegio is away, and each costs a deadline. */
const FAILURES_A_PASS = 2;
/** Questions asked in one pass: they take from the budget that tills live on. */
const QUESTIONS_A_PASS = 20;

/** Events that wait for one client of one location. */
export interface Question {
  readonly locationId: bigint;
  readonly clientId: bigint;
  readonly eventIds: bigint[];
}

/** Folds events into one question a client. */
export function questionsOf(
  entries: readonly { event: ReceivedEvent; person: { clientId: bigint | null } }[],
): Question[] {
  const questions = new Map<string, Question>();
  for (const { event, person } of entries) {
    if (person.clientId === null) continue;
    const key = `${event.locationId} ${person.clientId}`;
    const question = questions.get(key) ?? { locationId: event.locationId, clientId: person.clientId, eventIds: [] };
    question.eventIds.push(event.id);
    questions.set(key, question);
  }
  return [...questions.values()];
}

type Answer = { readonly phone: string; readonly name: string } | { readonly ignored: string };

async function ask({ altegio }: Pick<ApiDeps, 'altegio'>, question: Question, signal: AbortSignal): Promise<Answer> {
  const { locationId, clientId } = question;
  try {
    const { phone, name } = await altegio.client({ locationId, clientId }, { lane: 'sweep', maxWaitMs: 2_000, signal });
    return phone === null ? { ignored: NO_PHONE } : { phone, name };
  } catch (error) {
    if (error instanceof AltegioNotFound) return { ignored: 'Altegio does not know the client any more' };
    if (error instanceof AltegioRefused) return { ignored: 'Altegio refused to tell who the client is' };
    throw error;
  }
}

function answered(event: ReceivedEvent, answer: Answer): Work {
  const subject = subjectOf(event);
  if (subject.ignored !== null) return { event, subject };
  if ('ignored' in answer) return { event, subject: answer };
  const { phone, name } = answer;
  return { event, subject: { ignored: null, person: { ...subject.person, phone, name: name || null, mayAsk: false } } };
}

/** Asks and settles. Without an answer the events stay where they are. */
export function createLookups(deps: Pick<ApiDeps, 'pool' | 'altegio' | 'logger'>) {
  const pausedUntil = new Map<string, number>();
  const settle = async (question: Question, signal: AbortSignal): Promise<void> => {
    const answer = await ask(deps, question, signal);
    await transaction(deps.pool, async (tx) => {
      const events = await lockReceivedById(tx, question.eventIds);
      await resolveEvents(
        tx,
        events.map((event) => answered(event, answer)),
      );
    });
  };
  return async (questions: readonly Question[], signal: AbortSignal): Promise<void> => {
    const now = performance.now();
    for (const [key, until] of pausedUntil) if (until <= now) pausedUntil.delete(key);
    const failures = new Map<bigint, number>();
    let asked = 0;
    for (const question of questions) {
      const { locationId, clientId } = question;
      const key = `${locationId} ${clientId}`;
      const failed = failures.get(locationId) ?? 0;
      if (signal.aborted || asked >= QUESTIONS_A_PASS) return;
      if (failed >= FAILURES_A_PASS || pausedUntil.has(key)) continue;
      asked += 1;
      try {
        await settle(question, signal);
      } catch (error) {
        if (!(error instanceof AltegioError)) throw error;
        failures.set(locationId, failed + 1);
        pausedUntil.set(key, performance.now() + PAUSE_MS);
        deps.logger.warn({ ...brief(error), locationId: String(locationId) }, 'a client could not be looked up');
      }
    }
  };
}
