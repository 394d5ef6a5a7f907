/** The statement of one account over a period: both books side by side, with running balances. */
import type pg from 'pg';
import { formatAmount } from '../../../domain/money.ts';
import { readBooks } from '../proof/evidence.ts';
import { type Entry, pair, unexplainedOf, type Why } from './pair.ts';

/** From (included) to (excluded); null is open. */
export interface Period {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** Where an account's days begin, the currency of its program, and what its customer's card is called. */
export interface StatementPlace {
  readonly timeZone: string;
  readonly currency: string;
  readonly card: string | null;
}

/** The zone of the location through which the account's card goes, or of the first one of its chain. */
export async function statementPlace(pool: pg.Pool, accountId: string): Promise<StatementPlace> {
  const { rows } = await pool.query<{ time_zone: string | null; card: string | null; currency: string | null }>(
    `select coalesce(own.time_zone, (select time_zone from location where chain_id = a.chain_id order by id limit 1)) as time_zone,
            coalesce(c.number, a.card_number) as card,
            (select settings ->> 'currency' from program_version v
              where v.program_id = a.program_id order by v.version desc limit 1) as currency
       from account a
       left join altegio_card c on c.account_id = a.id and c.role = 'current'
       left join location own on own.id = c.location_id
      where a.id = $1`,
    [accountId],
  );
  return { timeZone: rows[0]?.time_zone ?? 'UTC', card: rows[0]?.card ?? null, currency: rows[0]?.currency ?? '' };
}

async function receiptsOf(pool: pg.Pool, operations: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ workflow_id: string; receipt: string }>(
    'select workflow_id, receipt from operation_receipt where workflow_id = any ($1::text[])',
    [operations],
  );
  return new Map(rows.map(({ workflow_id: id, receipt }) => [id, receipt]));
}

/** One line of it; decimal texts. */
export interface StatementEntry {
  readonly at: Date;
  readonly kind: Entry['kind'];
  readonly ledger: {
    readonly amount: string;
    readonly transfers: readonly {
      readonly id: string;
      readonly code: string;
      readonly amount: string;
      readonly part: 'active' | 'pending' | 'debt';
      readonly receipt: string | null;
      readonly operation: string;
      readonly reason: string | null;
    }[];
  } | null;
  readonly altegio: {
    readonly amount: string;
    readonly lines: readonly {
      readonly id: string;
      readonly type: number;
      readonly amount: string;
      readonly cause: string | null;
    }[];
  } | null;
  readonly balance: { readonly ledger: string; readonly altegio: string };
  readonly paired: boolean;
  readonly why: Why | null;
}

export interface Statement {
  readonly opening: { readonly ledger: string; readonly altegio: string };
  readonly closing: { readonly ledger: string; readonly altegio: string };
  readonly entries: readonly StatementEntry[];
  /** What others moved in the period and Altegio's journal has not named; "0.00" when all is. */
  readonly unexplained: string;
  readonly unexplainedItems: readonly { readonly at: Date; readonly amount: string; readonly sentence: string }[];
}

const isSale = ({ code }: Entry['transfers'][number]) => code !== 'opening' && code !== 'external';

function transferOf(row: Entry['transfers'][number], receipts: ReadonlyMap<string, string>) {
  const minor = BigInt(row.amount ?? '0');
  const part = (['customer', 'pending', 'debt'] as const).find((name) =>
    [row.debit_account, row.credit_account].includes(`${name}:${row.account_id}`),
  );
  const gains = row.credit_account === `${part}:${row.account_id}`;
  return {
    id: row.id ?? '',
    code: row.code ?? '',
    amount: formatAmount(gains ? minor : -minor),
    part: part === 'pending' || part === 'debt' ? part : 'active',
    // What others had moved is met at a sale, and no part of it.
    receipt: isSale(row) ? (receipts.get(row.operation ?? '') ?? null) : null,
    operation: row.operation ?? '',
    reason: row.reason,
  } as const;
}

/** Points reserved or freed, beside the transfers of their entry. */
function holdOf({ id, operation, amount }: Entry['holds'][number], receipts: ReadonlyMap<string, string>) {
  return {
    id: String(id),
    code: amount < 0n ? 'hold' : 'release',
    amount: formatAmount(amount),
    part: 'active',
    receipt: receipts.get(operation) ?? null,
    operation,
    reason: null,
  } as const;
}

/** The movements of an entry in the order in which they were made. */
function movementsOf({ transfers, holds }: Entry, receipts: ReadonlyMap<string, string>) {
  const all = [...transfers.map((row) => transferOf(row, receipts)), ...holds.map((move) => holdOf(move, receipts))];
  return all.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
}

/** Makes the statement from the transfers, writes and lines alone. */
export async function makeStatement(pool: pg.Pool, accountId: string, { from, to }: Period): Promise<Statement> {
  const books = await readBooks(pool, accountId);
  const entries = pair(books);
  const operations = [...books.transfers, ...books.holds].map(({ operation }) => operation ?? '');
  const receipts = await receiptsOf(pool, [...new Set(operations)]);
  let ledger = 0n;
  let altegio = 0n;
  const balance = () => ({ ledger: formatAmount(ledger), altegio: formatAmount(altegio) });
  let opening = balance();
  const within: Entry[] = [];
  const shown: StatementEntry[] = [];
  for (const entry of entries) {
    if (to && entry.at >= to) break;
    ledger += entry.ledger;
    altegio += entry.altegio ?? 0n;
    if (from && entry.at < from) {
      opening = balance();
      continue;
    }
    within.push(entry);
    const { lines, kind, at, why } = entry;
    const transfers = movementsOf(entry, receipts);
    const moved = entry.altegio ?? lines.reduce((sum, line) => sum + line.amount, 0n);
    shown.push({
      at,
      kind,
      ledger: transfers.length === 0 ? null : { amount: formatAmount(entry.ledger), transfers },
      altegio:
        entry.altegio === null && lines.length === 0
          ? null
          : {
              amount: formatAmount(moved),
              lines: lines.map((line) => ({
                id: String(line.line_id),
                type: line.type_id,
                amount: formatAmount(line.amount),
                cause: line.cause,
              })),
            },
      balance: balance(),
      paired: why === null,
      why,
    });
  }
  // What is proven to stand in Altegio beyond all entries is as unexplained as a movement that no line names.
  const confirmed = books.account?.confirmed ?? null;
  const beyond = to === null && confirmed !== null ? confirmed - altegio : 0n;
  const unnamed = unexplainedOf(within);
  return {
    opening,
    closing: balance(),
    entries: shown,
    unexplained: formatAmount(unnamed + beyond),
    unexplainedItems: [...(unnamed === 0n ? [] : unnamedItems(within)), ...beyondItems(beyond)],
  };
}

const unnamedItems = (entries: readonly Entry[]) =>
  entries
    .map((entry) => ({ at: entry.at, rest: unexplainedOf([entry]) }))
    .filter(({ rest }) => rest !== 0n)
    .map(({ at, rest }) => ({
      at,
      amount: formatAmount(rest),
      sentence: "Others moved the card, and Altegio's journal has not named it.",
    }));

const beyondItems = (beyond: bigint) =>
  beyond === 0n
    ? []
    : [
        {
          at: new Date(),
          amount: formatAmount(beyond),
          sentence: "Altegio's proven balance differs by this from all openings, writes and movements of others.",
        },
      ];
