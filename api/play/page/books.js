/** Both balances as two large numbers, and the word that says how they stand to each other. */
import { at } from './elements.js';
import { formatAmount, parseAmount, signed } from './money.js';

/**
 * @typedef {{ state: 'matched' | 'syncing' | 'needs_operator', ledger: string, altegio: string | null, breaks: string[],
 *   operations: import('./steps.js').Operation[], writes: import('./steps.js').Write[],
 *   faults: { answerDropped: boolean, outageMs: number | null, workerMs: number | null } }} Books
 */

const WORDS = /** @type {const} */ ({ equal: 'equal', becoming: 'becoming equal', person: 'needs a person' });

/** @param {Books} books @returns {keyof typeof WORDS} */
function standing({ state, ledger, altegio }) {
  if (state === 'needs_operator') return 'person';
  return state === 'matched' && ledger === altegio ? 'equal' : 'becoming';
}

/** Whole seconds that are left. @param {number} ms */
export const seconds = (ms) => Math.max(1, Math.ceil(ms / 1_000));

/** @param {Books} books */
function sentence(books) {
  const { outageMs, workerMs } = books.faults;
  const faults = [
    ...(outageMs === null ? [] : [`Altegio takes no connection for another ${seconds(outageMs)} s.`]),
    ...(workerMs === null
      ? []
      : [
          `The worker of this start is stopped and comes back by itself in ${seconds(workerMs)} s; what has begun is not lost.`,
        ]),
  ];
  return [...faults, saidOf(books)].join(' ');
}

/** @param {Books} books */
function saidOf(books) {
  const { state, ledger, altegio, breaks, operations } = books;
  const stands = standing(books);
  if (stands === 'equal') return `Both books hold ${ledger}.`;
  const waits = operations.find((one) => one.state !== 'done' && one.waitsFor !== null)?.waitsFor;
  if (stands === 'person')
    return waits ?? `An open break (${breaks.join(', ')}) waits until a person has looked at it.`;
  if (waits) return ledger === altegio ? `They agree already, but our side cannot know it yet. ${waits}` : waits;
  if (altegio === null) return 'The card is being found in Altegio.';
  const difference = signed(formatAmount((parseAmount(altegio) ?? 0n) - (parseAmount(ledger) ?? 0n)));
  const unknown = state === 'matched' && operations.every((one) => one.state === 'done');
  return unknown
    ? `Somebody moved the card by ${difference} in Altegio, and Altegio sends no event for it. An appointment’s webhook makes us look at once, the journal within a minute.`
    : 'The difference is on its way from one book to the other.';
}

/**
 * Puts a number up, counting to it so that the eye follows.
 * @param {HTMLElement} place
 * @param {string} text
 */
function count(place, text) {
  if (place.dataset['shown'] === text) return;
  const from = parseAmount(place.dataset['shown'] ?? '');
  const to = parseAmount(text);
  place.dataset['shown'] = text;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (from === null || to === null || still) {
    place.textContent = text;
    return;
  }
  const frames = 14n;
  let frame = 0n;
  const step = () => {
    // A newer number has taken over.
    if (place.dataset['shown'] !== text) return;
    frame += 1n;
    place.textContent = formatAmount(from + ((to - from) * frame) / frames);
    if (frame < frames) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** Shows both books; null when nobody stands at the till. @param {Books | null} books */
export function showBooks(books) {
  const place = at('books');
  place.classList.toggle('nobody', !books);
  if (!books) {
    place.dataset['state'] = 'none';
    for (const id of ['ledger', 'altegio']) {
      delete at(id).dataset['shown'];
      at(id).textContent = '–';
    }
    at('sign').textContent = '';
    at('word').textContent = 'no customer yet';
    at('sentence').textContent = 'Find a customer at the till: scan one of the cards.';
    return;
  }
  const stands = standing(books);
  place.dataset['state'] = stands;
  count(at('ledger'), books.ledger);
  count(at('altegio'), books.altegio ?? '–');
  at('sign').textContent = books.ledger === books.altegio ? '=' : '≠';
  if (at('word').textContent !== WORDS[stands]) at('word').textContent = WORDS[stands];
  at('sentence').textContent = sentence(books);
}

/** Whether there is something to watch: then the page looks often. @param {Books} books */
export const moves = (books) =>
  standing(books) !== 'equal' || books.operations.some(({ state }) => state === 'running');
