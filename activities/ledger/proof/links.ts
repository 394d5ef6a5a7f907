/** Which write of Altegio nets which transfers, and whether write and journal line belong to each other. */
import { formatAmount, formatSigned } from '../../../domain/money.ts';
import type { ChainedTransfer } from './canonical.ts';
import type { Evidence, LineRow, WriteRow } from './evidence.ts';
import type { HoldMove } from './evidence-steps.ts';
import { LINE_MINUTES } from './evidence.ts';
import type { Say } from './say.ts';

const idOf = (row: ChainedTransfer) => BigInt(row.id ?? '0');

/** What the transfer does to the active balance, minor units. */
export function onActive(row: ChainedTransfer): bigint {
  const amount = BigInt(row.amount ?? '0');
  if (row.credit_account === `customer:${row.account_id}`) return amount;
  return row.debit_account === `customer:${row.account_id}` ? -amount : 0n;
}

/** Movements that Altegio made itself, so that nothing has to be written there. */
const isFromAltegio = (row: ChainedTransfer) => row.code === 'external' || row.code === 'opening';

/** Transfers that Altegio has to be told of. */
export const toBeWritten = (row: ChainedTransfer): boolean => onActive(row) !== 0n && !isFromAltegio(row);

/** A movement that Altegio has to be told of: a transfer, or points reserved or freed. Amounts in minor units. */
export type Move = Pick<HoldMove, 'id' | 'operation' | 'amount'>;

/** All of them, in the order in which they were made. */
export function movesOf({ transfers, holds }: Pick<Evidence, 'transfers' | 'holds'>): Move[] {
  const written = transfers
    .filter(toBeWritten)
    .map((row) => ({ id: idOf(row), operation: row.operation ?? '', amount: onActive(row) }));
  return [...written, ...holds].sort(byId);
}

const byId = (a: { readonly id: bigint }, b: { readonly id: bigint }): number => (a.id < b.id ? -1 : 1);

/** The write that nets a movement: the first confirmed one that reaches so far. */
export function writeOf(writes: readonly WriteRow[], { id }: Pick<Move, 'id'>): WriteRow | null {
  return writes.find(({ state, transfers_up_to: upTo }) => state === 'confirmed' && upTo >= id) ?? null;
}

/** The same for a transfer. */
export const writeOfTransfer = (writes: readonly WriteRow[], row: ChainedTransfer): WriteRow | null =>
  writeOf(writes, { id: idOf(row) });

/** The write's journal line, where it has one. */
export const lineOf = ({ lines }: Pick<Evidence, 'lines'>, write: WriteRow): LineRow | null =>
  lines.find(({ line_id: id }) => id === write.line_id) ?? null;

/** Checks a confirmed write that nets transfers of the operation. */
export function checkWrite(evidence: Evidence, operationId: string, write: WriteRow, say: Say): void {
  const name = `write ${write.id} (${formatSigned(write.amount)})`;
  if (!write.operations.includes(operationId))
    say.wrong('write', `${name} nets transfers of ${operationId} and does not name it`);
  checkAmount(evidence, write, name, say);
  const line = lineOf(evidence, write);
  if (write.line_id === null) {
    if (write.line_overdue)
      say.wrong(
        'line',
        `${name} is confirmed since more than ${LINE_MINUTES} minutes, and Altegio's journal has no line of it`,
      );
    else say.waiting('line', `${name} is confirmed, and Altegio's journal has not shown its line yet`);
    return;
  }
  if (!line) {
    say.wrong('line', `${name} claims journal line ${write.line_id}, which is not stored for this customer's card`);
    return;
  }
  checkLine(evidence, write, line, name, say);
}

/**
 * A write brings Altegio to what the ledger had free then: after its last movement, and what Altegio did right behind it.
 */
function checkAmount({ transfers, holds }: Evidence, write: WriteRow, name: string, say: Say): void {
  if (write.transfers_up_to === 0n) return;
  const ours = holds.map(({ id, amount }) => ({ id, amount, toBeWritten: true }));
  const rows = transfers.map((row) => ({ id: idOf(row), amount: onActive(row), toBeWritten: toBeWritten(row) }));
  const moves = [...rows, ...ours].sort(byId);
  let free = 0n;
  let said = false;
  for (const move of moves) {
    if (move.id > write.transfers_up_to && move.toBeWritten) break;
    free += move.amount;
    if (move.id >= write.transfers_up_to && free === write.baseline + write.amount) said = true;
  }
  if (said) return;
  const upTo = moves.filter(({ id }) => id <= write.transfers_up_to);
  const ledger = upTo.reduce((sum, { amount }) => sum + amount, 0n);
  const reached = formatAmount(write.baseline + write.amount);
  say.wrong(
    'write',
    `${name} brings Altegio to ${reached}, and the ledger was at ${formatAmount(ledger)}: it is not the net of its transfers`,
  );
}

function checkLine(evidence: Evidence, write: WriteRow, line: LineRow, name: string, say: Say): void {
  const lineName = `journal line ${line.line_id} (${formatSigned(line.amount)})`;
  const others = evidence.writes.filter(({ id, line_id: lineId }) => lineId === line.line_id && id !== write.id);
  for (const other of others) say.wrong('line', `${lineName} is claimed by two writes, ${write.id} and ${other.id}`);
  if (line.write_id !== write.id)
    say.wrong(
      'line',
      `${name} claims ${lineName}, which belongs to ${line.write_id === null ? 'no write of ours' : `write ${line.write_id}`}`,
    );
  if (line.card_id !== write.card_id)
    say.wrong('line', `${lineName} is of card ${line.card_id}, ${name} of card ${write.card_id}`);
  const own = evidence.lines.filter(({ write_id: id }) => id === write.id);
  if (write.kind === 'visit') {
    const sum = own.reduce((total, { amount }) => total + amount, 0n);
    if (sum !== write.amount)
      say.wrong('line', `${name} and its ${own.length} lines in the visit are not of the same amount`);
    return;
  }
  if (line.amount !== write.amount) say.wrong('line', `${lineName} and ${name} are not of the same amount`);
  const more = own.filter(({ line_id: lineId }) => lineId !== line.line_id);
  for (const other of more)
    say.wrong('line', `${name} was applied twice: journal lines ${line.line_id} and ${other.line_id} are both its own`);
  if (line.ambiguous)
    say.note('line', `${lineName} could have been somebody else's: a break of the account shows both readings`);
}
