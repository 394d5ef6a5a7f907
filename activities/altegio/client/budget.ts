/**
 * The gate before every call: budget, breaker and parking, shared by all processes through PostgreSQL. In the normal
 * case one round trip before a call and none after it. The rules of the windows are in the function `altegio_take`
 * (0003_altegio_limits.sql), the shares of the lanes in lanes.ts.
 */
import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { AltegioThrottled, AltegioUnauthorised, AltegioUnreachable } from './errors.ts';
import { allowance, MAX_WAIT_MS, type Lane } from './lanes.ts';
import { pause, Turns } from './turns.ts';

/** One slot of both budgets (per minute and per second), taken before a call; it serves one call. */
export interface Permit {
  readonly lane: Lane;
  /** Gives the slot back when no call will be made; does nothing after the call, or when repeated. */
  giveBack(): Promise<void>;
}

export interface BudgetOptions {
  pool: pg.Pool;
  /** What the limits are counted for: Altegio's base URL. */
  address: string;
  requestsPerMinute: number;
  requestsPerSecond: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

export interface SlotRequest {
  lane: Lane;
  /** Whether the call changes something: a location parked for writes only lets reads pass. */
  writes: boolean;
  maxWaitMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The location whose parking counts; absent for calls of the chain and of settings. */
  locationId?: bigint | undefined;
  /** The call tries out another token than the stored one: what is parked does not count. */
  asToken?: boolean | undefined;
}

interface Verdict {
  verdict: 'go' | 'wait' | 'open' | 'parked';
  wait_ms: number;
  taken_at: string;
  probing: boolean;
  probed: string[] | null;
  scope: string | null;
  status: number | null;
  /** A bigint as text or number, as the pool's types have it. */
  token_version: string | bigint;
}

/**
 * A slot that lies longer than this is given back and taken anew before its call: the windows' guard (0.3 s) does not
 * cover a call that leaves later.
 */
const FRESH_MS = 100;
/** The same for a slot whose answer took longer to come than this: PostgreSQL, the network or this process was held up. */
const LATE_MS = 200;

/** The permit as the gate knows it. */
export class Slot implements Permit {
  readonly lane: Lane;
  /** The database's instant of the slot. */
  readonly takenAt: string;
  /** This call is the open breaker's probe. */
  readonly probing: boolean;
  /** Parked scopes that this call probes. */
  readonly probed: readonly string[];
  /** Version of the stored user token when the slot was taken; 0 when none is stored. */
  readonly tokenVersion: bigint;
  readonly #budget: Budget;
  readonly #grantedAt: number;
  #open = true;

  constructor(budget: Budget, lane: Lane, verdict: Verdict, grantedAt: number) {
    this.#budget = budget;
    this.lane = lane;
    this.takenAt = verdict.taken_at;
    this.probing = verdict.probing;
    this.probed = verdict.probed ?? [];
    this.tokenVersion = BigInt(verdict.token_version);
    this.#grantedAt = grantedAt;
  }

  /** Takes the slot for a call; false when it is used or given back already. */
  use(): boolean {
    const open = this.#open;
    this.#open = false;
    return open;
  }

  isFresh(now: number): boolean {
    return now - this.#grantedAt <= FRESH_MS;
  }

  async giveBack(): Promise<void> {
    if (this.use()) await this.#budget.giveBack(this);
  }
}

export class Budget {
  readonly #options: BudgetOptions;
  readonly #turns = new Turns();
  readonly now: () => number;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Takes a slot, waiting for it up to `maxWaitMs`.
   * @throws AltegioThrottled when no slot comes free in time, or the signal fires
   * @throws AltegioUnreachable when the breaker is open
   * @throws AltegioUnauthorised when the token or the location is parked
   */
  async acquire(request: SlotRequest): Promise<Slot> {
    const { lane, signal } = request;
    const maxWaitMs = request.maxWaitMs ?? MAX_WAIT_MS[lane];
    const until = this.now() + maxWaitMs;
    // Whoever is in front may only be asking: that long it is waited for in any case.
    const over = await this.#turns.take(lane, Math.max(maxWaitMs, 50), signal);
    if (!over) throw throttled(1_000, signal);
    try {
      for (;;) {
        const askedAt = this.now();
        const verdict = await this.#ask(request);
        if (verdict.verdict === 'go') {
          const slot = new Slot(this, lane, verdict, this.now());
          if (this.now() - askedAt <= LATE_MS) return slot;
          await slot.giveBack();
          if (this.now() > until) throw throttled(LATE_MS, signal);
          continue;
        }
        refuse(verdict);
        if (this.now() + verdict.wait_ms > until) throw throttled(verdict.wait_ms, signal);
        if (!(await pause(verdict.wait_ms, signal))) throw throttled(verdict.wait_ms, signal);
      }
    } finally {
      over();
    }
  }

