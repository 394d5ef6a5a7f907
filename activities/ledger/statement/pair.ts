/** Pairing both books of an account: one movement of Altegio's with all transfers it nets, and what has no partner. */
import type { ChainedTransfer } from '../proof/canonical.ts';
import type { DriftRow, Evidence, LineRow, WriteRow } from '../proof/evidence.ts';
import type { HoldMove } from '../proof/evidence-steps.ts';
import { lineOf, onActive, toBeWritten, writeOf, writeOfTransfer } from '../proof/links.ts';

/** Why an entry has no partner in the other book, or not all of it. */
export type Why =
  /** Confirmed, and the journal has not shown it. */
  | 'waiting_for_line'
  /** Altegio has to be told still. */
  | 'waiting_for_write'
  /** Together with others it moves nothing. */
  | 'nets_to_zero'
  /** Pending points and debt stay on our side. */
  | 'own_book_only'
  /** Others moved it, and the journal never named it. */
  | 'never_named'
  /** A write of ours came after it was given up; the next one makes up for it. */
  | 'late_twin'
  /** A line whose balance has not been read yet. */
  | 'waiting_for_balance'
  /** A line that nobody has claimed yet. */
  | 'waiting_for_match';

/** One line of the statement; amounts in minor units. */
export interface Entry {
  readonly kind: 'write' | 'external' | 'opening' | 'ledger' | 'line';
  readonly at: Date;
  readonly transfers: readonly ChainedTransfer[];
  /** Points reserved and freed with it. */
  readonly holds: readonly HoldMove[];
  /** What it does to the balance that is free, which Altegio should hold. */
  readonly ledger: bigint;
  readonly lines: readonly LineRow[];
  /** What it does to Altegio's balance as proven; null where Altegio has no part in it. */
  readonly altegio: bigint | null;
  readonly why: Why | null;
}

type Books = Pick<Evidence, 'account' | 'transfers' | 'holds' | 'writes' | 'lines' | 'drifts'>;

const learnedAt = (row: ChainedTransfer): Date => new Date(Number(BigInt(row.learned_at ?? '0') / 1_000n));
const lastAt = (rows: readonly ChainedTransfer[], otherwise: Date): Date => {
  const last = rows.at(-1);
  return last ? learnedAt(last) : otherwise;
};
const sumActive = (rows: readonly ChainedTransfer[]): bigint => rows.reduce((sum, row) => sum + onActive(row), 0n);
const sumFree = (rows: readonly ChainedTransfer[], holds: readonly HoldMove[]): bigint =>
  holds.reduce((sum, { amount }) => sum + amount, sumActive(rows));
const lastOf = (rows: readonly ChainedTransfer[], holds: readonly HoldMove[], otherwise: Date): Date => {
  const [moved, held] = [lastAt(rows, new Date(0)), holds.at(-1)?.at ?? new Date(0)];
  const last = moved > held ? moved : held;
  return last.getTime() > 0 ? last : otherwise;
};

function written(books: Books, write: WriteRow): Entry {
  const transfers = books.transfers.filter(
    (row) => toBeWritten(row) && writeOfTransfer(books.writes, row)?.id === write.id,
  );
  const holds = books.holds.filter((move) => writeOf(books.writes, move)?.id === write.id);
  const line = lineOf(books, write);
  // One in a visit is split by Altegio: a line for each item.
  const split = write.kind === 'visit' ? books.lines.filter(({ write_id: id }) => id === write.id) : [];
  return {
    kind: 'write',
    at: lastOf(transfers, holds, write.created_at),
    transfers,
    holds,
    ledger: sumFree(transfers, holds),
    lines: split.length > 0 ? split : line ? [line] : [],
    altegio: write.amount,
    why: line ? null : 'waiting_for_line',
  };
}

