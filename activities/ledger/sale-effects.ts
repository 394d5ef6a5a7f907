/** What a sale does beside its points: the customer is not quiet any more, and a friend who brought them is thanked. */
import type { Tx } from './database.ts';
import type { Page } from './page.ts';

const NOT_QUIET = `
  update lot
     set expires_at = greatest(expires_at, (date_trunc('day', coalesce($4::timestamptz, now()) at time zone zone.name)
                                              + make_interval(days => quiet_days)) at time zone zone.name)
    from (select coalesce($2::text, (select time_zone from location where id = $3)) as name) zone
   where account_id = $1 and remaining > 0 and quiet_days is not null`;

const THANKED = `
  insert into gift (account_id, kind, occasion, program_version)
  select side.account_id, side.kind, side.occasion, $2
    from account a
    join account friend on friend.id = a.referred_by and friend.program_id = a.program_id
   cross join lateral (values (a.id, 'referred', 'first'), (friend.id, 'referrer', a.id))
              as side (account_id, kind, occasion)
   where a.id = $1
  on conflict do nothing`;

/** Sends it with the posting of a sale that brought `spent` of money, minor units; a repeat changes nothing. */
export function sendSaleEffects(
  tx: Tx,
  { account }: Page,
  locationId: bigint,
  { spent, happenedAt = null }: { readonly spent: bigint; readonly happenedAt?: Date | null },
): void {
  const { id, settings, programVersion } = account;
  tx.send(NOT_QUIET, [id, settings.timeZone ?? null, locationId, happenedAt]);
  // The first paid sale: what was refunded since does not make another one the first.
  if (settings.referral && spent > 0n && account.spent === 0n) tx.send(THANKED, [id, programVersion]);
}
