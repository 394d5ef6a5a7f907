/** The switch that stops writing to Altegio for a chain: where it is set, and where every write looks at it. */
import type pg from 'pg';
import { transaction, type Tx } from './database.ts';

/** How the switch of a chain stands. */
export interface ChainWriting {
  readonly chainId: bigint;
  /** Null while writing is on. */
  readonly offSince: Date | null;
  readonly reason: string | null;
}

interface Row {
  id: bigint;
  writing_off_since: Date | null;
  writing_off_reason: string | null;
}

const toWriting = (row: Row): ChainWriting => ({
  chainId: row.id,
  offSince: row.writing_off_since,
  reason: row.writing_off_reason,
});

/** Nothing is written to Altegio for this chain now; whoever wants to waits. */
export class WritingOff extends Error {
  override readonly name = 'WritingOff';

  constructor() {
    super('Writing to Altegio is switched off for this chain; it goes on when switched on.');
  }
}

const IS_OFF = 'select 1 from chain where id = $1 and writing_off_since is not null';

/** Looks at the switch before a write is prepared. @throws WritingOff */
export async function refuseWhileOff(pool: pg.Pool, chainId: bigint): Promise<void> {
  const { rowCount } = await pool.query({ name: 'chain_writing', text: IS_OFF, values: [chainId] });
  if (rowCount) throw new WritingOff();
}

/**
 * The same inside the transaction that commits a write to be sent: the switch cannot be turned before that transaction
 * has ended, so no write of later than its answer is ever sent. @throws WritingOff
 */
export async function lockWritingOn(tx: Tx, chainId: bigint): Promise<void> {
  const [row] = await tx.rows<Row>('select writing_off_since from chain where id = $1 for share', [chainId]);
  if (row?.writing_off_since) throw new WritingOff();
}

/** Every chain's switch, by id. */
export async function writingOfChains(pool: pg.Pool): Promise<ChainWriting[]> {
  const { rows } = await pool.query<Row>('select id, writing_off_since, writing_off_reason from chain order by id');
  return rows.map(toWriting);
}

// Off again keeps since when it is off; the reason is the newest.
const SWITCH = `
  update chain set
    writing_off_since = case when $2 then null else coalesce(writing_off_since, now()) end,
    writing_off_reason = case when $2 then null else $3 end
  where id = $1 returning id, writing_off_since, writing_off_reason`;

// A row whose sender may still hold it; what is in doubt is decided by reads alone.
const IN_FLIGHT = `
  select (select count(*) from altegio_write where chain_id = $1 and state = 'in_flight' and deadline > clock_timestamp())
       + (select count(*) from altegio_issue i join account a on a.id = i.account_id
           where a.chain_id = $1 and i.state = 'in_flight' and i.deadline > clock_timestamp()) as in_flight`;

/**
 * Turns the switch. `also` goes into the same transaction.
 * @returns how it stands now and how many writes were under way; null when there is no such chain
 */
export async function switchWriting(
  pool: pg.Pool,
  chainId: bigint,
  wanted: { readonly on: boolean; readonly reason: string },
  also: (tx: Tx) => void,
): Promise<(ChainWriting & { readonly inFlight: number }) | null> {
  return await transaction(pool, async (tx) => {
    const [row] = await tx.rows<Row>(SWITCH, [chainId, wanted.on, wanted.reason]);
    if (!row) return null;
    also(tx);
    const [counted] = await tx.rows<{ in_flight: bigint }>(IN_FLIGHT, [chainId]);
    return { ...toWriting(row), inFlight: Number(counted?.in_flight ?? 0) };
  });
}
