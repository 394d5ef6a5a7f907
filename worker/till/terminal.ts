/** A terminal between two power cuts: it writes down what it is about to send, sends it, and writes down what it heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../trial/doors.ts';
import type { Customer } from '../trial/salon.ts';
import { dayAnswer, goesWithoutPoints, isDone, type Meaning, meaningOf } from './answers.ts';
import { batch, captureBody, type Draft, payment, refunds, ringUp, secondStep, withoutPoints } from './drafts.ts';
import { Journal, type Line, type Rung } from './journal.ts';
import { type Call, Memory } from './memory.ts';
import type { Action, Basket, Mishap } from './plan.ts';
import { daySums, standingsOf } from './standings.ts';
import type { Tally } from './tally.ts';
import { Wire } from './wire.ts';

/** What a terminal is set up with; it outlives a power cut, as a till's settings do. */
export interface TerminalSetup {
  /** Begins its receipts, such as `T07`. */
  readonly name: string;
  readonly journalFile: string;
  /** Addresses of the product; the next one is asked after every answer that was not final. */
  readonly apis: readonly string[];
  /** The till's key. */
  readonly token: string;
  readonly customers: readonly Customer[];
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

const POLL_MS = 500;
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2_000;
/** What has no answer by then is named at the end. */
const GIVE_UP_MS = 180_000;
const NONE: Mishap = { hangUpMs: null, again: null };

/** What came of sending a call once. */
interface Sending {
  readonly meaning: Meaning;
  readonly retryAfterMs: number;
}

/** See the file's header. */
export class Terminal {
  readonly #setup: TerminalSetup;
  readonly #journal: Journal;
  readonly #memory: Memory;
  readonly #wire: Wire;
  #turn = 0;

  private constructor(setup: TerminalSetup, journal: Journal, memory: Memory) {
    this.#setup = setup;
    this.#journal = journal;
    this.#memory = memory;
    this.#wire = new Wire(setup.tally);
  }

  /** Switches it on: it knows what its journal says. */
  static async boot(setup: TerminalSetup): Promise<Terminal> {
    const { journal, lines } = await Journal.open(setup.journalFile);
    return new Terminal(setup, journal, Memory.of(lines));
  }

  /** Switches it off: connections break, and what is not in the journal is forgotten. */
  async powerOff(): Promise<void> {
    this.#wire.close();
    await this.#journal.close();
  }

  /** Plays an action to its end; of a payment that is to have a second step only the first call, once. */
  async play(action: Action): Promise<void> {
    switch (action.kind) {
      case 'sale':
        return await this.#pay(await this.#ringUp(action.basket, 'sale'), action.mishap);
      case 'refund':
        return await this.#sellAndRefund(action);
      case 'batch':
        return await this.#sellOffline(action);
      case 'twoSteps': {
        const { basket, ending, captured, mishap } = action;
        const sale = await this.#ringUp(basket, ending, ending === 'capture' ? captureBody(basket, captured) : {});
        if (ending === 'expire') return await this.#pay(sale, mishap);
        await this.#send(payment(sale), null, mishap.hangUpMs);
      }
    }
  }

  /**
   * Goes on with the payment in two steps that is not at its end, as the journal has it.
   * @param first mishap of its first step, as far as it is still to come
   * @param last mishap of its second step
   * @returns whether it has got its second step
   */
  async takeUp(first: Mishap, last: Mishap): Promise<boolean> {
    const sale = this.#memory.unfinished();
    if (!sale) return false;
    await this.#pay(sale, first);
    const { receipt, ending } = sale;
    const taken = this.#authorized(receipt);
    if (!taken || (ending !== 'capture' && ending !== 'void')) return false;
    const { final } = await this.#complete(secondStep(sale, ending, taken), last);
    if (isDone(final)) this.#setup.tally.count(ending);
    return isDone(final);
  }

  /** Brings a sale's first step to its final answer, without points where it has to be. */
  async #pay(sale: Rung, mishap: Mishap): Promise<void> {
    const first = payment(sale);
    const { final } = await this.#complete(first, mishap);
    const refused = final && !isDone(final) && first.body['redeem'] !== 'none';
    if (refused && goesWithoutPoints(final)) await this.#complete(withoutPoints(first), NONE);
  }

  async #sellAndRefund({ basket, mishap, parts }: Extract<Action, { kind: 'refund' }>): Promise<void> {
    const sale = await this.#ringUp(basket, 'sale');
    await this.#pay(sale, mishap);
    if (!this.#memory.callsOf(sale.receipt).some(({ final }) => isDone(final))) return;
    const drafts = refunds(
      sale.receipt,
      basket,
      parts.map(({ percent }) => percent),
    );
    for (const [index, draft] of drafts.entries()) {
      const { final } = await this.#complete(draft, parts[index]?.mishap ?? NONE);
      if (isDone(final)) this.#setup.tally.count('refund');
    }
  }

