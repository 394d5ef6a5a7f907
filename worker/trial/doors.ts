/** The doors as a till, an operator and the salon use them, also while everything breaks: an answer, or none. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Addresses } from './stack.ts';

/** What was answered; null stands for a connection that broke, was refused or was hung up. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** One call. */
export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly token?: string;
  readonly body?: unknown;
  readonly key?: string | undefined;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A till hears within four seconds; who hears nothing a while later hangs up. */
const PATIENCE_MS = 6_000;
const CONTROL_RETRY_MS = 150;

const problemBody = z.object({ code: z.string().optional(), retryable: z.boolean().optional() });

/** Makes one call and reads its whole answer. */
export async function call(url: string, options: CallOptions = {}): Promise<Reply | null> {
  const { token, body, key, timeoutMs = PATIENCE_MS } = options;
  try {
    const answer = await fetch(url, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...options.headers,
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  } catch {
    return null;
  }
}

/** Whether a real till would try again. */
export function isPassing(reply: Reply | null): boolean {
  if (reply === null || reply.status >= 500 || reply.status === 429) return true;
  if (reply.status < 400) return false;
  const problem = problemBody.safeParse(reply.body);
  return problem.success && problem.data.retryable === true;
}

/** The code of a problem, for the list of answers. */
export function codeOf(reply: Reply): string {
  const problem = problemBody.safeParse(reply.body);
  return (problem.success && problem.data.code) || String(reply.status);
}

/** The sandbox's own door. Its calls are repeated until they are answered: the sandbox may be down. */
export class Control {
  readonly #base: string;

  constructor({ sandbox }: Pick<Addresses, 'sandbox'>) {
    this.#base = `${sandbox}/control`;
  }

  /** @throws when the sandbox refuses; what it then says is part of the message. */
  async ask<T>(schema: z.ZodType<T>, path: string, body?: unknown, method?: CallOptions['method']): Promise<T> {
    for (;;) {
      const reply = await call(`${this.#base}${path}`, { body, ...(method && { method }) });
      if (reply && reply.status < 300) return schema.parse(reply.body);
      if (reply && reply.status < 500) {
        throw new Error(`the sandbox refused ${path} with ${reply.status}: ${JSON.stringify(reply.body)}`);
      }
      await sleep(CONTROL_RETRY_MS);
    }
  }

  /** For what must not be repeated: the caller holds the sandbox alive meanwhile. */
  async settled(path: string, body: unknown): Promise<Reply> {
    const reply = await call(`${this.#base}${path}`, { body, timeoutMs: 30_000 });
    if (!reply) throw new Error(`the sandbox did not answer ${path}, although nobody had killed it`);
    return reply;
  }
}
