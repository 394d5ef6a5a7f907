/** The statement on A4. */
import type { Statement } from '../../activities/ledger/statement/statement.ts';
import { type Column, COLUMNS, headings, type Row, type StatementHead, statementRows } from './statement-rows.ts';
import { localTime } from '../http/local-time.ts';
import { renderPdf } from '../http/pdf.ts';
import { TITLES } from './statement-words.ts';

/** Points; A4 lying on its side is 842 × 595. */
const MARGIN = 36;
const WIDTHS: Readonly<Record<Exclude<Column, 'why'>, number>> = {
  at: 94,
  what: 112,
  document: 96,
  points: 62,
  ledger: 68,
  line: 82,
  altegio: 62,
  altegioBalance: 68,
  note: 126,
};
/** The sentence stands under its row, over the whole width. */
const CELLS = COLUMNS.filter((column) => column !== 'why');
const SENTENCE_WIDTH = Object.values(WIDTHS).reduce((sum, width) => sum + width, 0) - 6;
const RIGHT = new Set<Column>(['points', 'ledger', 'altegio', 'altegioBalance']);
const BOTTOM = 595 - MARGIN - 18;
const INK = '#1c2430';
const SOFT = '#5b6675';

class Sheet {
  private y = 0;
  private page = 0;
  private readonly doc: PDFKit.PDFDocument;
  private readonly head: StatementHead;

  constructor(doc: PDFKit.PDFDocument, head: StatementHead) {
    this.doc = doc;
    this.head = head;
    this.newPage();
  }

  title(): void {
    const { card, timeZone, currency, from, to, language } = this.head;
    const begin = from ? localTime(from, timeZone) : TITLES.beginning[language];
    const end = to ? localTime(to, timeZone) : TITLES.now[language];
    this.doc.fillColor(INK).fontSize(16).text(TITLES.title[language], MARGIN, this.y);
    this.y = this.doc.y + 2;
    const about = [
      ...(card === null ? [] : [`${TITLES.card[language]} ${card}`]),
      `${TITLES.period[language]}: ${begin} – ${end}`,
      `${TITLES.zone[language]} ${timeZone}`,
      `${TITLES.currency[language]} ${currency}`,
    ];
    this.doc.fillColor(SOFT).fontSize(9).text(about.join('   ·   '), MARGIN, this.y);
    this.y = this.doc.y + 8;
    this.headings();
  }

  headings(): void {
    this.cells({ ...headings(this.head.language), why: '' }, SOFT);
  }

  row(row: Row): void {
    if (this.y + this.heightOf(row) + this.heightOfSentence(row) > BOTTOM) {
      this.newPage();
      this.headings();
    }
    this.cells(row, INK);
    if (row.why !== '') this.sentence(row);
  }

  private heightOfSentence({ why }: Row): number {
    return why === '' ? 0 : this.doc.fontSize(7).heightOfString(why, { width: SENTENCE_WIDTH }) + 4;
  }

  private sentence(row: Row): void {
    this.doc
      .fillColor(SOFT)
      .fontSize(7)
      .text(row.why, MARGIN, this.y + 1, { width: SENTENCE_WIDTH });
    this.y += this.heightOfSentence(row);
  }

  private newPage(): void {
    this.page += 1;
    this.doc.addPage({ size: 'A4', layout: 'landscape', margin: MARGIN });
    const label = `${TITLES.page[this.head.language]} ${this.page}`;
    this.doc
      .fillColor(SOFT)
      .fontSize(8)
      .text(label, MARGIN, 595 - MARGIN - 12, { lineBreak: false });
    this.y = MARGIN;
  }

  private heightOf(row: Row): number {
    this.doc.fontSize(8);
    return Math.max(...CELLS.map((column) => this.doc.heightOfString(row[column], { width: WIDTHS[column] - 6 }))) + 5;
  }

  private cells(row: Row, color: string): void {
    const height = this.heightOf(row);
    let x = MARGIN;
    this.doc.fillColor(color);
    for (const column of CELLS) {
      const align = RIGHT.has(column) ? 'right' : 'left';
      this.doc.text(row[column], x, this.y + 2, { width: WIDTHS[column] - 6, align });
      x += WIDTHS[column];
    }
    this.y += height;
    this.doc
      .moveTo(MARGIN, this.y)
      .lineTo(x - 6, this.y)
      .lineWidth(0.3)
      .strokeColor('#c9d1dc')
      .stroke();
  }
}

/** The PDF's bytes. */
export async function statementPdf(statement: Statement, head: StatementHead): Promise<Buffer> {
  return await renderPdf(TITLES.title[head.language], head.language, (doc) => {
    const sheet = new Sheet(doc, head);
    sheet.title();
    for (const row of statementRows(statement, head)) sheet.row(row);
  });
}
