/** What the page begins with: the till's key and customers to play with. */
import type { KeyRing } from '../../activities/ledger/key-ring.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { findConnection } from '../../activities/ledger/connections.ts';
import { listPrograms } from '../../activities/ledger/programs.ts';
import { findAccounts } from '../../activities/ledger/till-accounts.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import type { Playground } from './playground.ts';
import type { Salon } from './salon.ts';

const CUSTOMERS = 4;

/** The till of the page. @throws Problem `unavailable` while the first set-up is still under way */
export async function tillOf(ring: KeyRing, playground: Playground): Promise<PosCaller & { readonly key: string }> {
  const key = playground.tillKey();
  const caller = key === null ? null : await ring.find(key);
  if (key === null || !caller) throw new Problem('unavailable', { detail: 'The first set-up is still under way.' });
  return { ...caller, key };
}

/** The stage. @throws Problem `unavailable` */
export async function viewStage(
  { pool }: Pick<ApiDeps, 'pool'>,
  salon: Salon,
  ring: KeyRing,
  playground: Playground,
): Promise<object> {
  const caller = await tillOf(ring, playground);
  const [programs, location] = await Promise.all([
    listPrograms(pool, caller.chainId),
    findConnection(pool, caller.locationId),
  ]);
  const [program] = programs;
  const types = programs.map(({ cardTypeId }) => cardTypeId);
  const cards = (await salon.cards()).filter(({ typeId }) => types.includes(BigInt(typeId))).slice(0, CUSTOMERS);
  const customers = cards.map(async ({ name, number, phone }) => {
    const { accounts } = await findAccounts(pool, caller, { by: 'cardNumber', value: number });
    return { name, number, phone, met: accounts.length > 0 };
  });
  return {
    tillKey: caller.key,
    till: caller.keyName,
    shop: location?.title ?? '',
    currency: program?.settings.currency ?? '',
    customers: await Promise.all(customers),
    salonUrl: playground.salonUrl,
  };
}
