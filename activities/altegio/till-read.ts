/** The till's read of Altegio: it never throws because Altegio is slow or away, it says so. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TillRead } from '../ledger/payment-decision.ts';
import type { OperationRef } from '../ledger/posting.ts';
import { AltegioError, AltegioThrottled, AltegioUnknownOutcome, AltegioUnreachable } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';
import { adoptCard, CardTaken } from './first-contact.ts';
import { readBalance } from './read-balance.ts';

/** What must be left of the till's time after the read, for the ledger and the answer (milliseconds). */
const RESERVED_MS = 800;
/** A read shorter than this is not worth trying (milliseconds). */
const SHORTEST_MS = 100;
/** The read's deadline once nobody waits at the till any more (milliseconds); the step itself may take five seconds. */
const UNHURRIED_MS = 3_000;

/** Whose balance, for which payment. */
export interface TillReadRequest {
  readonly paymentId: string;
  readonly accountId: string;
  readonly locationId: bigint;
}

async function adoptedNow(deps: AltegioDeps, accountId: string, balance: bigint): Promise<TillRead | null> {
  const { rows } = await deps.pool.query<{ card_id: bigint; version: bigint }>(
    `select card_id, version from altegio_card where account_id = $1 and role = 'current' and confirmed = $2`,
    [accountId, balance],
  );
  const [card] = rows;
  return card ? { kind: 'balance', cardId: card.card_id, balance, version: card.version, askedAt: null } : null;
}

const OFFLINE = { kind: 'down', reason: 'sold offline: it earns only, so its balance is not read first' } as const;

/** How long the read may take; null for a sale made offline, which takes no points whatever Altegio holds. Past the till's time it was told where to ask (202), and haste would only cost it points. */
async function deadlineOf(deps: AltegioDeps, paymentId: string): Promise<number | null> {
  const { rows } = await deps.pool.query<{ left_ms: number; offline: boolean }>(
    `select (extract(epoch from answer_by - clock_timestamp()) * 1000)::float8 as left_ms,
            request ? 'offlineSeq' as offline
       from payment where id = $1`,
    [paymentId],
  );
  if (rows[0]?.offline) return null;
  const left = rows[0]?.left_ms ?? 0;
  return Math.min(deps.timeoutMs, left > 0 ? left - RESERVED_MS : UNHURRIED_MS);
}

/** A refusal that passes soon: the limit, a lost connection, an answer that never came. */
function passes(error: unknown): error is AltegioError {
  return (
    error instanceof AltegioThrottled || error instanceof AltegioUnreachable || error instanceof AltegioUnknownOutcome
  );
}

/** Pause before the second try when Altegio names none (milliseconds). */
const SECOND_TRY_MS = 100;

/**
 * Reads the balance within min(`timeoutMs`, the till's time left − 800 ms), and once more when the first try failed in
 * passing and time is left: reading twice is safe. A payment that comes so late that its till was told to ask again
 * has the whole `timeoutMs`. A customer we meet for the first time is adopted with the card Altegio has.
 */
export async function readForTill(
  deps: AltegioDeps,
  request: TillReadRequest,
  operation: OperationRef,
): Promise<TillRead> {
  const timeoutMs = await deadlineOf(deps, request.paymentId);
  if (timeoutMs === null) return OFFLINE;
  if (timeoutMs < SHORTEST_MS) return { kind: 'down', reason: "no time left of the till's four seconds" };
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
  const until = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const leftMs = Math.max(1, until - performance.now());
      return await readOnce(deps, request, operation, { timeoutMs: leftMs, maxWaitMs: leftMs, signal });
    } catch (error) {
      // A card of another account is none of this customer's to spend.
      if (error instanceof CardTaken) return { kind: 'missing' };
      const pauseMs = error instanceof AltegioError ? (error.retryAfterMs ?? SECOND_TRY_MS) : SECOND_TRY_MS;
      const worthwhile = attempt === 1 && passes(error) && performance.now() + pauseMs + SHORTEST_MS < until;
      if (worthwhile) await delay(pauseMs);
      else if (error instanceof AltegioError) return { kind: 'down', reason: error.message };
      else if (signal.aborted) return { kind: 'down', reason: 'Altegio did not answer in time' };
      else throw error;
    }
  }
}

async function readOnce(
  deps: AltegioDeps,
  { accountId, locationId }: TillReadRequest,
  operation: OperationRef,
  limits: { readonly timeoutMs: number; readonly maxWaitMs: number; readonly signal: AbortSignal },
): Promise<TillRead> {
  const options = { lane: 'till', ...limits } as const;
  const seen = await readBalance(deps, accountId, options);
  if (seen.kind !== 'noCard') return seen;
  const { timeoutMs, signal } = limits;
  const opening = await adoptCard(deps, { accountId, locationId, operation, lane: 'till', timeoutMs, signal });
  if (opening === 'none') return { kind: 'noCard' };
  // The balance was read a moment ago to adopt the card; only one that somebody else adopted is read again.
  const adopted = opening === 'linked' ? null : await adoptedNow(deps, accountId, opening);
  return adopted ?? (await readBalance(deps, accountId, options));
}
