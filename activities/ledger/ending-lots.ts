/** What of an account will be cancelled and when, from its lots as rows of json. */
import type pg from 'pg';
import { type Burn, forecast } from '../../domain/forecast.ts';

/** A lot inside json: numbers that need all their digits are texts. Times are epoch milliseconds. */
export interface EndingLotJson {
  readonly id: string;
  readonly pending: boolean;
  readonly free: string;
  readonly activatesAt: number | null;
  readonly expiresAt: number | null;
}

const EPOCH = (column: string): string => `(extract(epoch from lot.${column}) * 1000)::float8`;

/** Lots of one account, aggregated. */
export const LOTS_AS_JSON = `
  json_agg(json_build_object('id', lot.id::text, 'pending', lot.state = 'pending', 'free', (lot.remaining - lot.held)::text,
                             'activatesAt', ${EPOCH('activates_at')}, 'expiresAt', ${EPOCH('expires_at')}))`;

/** The burns of these lots, earliest first; `debt` in minor units. */
export function burnsOf(lots: readonly EndingLotJson[], debt: bigint): Burn[] {
  return forecast(
    lots.map((lot) => ({ ...lot, id: BigInt(lot.id), free: BigInt(lot.free) })),
    debt,
  );
}

/** What accounts have that may end, as they are now; takes their ids. */
export const ENDING = `
  select a.id, a.debt, (select ${LOTS_AS_JSON} from lot where lot.account_id = a.id and lot.remaining > 0) as lots
    from account a where a.id = any($1::text[])`;

/** A row of {@link ENDING}. */
export interface EndingSql {
  readonly id: string;
  readonly debt: bigint;
  readonly lots: EndingLotJson[] | null;
}

/** The burns of an account as it is now, earliest first. */
export async function accountBurns(pool: pg.Pool, accountId: string): Promise<Burn[]> {
  const { rows } = await pool.query<EndingSql>(ENDING, [[accountId]]);
  const [row] = rows;
  return row ? burnsOf(row.lots ?? [], row.debt) : [];
}
