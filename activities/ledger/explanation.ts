/** What is stored with and around transfers, for the sentence that says why each is as many points as it is. */
import type pg from 'pg';
import type { TransferCode } from '../../domain/posting-plan.ts';
import { programSettings } from '../../domain/program.ts';
import { type StoredFacts, type StoredSale, type Why, whyOf } from '../../domain/why.ts';
import { storedBill } from './stored-payment.ts';

/** An explanation with the program's version that was in force for it. */
export interface Explained {
  readonly why: Why;
  readonly program: string;
  readonly version: number;
}

interface FactsSql {
  id: bigint;
  code: TransferCode;
  amount: bigint;
  reason: string | null;
  learned_at: Date;
  asked: bigint | null;
  expires_at: Date | null;
  activates_at: Date | null;
  lot_id: bigint | null;
  expected: bigint | null;
  balance: bigint | null;
  causes: string[] | null;
  receipt: string | null;
  total: bigint;
  redeemed: bigint | null;
  due: bigint | null;
  percent: string | null;
  request: unknown;
  captured: unknown;
  refund_amount: bigint | null;
  refund_money: bigint | null;
  undoes: string | null;
  visit_id: bigint | null;
  visit_percent: string | null;
  version: number;
  settings: unknown;
}

// The version is that of the lot which the operation made, or that of a payment in two steps, whose rate was fixed before;
// else the one in force at that moment. A clawback or refund inside a payment's own operation is its skip.
const FACTS = `
  select t.id, t.code, case when t.credit_account in ('customer:' || t.account_id, 'pending:' || t.account_id, 'debt:' || t.account_id)
                            then t.amount else -t.amount end as amount,
         coalesce(t.reason, o.reason, asked.reason) as reason, t.learned_at, asked.amount as asked, t.lot_id, lot.expires_at, lot.activates_at,
         drift.expected, drift.balance, cause.causes,
         p.receipt, coalesce(p.captured_total, p.total) as total, p.redeemed, p.due, p.percent, p.request, p.captured,
         step.amount as refund_amount, step.money as refund_money,
         coalesce(asked.undoes, case when t.reason is not null and t.code in ('refund', 'clawback')
                                      and (own.id is not null or step.id is not null) then o.workflow_id end) as undoes,
         visit.visit_id, visit.percent as visit_percent, version.version, version.settings
    from transfer t
    join account a on a.id = t.account_id
    join operation o on o.id = t.operation
    left join lot on lot.id = t.lot_id
    left join drift on drift.id = t.drift_id
    left join drift_cause cause on cause.drift_id = t.drift_id
    left join adjustment asked on asked.workflow_id = o.workflow_id
    left join payment own on own.workflow_id = o.workflow_id
    left join payment_step step on step.workflow_id = o.workflow_id and step.kind = 'refund'
    left join payment p on p.id = coalesce(own.id, step.payment_id)
    left join visit on o.kind = 'visit' and visit.account_id = t.account_id and visit.location_id = o.location_id
                       and o.workflow_id = 'visit:' || visit.location_id || ':' || visit.visit_id
    join lateral (
      select v.version, v.settings from program_version v
       where v.program_id = a.program_id
         and v.version = coalesce(visit.program_version, case when own.expires_at is not null then own.program_version end,
                                  case when lot.operation = t.operation then lot.program_version end,
                                  (select max(f.version) from program_version f
                                    where f.program_id = a.program_id and f.created_at <= t.learned_at), 1)) version on true
   where t.account_id = $1 and t.id = any ($2::bigint[])`;

function saleOf(row: FactsSql): StoredSale | null {
  if (row.receipt === null) return null;
  const { lines, money } = {
    ...storedBill.parse(row.request),
    ...(row.captured ? storedBill.parse(row.captured) : {}),
  };
  const { receipt, total, percent } = row;
  const [redeemed, due] = [row.redeemed ?? 0n, row.due ?? 0n];
  return {
    receipt,
    total,
    redeemed,
    due,
    percent: percent ?? '0',
    lines,
    money,
    settings: programSettings.parse(row.settings),
  };
}

function toFacts(row: FactsSql): StoredFacts {
  const { code, amount, reason, undoes, refund_amount: refunded, refund_money: money } = row;
  return {
    code,
    amount,
    reason,
    learnedAt: row.learned_at,
    asked: row.asked,
    sale: saleOf(row),
    refund: refunded === null || money === null ? null : { amount: refunded, money },
    visit: row.visit_id === null ? null : { id: String(row.visit_id), percent: row.visit_percent ?? '0' },
    undoes,
    lot: row.lot_id === null ? null : { expiresAt: row.expires_at, activatesAt: row.activates_at },
    drift:
      row.expected === null || row.balance === null
        ? null
        : { expected: row.expected, balance: row.balance, causes: row.causes ?? [] },
  };
}

/** Explains transfers of an account, by their ids. */
export async function explainTransfers(
  pool: pg.Pool,
  accountId: string,
  transferIds: readonly (bigint | string)[],
): Promise<ReadonlyMap<string, Explained>> {
  if (transferIds.length === 0) return new Map();
  const { rows } = await pool.query<FactsSql>(FACTS, [accountId, transferIds]);
  return new Map(
    rows.map((row) => {
      const { name } = programSettings.parse(row.settings);
      return [String(row.id), { why: whyOf(toFacts(row)), program: name, version: row.version }];
    }),
  );
}
