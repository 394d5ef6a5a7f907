/** The statement as rows of texts, which CSV and PDF lay out: one row a transfer, Altegio's side on the first of an entry. */
import type { Statement, StatementEntry } from '../../activities/ledger/statement/statement.ts';
import { shownAmount } from '../../domain/currency.ts';
import type { Language } from '../http/languages.ts';
import { localTime } from '../http/local-time.ts';
import { codeWord, TITLES, whyWord } from './statement-words.ts';

/** What the layouts need besides the statement. */
export interface StatementHead {
  readonly card: string | null;
  readonly timeZone: string;
  /** The program's, of ISO 4217. */
  readonly currency: string;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly language: Language;
  /** Why each transfer is that many points. */
  readonly whys: ReadonlyMap<object, string>;
}

/** The columns, in order. */
export const COLUMNS = [
  'at',
  'what',
  'document',
  'points',
  'ledger',
  'line',
  'altegio',
  'altegioBalance',
  'note',
  'why',
] as const;
export type Column = (typeof COLUMNS)[number];
export type Row = Readonly<Record<Column, string>>;

/** The columns' titles. */
export function headings(language: Language): Row {
  return Object.fromEntries(COLUMNS.map((column) => [column, TITLES[column][language]])) as unknown as Row;
}

function rowsOfEntry(entry: StatementEntry, { timeZone, language, whys }: StatementHead): Row[] {
  const { ledger, altegio, balance, why } = entry;
  const transfers = ledger?.transfers ?? [];
  const both = {
    at: localTime(entry.at, timeZone),
    line: altegio?.lines.map(({ id }) => id).join(' ') ?? '',
    altegio: altegio?.amount ?? '',
    altegioBalance: balance.altegio,
    note: whyWord(why, language),
  };
  if (transfers.length === 0)
    return [{ ...both, what: codeWord('line', language), document: '', points: '', ledger: balance.ledger, why: '' }];
  return transfers.map((transfer, index) => ({
    ...(index === 0 ? both : { at: both.at, line: '', altegio: '', altegioBalance: '', note: '' }),
    what: codeWord(transfer.code, language),
    document: transfer.receipt ?? '',
    points: transfer.amount,
    // The entry's balance stands once, beside the last of its transfers.
    ledger: index === transfers.length - 1 ? balance.ledger : '',
    why: whys.get(transfer) ?? '',
  }));
}

const balanceRow = (what: string, balance: Statement['opening']): Row => ({
  at: '',
  what,
  document: '',
  points: '',
  ledger: balance.ledger,
  line: '',
  altegio: '',
  altegioBalance: balance.altegio,
  note: '',
  why: '',
});

/** All rows, opening and closing balances included. */
export function statementRows(statement: Statement, head: StatementHead): Row[] {
  const { language, currency } = head;
  const rows = [
    balanceRow(TITLES.opening[language], statement.opening),
    ...statement.entries.flatMap((entry) => rowsOfEntry(entry, head)),
    balanceRow(TITLES.closing[language], statement.closing),
    { ...balanceRow(TITLES.unexplained[language], { ledger: '', altegio: '' }), altegio: statement.unexplained },
  ];
  return rows.map((row) => ({
    ...row,
    points: shownAmount(row.points, currency),
    ledger: shownAmount(row.ledger, currency),
    altegio: shownAmount(row.altegio, currency),
    altegioBalance: shownAmount(row.altegioBalance, currency),
  }));
}

const AMOUNT = /^-?\d+(\.\d\d)?$/;

/** A cell that a spreadsheet takes for text or an amount, never for a formula. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !AMOUNT.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The CSV document: UTF-8 with its mark, so that spreadsheets read Cyrillic. */
export function statementCsv(statement: Statement, head: StatementHead): string {
  const rows = [headings(head.language), ...statementRows(statement, head)];
  const lines = rows.map((row) => COLUMNS.map((column) => csvCell(row[column])).join(','));
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}
