/**
 * One call from permit to value: slot, HTTP, what the answer means for breaker, budget and parking, and the error class
 * for everything that is no value. Nothing is ever sent twice.
 */
import { openEnvelope, readComplaint, UnreadableBody, type Body } from './body.ts';
import { closeBreaker, recordOutage, SHORTEST_TELLING_MS } from './breaker.ts';
import { Budget, type Slot } from './budget.ts';
import {
  AltegioError,
  AltegioNotFound,
  AltegioRefused,
  AltegioThrottled,
  AltegioUnauthorised,
  AltegioUnknownOutcome,
  AltegioUnreachable,
  blot,
} from './errors.ts';
import type { AltegioOptions, CallOptions } from './options.ts';
import { park, unparkProbed } from './parking.ts';
import { Transport, type HttpAnswer } from './transport.ts';
import { UserToken } from './user-token.ts';

/** A call of Altegio's API. */
export interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /**
   * The location that a 402 or 403 parks, and whose parking refuses the call. Only loyalty calls have one: a missing
   * right to settings must not stop payments.
   */
  parks?: bigint | undefined;
}

/** After a refusal of a token that has been replaced meanwhile (milliseconds). */
const REPLACED_MS = 200;

export class Caller {
  readonly #options: AltegioOptions;
  readonly #transport: Transport;
  readonly #address: string;
  readonly budget: Budget;
  readonly userToken: UserToken;

  constructor(options: AltegioOptions) {
    this.#options = options;
    this.#address = addressOf(options.baseUrl);
    this.#transport = new Transport(options.baseUrl);
    const { pool, requestsPerMinute, requestsPerSecond, now, secretsKey, logger, userToken: variable } = options;
    this.userToken = new UserToken({ pool, address: this.#address, variable, secretsKey, logger });
    this.budget = new Budget({
      pool,
      requestsPerMinute,
      requestsPerSecond,
      address: this.#address,
      ...(now && { now }),
    });
  }

  /**
   * Makes one call and reads its answer.
   * @param read turns the body into the value; an {@link UnreadableBody} from it is an unknown outcome
   * @throws AltegioError, see errors.ts; errors of PostgreSQL before anything is sent
   */
  async call<T>(request: Request, options: CallOptions, read: (body: Body) => T): Promise<T> {
    const writes = request.method === 'POST';
    const slot = await this.budget.slotFor(options.permit, {
      lane: options.lane,
      writes,
      maxWaitMs: options.maxWaitMs,
      signal: options.signal,
      locationId: request.parks,
      asToken: options.asToken !== undefined,
    });
    const authorization = await this.#authorization(slot, options.asToken);
    if (options.sendBy !== undefined && this.budget.now() > options.sendBy) {
      await this.#note(() => this.budget.giveBack(slot));
      throw new AltegioUnreachable('The call was dropped: this process was paused.', { sent: false, retryAfterMs: 1 });
    }
    const answer = await this.#send(request, options, authorization);
    const replaced = await this.#learn(request, slot, answer.status, options.asToken !== undefined);
    if (answer.status < 200 || answer.status >= 300) throw await this.#refusal(slot, answer, replaced);
    try {
      return read(openEnvelope(answer.text));
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
      throw new AltegioUnknownOutcome(`Altegio's answer (${answer.status}) cannot be understood: ${error.message}.`, {
        status: answer.status,
        sent: true,
      });
    }
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #authorization(slot: Slot, asToken: string | undefined): Promise<string> {
    try {
      const user = asToken ?? (await this.userToken.of(slot.tokenVersion));
      return `Bearer ${this.#options.partnerToken}, User ${user}`;
    } catch (error) {
      await this.#note(() => this.budget.giveBack(slot));
      throw error;
    }
  }

  async #send(request: Request, options: CallOptions, authorization: string): Promise<HttpAnswer> {
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const telling = timeoutMs >= Math.min(SHORTEST_TELLING_MS, this.#options.timeoutMs);
    const started = this.budget.now();
    try {
      const { method, path, body } = request;
      return await this.#transport.send({
        method,
        path,
        authorization,
        timeoutMs,
        signal: options.signal,
        ...(body !== undefined && { body }),
      });
    } catch (error) {
      const hasty = !telling && this.budget.now() - started >= timeoutMs - 5;
      const ofTheAddress = request.method === 'GET' || error instanceof AltegioUnreachable;
      const ours = hasty || options.signal?.aborted;
      if (error instanceof AltegioError && ofTheAddress && !ours) await this.#outage();
      throw error;
    }
  }

