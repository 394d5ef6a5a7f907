/** The daily roots, computed again from the transfers and compared with what was sealed. */
import type pg from 'pg';
import { GENESIS, RootHasher } from './canonical.ts';
import type { Findings } from './findings.ts';
import { RowStream } from './stream.ts';

interface RootSql {
  chain_id: string;
  day: string;
  accounts: string;
  transfers: string;
  prev_root: string;
  root: string;
}

interface LeafSql {
  account_id: string;
  last_id: string;
  transfers: string;
  hash: string;
}

/** The newest root of a chain: what a person keeps outside. */
export interface NewestRoot {
  readonly chainId: string;
  readonly day: string;
  readonly root: string;
}

const ROOTS = `
  select chain_id::text as chain_id, to_char(day, 'YYYY-MM-DD') as day, accounts::text as accounts,
         transfers::text as transfers, encode(prev_root, 'hex') as prev_root, encode(root, 'hex') as root
    from ledger_root order by ledger_root.chain_id, ledger_root.day`;

/** The leaves of one day; both values come from the roots, read as text of a fixed form. */
const leaves = (chainId: string, day: string) => `
  select moved.account_id, moved.last_id::text as last_id, moved.transfers::text as transfers, encode(t.hash, 'hex') as hash
    from (select account_id, max(id) as last_id, count(*) as transfers from transfer
           where chain_id = ${BigInt(chainId)} and learned_at >= '${day}T00:00:00Z'::timestamptz
             and learned_at < '${day}T00:00:00Z'::timestamptz + interval '24 hours'
           group by account_id) moved
    join transfer t on t.id = moved.last_id
   order by moved.account_id collate "C"`;

const BEFORE_FIRST = `
  select count(*)::int as transfers, min(id)::text as first_id from transfer
   where chain_id = $1::bigint and learned_at < $2::date::timestamp at time zone 'UTC'`;

const DAY_MS = 86_400_000;
const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** Checks every sealed day; answers the newest root of each chain. */
export async function verifyRoots(client: pg.ClientBase, findings: Findings): Promise<NewestRoot[]> {
  const roots = new RowStream<RootSql>(client, 'verify_roots', ROOTS);
  const newest = new Map<string, NewestRoot>();
  let before: RootSql | null = null;
  let number = 0;
  for (let row = await roots.take(); row; row = await roots.take()) {
    const earlier: RootSql | null = before?.chain_id === row.chain_id ? before : null;
    findings.counted('roots');
    const follows = await checkPlace(client, row, earlier, findings);
    const next = await roots.peek();
    const found = await computeRoot(client, row, `verify_leaves_${(number += 1)}`);
    if (found.root !== row.root) findings.add('roots', describe(row, found, next?.prev_root ?? null, follows));
    newest.set(row.chain_id, { chainId: row.chain_id, day: row.day, root: row.root });
    before = row;
  }
  return [...newest.values()];
}

/** Whether the day follows the one before; says so when it does not. */
async function checkPlace(
  client: pg.ClientBase,
  row: RootSql,
  earlier: RootSql | null,
  findings: Findings,
): Promise<boolean> {
  const name = `the root of ${row.day} of chain ${row.chain_id}`;
  if (!earlier) {
    const { rows } = await client.query<{ transfers: number; first_id: string | null }>(BEFORE_FIRST, [
      row.chain_id,
      row.day,
    ]);
    const [missed] = rows;
    if (missed && missed.transfers > 0)
      findings.add(
        'roots',
        `${name} is the first one, and ${missed.transfers} transfer(s) from ${missed.first_id} on are older`,
        { transferId: missed.first_id },
      );
  } else if (dayAfter(earlier.day) !== row.day)
    findings.add(
      'roots',
      `the root after ${earlier.day} of chain ${row.chain_id} is missing: the next one is ${row.day}`,
    );
  const expected = earlier?.root ?? GENESIS;
  if (row.prev_root === expected) return true;
  if (earlier)
    findings.add('roots', `${name} was sealed on another root of ${earlier.day} than the one that stands there`);
  else findings.add('roots', `${name} was sealed on an earlier root, which is missing`);
  return false;
}

async function computeRoot(client: pg.ClientBase, row: RootSql, cursor: string) {
  let accounts = 0n;
  let transfers = 0n;
  const { chain_id: chainId, day, prev_root: prevRoot } = row;
  const hasher = new RootHasher({ chainId, day, accounts: row.accounts, transfers: row.transfers, prevRoot });
  const stream = new RowStream<LeafSql>(client, cursor, leaves(row.chain_id, row.day));
  for (let leaf = await stream.take(); leaf; leaf = await stream.take()) {
    accounts += 1n;
    transfers += BigInt(leaf.transfers);
    hasher.add({ accountId: leaf.account_id, lastId: leaf.last_id, transfers: leaf.transfers, hash: leaf.hash });
  }
  return { root: hasher.root(), accounts, transfers };
}

function describe(
  row: RootSql,
  found: { root: string; accounts: bigint; transfers: bigint },
  nextPrevRoot: string | null,
  follows: boolean,
): string {
  const name = `the root of ${row.day} of chain ${row.chain_id}`;
  if (follows && nextPrevRoot === found.root)
    return `${name} was changed: it was ${found.root} when the next day was sealed on it`;
  return (
    `${name} does not fit the transfers of that day: sealed over ${row.transfers} transfer(s) of ${row.accounts} ` +
    `account(s), there are ${found.transfers} of ${found.accounts} now`
  );
}
