/** The account's rows behind its page: the statements that load them, and what they become. The card's are in card-rows.ts. */
import type { Balances } from '../../domain/account.ts';
import type { SpendableLot } from '../../domain/lots.ts';
import { type ProgramSettings, programSettings } from '../../domain/program.ts';

/** The account row; balances in minor units. */
export interface AccountRow {
  readonly id: string;
  readonly chainId: bigint;
  readonly programId: string;
  readonly state: 'active' | 'inactive' | 'frozen';
  readonly balances: Balances;
  readonly spent: bigint;
  readonly dirtySeq: bigint;
  readonly programVersion: number;
  readonly settings: ProgramSettings;
  /** False where the ledger is the only book: nothing is read from Altegio and nothing written to it. */
  readonly secondBook: boolean;
  /** What is sold is computed, and nothing posted. */
  readonly shadow: boolean;
}

export const ACCOUNT = `
  select account.id, account.chain_id, account.program_id, state, active, held, pending, debt, spent, dirty_seq,
         version.version as program_version, version.settings, second_book(account),
         (select shadow_since is not null from program where id = account.program_id) as shadow, now() as now,
         nextval('lot_id_seq') as lot_1, nextval('lot_id_seq') as lot_2, nextval('lot_id_seq') as lot_3,
         nextval('drift_id_seq') as drift_id
    from account
    join lateral (select version, settings from program_version
                   where program_id = account.program_id order by version desc limit 1) version on true
   where account.id = $1
   for no key update of account`;

export const LOTS = `
  select id, remaining - held as free, expires_at, created_at
    from lot where account_id = $1 and state = 'active' and remaining > held`;

export interface AccountSql {
  id: string;
  chain_id: bigint;
  program_id: string;
  state: AccountRow['state'];
  active: bigint;
  held: bigint;
  pending: bigint;
  debt: bigint;
  spent: bigint;
  dirty_seq: bigint;
  program_version: number;
  settings: unknown;
  second_book: boolean;
  shadow: boolean;
  now: Date;
  lot_1: bigint;
  lot_2: bigint;
  lot_3: bigint;
  drift_id: bigint;
}

export interface LotSql {
  id: bigint;
  free: bigint;
  expires_at: Date | null;
  created_at: Date;
}

const settingsByVersion = new Map<string, ProgramSettings>();

/** A version never changes, so it is read once a process. */
function settingsOf(row: AccountSql): ProgramSettings {
  const key = `${row.program_id}/${row.program_version}`;
  const known = settingsByVersion.get(key);
  if (known) return known;
  const settings = programSettings.parse(row.settings);
  settingsByVersion.set(key, settings);
  return settings;
}

export function toAccount(row: AccountSql): AccountRow {
  const { active, held, pending, debt } = row;
  return {
    id: row.id,
    chainId: row.chain_id,
    programId: row.program_id,
    state: row.state,
    balances: { active, held, pending, debt },
    spent: row.spent,
    dirtySeq: row.dirty_seq,
    programVersion: row.program_version,
    settings: settingsOf(row),
    secondBook: row.second_book,
    shadow: row.shadow,
  };
}

export const toLot = (row: LotSql): SpendableLot => ({
  id: row.id,
  free: row.free,
  expiresAt: row.expires_at?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
});
