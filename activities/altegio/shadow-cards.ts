/** Finding the altegio cards of customers of a program in shadow, by reads alone. */
import { keepShadowCard, unlooked } from '../ledger/shadow.ts';
import { AltegioError } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';

/** Looked for in one round; the next one is a minute later. */
const AT_ONCE = 20;

/** Looks for cards that are not known. Where Altegio cannot be asked now, the next round goes on. */
export async function findShadowCards(deps: AltegioDeps, chainId: bigint, signal: AbortSignal): Promise<void> {
  for (const { accountId, phone, cardTypeId, locationId } of await unlooked(deps.pool, chainId, AT_ONCE)) {
    const where = { phone, chainId, locationId };
    const cards = await deps.altegio
      .cardsByPhone(where, { lane: 'sweep', locationId, signal })
      .catch((error: unknown) => {
        if (error instanceof AltegioError) return null;
        throw error;
      });
    if (cards === null) return;
    await keepShadowCard(deps.pool, accountId, cards.find(({ typeId }) => typeId === cardTypeId)?.id ?? null);
  }
}
