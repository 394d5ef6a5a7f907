/** Time goes by for some lots: they have ended the day before, and the night of today is done once more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { z } from 'zod';
import { parseAmount } from '../../domain/money.ts';
import type { NightlyInput } from '../../workflows/contract.ts';
import { call } from '../trial/doors.ts';
import { TASK_QUEUE_PREFIX } from '../trial/stack.ts';
import type { Entry } from './book.ts';
import type { TillDeps } from './payments.ts';

/** How time is moved, which no door of the product does. */
export interface Clock {
  readonly pool: pg.Pool;
  readonly client: Client;
  /** One night after the other: a lot whose end is moved under a night that is nearly done would wait for the next. */
  turn: Promise<void>;
}

const PAUSE_MS = 500;
const NIGHT_MS = 60_000;

const END = `
  update lot set expires_at = now() - interval '2 days'
   where id in (select id from lot where account_id = $1 and state = 'active' and remaining > 0 and expires_at > now()
                 order by id limit $2)
  returning id`;
const OPEN_AGAIN = 'update night set finished_at = null';
const ENDED = `select 1 from transfer where lot_id = any($1::bigint[]) and code = 'expiry' limit 1`;

/** Lets the customer's oldest lots end, and waits for the night that takes them. */
export function letPointsEnd(deps: TillDeps & { readonly clock: Clock }, entry: Entry, lots: number): Promise<void> {
  const { clock } = deps;
  clock.turn = clock.turn.then(() => endLots(deps, entry, lots));
  return clock.turn;
}

async function endLots(deps: TillDeps & { readonly clock: Clock }, entry: Entry, lots: number): Promise<void> {
  const { clock, salon, signal, runId } = deps;
  const { pool, client } = clock;
  const until = Date.now() + NIGHT_MS;
  // Whatever dies meanwhile, all of it may be done twice.
  const insist = async <T>(work: () => Promise<T>): Promise<T | null> => {
    while (Date.now() < until && !signal.aborted) {
      const done = await work().catch(() => null);
      if (done !== null) return done;
      await sleep(PAUSE_MS);
    }
    return null;
  };
  const accountId = salon.customers[entry.customer]?.accountId;
  const moved = await insist(() => pool.query<{ id: string }>(END, [accountId, lots]));
  const ids = moved?.rows.map(({ id }) => id) ?? [];
  await insist(() => pool.query(OPEN_AGAIN));
  const input: NightlyInput = { chainId: String(salon.chainId) };
  const options = {
    workflowId: `nightly:${runId}-${entry.operation}`,
    taskQueue: `${TASK_QUEUE_PREFIX}orchestration`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
  } as const;
  await insist(() => client.withDeadline(until, () => client.workflow.execute('nightly', options)));
  const ended = await insist(() => pool.query(ENDED, [ids]));
  if (!ended) return;
  entry.outcome = ended.rowCount ? 'done' : 'refused';
  entry.note = ended.rowCount ? `lots ${ids.join(', ')}` : 'nothing was left to end';
}

const page = z.object({
  items: z.array(z.object({ code: z.string(), amount: z.string() })),
  next: z.string().nullable(),
});

/** How many of an account's points have ended, as its transfers say. */
export async function pointsEnded({ addresses, signal }: TillDeps, accountId: string): Promise<bigint> {
  let ended = 0n;
  let next: string | null = '';
  for (let tries = 0; next !== null && !signal.aborted; tries += 1) {
    const url = `${addresses.apis[tries % addresses.apis.length]}/api/accounts/${accountId}/transfers`;
    const query: string = next === '' ? '' : `?cursor=${encodeURIComponent(next)}`;
    const reply = await call(`${url}${query}`, { token: addresses.adminToken });
    if (reply?.status !== 200) {
      await sleep(PAUSE_MS);
      continue;
    }
    const { items, next: following } = page.parse(reply.body);
    for (const { code, amount } of items) if (code === 'expiry') ended += parseAmount(amount.replace('-', ''));
    next = following;
  }
  return ended;
}
