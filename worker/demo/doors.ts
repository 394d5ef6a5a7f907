/** The doors that the demo uses, as anybody could: the till's and the operator's of ours, and `/control` of the sandbox. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DemoFailure } from './errors.ts';
import type { Place } from './place.ts';

const CALL_MS = 15_000;
/** Who is answered 503 asks again so often. */
const ASKED_AGAIN = 3;
const AGAIN_AFTER_MS = 1_000;

const balance = z.object({ active: z.string(), debt: z.string(), available: z.string() });
export const lookupAnswer = z.object({
  account: z.object({
    id: z.string(),
    displayName: z.string(),
    card: z.object({ number: z.string().nullable() }),
    balance,
  }),
});
export const paymentAnswer = z.object({
  id: z.string(),
  state: z.string(),
  accrued: z.string().nullable(),
  tenders: z.array(z.object({ type: z.string(), amount: z.string() })),
  workflowId: z.string(),
});
export const accountAnswer = z.object({
  id: z.string(),
  state: z.enum(['matched', 'syncing', 'needs_operator']),
  status: z.string(),
  ledger: balance,
  target: z.string(),
  altegio: z.object({ cardId: z.number() }).nullable(),
});
export const accountsAnswer = z.object({ items: z.array(accountAnswer) });
const transfer = z.object({
  id: z.string(),
  code: z.string(),
  amount: z.string(),
  causes: z.array(z.string()),
  operation: z.string(),
});
export const transfersAnswer = z.object({ items: z.array(transfer) });
const operation = z.object({ id: z.string(), kind: z.string(), workflowId: z.string(), runId: z.string() });
export const operationsAnswer = z.object({ items: z.array(operation) });
export const startedAnswer = z.object({ workflowId: z.string() });
export const appointmentAnswer = z.object({ recordId: z.number(), visitId: z.number() });
export const deliveriesAnswer = z.array(
  z.object({ resource: z.string(), resourceId: z.number(), event: z.string(), status: z.number(), note: z.string() }),
);
const card = z.object({ id: z.number(), number: z.string(), phone: z.string(), balance: z.string() });
export const cardsAnswer = z.array(card);
export const requestsAnswer = z.array(z.object({ method: z.string(), path: z.string() }));
export const anything = z.unknown();
export const list = z.array(z.unknown());

export type Account = z.infer<typeof accountAnswer>;
export type Card = z.infer<typeof card>;
export type Transfer = z.infer<typeof transfer>;
export type Operation = z.infer<typeof operation>;
type Door = 'till' | 'operator' | 'altegio';

/** Asks a door and checks the answer; anything but 2xx is a step that did not happen. */
export class Doors {
  readonly #place: Place;
  readonly #cancelled: AbortSignal;

  constructor(place: Place, cancelled: AbortSignal) {
    this.#place = place;
    this.#cancelled = cancelled;
  }

  /** A GET, or with a body a POST. `path` begins below the door. */
  async ask<T>(door: Door, schema: z.ZodType<T>, path: string, body?: unknown): Promise<T> {
    const method = body === undefined ? 'GET' : 'POST';
    let answer = await this.#fetch(door, path, method, body);
    // As a till does: nothing has happened, and a machine that has just started everything is slow at first.
    for (let again = 0; answer.status === 503 && again < ASKED_AGAIN; again += 1) {
      await sleep(AGAIN_AFTER_MS, undefined, { signal: this.#cancelled });
      answer = await this.#fetch(door, path, method, body);
    }
    const text = await answer.text();
    if (!answer.ok) {
      throw new DemoFailure(`${method} ${path} was answered ${answer.status} instead of done: ${text.slice(0, 300)}`);
    }
    const parsed = schema.safeParse(text === '' ? null : JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new DemoFailure(`${method} ${path} was not answered as documented: ${z.prettifyError(parsed.error)}`);
  }

  async #fetch(door: Door, path: string, method: string, body: unknown): Promise<Response> {
    const { base, token } = this.#doorOf(door);
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.any([this.#cancelled, AbortSignal.timeout(CALL_MS)]),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      this.#cancelled.throwIfAborted();
      throw new DemoFailure(`${method} ${base}${path} was not answered.`, { cause });
    }
  }

  #doorOf(door: Door): { base: string; token: string | null } {
    const { config, tillKey } = this.#place;
    const api = `http://127.0.0.1:${config.port}`;
    switch (door) {
      case 'till':
        return { base: `${api}/v1`, token: tillKey };
      case 'operator':
        return { base: `${api}/api`, token: config.adminToken };
      case 'altegio':
        return { base: `http://127.0.0.1:${config.sandboxPort}/control`, token: null };
    }
  }
}