function drifted(books: Books, drift: DriftRow): Entry {
  const transfers = books.transfers.filter((row) => row.drift_id === String(drift.id));
  const lines = books.lines.filter(({ drift_id: id }) => id === drift.id);
  const unnamed = drift.explained_at ? null : drift.unknown_at ? 'never_named' : 'waiting_for_line';
  return {
    kind: 'external',
    at: lastAt(transfers, new Date(0)),
    transfers,
    holds: [],
    ledger: sumActive(transfers),
    lines,
    altegio: drift.amount,
    why: unnamed,
  };
}

function opened(books: Books): Entry[] {
  const transfers = books.transfers.filter(({ code }) => code === 'opening');
  if (transfers.length === 0) return [];
  const altegio = transfers.reduce((sum, row) => {
    const amount = BigInt(row.amount ?? '0');
    return sum + (row.debit_account?.startsWith('altegio:') ? amount : -amount);
  }, 0n);
  const at = lastAt(transfers, new Date(0));
  return [{ kind: 'opening', at, transfers, holds: [], ledger: sumActive(transfers), lines: [], altegio, why: null }];
}

/** What stands in our book alone, operation by operation. */
function ledgerOnly(books: Books): Entry[] {
  const { account, transfers, holds, writes } = books;
  const open = writes.some(({ state }) => state === 'in_flight' || state === 'in_doubt');
  const equal = account?.confirmed === account?.target && !open;
  const alone = new Map<string, { rows: ChainedTransfer[]; held: HoldMove[]; moves: boolean }>();
  const entryOf = (operation: string, moves: boolean) => {
    const key = `${operation} ${moves}`;
    const entry = alone.get(key) ?? { rows: [], held: [], moves };
    alone.set(key, entry);
    return entry;
  };
  for (const row of transfers) {
    if (row.code === 'external' || row.code === 'opening' || row.drift_id !== null) continue;
    if (toBeWritten(row) && writeOfTransfer(writes, row)) continue;
    entryOf(row.operation ?? '', toBeWritten(row)).rows.push(row);
  }
  for (const move of holds) if (!writeOf(writes, move)) entryOf(move.operation, true).held.push(move);
  return [...alone.values()].map(({ rows, held, moves }) => {
    const why = !moves || !account?.secondBook ? 'own_book_only' : equal ? 'nets_to_zero' : 'waiting_for_write';
    const at = lastOf(rows, held, new Date(0));
    const ledger = sumFree(rows, held);
    return { kind: 'ledger', at, transfers: rows, holds: held, ledger, lines: [], altegio: null, why };
  });
}

/** Lines that no transfer stands beside. */
function linesOnly({ lines }: Books): Entry[] {
  const alone = lines.filter(
    ({ claim, drift_id: driftId }) => claim === null || claim === 'twin' || (claim === 'external' && driftId === null),
  );
  return alone.map((line) => ({
    kind: 'line',
    at: line.first_seen_at,
    transfers: [],
    holds: [],
    ledger: 0n,
    lines: [line],
    altegio: line.claim === 'twin' ? line.amount : null,
    why: line.claim === 'twin' ? 'late_twin' : line.claim === null ? 'waiting_for_match' : 'waiting_for_balance',
  }));
}

const firstId = ({ transfers, holds }: Entry): bigint => BigInt(transfers[0]?.id ?? holds[0]?.id ?? 0n);

/** All entries of the account, oldest first. */
export function pair(books: Books): Entry[] {
  const entries = [
    ...opened(books),
    ...books.writes.filter(({ state }) => state === 'confirmed').map((write) => written(books, write)),
    ...books.drifts.map((drift) => drifted(books, drift)),
    ...ledgerOnly(books),
    ...linesOnly(books),
  ];
  return entries.sort((a, b) => a.at.getTime() - b.at.getTime() || Number(firstId(a) - firstId(b)));
}

/** How much of what others moved in Altegio its journal has not named, of these entries. */
export function unexplainedOf(entries: readonly Entry[]): bigint {
  return entries
    .filter(({ kind }) => kind === 'external')
    .reduce(
      (sum, { altegio, lines }) => sum + (altegio ?? 0n) - lines.reduce((named, line) => named + line.amount, 0n),
      0n,
    );
}
