/**
 * The file for a card printer: CSV, a line of headings and one line a card. Each track holds the number as it is; the
 * sentinels around it are the encoder's.
 */
import { CsvError, parse as parseCsv } from 'csv-parse/sync';
import type { CardLine } from '../../domain/card-check.ts';
import { type Track, TRACKS, trackData } from '../../domain/card-tracks.ts';
import { Problem } from '../http/problem.ts';

const HEADINGS = ['number', 'track1', 'track2', 'track3', 'barcode'] as const;

/** Writes the file. Numbers are letters and digits, so no cell needs quotes. */
export function writePrintFile(numbers: readonly string[]): string {
  const rows = numbers.map((number) => {
    const data = trackData(number);
    return [number, ...TRACKS.map((track) => data.get(track) ?? ''), number];
  });
  return [HEADINGS, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Cards of one file at most. */
const LINES_MAX = 10_000;

function badFile(message: string): Problem {
  return new Problem('invalid_request', { detail: `The print file ${message}.`, errors: [{ path: 'file', message }] });
}

type Row = Readonly<Partial<Record<(typeof HEADINGS)[number], string>>>;

function toLine(row: Row): CardLine {
  const tracks = new Map<Track, string>();
  for (const track of TRACKS) {
    const content = row[`track${track}`];
    if (content) tracks.set(track, content);
  }
  return { number: row.number ?? '', tracks, barcode: row.barcode || null };
}

/** Reads a file whose first line names its columns. @throws Problem naming `file` */
export function readPrintFile(text: string): readonly CardLine[] {
  let rows: Row[];
  try {
    const columns = (names: string[]) => names.map((name) => name.trim().toLowerCase());
    rows = parseCsv<Row>(text, { bom: true, columns, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    if (error instanceof CsvError) throw badFile('is no CSV that can be read');
    throw error;
  }
  const [first] = rows;
  if (!first) throw badFile('has no cards');
  if (rows.length > LINES_MAX) throw badFile(`has more than ${LINES_MAX} cards`);
  if (first.number === undefined) throw badFile(`must begin with a line of headings: ${HEADINGS.join(',')}`);
  return rows.map(toLine);
}