  /** The line is down: sales are kept in the journal, and sent together when it is back. */
  async #sellOffline({ baskets, mishap }: Extract<Action, { kind: 'batch' }>): Promise<void> {
    for (const basket of baskets) await this.#ringUp(basket, 'offline');
    const { name, tally } = this.#setup;
    const { final } = await this.#complete(batch(name, this.#memory.batches + 1, this.#memory.offlineQueue()), mishap);
    if (isDone(final)) tally.count('batch');
  }

  async #ringUp(basket: Basket, ending: Rung['ending'], last: Record<string, unknown> = {}): Promise<Rung> {
    const { name, customers } = this.#setup;
    const customer = customers[basket.customer];
    if (!customer) throw new Error('the plan names a customer who is not there');
    const sale = { ...ringUp(name, this.#memory.sales.size + 1, customer, basket, ending, new Date()), last };
    await this.#note(sale);
    return sale;
  }

  /** Sends a call, unless the journal says that it was sent, and goes on until it has its final answer. */
  async #complete(draft: Draft, { hangUpMs, again }: Mishap): Promise<Call> {
    const { signal, tally } = this.#setup;
    let last: Sending | null = null;
    if (!this.#memory.calls.has(draft.call)) last = await this.#send(draft, null, hangUpMs);
    if (again !== null && (hangUpMs !== null || isDone(this.#memory.call(draft.call).final))) {
      tally.count(again);
      last = await this.#send(draft, again, null);
    }
    const until = performance.now() + GIVE_UP_MS;
    for (let tries = 0; !this.#memory.call(draft.call).final && performance.now() < until; tries += 1) {
      signal.throwIfAborted();
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** tries);
      await sleep(Math.max(pause, last?.retryAfterMs ?? 0));
      last = await this.#send(draft, last?.meaning === 'newAttempt' ? 'newKey' : 'sameKey', null);
    }
    return this.#memory.call(draft.call);
  }

  /** Sends a call: under its first key (null), under its last one, or under a new one. */
  async #send(draft: Draft, again: Mishap['again'], hangUpMs: number | null): Promise<Sending> {
    const { apis, token } = this.#setup;
    const before = this.#memory.calls.get(draft.call);
    const key = again === 'sameKey' && before ? before.key : `${draft.call}/${(before?.times ?? 0) + 1}`;
    await this.#note({ kind: 'sent', ...draft, key });
    const api = apis[this.#turn % apis.length] ?? '';
    const reply = await this.#wire.send({ url: api + draft.path, token, key, body: draft.body, hangUpMs });
    const meaning = meaningOf(reply);
    if (reply) await this.#note({ kind: 'heard', call: draft.call, status: reply.status, body: reply.body });
    if (meaning === 'pending' && reply?.location) await this.#untilDecided(api + reply.location);
    if (meaning !== 'done' && meaning !== 'refused') this.#turn += 1;
    return { meaning, retryAfterMs: reply?.retryAfterMs ?? 0 };
  }

  /** Asks where it was told to. What was decided is then heard from the call itself, sent again. */
  async #untilDecided(url: string): Promise<void> {
    const { token, signal } = this.#setup;
    for (const until = performance.now() + GIVE_UP_MS; performance.now() < until; await sleep(POLL_MS)) {
      signal.throwIfAborted();
      const reply = await this.#wire.send({ url, token });
      if (!reply || reply.status === 202 || reply.status >= 500) continue;
      if ((reply.body as { state?: string } | null)?.state !== 'PENDING') return;
    }
  }

  /**
   * Closes the day: what the product says of this terminal's sales, and to captures that come too late, against the
   * journal. @returns what differs, in sentences
   */
  async closeDay(from: Date): Promise<string[]> {
    const { name, apis, token } = this.#setup;
    const standings = standingsOf(this.#memory);
    const query = new URLSearchParams({ from: from.toISOString(), terminal: name, limit: '1' });
    const reply = await this.#wire.send({ url: `${apis[0]}/v1/payments?${query.toString()}`, token });
    const own = daySums(standings);
    const theirs = reply?.status === 200 ? JSON.stringify(dayAnswer.parse(reply.body).sums) : String(reply?.status);
    const differences =
      theirs === JSON.stringify(own) ? [] : [`${name} sold ${JSON.stringify(own)}, and is told ${theirs}.`];
    for (const { receipt, state } of standings) {
      const taken = state === 'EXPIRED' ? this.#authorized(receipt) : undefined;
      const sale = this.#memory.sales.get(receipt);
      if (!taken || !sale) continue;
      const { path, body } = secondStep(sale, 'capture', taken);
      const late = await this.#wire.send({ url: apis[0] + path, token, body });
      const code = codeOf(late ?? { status: 0, body: null });
      if (code !== 'hold_expired') differences.push(`A capture of ${receipt} after its time was answered ${code}.`);
    }
    return differences;
  }

  #authorized(receipt: string): Call | undefined {
    return this.#memory.callsOf(receipt).find(({ step, final }) => step === 'authorize' && isDone(final));
  }

  /** From here on it is known, also after a power cut. */
  async #note(line: Line): Promise<void> {
    await this.#journal.write(line);
    this.#memory.take(line);
  }
}