  /**
   * What the status says about breaker and parking.
   * @returns whether the token that Altegio refused has been replaced meanwhile
   */
  async #learn(request: Request, slot: Slot, status: number, triesToken: boolean): Promise<boolean> {
    // A write's failure says nothing of reads, and one card has one write in a window: only reads tell of an outage.
    if (status >= 500) {
      if (request.method === 'GET') await this.#outage();
      return false;
    }
    const { pool } = this.#options;
    const writes = request.method === 'POST';
    if (slot.probing) {
      await this.#note(async () => {
        if (await closeBreaker(pool, this.#address)) this.#options.logger?.info({ status }, 'Altegio answers again');
      });
    }
    if (triesToken) return false;
    if (status === 401) return await this.#park(slot, 'token', status, 'all');
    if (status === 402 || status === 403) {
      // The token was accepted; the right or the licence was not.
      await this.#unpark(slot.probed.includes('token') ? ['token'] : [], writes);
      if (request.parks === undefined) return false;
      return await this.#park(slot, `location:${request.parks}`, status, status === 403 && writes ? 'writes' : 'all');
    }
    if (status !== 429) await this.#unpark(slot.probed, writes);
    return false;
  }

  async #refusal(slot: Slot, { status, text }: HttpAnswer, replaced: boolean): Promise<AltegioError> {
    const { sentence, fields } = readComplaint(text);
    const where = fields.length > 0 ? ` [${fields.slice(0, 5).join(', ')}]` : '';
    const message = `Altegio answered ${status}${sentence ? `: ${blot(sentence)}` : ''}${where}`;
    const details = { status, sent: true };
    if (status === 429) {
      const retryAfterMs = await this.#note(() => this.budget.emptied(slot));
      return new AltegioThrottled(message, { ...details, retryAfterMs: retryAfterMs ?? 1_000 });
    }
    if (status === 401 || status === 402 || status === 403) {
      return new AltegioUnauthorised(message, { ...details, retryAfterMs: replaced ? REPLACED_MS : 60_000 });
    }
    if (status === 404) return new AltegioNotFound(message, details);
    // 408 and 425 do not say that the call was not applied.
    if (status >= 400 && status < 500 && status !== 408 && status !== 425) return new AltegioRefused(message, details);
    return new AltegioUnknownOutcome(message, details);
  }

  async #outage(): Promise<void> {
    await this.#note(async () => {
      if (await recordOutage(this.#options.pool, this.#address)) {
        this.#options.logger?.warn({}, 'Altegio does not answer: only a probe every 5 s from now on');
      }
    });
  }

  async #park(slot: Slot, scope: string, status: number, covers: 'all' | 'writes'): Promise<boolean> {
    const noted = await this.#note(async () => {
      const { pool, logger } = this.#options;
      const { fresh, replaced } = await park(pool, this.#address, { scope, status, covers }, slot.tokenVersion);
      if (fresh) logger?.error({ scope, status, covers }, 'Altegio refuses us: a person has to give access');
      if (replaced) logger?.info({ status }, 'Altegio refused a token that has been replaced meanwhile');
      return replaced;
    });
    return noted ?? false;
  }

  async #unpark(scopes: readonly string[], writes: boolean): Promise<void> {
    if (scopes.length === 0) return;
    await this.#note(async () => {
      if ((await unparkProbed(this.#options.pool, this.#address, scopes, writes)) > 0) {
        this.#options.logger?.info({ scopes }, 'Altegio accepts us again');
      }
    });
  }

  /** After sending, the outcome of the call must reach the caller even if PostgreSQL is gone. */
  async #note<T>(write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await write();
    } catch (error) {
      this.#options.logger?.warn({ err: error }, 'What a call to Altegio taught could not be stored');
      return undefined;
    }
  }
}

/** What limits are counted for. */
export function addressOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
