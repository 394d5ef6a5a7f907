/** Time goes by for some lots: they have ended the day before, and the night of today is done once more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { z } from 'zod';
import { parseAmount } from '../../domain/money.ts';
import type { NightlyInput } from '../../workflows/contract.ts';
import { call } from '../trial/doors.ts';
import { TASK_QUEUE_PREFIX } from '../trial/stack.ts';
import type { TillDeps } from './payments.ts';
import type { ExpiryOperation } from './plan-operations.ts';

/** How time is moved, which no door of the product does. */
export interface Clock {
  readonly pool: pg.Pool;
  readonly client: Client;
  /** One night after the other: a lot whose end is moved under a night that is nearly done would wait for the next. */
  turn: Promise<void>;
}

const PAUSE_MS = 500;
const NIGHT_MS = 90_000;

/** Lots that earned points are left in, oldest first; which they are only the run knows. */
const LEFT = `
  select account_id, array_agg(id order by id) as lots from lot
   where state = 'active' and remaining > held and expires_at > now() group by account_id order by account_id`;
const END = `update lot set expires_at = now() - interval '2 days' where id = any($1::bigint[])`;
const OPEN_AGAIN = 'update night set finished_at = null';
const ENDED = `select 1 from transfer where lot_id = any($1::bigint[]) and code = 'expiry' limit 1`;

type ExpiryDeps = TillDeps & { readonly clock: Clock };

/** Lets the oldest lots of a customer who has some end, waits for the night that takes them, and enters it in the book. */
export function letPointsEnd(deps: ExpiryDeps, index: number, operation: ExpiryOperation): Promise<void> {
  const { clock } = deps;
  clock.turn = clock.turn.then(() => endLots(deps, index, operation));
  return clock.turn;
}

async function endLots(deps: ExpiryDeps, index: number, { which, lots }: ExpiryOperation): Promise<void> {
  const { clock, salon, book, signal, runId } = deps;
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
  const left = (await insist(() => pool.query<{ account_id: string; lots: string[] }>(LEFT)))?.rows ?? [];
  const found = left[Math.floor(which * left.length)];
  const ids = found?.lots.slice(0, lots) ?? [];
  const customer = salon.customers.findIndex(({ accountId }) => accountId === found?.account_id);
  const entry = book.add({
    operation: index,
    kind: 'expiry',
    customer: Math.max(0, customer),
    outcome: found ? 'unanswered' : 'refused',
    moved: 0n,
    note: `lots ${ids.join(', ')}`,
  });
  await insist(() => pool.query(END, [ids]));
  await insist(() => pool.query(OPEN_AGAIN));
  const input: NightlyInput = { chainId: String(salon.chainId) };
  const options = {
    workflowId: `nightly:${runId}-${index}`,
    taskQueue: `${TASK_QUEUE_PREFIX}orchestration`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
  } as const;
  await insist(() => client.withDeadline(until, () => client.workflow.execute('nightly', options)));
  const ended = await insist(() => pool.query(ENDED, [ids]));
  if (!ended) return;
  // A till may have taken them first.
  entry.outcome = ended.rowCount ? 'done' : 'refused';
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
