/** The altegio card's rows behind an account's page: the statements that load them, and what they become. */
import type { Balances } from '../../domain/account.ts';
import type { Mirror, OpenWrite, Outstanding } from '../../domain/mirror.ts';
import type { Minor } from '../../domain/money.ts';

/** A write in a visit; `amount` in minor units, less than 0 where points are taken. */
export interface VisitWrite {
  readonly writeId: bigint;
  readonly cardId: bigint;
  /** Of the payment, which is the visit's too. */
  readonly locationId: bigint;
  readonly paymentId: string;
  readonly visitId: bigint;
  readonly recordId: bigint;
  readonly amount: Minor;
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
  /** The open write, where it is one in a visit. */
  readonly openInVisit: VisitWrite | null;
  /** A withdrawal in a visit whose sale was undone. */
  readonly toCancel: VisitWrite | null;
  /** Points were moved in a visit, whose answer tells no balance, and none was read since. */
  readonly unproven: boolean;
}

/** Waiting for journal lines ends after this many reads or this long, whichever comes first. */
export const EXPLANATION_BOUND = { reads: 3, minutes: 3 } as const;

export const CARD = `
  select card_id, location_id, state, version, confirmed, confirmed_at, unexplained, unknown, refused_balance, unexplained_reads,
         unexplained_reads >= ${EXPLANATION_BOUND.reads}
           or unexplained_since < now() - interval '${EXPLANATION_BOUND.minutes} minutes' as explanation_overdue,
         exists (select 1 from altegio_write w
                  where w.card_id = altegio_card.card_id and w.payment_id is not null and w.state <> 'refused' and w.settled_at > confirmed_at) as unproven
    from altegio_card where account_id = $1 and role = 'current'`;

// A write waits for its line as long as the journal is read again (8 days). Late lines of one in a visit may come one by one.
export const WRITES = `
  select w.id, w.amount, w.baseline, w.state, w.created_at, w.forgotten_at, w.reason, w.payment_id, w.visit_id, w.record_id,
         w.to_cancel, card.card_id, (select location_id from payment where payment.id = w.payment_id) as location_id,
         w.state = 'in_flight' and w.deadline > now() as sender_busy, w.window_until < now() as window_passed,
         (extract(epoch from w.window_until - now()) * 1000)::float8 as window_left_ms
    from altegio_write w join altegio_card card using (card_id)
   where card.account_id = $1 and card.role = 'current'
     and (w.state in ('in_flight', 'in_doubt') or w.to_cancel
          or (w.state in ('confirmed', 'given_up') and w.created_at > now() - interval '9 days'
              and (w.line_id is null or w.state = 'given_up' and w.payment_id is not null)))
   order by w.id`;

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
  unproven: boolean;
}

export interface WriteSql {
  id: bigint;
  amount: bigint;
  baseline: bigint;
  state: 'in_flight' | 'in_doubt' | 'confirmed' | 'given_up';
  created_at: Date;
  forgotten_at: Date | null;
  reason: string | null;
  payment_id: string | null;
  visit_id: bigint | null;
  record_id: bigint | null;
  to_cancel: boolean;
  card_id: bigint;
  location_id: bigint | null;
  sender_busy: boolean;
  window_passed: boolean;
  window_left_ms: number;
}

const toOutstanding = (row: WriteSql): Outstanding => ({
  writeId: row.id,
  amount: row.amount,
  sentAt: row.created_at.getTime(),
  forgottenAt: row.forgotten_at?.getTime() ?? null,
  visitId: row.visit_id,
});

function toVisitWrite(row: WriteSql | undefined): VisitWrite | null {
  if (!row || row.payment_id === null || row.visit_id === null || row.record_id === null || row.location_id === null)
    return null;
  return {
    writeId: row.id,
    cardId: row.card_id,
    locationId: row.location_id,
    paymentId: row.payment_id,
    visitId: row.visit_id,
    recordId: row.record_id,
    amount: row.amount,
  };
}

export function toCard(row: CardSql, writes: readonly WriteSql[], balances: Balances): CardRow {
  const openRow = writes.find(({ state }) => state === 'in_flight' || state === 'in_doubt');
  const open: OpenWrite | null = openRow ? { ...toOutstanding(openRow), baseline: openRow.baseline } : null;
  // What was moved in a visit has its lines from the answer that said so.
  const waits = (row: WriteSql) => row.state === 'given_up' || row.payment_id === null;
  const inState = (wanted: WriteSql['state']) =>
    writes.filter((row) => row.state === wanted && waits(row)).map(toOutstanding);
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
    openInVisit: toVisitWrite(openRow),
    toCancel: toVisitWrite(writes.find((write) => write.to_cancel)),
    unproven: row.unproven,
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
