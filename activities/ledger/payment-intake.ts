/**
 * A till's payment comes in: one transaction in one round trip decides whether it is new, a repeat, or in conflict.
 * PostgreSQL alone decides that; the unique indexes hold when twenty repeats come at once.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../domain/new-id.ts';
import { transaction, type Tx } from './database.ts';
import {
  type IdempotencyKey,
  type KeptAnswer,
  keyParameters,
  type KeySql,
  READ_KEY,
  TAKE_KEY,
  toKept,
} from './idempotency.ts';
import { isSameVisit, PAYMENT_COLUMNS, type PaymentRow, type PaymentSql, toPayment } from './payment-row.ts';
import {
  CHAIN_HAS_PROGRAMS,
  type CustomerKey,
  NAMED_ACCOUNT,
  namedParameters,
  programsHere,
  type TillPlace,
} from './till-accounts.ts';

/** A payment as understood. Amounts are decimal texts in `request`, minor units elsewhere. */
export interface PaymentRequest {
  readonly receipt: string;
  readonly customer: CustomerKey;
  readonly total: bigint;
  /** `max`, `none` or a decimal text. */
  readonly redeem: string;
  readonly asKind: 'tender' | 'discount';
  /** What else the ledger reads: lines, money, tip, visit, occurredAt, terminal, operator, allowPartial, and what offline sales add. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the intake found. */
export type Intake =
  /** A new attempt; its row is PENDING. */
  | { readonly kind: 'new'; readonly payment: PaymentRow }
  /** The same request again, by key or by receipt. */
  | { readonly kind: 'repeat'; readonly payment: PaymentRow }
  /** The key's answer was a refusal; it is kept. */
  | { readonly kind: 'kept'; readonly status: number; readonly answer: unknown }
  | { readonly kind: 'keyReused' }
  /** The receipt is taken; these fields differ, or it is too old to be repeated by its receipt alone. */
  | {
      readonly kind: 'conflict';
      readonly fields: readonly string[];
      readonly old: boolean;
      readonly payment: PaymentRow;
    }
  | { readonly kind: 'noProgram'; readonly chainHasPrograms: boolean }
  | { readonly kind: 'noAccount'; readonly elsewhere: boolean; readonly replaced: boolean }
  | { readonly kind: 'severalAccounts'; readonly accountIds: readonly string[] }
  | { readonly kind: 'accountState'; readonly state: 'inactive' | 'frozen' };

/**
 * A process that died between the insert and the start leaves a row nobody works on. One minute past its answer it is
 * too late for points anyway (the ledger's limit is 30 s), so the receipt is freed for the next attempt.
 */
const FREE_ORPHAN = `
  update payment set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
   where location_id = $1 and receipt = $2 and state = 'PENDING' and not withdrawing
     and answer_by < now() - interval '60 seconds'`;

const TAKEN = `exists (select 1 from payment t where t.location_id = $2 and t.receipt = $6
  and t.state not in ('DECLINED', 'VOIDED', 'EXPIRED', 'ABANDONED'))`;

/** The key is somebody's already when it says another body, a payment or a kept refusal. */
const KEY_FREE = `not exists (select 1 from idempotency_key k where k.location_id = $2 and k.method = $7 and k.path = $8
  and k.key = $9 and (k.body_hash <> $10 or k.payment_id is not null or k.status is not null))`;

/** A phone nobody has here is a first contact: its account is made in the oldest program of the location. */
const MAKE_ACCOUNT = `
  insert into account (id, chain_id, program_id, phone)
  select $11, $1, p.id, $5 from ${programsHere('$12')} p
   where $5::text is not null and $3::text is null and $4::text is null and not ${TAKEN} and ${KEY_FREE}
     and not exists (select 1 from account a join ${programsHere('$12')} q on q.id = a.program_id where ${NAMED_ACCOUNT})
   order by p.created_at, p.id limit 1
  on conflict do nothing`;

/** The workflow id is domain/ids.ts `paymentWorkflowId`, written in SQL because the attempt is counted here. */
const INSERT_PAYMENT = `
  insert into payment (id, chain_id, location_id, receipt, attempt, state, account_id, program_id, program_version,
                       workflow_id, total, redeem, as_kind, request, answer_by, happened_at, record_id, visit_id)
  select $11, $1, $2, $6, n.attempt, 'PENDING', a.id, p.id, p.version,
         'payment:' || $2::bigint::text || ':' || $6 || case when n.attempt = 1 then '' else ':' || n.attempt end,
         $12, $13, $14, $15, now() + interval '3500 milliseconds',
         coalesce(($15::jsonb->>'occurredAt')::timestamptz, now()),
         ($15::jsonb#>>'{visit,recordId}')::bigint, ($15::jsonb#>>'{visit,visitId}')::bigint
    from account a
    join ${programsHere('$16')} p on p.id = a.program_id,
         (select coalesce(max(attempt), 0) + 1 as attempt from payment where location_id = $2 and receipt = $6) n
   where ${NAMED_ACCOUNT}
     and (a.state = 'active' or (a.state = 'frozen' and $13 = 'none'))
     and not ${TAKEN} and ${KEY_FREE}
     and (select count(*) from account a join ${programsHere('$16')} q on q.id = a.program_id where ${NAMED_ACCOUNT}) = 1
  on conflict do nothing`;

const LINK_KEY = `
  update idempotency_key set payment_id = $6 where location_id = $1 and method = $2 and path = $3 and key = $4
     and body_hash = $5 and payment_id is null and status is null and exists (select 1 from payment where id = $6)`;

const CUSTOMER = `
  select coalesce((select json_agg(json_build_object('id', a.id, 'state', a.state) order by a.created_at, a.id)
                     from account a join ${programsHere('$6')} p on p.id = a.program_id where ${NAMED_ACCOUNT}), '[]') as accounts,
         exists (select 1 from ${programsHere('$6')} p) as program_here,
         ${CHAIN_HAS_PROGRAMS} as chain_has,
         exists (select 1 from account a where ${NAMED_ACCOUNT}) as anywhere,
         exists (select 1 from altegio_card r where r.chain_id = $1 and r.role = 'replaced' and r.number = $4) as replaced`;

interface CustomerSql {
  accounts: { id: string; state: 'active' | 'inactive' | 'frozen' }[];
  program_here: boolean;
  chain_has: boolean;
  anywhere: boolean;
  replaced: boolean;
}

interface Seen {
  readonly own: PaymentRow | null;
  readonly latest: PaymentRow | null;
  readonly byKey: PaymentRow | null;
  readonly kept: KeptAnswer | null;
  readonly customer: CustomerSql;
}

const NO_KEY: IdempotencyKey = { method: '', path: '', key: '', bodyHash: Buffer.alloc(0) };

/** Sends everything at once; PostgreSQL runs the statements in order, each seeing the ones before. */
function sendAll(tx: Tx, paymentId: string, place: TillPlace, request: PaymentRequest, key: IdempotencyKey | null) {
  const named = namedParameters(place, request.customer);
  const scope = keyParameters(place.locationId, key ?? NO_KEY);
  const fenced = [...named, request.receipt, ...scope.slice(1)];
  if (key) tx.send(TAKE_KEY, scope);
  tx.send(FREE_ORPHAN, [place.locationId, request.receipt]);
  if (request.customer.by === 'phone')
    tx.send(MAKE_ACCOUNT, [...fenced, newId('acc', Date.now(), randomBytes), place.programId]);
  const { total, redeem, asKind, details } = request;
  tx.send(INSERT_PAYMENT, [...fenced, paymentId, total, redeem, asKind, JSON.stringify(details), place.programId]);
  if (key) tx.send(LINK_KEY, [...scope, paymentId]);
  const columns = `select ${PAYMENT_COLUMNS} from payment p`;
  return {
    own: tx.rows<PaymentSql>(`${columns} where p.id = $1`, [paymentId]),
    latest: tx.rows<PaymentSql>(
      `${columns} where p.location_id = $1 and p.receipt = $2 order by p.attempt desc limit 1`,
      [place.locationId, request.receipt],
    ),
    byKey: tx.rows<PaymentSql>(
      `${columns} join idempotency_key k on k.payment_id = p.id
        where k.location_id = $1 and k.method = $2 and k.path = $3 and k.key = $4 and k.body_hash = $5`,
      scope,
    ),
    kept: tx.rows<KeySql>(READ_KEY, scope),
    customer: tx.rows<CustomerSql>(CUSTOMER, [...named, place.programId]),
  };
}

async function attemptIntake(
  pool: pg.Pool,
  paymentId: string,
  place: TillPlace,
  request: PaymentRequest,
  key: IdempotencyKey | null,
): Promise<Seen> {
  // The promises are wrapped, not awaited: COMMIT leaves with the statements, and the whole costs one round trip.
  const sent = await transaction(pool, (tx) => Promise.resolve(sendAll(tx, paymentId, place, request, key)));
  const [own, latest, byKey, kept, customer] = await Promise.all([
    sent.own,
    sent.latest,
    sent.byKey,
    sent.kept,
    sent.customer,
  ]);
  if (!customer[0]) throw new Error('a select without from gave no row');
  const payment = (rows: PaymentSql[]): PaymentRow | null => (rows[0] ? toPayment(rows[0]) : null);
  return {
    own: payment(own),
    latest: payment(latest),
    byKey: payment(byKey),
    kept: key && kept[0] ? toKept(kept[0]) : null,
    customer: customer[0],
  };
}

const FREE: ReadonlySet<string> = new Set(['DECLINED', 'VOIDED', 'EXPIRED', 'ABANDONED']);

/** What identifies a receipt's payment; anything else of the body may be repeated differently. */
function differences(payment: PaymentRow, request: PaymentRequest, accounts: CustomerSql['accounts']): string[] {
  return [
    ...(accounts.some(({ id }) => id === payment.accountId) ? [] : [request.customer.by]),
    ...(payment.total === request.total ? [] : ['total']),
    ...(payment.redeem === request.redeem ? [] : ['redeem']),
    ...(payment.asKind === request.asKind ? [] : ['as']),
    ...(payment.visit === null || isSameVisit(payment.visit, request.details) ? [] : ['visit']),
  ];
}

/** Reads what the transaction left; null when another one decided in between and the intake has to look again. */
function judge(seen: Seen, request: PaymentRequest): Intake | null {
  const { own, latest, byKey, kept, customer } = seen;
  if (kept && !kept.sameBody) return { kind: 'keyReused' };
  if (own) return { kind: 'new', payment: own };
  if (kept && kept.status !== null) return { kind: 'kept', status: kept.status, answer: kept.answer };
  if (byKey) return byKey.state === 'ABANDONED' ? null : { kind: 'repeat', payment: byKey };
  if (latest && !FREE.has(latest.state)) {
    const fields = differences(latest, request, customer.accounts);
    if (fields.length > 0 || latest.old) return { kind: 'conflict', fields, old: latest.old, payment: latest };
    return { kind: 'repeat', payment: latest };
  }
  const [account, ...others] = customer.accounts;
  if (!customer.program_here) return { kind: 'noProgram', chainHasPrograms: customer.chain_has };
  if (!account) {
    // A phone without an account makes one, unless somebody else was quicker: then the next look finds it.
    if (request.customer.by === 'phone' && !customer.anywhere) return null;
    return { kind: 'noAccount', elsewhere: customer.anywhere, replaced: customer.replaced };
  }
  if (others.length > 0) return { kind: 'severalAccounts', accountIds: customer.accounts.map(({ id }) => id) };
  if (account.state === 'inactive' || (account.state === 'frozen' && request.redeem !== 'none'))
    return { kind: 'accountState', state: account.state };
  return null;
}

/** Races are rare and each look settles one; a caller that loses this often meets a fault, not a race. */
const LOOKS_MAX = 5;

/** Takes a payment in. The row of a `new` one is committed, PENDING. */
export async function takePaymentIn(
  pool: pg.Pool,
  place: TillPlace,
  request: PaymentRequest,
  key: IdempotencyKey | null,
): Promise<Intake> {
  const paymentId = newId('pay', Date.now(), randomBytes);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const intake = judge(await attemptIntake(pool, paymentId, place, request, key), request);
    if (!intake) continue;
    if (intake.kind === 'repeat' && key)
      await pool.query(LINK_KEY, [...keyParameters(place.locationId, key), intake.payment.id]);
    return intake;
  }
  throw new Error(`receipt ${request.receipt} could not be taken in`);
}
