/** How a trial tells its figures: lines of 100 characters at most. */
import { formatAmount, formatSigned } from '../../domain/money.ts';
import { type CustomerSums, differencesOf, totalDifferences, totalsOf } from './sums.ts';

/** The sum of counts. */
export const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
/** Counts above zero with their names, in one line. */
export const named = (counts: readonly (readonly [string, number])[]) =>
  counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const LABEL = 26;
const WIDTH = 100;

/** Text after a beginning, in lines that fit; what does not goes on below, indented. */
export function wrap(start: string, text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = start;
  for (const word of text === '' ? [] : text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line);
      line = indent;
    }
    line += line === '' || line.endsWith(' ') ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** One line of the table: what, how many, and a detail, which may take several lines. */
export function row(label: string, value: string | number, detail = ''): string[] {
  const start = `  ${label.padEnd(LABEL)} ${String(value).padStart(7)}   `;
  return wrap(detail === '' ? start.trimEnd() : start, detail, ' '.repeat(start.length));
}

/**
 * The three totals, and how they differ customer by customer.
 * @param own what the third sum is called, at most 15 characters
 */
export function differencesTable(sums: readonly CustomerSums[], own: string): string[] {
  const totals = totalsOf(sums);
  const differences = totalDifferences(sums);
  const right = (text: string) => text.padStart(14);
  return [
    `  ${sums.length} customers' points${right('sum')}${' '.repeat(6)}differences, customer by customer`,
    `  ledger         ${right(totals.ledger)}      ledger and cards     ${right(formatAmount(differences.ledgerAndCard))}`,
    `  Altegio's cards${right(totals.cards)}      ledger and own list  ${right(formatAmount(differences.ledgerAndOwn))}`,
    `  ${own.padEnd(15)}${right(totals.own)}      cards and own list   ${right(formatAmount(differences.cardAndOwn))}`,
  ];
}

/** What is off with one customer, as a sentence. */
export function spell(sums: CustomerSums): string {
  const differences = differencesOf(sums);
  const parts = [
    `ledger ${formatAmount(sums.ledger)}`,
    `should be in Altegio ${formatAmount(sums.target)}`,
    `card ${formatAmount(sums.card)}`,
    `own list ${formatAmount(sums.own)}`,
    `card off by ${formatSigned(differences.ledgerAndCard)}, list off by ${formatSigned(differences.ledgerAndOwn)}`,
  ];
  return `Customer ${sums.customer} differs: ${parts.join(', ')}.`;
}

/** Totals, differences and every customer for `--json`: amounts as decimal texts. */
export function sumsJson(sums: readonly CustomerSums[]): object {
  const texts = (values: object) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === 'bigint' ? formatAmount(value) : value]),
    );
  return {
    totals: totalsOf(sums),
    differences: texts(totalDifferences(sums)),
    customers: sums.map((one) => ({ ...texts(one), differences: texts(differencesOf(one)) })),
  };
}
