/** A till's connection: it can be cut after a request was sent, and every answer is timed. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../trial/doors.ts';
import type { Tally } from './tally.ts';

/** One request. */
export interface Wanted {
  readonly url: string;
  /** The till's key. */
  readonly token: string;
  readonly body?: object;
  readonly key?: string;
  /** Closes the connection so long after the request was sent, whatever has come back by then. */
  readonly hangUpMs?: number | null;
}

/** An answer, with where to ask for what is not decided yet, and how long to wait before the next try. */
export interface WireReply extends Reply {
  readonly location: string | null;
  readonly retryAfterMs: number;
}

/** Far more than a till is promised: what is late shall be seen as late. */
const PATIENCE_MS = 20_000;

/** See the file's header. */
export class Wire {
  readonly #tally: Tally;
  // No connection is kept: one that the other side is just closing would look like a lost answer.
  readonly #agent = new Agent();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Sends one request. @returns null when the answer was lost, by intention or not */
  async send(wanted: Wanted): Promise<WireReply | null> {
    const hangUpMs = wanted.hangUpMs ?? null;
    if (hangUpMs !== null) {
      await this.#sendAndHangUp(wanted, hangUpMs);
      this.#tally.count('lost');
      return null;
    }
    const began = performance.now();
    try {
      const reply = await this.#exchange(wanted);
      this.#tally.answered(reply.status, performance.now() - began);
      return reply;
    } catch {
      this.#tally.broken(performance.now() - began);
      return null;
    }
  }

  /** Cuts every connection. */
  close(): void {
    this.#agent.destroy();
  }

  #open({ url, token, body, key }: Wanted) {
    const text = body === undefined ? null : JSON.stringify(body);
    const call = request(url, {
      method: text === null ? 'GET' : 'POST',
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text !== null && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
    });
    return { call, text };
  }

  async #sendAndHangUp(wanted: Wanted, hangUpMs: number): Promise<void> {
    const { call, text } = this.#open(wanted);
    // What comes back, also the breaking of the connection, is not heard.
    call.on('error', () => {}).on('response', (answer) => answer.on('error', () => {}).resume());
    await new Promise<void>((resolve) => call.once('close', resolve).end(text ?? '', resolve));
    await sleep(hangUpMs);
    call.destroy();
  }

  #exchange(wanted: Wanted): Promise<WireReply> {
    const { call, text } = this.#open(wanted);
    return new Promise((resolve, reject) => {
      call.setTimeout(PATIENCE_MS, () => call.destroy(new Error('no answer')));
      call.once('error', reject).once('response', (answer) => {
        const chunks: Buffer[] = [];
        answer
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .once('error', reject)
          .once('end', () => {
            try {
              const said = Buffer.concat(chunks).toString('utf8');
              const body: unknown = said === '' ? null : JSON.parse(said);
              const { location = null, 'retry-after': seconds } = answer.headers;
              const retryAfterMs = Number(seconds ?? 0) * 1_000;
              resolve({ status: answer.statusCode ?? 0, body, location, retryAfterMs });
            } catch (error) {
              reject(error as Error);
            }
          });
      });
      call.end(text ?? undefined);
    });
  }
}
