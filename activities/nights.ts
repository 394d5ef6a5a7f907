/** Steps of the night and of gifts, on the ledger alone. */
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { formatAmount } from '../domain/money.ts';
import type { GiftInput, NightRef, NightStep, NightTold } from './inputs.ts';
import { postGift } from './ledger/gifts.ts';
import { type Cursor, turnLots } from './ledger/nights/lots.ts';
import { closeNight, findNight, type Night, nightOperation, openNights } from './ledger/nights/night-log.ts';
import { giveBirthdays, setLevels } from './ledger/nights/people.ts';
import { noteWarnings } from './ledger/nights/warnings.ts';
import { operationOf } from './operation-of.ts';

/** Accounts of one transaction. */
const BATCH = 500;
/** Batches of one step, which so lasts seconds. */
const BATCHES = 20;

function lotsOf(pool: pg.Pool, night: Night, kind: 'activation' | 'expiry', after: string): Promise<Cursor> {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) throw new Error('an activity runs inside a workflow');
  const id = nightOperation(kind, night.programId, night.date);
  return turnLots(pool, night, { id, kind, ...workflowExecution }, { after, size: BATCH });
}

function batch(pool: pg.Pool, night: Night, step: NightStep, after: string): Promise<Cursor> {
  switch (step) {
    case 'birthdays':
      return giveBirthdays(pool, night, { after, size: BATCH });
    case 'levels':
      return setLevels(pool, night, { after, size: BATCH });
    case 'activate':
      return lotsOf(pool, night, 'activation', after);
    case 'expire':
      return lotsOf(pool, night, 'expiry', after);
    case 'warn':
      return noteWarnings(pool, night, { after, size: BATCH });
  }
}

/** See the file's header. */
export function createNightActivities({ pool }: { readonly pool: pg.Pool }) {
  return {
    /** Opens the nights of the chain's programs that have begun by `now`, an RFC 3339 time, and are not done. */
    async openNights(chainId: string, now: string): Promise<NightRef[]> {
      return await openNights(pool, BigInt(chainId), Date.parse(now));
    },

    /** Does a part of one step, from the account after `after` on. @returns where to go on; null at its end */
    async runNightStep({ programId, date }: NightRef, step: NightStep, after: string): Promise<string | null> {
      const night = await findNight(pool, programId, date);
      const { heartbeat, cancellationSignal } = Context.current();
      let cursor: Cursor = after;
      for (let done = 0; done < BATCHES && cursor !== null; done += 1) {
        cancellationSignal.throwIfAborted();
        cursor = await batch(pool, night, step, cursor);
        heartbeat.call(Context.current());
      }
      return cursor;
    },

    /** Ends a night and tells what it came to. */
    async closeNight({ programId, date }: NightRef): Promise<NightTold> {
      const night = await closeNight(pool, programId, date);
      const { activatedAccounts, activated, levels, expiredAccounts, expired, gifts, warnings } = night;
      return {
        programId,
        date,
        gifts: Number(gifts),
        levels: Number(levels),
        activated: { accounts: Number(activatedAccounts), amount: formatAmount(activated) },
        expired: { accounts: Number(expiredAccounts), amount: formatAmount(expired) },
        warnings: Number(warnings),
      };
    },

    /** Posts a gift, once. @returns its amount, null where the program gives none */
    async commitGift(input: GiftInput): Promise<string | null> {
      const amount = await postGift(pool, input, operationOf(input));
      return amount === null ? null : formatAmount(amount);
    },
  };
}

/** Types for the workflows' proxies. */
export type NightActivities = ReturnType<typeof createNightActivities>;
