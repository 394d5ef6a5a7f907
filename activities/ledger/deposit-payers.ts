/** Who pays for whom: a parent's deposit for a child's sales. Links that are over stay, with who made and who ended them. */
import type pg from 'pg';
import { isViolation, transaction } from './database.ts';

/** A link, over or not. */
export interface PayerLink {
  readonly accountId: string;
  readonly payerId: string;
  readonly linked: { readonly at: Date; readonly by: string; readonly reason: string };
  readonly ended: { readonly at: Date; readonly by: string; readonly reason: string } | null;
}

/** Why the one cannot pay for the other. */
export type PayerRefusal = 'noPayer' | 'same' | 'otherChain' | 'otherCurrency' | 'inactive' | 'taken';

interface LinkSql {
  account_id: string;
  payer_id: string;
  linked_at: Date;
  linked_by: string;
  link_reason: string;
  unlinked_at: Date | null;
  unlinked_by: string | null;
  unlink_reason: string | null;
}

const COLUMNS = 'account_id, payer_id, linked_at, linked_by, link_reason, unlinked_at, unlinked_by, unlink_reason';

const toLink = (row: LinkSql): PayerLink => ({
  accountId: row.account_id,
  payerId: row.payer_id,
  linked: { at: row.linked_at, by: row.linked_by, reason: row.link_reason },
  ended: row.unlinked_at && { at: row.unlinked_at, by: row.unlinked_by ?? '', reason: row.unlink_reason ?? '' },
});

interface PersonSql {
  id: string;
  chain_id: bigint;
  state: string;
  currency: string;
}

const PEOPLE = `
  select account.id, account.chain_id, account.state, version.settings->>'currency' as currency
    from account join lateral (select settings from program_version
                                where program_id = account.program_id order by version desc limit 1) version on true
   where account.id = any ($1::text[]) for key share of account`;

function refusalOf(child: PersonSql | undefined, payer: PersonSql | undefined): PayerRefusal | null {
  if (!child || !payer) return 'noPayer';
  if (child.id === payer.id) return 'same';
  if (child.chain_id !== payer.chain_id) return 'otherChain';
  if (payer.state === 'inactive') return 'inactive';
  return child.currency === payer.currency ? null : 'otherCurrency';
}

/** Lets `payerId` pay for `accountId`; the same link again is the one that is there. */
export async function linkPayer(
  pool: pg.Pool,
  { accountId, payerId, by, reason }: { accountId: string; payerId: string; by: string; reason: string },
): Promise<PayerLink | PayerRefusal> {
  try {
    return await transaction(pool, async (tx) => {
      const people = await tx.rows<PersonSql>(PEOPLE, [[accountId, payerId]]);
      const child = people.find(({ id }) => id === accountId);
      const payer = people.find(({ id }) => id === payerId);
      const refusal = refusalOf(child, payer);
      if (refusal !== null || !child) return refusal ?? 'noPayer';
      const [now] = await tx.rows<LinkSql>(
        `select ${COLUMNS} from deposit_payer where account_id = $1 and unlinked_at is null`,
        [accountId],
      );
      if (now) return now.payer_id === payerId ? toLink(now) : 'taken';
      const [made] = await tx.rows<LinkSql>(
        `insert into deposit_payer (chain_id, account_id, payer_id, linked_by, link_reason)
         values ($1, $2, $3, $4, $5) returning ${COLUMNS}`,
        [child.chain_id, accountId, payerId, by, reason],
      );
      if (!made) throw new Error('an insert gave no row');
      return toLink(made);
    });
  } catch (error) {
    if (isViolation(error, '23505', 'deposit_payer_now')) return 'taken';
    throw error;
  }
}

/** Ends the link of a customer who is paid for; null when nobody pays. What the payer has reserved stays reserved. */
export async function unlinkPayer(
  pool: pg.Pool,
  { accountId, by, reason }: { accountId: string; by: string; reason: string },
): Promise<PayerLink | null> {
  const { rows } = await pool.query<LinkSql>(
    `update deposit_payer set unlinked_at = now(), unlinked_by = $2, unlink_reason = $3
      where account_id = $1 and unlinked_at is null returning ${COLUMNS}`,
    [accountId, by, reason],
  );
  return rows[0] ? toLink(rows[0]) : null;
}

/** Every link of a customer, as the one who is paid for and as the one who pays, newest first. */
export async function listPayerLinks(pool: pg.Pool, accountId: string): Promise<PayerLink[]> {
  const { rows } = await pool.query<LinkSql>(
    `select ${COLUMNS} from deposit_payer where account_id = $1 or payer_id = $1 order by id desc`,
    [accountId],
  );
  return rows.map(toLink);
}
