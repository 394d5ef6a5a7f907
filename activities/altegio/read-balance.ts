/** Reading an account's balance in Altegio, with what our book said before the call. */
import type { AltegioCard, Lane } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';

/** How urgent a read is, and how long it may take (milliseconds). */
export interface ReadOptions {
  readonly lane: Lane;
  readonly timeoutMs?: number;
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal;
}

/** The answer. `version`, `dirtySeq` and `askedAt` are from before the call. */
export type BalanceRead =
  | {
      readonly kind: 'balance';
      readonly cardId: bigint;
      readonly balance: bigint;
      readonly version: bigint;
      readonly dirtySeq: bigint;
      /** The database's clock right before the question. */
      readonly askedAt: Date;
    }
  | { readonly kind: 'noCard'; readonly dirtySeq: bigint }
  /** The ledger is the only book: Altegio was not asked. */
  | { readonly kind: 'noSecondBook'; readonly dirtySeq: bigint }
  | { readonly kind: 'missing'; readonly cardId: bigint; readonly dirtySeq: bigint };

interface Snapshot {
  chain_id: bigint;
  phone: string;
  dirty_seq: bigint;
  second_book: boolean;
  card_id: bigint | null;
  version: bigint;
  location_id: bigint;
  client_ids: bigint[];
  asked_at: Date;
}

const SNAPSHOT = `
  select account.chain_id, account.phone, account.dirty_seq, second_book(account), card.card_id, card.version, card.location_id,
         array(select client_id from account_client where account_id = account.id) as client_ids,
         clock_timestamp() as asked_at
    from account left join altegio_card card on card.account_id = account.id and card.role = 'current'
   where account.id = $1`;

/**
 * One read in the normal case. A card absent from the answer is never a balance: it is looked for again by each client
 * id of the person, and only then `missing`.
 * @throws the Altegio client's errors
 */
export async function readBalance(deps: AltegioDeps, accountId: string, options: ReadOptions): Promise<BalanceRead> {
  const { rows } = await deps.pool.query<Snapshot>(SNAPSHOT, [accountId]);
  const [row] = rows;
  if (!row) throw new Error(`there is no account ${accountId}`);
  const { dirty_seq: dirtySeq, card_id: cardId, version } = row;
  if (!row.second_book) return { kind: 'noSecondBook', dirtySeq };
  if (cardId === null) return { kind: 'noCard', dirtySeq };
  const call = { ...options, locationId: row.location_id };
  const where = { phone: row.phone, chainId: row.chain_id, locationId: row.location_id };
  const isIt = (card: AltegioCard) => card.id === cardId;
  let found = (await deps.altegio.cardsByPhone(where, call)).find(isIt);
  if (!found) {
    const clients = await deps.altegio.chainClients(where, call);
    const ids = new Set([...row.client_ids.map(BigInt), ...clients.map(({ id }) => id)]);
    for (const clientId of ids) found ??= (await deps.altegio.cardsByClient(clientId, call)).find(isIt);
  }
  if (!found) return { kind: 'missing', cardId, dirtySeq };
  return { kind: 'balance', cardId, balance: found.balance, version, dirtySeq, askedAt: row.asked_at };
}
