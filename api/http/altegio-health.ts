/** What health, status and metrics say of our access to Altegio. */
import type { AltegioAccess } from '../../activities/altegio/client/index.ts';
import { type ChainWriting, writingOfChains } from '../../activities/ledger/chain-writing.ts';
import type { ApiDeps } from './deps.ts';

/** Access and switches of one moment. */
export interface AltegioHealth {
  readonly access: AltegioAccess;
  readonly chains: readonly ChainWriting[];
}

/** Reads it from the database; Altegio is not asked. */
export async function altegioHealth({ altegio, pool }: Pick<ApiDeps, 'altegio' | 'pool'>): Promise<AltegioHealth> {
  const [access, chains] = await Promise.all([altegio.access(), writingOfChains(pool)]);
  return { access, chains };
}

/** Whether something about it needs a person or waits for Altegio: earning goes on, redeeming and writing may not. */
export function isDegraded({ access, chains }: AltegioHealth): boolean {
  const { parked, breakerOpenSince, token } = access;
  const off = chains.some(({ offSince }) => offSince !== null);
  return parked.length > 0 || breakerOpenSince !== null || token.problem !== null || off;
}
