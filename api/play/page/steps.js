/** The workflows of a customer, each step with its time and in plain words. */
import { make } from './elements.js';
import { signed } from './money.js';

/**
 * @typedef {{ step: string, completedAt: string | null, result: any }} Step
 * @typedef {{ id: string, kind: string, workflowId: string, state: string, waitsFor: string | null,
 *   temporalUrl: string | null, createdAt: string, finishedAt: string | null, steps: Step[] }} Operation
 * @typedef {{ id: string, amount: string, state: string, operations: string[], createdAt: string,
 *   settledAt: string | null }} Write
 * @typedef {{ at: string, text: string, kind?: string }} Line
 */

/** @param {any} result */
function saidOfCommit({ outcome, code, redeemed, due, accrued, drift }) {
  const others = drift && drift !== '0.00' ? `took over ${signed(drift)} that others had moved; ` : '';
  if (outcome === 'captured') return `Ledger: ${others}bonus ${redeemed} first, then money ${due}; earned ${accrued}`;
  return outcome === 'readAgain'
    ? 'Ledger: the card moved meanwhile, read again'
    : `Ledger: ${others}nothing taken (${code ?? outcome})`;
}

/** What a step's answer says; a step that is not here is named as it is. @type {Record<string, (result: any) => string>} */
const SAID = {
  readAltegioForTill: ({ kind, altegio }) =>
    kind === 'balance' ? `Altegio read before anything is taken: ${altegio}` : `Altegio read: ${kind}`,
  commitPayment: saidOfCommit,
  readAltegio: ({ kind, altegio }) => (kind === 'balance' ? `Altegio read: ${altegio}` : `Altegio read: ${kind}`),
  adoptAltegioBalance: ({ drift } = {}) =>
    drift && drift !== '0.00'
      ? `Ledger: took over ${signed(drift)} that others had moved`
      : 'Ledger: nothing had been moved by others',
  establishCard: ({ card, opening }) =>
    card === 'linked'
      ? `Card found in Altegio and linked${opening ? ` with its ${opening}` : ''}`
      : 'No card in Altegio',
  commitAdjustment: () => 'Ledger: the operator’s change is posted',
  converge: ({ target }) => `Both books hold ${target}`,
  finishOperation: () => 'Operation closed',
  resumeOperation: () => 'The operation runs again',
};

/** Writes seen in doubt, by id, with the moment this page saw it. @type {Map<string, string>} */
const doubted = new Map();

/** @param {Write} write @returns {Line[]} */
function linesOfWrite({ id, amount, state, createdAt, settledAt }) {
  const sent = { at: createdAt, text: `Write ${signed(amount)} sent to Altegio` };
  if (state === 'in_doubt' && !doubted.has(id)) doubted.set(id, new Date().toISOString());
  const doubtAt = doubted.get(id);
  const doubt = doubtAt
    ? [{ at: doubtAt, text: 'The answer is lost: was it applied? Not sent again blindly', kind: 'doubt' }]
    : [];
  const ends = /** @type {Record<string, Omit<Line, 'at'>>} */ ({
    confirmed: doubtAt
      ? { text: `Altegio’s journal shows ${signed(amount)} once: applied`, kind: 'good' }
      : { text: `Altegio confirmed ${signed(amount)}`, kind: 'good' },
    refused: { text: 'Not applied for certain: it is tried again' },
    given_up: { text: 'Not in Altegio’s journal: given up, the difference is sent again' },
  });
  const end = ends[state];
  return [sent, ...doubt, ...(end && settledAt ? [{ at: settledAt, ...end }] : [])];
}

/** @param {string} iso */
function clock(iso) {
  const at = new Date(iso);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const tenth = Math.floor(at.getMilliseconds() / 100);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${tenth}`;
}

/** @param {Operation} operation @param {Write[]} writes */
function linesOf(operation, writes) {
  const steps = operation.steps.flatMap(({ step, completedAt, result }) =>
    completedAt === null ? [] : [{ at: completedAt, text: SAID[step]?.(result ?? {}) ?? step }],
  );
  /** @type {Line[]} */
  const lines = [...steps, ...writes.flatMap(linesOfWrite)];
  return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** @param {Operation} operation @param {Write[]} writes */
function run(operation, writes) {
  const { workflowId, state, waitsFor, temporalUrl } = operation;
  const name = make('b', '', workflowId);
  const link = make('a', '', 'open in Temporal');
  link.setAttribute('aria-label', `${workflowId} in Temporal`);
  link.setAttribute('href', temporalUrl ?? '');
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noreferrer');
  const standing = make(
    'small',
    state,
    state === 'done' ? 'completed' : state === 'running' ? 'running' : 'needs a person',
  );
  const lines = linesOf(operation, writes).map(({ at, text, kind = '' }) => {
    const time = make('time', '', clock(at));
    time.setAttribute('datetime', at);
    return make('li', kind, time, make('span', '', text));
  });
  const waits =
    waitsFor === null || state === 'done'
      ? []
      : [make('li', 'waits', make('time', '', 'now'), make('span', '', waitsFor))];
  return make(
    'div',
    'run',
    make('header', '', name, standing, ...(temporalUrl ? [link] : [])),
    make('ol', '', ...lines, ...waits),
  );
}

/** A write belongs to the newest of its operations that is shown. @param {Operation[]} operations @param {Write} write */
const ownerOf = (operations, write) => operations.find(({ id }) => write.operations.includes(id));

let shown = '';

/**
 * Shows the workflows, newest first; what has not changed is left alone, so that nothing moves under the reader.
 * @param {HTMLElement} place
 * @param {{ operations: Operation[], writes: Write[] }} books
 */
export function showSteps(place, { operations, writes }) {
  const made = operations.map((operation) =>
    run(
      operation,
      writes.filter((write) => ownerOf(operations, write) === operation),
    ),
  );
  const text = made.map(({ outerHTML }) => outerHTML).join('');
  if (text === shown) return;
  shown = text;
  place.replaceChildren(...(made.length > 0 ? made : [make('p', 'soft', 'No workflow has moved these points yet.')]));
}
