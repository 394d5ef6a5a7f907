/** Watching what Altegio's own promotions do beside us: an alert for each new one, and for what they move. */
import { formatAmount } from '../../domain/money.ts';
import { keepPromotions, type NativeLine, takeNativeLines } from '../ledger/promotions.ts';
import { AltegioError } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';

/** Accounts named in one alert; the rest stand in the console. */
const NAMED_MAX = 10;

function alertLines({ alert }: AltegioDeps, chainId: bigint, lines: readonly NativeLine[]): void {
  for (const [type, what] of [
    [2, 'Altegio has accrued points on cards of our program by a promotion of its own; detach it there'],
    [7, 'Altegio has burnt points on cards of our program; switch the expiry of its card type off there'],
  ] as const) {
    const own = lines.filter((line) => line.type === type);
    if (own.length === 0) continue;
    const points = formatAmount(own.reduce((sum, { amount }) => sum + amount, 0n));
    const accounts = [...new Set(own.map(({ accountId }) => accountId))].slice(0, NAMED_MAX);
    const cardTypeIds = [...new Set(own.map(({ cardTypeId }) => String(cardTypeId)))];
    alert({ chainId: String(chainId), cardTypeIds, lines: own.length, points, accounts }, what);
  }
}

/** Tells, once, of lines that Altegio's own accrual and expiry have made; the journal has been claimed before. */
export async function alertNativeLines(deps: AltegioDeps, chainId: bigint): Promise<void> {
  alertLines(deps, chainId, await takeNativeLines(deps.pool, chainId));
}

/**
 * Reads the chain's promotions and tells of each that has come to accrue on a linked card type. Where Altegio does not show
 * them, the next hour asks again; what they move is in the journal all the same.
 */
export async function readPromotions(deps: AltegioDeps, chainId: bigint, signal: AbortSignal): Promise<void> {
  const promotions = await deps.altegio.promotions(chainId, { lane: 'sweep', signal }).catch((error: unknown) => {
    if (error instanceof AltegioError) return null;
    throw error;
  });
  if (promotions === null) return;
  for (const { id, title } of await keepPromotions(deps.pool, chainId, promotions))
    deps.alert(
      { chainId: String(chainId), promotionId: String(id), title },
      'A cashback promotion of Altegio’s own is attached to a card type of ours; detach it there',
    );
}
