/** One customer of the matrix, and what can be done with it: the till, operators, staff, and Altegio's faults. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { RETRY_SIGNAL } from '../../../workflows/contract.ts';
import type { Answer, Stand } from '../../service/stand.ts';
import { until } from '../../service/until.ts';

export type CallKind = 'read' | 'write' | 'journal' | 'issue' | 'lookup' | 'other';
type Person = ReturnType<Stand['person']>;

/** The till is answered at all while dozens of cells share two processors (milliseconds); limits.test.ts has its four seconds. */
const TILL_MS = 10_000;
const TICK_MS = 50;
/** Answers that the till may get while Altegio misbehaves and the machine is busy, before one that is final. */
const MOST_TRIES = 30;
const BETWEEN_TRIES_MS = 400;

/** 100.00 with 30.00 of it in points: these are taken, and 5 % of the rest is earned (minor units). */
export const SALE = -2_650;
/** 100.00 without points: 5.00 are earned. */
export const EARNED = 500;

export const minor = (amount: string): number => Math.round(Number(amount) * 100);
export const decimal = (amount: number): string => (amount / 100).toFixed(2);

/** A visit of Altegio's. */
interface Visit {
  readonly visitId: number;
  readonly recordId: number;
}

let receipts = 0;

/** See the file's header. */
export class Cell {
  readonly stand: Stand;
  readonly person: Person;
  readonly receipt: string;
  /** What Altegio held at first, in minor units. */
  readonly opening: number;
  accountId = '';
  /** How often the till was told to ask again. */
  askedAgain = 0;
  /** Whether Altegio shows no card for a while: then a till is rightly told that there is none. */
  unlisted = false;
  /** Workflows that were ended from outside on purpose. */
  readonly terminated: string[] = [];
  readonly started = new Set<string>();
  private readonly faults: number[] = [];

  /** The visit that the sale is part of. */
  private visit: Visit | null = null;
  /** The visit that was paid for in Altegio. */
  paidVisit: Visit | null = null;
  /** The sale, when the till was told of it. */
  paymentId = '';

  constructor(stand: Stand, person: Person) {
    this.stand = stand;
    this.person = person;
    receipts += 1;
    this.receipt = `M-${receipts}`;
    this.opening = minor(person.card?.balance ?? '0.00');
  }

  /** Programs a fault of this customer's calls; the number is asked for with {@link struck}. */
  async arm(call: CallKind, fault: Readonly<Record<string, unknown>>): Promise<number> {
    const { cardId } = this;
    // The journal is the chain's; a write names the card, or in its title the sale; everything else the phone.
    const write = cardId === null ? { text: `"title":"${this.receipt} ` } : { cardId };
    const whose = call === 'journal' ? {} : call === 'write' ? write : { phone: this.person.phone };
    const match = { ...(fault['match'] ? {} : whose), ...(fault['match'] as object | undefined) };
    const { id } = (await this.stand.control('/faults', { call, ...fault, match })) as { id: number };
    this.faults.push(id);
    return id;
  }

  /** How often a fault has struck. */
  async struck(id: number): Promise<number> {
    const faults = (await this.stand.control('/faults')) as { id: number; hits: number }[];
    return faults.find((fault) => fault.id === id)?.hits ?? 0;
  }

  async disarm(): Promise<void> {
    for (const id of this.faults.splice(0)) await this.stand.control(`/faults/${id}`, undefined, 'DELETE');
  }

  get cardId(): number | null {
    return this.person.card?.id ?? null;
  }

  /** The customer is known to us from here on. */
  async meet(): Promise<void> {
    for (let tries = 1; this.accountId === ''; tries += 1) {
      const found = await this.inTime(() => this.stand.till('/lookups', { phone: `+${this.person.phone}` }));
      // An account whose card is still being taken over is answered without one.
      if (found.status === 200 && found.body.account.altegio) this.accountId = found.body.account.id;
      else await this.mayAskAgain(found, tries);
    }
    this.started.add(`cardIssue:${this.accountId}`);
  }

  /** Pays 100.00 until the till has a final answer; the answer is checked against what was asked. */
  async pay(redeem: '30.00' | 'none' = '30.00'): Promise<Answer['body']> {
    const { receipt } = this;
    const who = this.accountId === '' ? { phone: `+${this.person.phone}` } : { accountId: this.accountId };
    for (let tries = 1; ; tries += 1) {
      const answer = await this.inTime(() =>
        this.stand.till('/payments', {
          receipt,
          total: '100.00',
          redeem,
          ...who,
          ...(this.visit && { visit: this.visit }),
        }),
      );
      const payment = answer.status === 202 ? await this.decided(receipt) : answer.body;
      if (answer.status < 300) this.know(payment);
      if (answer.status < 300 && payment.state === 'CAPTURED') {
        const taken = redeem === 'none' ? '0.00' : redeem;
        expect(payment).toMatchObject({ redeemed: taken, accrued: redeem === 'none' ? '5.00' : '3.50' });
        this.paymentId = payment.id;
        return payment;
      }
      await this.nothingHappened(receipt, answer);
      await this.mayAskAgain(answer, tries);
    }
  }

  /** The sale becomes part of a visit that costs as much. */
  async come(): Promise<void> {
    this.visit = await this.book(0);
  }

