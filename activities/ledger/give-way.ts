/** `adopt-altegio`: the ledger gives way to what Altegio holds. */
import { formatAmount } from '../../domain/money.ts';
import * as protocol from '../../domain/mirror.ts';
import { type ActionOutcome, type ActionRequest, keptRequest, sendDecided, sendTookEffect } from './apply-action.ts';
import { transaction } from './database.ts';
import type { MirrorDeps, SeenBalance } from './mirror-actions.ts';
import { lockPage } from './page.ts';
import type { OperationRef } from './posting.ts';
import { sendNotToCancel } from './visit-rows.ts';

/**
 * Posts what makes the target equal to what Altegio holds, once an action id. `seen` is a balance read now, or null
 * when both books are equal already and the action has only to be marked.
 * @returns what it did; `'again'` when the card moved under the reader; null when nobody asked for it
 */
export async function giveWay(
  deps: Pick<MirrorDeps, 'pool' | 'newBreakId'>,
  accountId: string,
  seen: SeenBalance | null,
  request: ActionRequest,
  operation: OperationRef,
): Promise<ActionOutcome | 'again' | null> {
  return await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    const kept = await keptRequest(tx, page, request, operation);
    if (!kept || kept.before) return kept?.before ?? null;
    const { card } = page;
    const current =
      card && !card.mirror.open && seen?.version === card.version && seen.balance === card.mirror.confirmed;
    if (seen && !current) return 'again';
    const { drift: amount } = seen && card ? protocol.giveWay(card.mirror) : { drift: 0n };
    const by = { ...operation, actor: kept.actor };
    if (card) sendNotToCancel(tx, card.cardId);
    if (amount !== 0n) sendDecided(deps, tx, page, by, { amount, reason: kept.reason });
    const outcome = { adjusted: formatAmount(amount) };
    sendTookEffect(tx, page, request, outcome, operation);
    return outcome;
  });
}
