/** The rows behind an account's page: the statements that load them, and what they become. */
import type { Balances } from '../../domain/account.ts';
import type { SpendableLot } from '../../domain/lots.ts';
import type { Mirror, OpenWrite, Outstanding } from '../../domain/mirror.ts';
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

/** The current altegio card of an account. */
export interface CardRow {
  readonly cardId: bigint;
  readonly locationId: bigint;
  readonly state: 'linked' | 'missing';
  readonly version: bigint;
  readonly confirmedAt: Date;
  readonly refusedBalance: bigint | null;
  readonly unexplainedReads: number;
  readonly mirror: Mirror;
  /** The open write may still be answered: its sender is within its deadline and has not called it in doubt. */
  readonly senderBusy: boolean;
  readonly windowPassed: boolean;
  /** Why the open write is in doubt, in Altegio's or our words. */
  readonly doubt: string | null;
  /** Milliseconds until the open write's window has passed; negative for how long it has. */
  readonly windowLeftMs: number;
  readonly explanationOverdue: boolean;
}

/** Waiting for journal lines ends after this many reads or this long, whichever comes first. */
export const EXPLANATION_BOUND = { reads: 3, minutes: 3 } as const;

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

export const CARD = `
  select card_id, location_id, state, version, confirmed, confirmed_at, unexplained, unknown, refused_balance, unexplained_reads,
         unexplained_reads >= ${EXPLANATION_BOUND.reads}
           or unexplained_since < now() - interval '${EXPLANATION_BOUND.minutes} minutes' as explanation_overdue
    from altegio_card where account_id = $1 and role = 'current'`;

// A write waits for its line as long as the journal is read again (8 days).
export const WRITES = `
  select w.id, w.amount, w.baseline, w.state, w.created_at, w.forgotten_at, w.reason,
         w.state = 'in_flight' and w.deadline > now() as sender_busy, w.window_until < now() as window_passed,
         (extract(epoch from w.window_until - now()) * 1000)::float8 as window_left_ms
    from altegio_write w join altegio_card card using (card_id)
   where card.account_id = $1 and card.role = 'current' and w.line_id is null
     and (w.state in ('in_flight', 'in_doubt')
          or (w.state in ('confirmed', 'given_up') and w.created_at > now() - interval '9 days'))
   order by w.id`;

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

export interface CardSql {
  card_id: bigint;
  location_id: bigint;
  state: CardRow['state'];
  version: bigint;
  confirmed: bigint;
  confirmed_at: Date;
  unexplained: bigint;
  unknown: bigint;
  refused_balance: bigint | null;
  unexplained_reads: number;
  explanation_overdue: boolean | null;
}

export interface WriteSql {
  id: bigint;
  amount: bigint;
  baseline: bigint;
  state: 'in_flight' | 'in_doubt' | 'confirmed' | 'given_up';
  created_at: Date;
  forgotten_at: Date | null;
  reason: string | null;
  sender_busy: boolean;
  window_passed: boolean;
  window_left_ms: number;
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

const toOutstanding = (row: WriteSql): Outstanding => ({
  writeId: row.id,
  amount: row.amount,
  sentAt: row.created_at.getTime(),
  forgottenAt: row.forgotten_at?.getTime() ?? null,
});

export function toCard(row: CardSql, writes: readonly WriteSql[], balances: Balances): CardRow {
  const openRow = writes.find(({ state }) => state === 'in_flight' || state === 'in_doubt');
  const open: OpenWrite | null = openRow ? { ...toOutstanding(openRow), baseline: openRow.baseline } : null;
  const inState = (wanted: WriteSql['state']) => writes.filter(({ state }) => state === wanted).map(toOutstanding);
  return {
    cardId: row.card_id,
    locationId: row.location_id,
    state: row.state,
    version: row.version,
    confirmedAt: row.confirmed_at,
    refusedBalance: row.refused_balance,
    unexplainedReads: row.unexplained_reads,
    senderBusy: openRow?.sender_busy ?? false,
    windowPassed: openRow?.window_passed ?? false,
    doubt: openRow?.reason ?? null,
    windowLeftMs: openRow?.window_left_ms ?? 0,
    explanationOverdue: row.explanation_overdue ?? false,
    mirror: {
      balances,
      confirmed: row.confirmed,
      unexplained: row.unexplained,
      unknown: row.unknown,
      open,
      awaiting: inState('confirmed'),
      given: inState('given_up'),
    },
  };
}

export const toLot = (row: LotSql): SpendableLot => ({
  id: row.id,
  free: row.free,
  expiresAt: row.expires_at?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
});