  /** A visit of 100.00; 1 stands for a customer who has come. */
  async book(attendance: 0 | 1): Promise<Visit> {
    const { locationId } = this.stand;
    const items = [{ title: 'Cut', cost: '100.00' }];
    return await this.stand.control('/visits', { locationId, phone: this.person.phone, items, attendance });
  }

  get recordId(): number {
    return (this.visit ?? this.paidVisit)?.recordId ?? 0;
  }

  private know({ account, workflowId }: Answer['body']): void {
    this.accountId = account.id;
    this.started.add(workflowId).add(`cardIssue:${account.id}`);
  }

  /** A payment answered with 202 is decided without the till. */
  private async decided(receipt: string): Promise<Answer['body']> {
    let payment: Answer['body'];
    await until(`${receipt} is decided`, async () => {
      payment = (await this.stand.till(`/payments?receipt=${receipt}`)).body;
      return payment.state === 'PENDING' ? payment : true;
    });
    return payment;
  }

  /** What was answered with 503, or declined, has taken no points. */
  private async nothingHappened(receipt: string, { status }: Answer): Promise<void> {
    const kept = await this.stand.till(`/payments?receipt=${receipt}`);
    if (kept.status === 404) return;
    expect(kept.body, `answered ${status}`).toMatchObject({ redeemed: '0.00', accrued: '0.00' });
    expect(['ABANDONED', 'DECLINED']).toContain(kept.body.state);
  }

  /** While this process, which plays all the sides at once, stands still, no clock of the product runs. */
  async inTime(ask: () => Promise<Answer>): Promise<Answer> {
    const began = performance.now();
    let last = began;
    let stoodStill = 0;
    const ticker = setInterval(() => {
      const now = performance.now();
      stoodStill += now - last - TICK_MS;
      last = now;
    }, TICK_MS);
    const answer = await ask().finally(() => clearInterval(ticker));
    expect(performance.now() - began - stoodStill, 'the till is answered in time').toBeLessThan(TILL_MS);
    return answer;
  }

  /** The till was told to ask again, which it may be for some time. */
  async mayAskAgain({ status, body }: Answer, tries: number): Promise<void> {
    const refused = this.visit !== null && body.code === 'visit_refused';
    const allowed = [503, 202, 200].includes(status) || refused || (this.unlisted && status >= 400);
    expect(allowed && tries < MOST_TRIES, `try ${tries}: ${status} ${JSON.stringify(body)}`).toBe(true);
    this.askedAgain += 1;
    await pause(BETWEEN_TRIES_MS);
  }

  /** Staff change the card by hand, by an amount or to a balance. @returns by how much it moved (minor units) */
  async staff(change: { readonly amount: string } | { readonly to: string }): Promise<number> {
    const card = await this.found();
    const { moved } = (await this.stand.control('/staff/adjust', { cardId: card?.id, ...change })) as { moved: string };
    return minor(moved);
  }

  async adjust(amount: string): Promise<number> {
    const path = `/accounts/${this.accountId}/adjustments`;
    const { status, body } = await this.stand.admin(path, { amount, reason: 'matrix' });
    expect(status, JSON.stringify(body)).toBe(202);
    this.started.add(body.workflowId);
    return minor(amount);
  }

  async reconcile(): Promise<void> {
    const { status, body } = await this.stand.admin('/reconciliations', { accountId: this.accountId });
    expect(status, JSON.stringify(body)).toBe(202);
    for (const id of body.workflowIds) this.started.add(id);
  }

  /** Ends a workflow from outside, as somebody may do in the Temporal UI. */
  async terminate(workflowId: string): Promise<void> {
    await this.stand.client.workflow.getHandle(workflowId).terminate('somebody ended it by hand');
    this.terminated.push(workflowId);
    this.started.delete(workflowId);
  }

  /** A person gives access again. @returns whether it was refused to us */
  async giveAccess(): Promise<boolean> {
    return (await this.stand.altegioClient.unpark()) > 0;
  }

  /** A person asks everything that may wait to try again. */
  async askToRetry(): Promise<void> {
    for (const id of [...this.started, `reconciliation:${this.stand.chainId}:${this.accountId}`])
      await this.stand.client.workflow
        .getHandle(id)
        .signal(RETRY_SIGNAL, 'access was given')
        .catch(() => undefined);
  }

  /** What was asked of this card, in order; status 0: the caller got no answer. */
  async writes(): Promise<{ readonly applied: boolean; readonly status: number }[]> {
    const id = (await this.found())?.id;
    const { locationId } = this.stand;
    const path = this.visit ? `/apply_card_withdrawal/${locationId}/${id}` : `/loyalty/cards/${id}/manual_transaction`;
    return (await this.stand.control(`/requests?path=${encodeURIComponent(path)}`)) as {
      applied: boolean;
      status: number;
    }[];
  }

  /** The card's balance as the other side's own door tells it, in minor units; null without a card. */
  async card(): Promise<number | null> {
    const card = await this.found();
    return card ? minor(card.balance) : null;
  }

  private async found(): Promise<{ id: number; balance: string } | undefined> {
    const cards = (await this.stand.control(`/cards?phone=${this.person.phone}`)) as {
      id: number;
      balance: string;
      typeId: number;
    }[];
    return cards.find(({ typeId }) => typeId === this.stand.cardTypeId);
  }

  async account(): Promise<Answer['body']> {
    return (await this.stand.admin(`/accounts/${this.accountId}`)).body;
  }
}
