/** The stored visit of one account, under the account's lock: what was seen, what was posted, and the rules it stands under. */
import { type ProgramSettings, programSettings } from '../../../domain/program.ts';
import type { VisitFacts, VisitSums } from '../../../domain/visit.ts';
import { PAID_BY } from '../../../domain/visit.ts';
import type { VisitPosted } from '../../../domain/visit-settle.ts';
import { formatAmount } from '../../../domain/money.ts';
import type { OwnLot, OwnTransfer } from '../../../domain/reversal.ts';
import type { Tx } from '../database.ts';
import { EARNED_IN_SHADOW } from '../stored-payment.ts';
import { factsFrom, ownRecords } from './facts.ts';
import type { VisitRef } from './seen.ts';

/** See the file's header. Amounts in minor units. */
export interface VisitRow {
  readonly facts: VisitFacts;
  readonly paidBefore: boolean;
  readonly settledBefore: boolean;
  readonly posted: VisitPosted;
  /** Of the version that it was first posted under; the program's newest before that. */
  readonly settings: ProgramSettings;
  readonly version: number;
  readonly customerTypeId: string;
  readonly timeZone: string;
  /** Records of this customer. */
  readonly records: ReadonlySet<bigint>;
  /** What till payments of the visit have earned, or would have in shadow, and the money they counted; minor units. */
  readonly tills: { readonly accrued: bigint; readonly money: bigint };
  /** What the visit itself would have earned in shadow. */
  readonly inShadow: bigint;
}

interface VisitSql {
  facts: unknown;
  state: string;
  payment_ids: bigint[];
  redeemed: bigint;
  accrued: bigint;
  uncollected: bigint;
  spent: bigint;
  percent: string | null;
  settings: unknown;
  version: number;
  customer_type_id: string;
  time_zone: string;
  client_ids: string[];
  tills_accrued: bigint;
  tills_money: bigint;
  in_shadow: bigint;
}

const VISIT = `
  select visit.facts, visit.state, visit.payment_ids, visit.redeemed, visit.accrued, visit.uncollected, visit.spent, visit.percent,
         version.settings, version.version, account.type_id as customer_type_id, location.time_zone,
         array(select client_id::text from account_client c
                where c.account_id = account.id and c.location_id = visit.location_id) as client_ids,
         tills.accrued as tills_accrued, tills.money as tills_money, coalesce(visit.shadow_accrued, 0) as in_shadow
    from visit
    join account on account.id = visit.account_id
    join location on location.id = visit.location_id
    join lateral (select version, settings from program_version v
                   where v.program_id = account.program_id and (visit.program_version is null or v.version = visit.program_version)
                   order by version desc limit 1) version on true
    cross join lateral (
      select coalesce(sum(p.accrued - coalesce(back.clawback, 0) + coalesce(${EARNED_IN_SHADOW}, 0)), 0)::bigint as accrued,
             coalesce(sum(p.due - coalesce(back.money, 0)), 0)::bigint as money
        from payment p
        left join lateral (select sum(clawback) as clawback, sum(money) as money from payment_step s
                            where s.payment_id = p.id and s.kind = 'refund' and s.state = 'DONE') back on true
       where p.location_id = visit.location_id and p.account_id = visit.account_id
         and p.visit_id = visit.visit_id
         and p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')) tills
   where visit.location_id = $1 and visit.visit_id = $2 and visit.account_id = $3 and visit.facts is not null
     for no key update of visit`;

/** Loads and locks it; null before the visit was read. */
export async function lockVisit(tx: Tx, ref: VisitRef, accountId: string): Promise<VisitRow | null> {
  const [row] = await tx.rows<VisitSql>(VISIT, [ref.locationId, ref.visitId, accountId]);
  if (!row) return null;
  const facts = factsFrom(row.facts);
  const { redeemed, accrued, uncollected, spent, percent } = row;
  return {
    facts,
    paidBefore: row.payment_ids.length > 0,
    settledBefore: row.state === 'settled',
    posted: { redeemed, accrued, uncollected, spent, percent },
    settings: programSettings.parse(row.settings),
    version: row.version,
    customerTypeId: row.customer_type_id,
    timeZone: row.time_zone,
    records: ownRecords(facts, row.client_ids),
    tills: { accrued: row.tills_accrued, money: row.tills_money },
    inShadow: row.in_shadow,
  };
}

