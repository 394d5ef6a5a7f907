/**
 * What operators ask of a running workflow: by our door, which has kept the request and sends its id alone, or by a signal
 * of the Temporal UI, whose argument is the reason. Handlers only queue; the next round of a step obeys.
 */
import { defineSignal, setHandler, uuid4 } from '@temporalio/workflow';
import type { ActionName, ActionRequest } from '../activities/index.ts';
import { ADOPT_ALTEGIO_SIGNAL, ADOPT_LEDGER_SIGNAL, RETRY_SIGNAL, SKIP_SIGNAL } from './contract.ts';

/** Requests that wait to be obeyed. */
export interface Requests {
  /** The next one; what the ledger can do alone comes before what needs Altegio. */
  next(): ActionRequest | undefined;
  /** It took effect, or never will. */
  over(request: ActionRequest, said: string | null): void;
  /** What was done so far, one sentence each. */
  done(): readonly string[];
}

/** The signals of a balance change, as the forms of the Temporal UI describe them. */
const ACTIONS: readonly { readonly signal: string; readonly action: ActionName; readonly description: string }[] = [
  {
    signal: SKIP_SIGNAL,
    action: 'skip',
    description: 'Undo what this operation posted, then make both books equal. Argument: why, in one sentence.',
  },
  {
    signal: ADOPT_ALTEGIO_SIGNAL,
    action: 'adopt-altegio',
    description: 'Take over what Altegio holds, instead of writing what is missing. Argument: why, in one sentence.',
  },
  {
    signal: ADOPT_LEDGER_SIGNAL,
    action: 'adopt-ledger',
    description:
      'Take back the drift this run adopted, and write our balance to Altegio. Argument: why, in one sentence.',
  },
];

const RETRY = 'Try again now, whatever it waits for. Argument: why, in one sentence.';
const NO_REASON = 'no reason given';
const LONGEST_REASON = 500;

function requestOf(action: ActionName, asked: unknown): ActionRequest | null {
  if (typeof asked === 'object' && asked !== null && 'actionId' in asked && typeof asked.actionId === 'string')
    return { action, actionId: asked.actionId };
  const reason = typeof asked === 'string' ? asked.trim().slice(0, LONGEST_REASON) : '';
  // A retry without a reason changes no book, so nobody has to answer for it.
  if (reason === '' && action === 'retry') return null;
  const actionId = `act_${uuid4().replaceAll('-', '').slice(0, 26)}`;
  return { action, actionId, reason: reason || NO_REASON };
}

/** Registers `retry`, and with `changesBooks` the signals that change a book; `asked` is called after each. */
export function trackRequests(changesBooks: boolean, asked: () => void): Requests {
  const waiting: ActionRequest[] = [];
  const done: string[] = [];
  const listen = (signal: string, action: ActionName, description: string) =>
    setHandler(
      defineSignal<[unknown?]>(signal),
      (argument) => {
        const request = requestOf(action, argument);
        if (request) waiting.push(request);
        asked();
      },
      { description },
    );
  listen(RETRY_SIGNAL, 'retry', RETRY);
  if (changesBooks) for (const { signal, action, description } of ACTIONS) listen(signal, action, description);
  return {
    next: () => waiting.find(({ action }) => action !== 'adopt-altegio') ?? waiting[0],
    over(request, said) {
      waiting.splice(waiting.indexOf(request), 1);
      if (said !== null) done.push(said);
    },
    done: () => done,
  };
}
