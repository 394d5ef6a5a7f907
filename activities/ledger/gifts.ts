/** Gifts of points: which are due, and posting one, once. */
import type pg from 'pg';
import { type GiftKind, giftTerms } from '../../domain/gifts.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import { programSettings } from '../../domain/program.ts';
import { transaction } from './database.ts';
import { lockPage } from './page.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import { type AccountRoute, routesOf } from './reconciliation-view.ts';

/** A gift by its key; `occasion` is the year of a birthday, or the other side of a referral. */
export interface GiftRef {
  readonly accountId: string;
  readonly kind: GiftKind;
  readonly occasion: string;
}

/** A gift to begin, and how its account is reached. */
export interface DueGift extends GiftRef, AccountRoute {}

/** A gift whose workflow was started and did not post is started again after this long. */
const AGAIN = '10 minutes';

const DUE = `
  with due as (
    select account_id, kind, occasion from gift
     where posted_at is null and (started_at is null or started_at < now() - interval '${AGAIN}')
       and not exists (select 1 from account join program on program.id = account.program_id
                        where account.id = gift.account_id and program.shadow_since is not null)
     order by created_at limit $1 for update skip locked
  )
  update gift set started_at = now() from due
   where gift.account_id = due.account_id and gift.kind = due.kind and gift.occasion = due.occasion
  returning gift.account_id as "accountId", gift.kind, gift.occasion`;

/** The oldest gifts that are due, at most `limit`; they count as started. Those of a program in shadow wait for its end. */
export async function takeDueGifts(pool: pg.Pool, limit: number): Promise<DueGift[]> {
  const { rows } = await pool.query<GiftRef>(DUE, [limit]);
  if (rows.length === 0) return [];
  const routes = await routesOf(
    pool,
    rows.map(({ accountId }) => accountId),
  );
  const byAccount = new Map(routes.map((route) => [route.accountId, route]));
  return rows.flatMap((gift) => {
    const route = byAccount.get(gift.accountId);
    return route ? [{ ...gift, ...route }] : [];
  });
}

const GIFT = `
  select gift.posted_at, gift.amount, version.settings, location.time_zone
    from gift
    join account on account.id = gift.account_id
    join program_version version
      on version.program_id = account.program_id and version.version = gift.program_version
    join location on location.id = $4
   where gift.account_id = $1 and kind = $2 and occasion = $3 for update of gift`;

const POSTED = `
  update gift set posted_at = now(), amount = $4 where account_id = $1 and kind = $2 and occasion = $3`;

const REASON: Readonly<Record<GiftKind, string>> = {
  welcome: 'Welcome gift',
  birthday: 'Birthday gift',
  referrer: 'Gift for bringing a friend',
  referred: 'Gift for coming with a friend',
};

/**
 * Posts a gift by the version under which it became due, once; it pays debt first (R11).
 * @returns its amount in minor units, null where the version gives nothing
 * @throws when nobody made it due
 */
export async function postGift(pool: pg.Pool, gift: GiftRef, operation: OperationRef): Promise<bigint | null> {
  const key = [gift.accountId, gift.kind, gift.occasion];
  return await transaction(pool, async (tx) => {
    const [page, [row]] = await Promise.all([
      lockPage(tx, gift.accountId),
      tx.rows<{ posted_at: Date | null; amount: bigint | null; settings: unknown; time_zone: string }>(GIFT, [
        ...key,
        operation.locationId,
      ]),
    ]);
    if (!row) throw new Error(`no gift ${key.join(' ')} is due`);
    if (row.posted_at) return row.amount;
    const terms = giftTerms(programSettings.parse(row.settings), gift.kind);
    if (terms) {
      const zone = page.account.settings.timeZone ?? row.time_zone;
      page.book.accrue(terms.amount, lotDates(page.now.getTime(), zone, terms.lots), REASON[gift.kind]);
      sendPosting(tx, page, operation);
    }
    tx.send(POSTED, [...key, terms?.amount ?? null]);
    return terms?.amount ?? null;
  });
}
