/** Looking at Altegio for a till that only asks: nothing is written, no workflow starts. */
import { type AltegioCard, AltegioError } from '../../activities/altegio/client/index.ts';
import type { TillAccount, TillPlace } from '../../activities/ledger/till-accounts.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { AltegioView } from './documents.ts';

/** A balance seen longer ago is read again, when the budget has room. */
const FRESH_MS = 60_000;
/** A lookup waits this long at most for a fresher balance; the ledger's answer is ready all the while. */
const READ_MS = 1_500;

type Needs = Pick<ApiDeps, 'altegio' | 'config' | 'clock'>;

/** A stranger's lookup waits this long for a slot of the call budget: several may come in the same second. */
const WAIT_MS = 1_500;

/** The altegio cards of a phone, for a customer we do not know yet. @throws AltegioError */
export function askCards({ altegio, config }: Needs, place: TillPlace, phone: string): Promise<AltegioCard[]> {
  const timeoutMs = Math.min(config.altegioTimeoutMs, 2_000);
  return altegio.cardsByPhone({ phone, ...place }, { lane: 'till', timeoutMs, maxWaitMs: WAIT_MS });
}

/** A cheap read that gives way to everything else; null when there was no room, no time or no answer. */
async function lookAgain({ altegio, config }: Needs, place: TillPlace, phone: string): Promise<AltegioCard[] | null> {
  try {
    const timeoutMs = Math.min(config.altegioTimeoutMs, READ_MS);
    return await altegio.cardsByPhone({ phone, ...place }, { lane: 'sweep', timeoutMs, maxWaitMs: 0 });
  } catch (error) {
    if (error instanceof AltegioError) return null;
    throw error;
  }
}

/** What Altegio holds for one customer, read again when what we know is older than a minute. */
export async function viewOtherBook(deps: Needs, place: TillPlace, account: TillAccount): Promise<AltegioView | null> {
  const known = account.altegio;
  if (!known || account.phone === null) return null;
  const { balance, seenAt, cardId } = known;
  if (deps.clock.now() - seenAt.getTime() <= FRESH_MS) return { balance, seenAt, stale: false };
  const cards = await lookAgain(deps, place, account.phone);
  const card = cards?.find(({ id }) => id === cardId);
  if (!card) return { balance, seenAt, stale: true };
  return { balance: card.balance, seenAt: new Date(deps.clock.now()), stale: false };
}
