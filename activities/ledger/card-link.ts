/** Linking an account to its altegio card: adopting one with its balance, or issuing one under a number of ours. */
import { lockWritingOn } from './chain-writing.ts';
import { transaction } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { lockPage } from './page.ts';
import { type OperationRef, sendBreak, sendOperation, sendPosting, setOperationState } from './posting.ts';

/** An altegio card as read at first contact; `balance` in minor units. */
export interface CardToLink {
  readonly cardId: bigint;
  readonly typeId: bigint;
  readonly number: string;
  readonly locationId: bigint;
  readonly balance: bigint;
}

/**
 * Adopts a card: its balance is posted as `opening`, and every journal line stored for it is claimed by that.
 * @returns what was posted, `'linked'` when the account has a card already, `'taken'` when the card is another account's
 */
export async function linkCard(
  deps: MirrorDeps,
  accountId: string,
  card: CardToLink,
  operation: OperationRef,
): Promise<{ readonly opening: bigint } | 'linked' | 'taken'> {
  return await transaction(deps.pool, async (tx) => {
    const [page, others] = await Promise.all([
      lockPage(tx, accountId),
      tx.rows('select 1 from altegio_card where card_id = $1 and account_id <> $2', [card.cardId, accountId]),
    ]);
    // Without a second book there is nothing to link to.
    if (page.card || !page.account.secondBook) return 'linked';
    if (others.length > 0) return 'taken';
    const { chainId } = page.account;
    const { indebted } = page.book.opening(card.balance);
    sendPosting(tx, page, operation);
    if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
    tx.send(
      `insert into altegio_card (card_id, chain_id, account_id, type_id, number, location_id, confirmed, confirmed_at,
                                 opening_line_id)
       values ($1, $2, $3, $4, $5, $6, $7, now(),
               (select coalesce(max(line_id), 0) from altegio_line where chain_id = $2))`,
      [card.cardId, chainId, accountId, card.typeId, card.number, card.locationId, card.balance],
    );
    tx.send(
      `update altegio_line set claim = 'opening', claimed_at = now() where chain_id = $1 and card_id = $2 and claim is null`,
      [chainId, card.cardId],
    );
    tx.send(KEEP_NUMBER, [accountId, card.number]);
    tx.send(`update altegio_issue set state = 'issued', updated_at = now() where account_id = $1`, [accountId]);
    return { opening: card.balance };
  });
}

// A number names one account of the chain; where Altegio says none, or one that is taken, the card is found by its row.
const KEEP_NUMBER = `
  update account set card_number = $2
   where id = $1 and card_number is null and $2 <> ''
     and not exists (select 1 from account other where other.chain_id = account.chain_id and other.card_number = $2)`;

/** Whether this caller may send the call that issues a card, and under which number. */
export type IssueTurn =
  | { readonly turn: 'issue'; readonly number: string }
  /** Another call may still be answered; its number tells its card. */
  | { readonly turn: 'wait' };

/**
 * Takes the turn to issue a card: one call at a time an account, each under the same number until it is refused, so that
 * a card whose answer was lost is recognised and never issued twice.
 * @throws WritingOff while it is switched off for the chain
 */
export async function takeIssueTurn(
  deps: MirrorDeps,
  { accountId, chainId }: { readonly accountId: string; readonly chainId: bigint },
  newNumber: string,
): Promise<IssueTurn> {
  return await transaction(deps.pool, async (tx) => {
    await lockWritingOn(tx, chainId);
    const [row] = await tx.rows<{ number: string }>(
      `insert into altegio_issue (account_id, number, state, deadline)
       values ($1, $2, 'in_flight', now() + make_interval(secs => $3))
       on conflict (account_id) do update
         set number = case when altegio_issue.state = 'refused' then excluded.number else altegio_issue.number end,
             state = 'in_flight', deadline = excluded.deadline, reason = null, updated_at = now()
         where altegio_issue.state = 'refused' or altegio_issue.deadline < now()
       returning number`,
      [accountId, newNumber, (2 * deps.timeoutMs + 2_000) / 1_000],
    );
    return row ? { turn: 'issue', number: row.number } : { turn: 'wait' };
  });
}

/** Ends a turn whose call was certainly not applied. */
export async function refuseIssue(deps: MirrorDeps, accountId: string, reason: string): Promise<void> {
  await deps.pool.query(
    `update altegio_issue set state = 'refused', reason = $2, updated_at = now() where account_id = $1`,
    [accountId, reason],
  );
}

/** What needs a person, in one sentence, and the kind of break it is. */
export interface NeedsPerson {
  readonly kind: 'card_missing' | 'refused';
  readonly sentence: string;
  readonly amount?: bigint;
}

/** Parks an operation until a person acts: a break with its cause, visible in both consoles. */
export async function parkOperation(
  deps: MirrorDeps,
  accountId: string,
  operation: OperationRef,
  need: NeedsPerson,
): Promise<void> {
  await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    sendOperation(tx, page, operation);
    const { kind, amount } = need;
    const id = deps.newBreakId();
    sendBreak(tx, page, operation.id, amount === undefined ? { id, kind } : { id, kind, amount });
    if (kind === 'card_missing' && page.card)
      tx.send(`update altegio_card set state = 'missing', version = version + 1 where card_id = $1`, [
        page.card.cardId,
      ]);
    await setOperationState(tx, operation.id, 'needs_operator', need.sentence);
  });
}