const SAVE = `
  update visit set state = $4, attendance = $5, paid_in_full = $6, order_violation = $7, sold = $8, discount = $9,
         bonus = $10, due = $11, paid = $12, paid_by = $13, redeemed = $14, accrued = $15, uncollected = $16, spent = $17,
         percent = $18, program_version = case when $18::text is null then null else $19::int end,
         settled_at = case when $4 = 'settled' then coalesce(settled_at, now()) end, due_after_shadow = false
   where location_id = $1 and visit_id = $2 and account_id = $3`;

/** Writes down what the visit has come to. */
export function sendVisit(
  tx: Tx,
  { locationId, visitId }: VisitRef,
  accountId: string,
  {
    sums,
    posted,
    violated,
    version,
  }: {
    readonly sums: VisitSums;
    readonly posted: VisitPosted;
    readonly violated: boolean;
    readonly version: number;
  },
): void {
  const paid = PAID_BY.reduce((sum, by) => sum + sums.paid[by], 0n);
  const paidBy = Object.fromEntries(PAID_BY.map((by) => [by, formatAmount(sums.paid[by])]));
  tx.send(SAVE, [
    ...[locationId, visitId, accountId, sums.state, sums.attendance, sums.paidInFull, violated],
    ...[sums.sold, sums.discount, sums.bonus, sums.due, paid, JSON.stringify(paidBy)],
    ...[posted.redeemed, posted.accrued, posted.uncollected, posted.spent, posted.percent, version],
  ]);
}

const IN_SHADOW = `
  update visit set shadow_accrued = $4, due_after_shadow = redeemed <> 0 or accrued <> 0
   where location_id = $1 and visit_id = $2 and account_id = $3`;

/** Keeps what a visit in shadow would have earned, minor units; what it has posted is looked at again when the shadow ends. */
export function sendInShadow(tx: Tx, { locationId, visitId }: VisitRef, accountId: string, accrued: bigint): void {
  tx.send(IN_SHADOW, [locationId, visitId, accountId, accrued]);
}

// Every run of the visit is an operation of its own.
const OF_VISIT = `
  t.account_id = $1 and t.operation in (select id from operation where workflow_id = $2)
  and t.code in ('accrual', 'clawback', 'redemption', 'refund')`;

/** What the visit has posted to the account, oldest first, and the lots of it as they are now. */
export async function visitPostings(
  tx: Tx,
  accountId: string,
  workflowId: string,
): Promise<{ own: OwnTransfer[]; lots: OwnLot[] }> {
  const [own, lots] = await Promise.all([
    tx.rows<OwnTransfer>(
      `select t.debit_account as debit, t.credit_account as credit, t.amount, t.code, t.lot_id as "lotId"
         from transfer t where ${OF_VISIT} order by t.id`,
      [accountId, workflowId],
    ),
    tx.rows<OwnLot>(
      `select id, state = 'pending' as pending, remaining, (extract(epoch from expires_at) * 1000)::float8 as "expiresAt",
              (extract(epoch from created_at) * 1000)::float8 as "createdAt"
         from lot where account_id = $1
          and (id in (select t.lot_id from transfer t where ${OF_VISIT})
               or id in (select t.lot_id from transfer t join altegio_line line on line.drift_id = t.drift_id
                          where t.account_id = $1 and line.type_id = 3 and line.visit_id = split_part($2, ':', 3)::bigint))`,
      [accountId, workflowId],
    ),
  ]);
  return { own, lots };
}