  /** The permit's slot for its call, renewed if it has lain too long; otherwise a new one. */
  async slotFor(permit: Permit | undefined, request: SlotRequest): Promise<Slot> {
    if (!permit) {
      const slot = await this.acquire(request);
      slot.use();
      return slot;
    }
    if (!(permit instanceof Slot) || !permit.use())
      throw new Error('A permit serves one call of the client it is from.');
    if (permit.isFresh(this.now())) return permit;
    await this.giveBack(permit);
    // Its caller has timed what it does before the call: no waiting unless it asks for it.
    const slot = await this.acquire({ ...request, lane: permit.lane, maxWaitMs: request.maxWaitMs ?? 0 });
    slot.use();
    return slot;
  }

  /** Gives a slot back with the probes it claimed. */
  async giveBack(slot: Slot): Promise<void> {
    await this.#options.pool.query({
      name: 'altegio_give_back',
      text: 'select altegio_give_back($1, $2, $3, $4)',
      values: [this.#options.address, slot.takenAt, slot.probing, [...slot.probed]],
    });
  }

  /**
   * Empties the budget after a 429: for 1 s, and when it happens again within a minute for 4, 16 and at most 60 s. (The
   * seconds in Altegio's text are always 0: docs/altegio.md, "Rate limit".) Calls that were under way when the pause
   * began do not lengthen it.
   * @returns milliseconds until the pause ends
   */
  async emptied(slot: Slot): Promise<number> {
    const result = await this.#options.pool.query<{ wait_ms: number }>({
      name: 'altegio_emptied',
      text: EMPTIED,
      values: [this.#options.address, slot.takenAt],
    });
    return result.rows[0]?.wait_ms ?? 1_000;
  }

  async #ask(request: SlotRequest): Promise<Verdict> {
    const { requestsPerSecond, requestsPerMinute, address, pool } = this.#options;
    const allowed = allowance(request.lane, requestsPerSecond, requestsPerMinute);
    const result = await pool.query<Verdict>({
      name: 'altegio_take',
      text: TAKE,
      values: [
        address,
        request.lane,
        request.writes,
        request.locationId ?? null,
        allowed.perSecond,
        allowed.perMinute,
        allowed.perSecondUnearned,
        allowed.perMinuteUnearned,
        request.asToken ?? false,
      ],
    });
    const verdict = result.rows[0];
    if (!verdict) throw new Error('altegio_take answered nothing');
    return verdict;
  }
}

/** taken_at as text keeps its microseconds. */
const TAKE = `
  select verdict, wait_ms, taken_at::text, probing, probed, scope, status, token_version
  from altegio_take($1, $2, $3, $4, $5, $6, $7, $8, p_as_token => $9)`;

const EMPTIED = `
  update altegio_budget set
    strikes = case when $2 <= throttled_at then strikes
                   when clock_timestamp() <= blocked_until + interval '60 s' then strikes + 1 else 1 end,
    blocked_until = case when $2 <= throttled_at then blocked_until
                    else clock_timestamp() + interval '1 s' * least(60, power(4, least(
                      case when clock_timestamp() <= blocked_until + interval '60 s' then strikes else 0 end, 3))) end,
    throttled_at = case when $2 <= throttled_at then throttled_at else clock_timestamp() end
  where address = $1
  returning greatest(0, ceil(extract(epoch from blocked_until - clock_timestamp()) * 1000))::integer as wait_ms`;

function throttled(retryAfterMs: number, signal: AbortSignal | undefined): AltegioThrottled {
  const why = signal?.aborted ? 'The caller gave up waiting for' : 'There was no free call in time within';
  return new AltegioThrottled(`${why} our share of Altegio's limit.`, { sent: false, retryAfterMs });
}

function refuse({ verdict, wait_ms: retryAfterMs, scope, status }: Verdict): void {
  if (verdict === 'open') {
    throw new AltegioUnreachable('Altegio has not been answering; only a probe is let through now and then.', {
      sent: false,
      retryAfterMs,
    });
  }
  if (verdict === 'parked') {
    const what = scope === 'token' ? 'our token' : `us at ${scope?.replace(':', ' ') ?? 'this location'}`;
    throw new AltegioUnauthorised(`Altegio refused ${what} (${status ?? '?'}) a moment ago; nothing is sent for now.`, {
      sent: false,
      retryAfterMs,
      status: status ?? undefined,
    });
  }
}
