/**
 * One HTTP call to Altegio, sent at most once, with a deadline for all of it. Knows nothing of budgets or meaning: it
 * answers with status and text, or says whether the request may have left.
 */
import { Pool, type Dispatcher } from 'undici';
import { AltegioUnknownOutcome, AltegioUnreachable } from './errors.ts';

export interface HttpCall {
  method: 'GET' | 'POST';
  /** Below the base URL, with its query. Carries phones: never put it into a message. */
  path: string;
  body?: string;
  authorization: string;
  /** Milliseconds for connecting, sending and reading the whole answer. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  text: string;
}

/** Longest wait for a connection. */
const CONNECT_MS = 3_000;
/**
 * Idle connections are dropped early: a write on one that Altegio is just closing would be in doubt. The library never
 * sends a request again once it is on a connection (pipelining 1), and {@link OneStart} refuses a second start.
 */
const KEEP_ALIVE_MS = 2_000;
/** No answer of Altegio's comes near; more than this is not Altegio. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** What is known of one request: `started` from just before its first byte is written. */
interface Ticket {
  started: boolean;
  cancelled: boolean;
}

export class Transport {
  readonly #base: string;
  readonly #pool: Dispatcher;

  /** @param baseUrl ends in `/api/v1` */
  constructor(baseUrl: string) {
    const url = new URL(baseUrl);
    this.#base = url.pathname.replace(/\/+$/, '');
    this.#pool = new Pool(url.origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: { timeout: CONNECT_MS },
      // Our own deadline covers these.
      headersTimeout: 0,
      bodyTimeout: 0,
    }).compose((dispatch) => (options, handler) => {
      const ticket = (options as { opaque?: Ticket }).opaque;
      return dispatch(options, ticket ? new OneStart(handler, ticket) : handler);
    });
  }

  /**
   * @throws AltegioUnreachable when the request certainly never left
   * @throws AltegioUnknownOutcome when it may have
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const ticket: Ticket = { started: false, cancelled: false };
    const abort = new AbortController();
    let clear = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      const stop = (why: string): void => {
        ticket.cancelled = true;
        reject(new Stopped(why));
        abort.abort();
      };
      const timer = setTimeout(() => stop(`no answer within ${call.timeoutMs} ms`), call.timeoutMs);
      const onAbort = (): void => stop('the caller gave up');
      call.signal?.addEventListener('abort', onAbort);
      clear = () => {
        clearTimeout(timer);
        call.signal?.removeEventListener('abort', onAbort);
      };
      if (call.signal?.aborted) onAbort();
    });
    // While connecting the library does not listen to the signal, so the deadline is raced as well.
    const answered = this.#exchange(call, ticket, abort.signal);
    answered.catch(() => undefined);
    try {
      return await Promise.race([answered, stopped]);
    } catch (error) {
      throw describe(error, ticket);
    } finally {
      clear();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #exchange(call: HttpCall, ticket: Ticket, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await this.#pool.request({
      method: call.method,
      path: `${this.#base}${call.path}`,
      headers: {
        accept: 'application/vnd.api.v2+json',
        'content-type': 'application/json',
        authorization: call.authorization,
      },
      body: call.body ?? null,
      signal,
      opaque: ticket,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Leaving the loop destroys the body and its connection.
      if (size > MAX_BODY_BYTES) throw new Stopped('the answer is too large');
      chunks.push(chunk);
    }
    return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') };
  }
}

class Stopped extends Error {}

function describe(error: unknown, ticket: Ticket): Error {
  const code = (error as { code?: unknown }).code;
  const why = error instanceof Stopped ? error.message : typeof code === 'string' ? code : 'the connection failed';
  if (!ticket.started) {
    return new AltegioUnreachable(`Altegio could not be reached: ${why}.`, { sent: false, cause: error });
  }
  return new AltegioUnknownOutcome(`Altegio's answer is not known: ${why}.`, { sent: true, cause: error });
}

/** Marks the moment a request is put on a connection, and lets that happen once. */
class OneStart implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler;
  readonly #ticket: Ticket;

  constructor(next: Dispatcher.DispatchHandler, ticket: Ticket) {
    this.#next = next;
    this.#ticket = ticket;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    if (this.#ticket.started || this.#ticket.cancelled) {
      controller.abort(new Stopped('a request is sent at most once'));
      return;
    }
    this.#ticket.started = true;
    this.#next.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2],
    message?: string,
  ): void {
    this.#next.onResponseStart?.(controller, status, headers, message);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#next.onResponseData?.(controller, chunk);
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>[1],
  ): void {
    this.#next.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#next.onResponseError?.(controller, error);
  }
}
