/** The receipt on paper of 80 mm: as a page that prints so, and as a PDF of exactly its height. */
import type { Language } from '../../http/languages.ts';
import { escapeHtml as e, page } from '../../http/page.ts';
import { renderPdf } from '../../http/pdf.ts';
import type { ReceiptRow } from './rows.ts';

const STYLE = `
@page { size: 80mm auto; margin: 4mm; }
body { background: #eef0f3; padding: 24px 0; }
main { width: 80mm; margin: 0 auto; padding: 6mm 5mm; background: #fff; box-shadow: 0 1px 4px rgb(0 0 0 / 18%); font-size: 13px; line-height: 1.45; }
h1 { font-size: 16px; text-align: center; margin: 0; } h2 { font-size: 13px; text-align: center; margin: 2px 0; }
main > p { margin: 0; text-align: center; color: var(--soft); }
hr { border: 0; border-top: 1px dashed #8a94a3; margin: 7px 0; }
dl { display: grid; grid-template-columns: 1fr auto; gap: 0 10px; margin: 0; }
dt, dd { margin: 0; overflow-wrap: anywhere; } dd { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.strong { font-weight: 700; font-size: 15px; padding: 2px 0; } .soft { padding-left: 10px; } dd.soft { padding-left: 0; }
@media print { body { background: #fff; padding: 0; } main { width: auto; padding: 0; box-shadow: none; } }`;

function rowHtml({ kind, left, right }: ReceiptRow, index: number): string {
  if (kind === 'rule') return '<hr>';
  if (kind === 'heading') return index === 0 ? `<h1>${e(left)}</h1>` : `<h2>${e(left)}</h2>`;
  if (kind === 'centre') return `<p>${e(left)}</p>`;
  const mark = kind === 'pair' ? '' : ` class="${kind}"`;
  return `<dl><dt${mark}>${e(left)}</dt><dd${mark}>${e(right)}</dd></dl>`;
}

/** The page. */
export function receiptHtml(title: string, rows: readonly ReceiptRow[], language: Language): string {
  return page({ title, body: rows.map(rowHtml).join('\n'), style: STYLE, language, id: 'receipt' });
}

/** Points: 80 mm wide, with 5 mm on each side. */
const WIDTH = 226.77;
const MARGIN = 14.17;
const INNER = WIDTH - 2 * MARGIN;
const GAP = 8;
const SIZES = { heading: 11, centre: 8.5, pair: 9, strong: 11, soft: 8, rule: 9 } as const;
const RULE_HEIGHT = 9;
const INK = '#1c2430';
const SOFT = '#5b6675';

class Strip {
  private y = MARGIN;
  private readonly doc: PDFKit.PDFDocument;

  constructor(doc: PDFKit.PDFDocument, rows: readonly ReceiptRow[]) {
    this.doc = doc;
    // The sizes of texts are known before there is a page to put them on.
    const height = rows.reduce((sum, row) => sum + this.heightOf(row), 2 * MARGIN);
    doc.addPage({ size: [WIDTH, height], margin: 0 });
    for (const row of rows) this.row(row);
  }

  /** The right side takes what it needs, the left what remains. */
  private widths({ right }: ReceiptRow): { readonly left: number; readonly right: number } {
    if (right === '') return { left: INNER, right: 0 };
    const needed = Math.min(this.doc.widthOfString(right) + 1, INNER / 2);
    return { left: INNER - needed - GAP, right: needed };
  }

  private heightOf(row: ReceiptRow): number {
    if (row.kind === 'rule') return RULE_HEIGHT;
    this.doc.fontSize(SIZES[row.kind]);
    const { left, right } = this.widths(row);
    const heights = [this.doc.heightOfString(row.left, { width: left })];
    if (right > 0) heights.push(this.doc.heightOfString(row.right, { width: right }));
    return Math.max(...heights) + 1;
  }

  private row(row: ReceiptRow): void {
    const height = this.heightOf(row);
    if (row.kind === 'rule') this.rule();
    else {
      const { left, right } = this.widths(row);
      const soft = row.kind === 'soft' || row.kind === 'centre';
      const align = row.kind === 'heading' || row.kind === 'centre' ? 'center' : 'left';
      this.doc.fillColor(soft ? SOFT : INK).text(row.left, MARGIN, this.y, { width: left, align });
      if (right > 0) this.doc.text(row.right, WIDTH - MARGIN - right, this.y, { width: right, align: 'right' });
    }
    this.y += height;
  }

  private rule(): void {
    const at = this.y + RULE_HEIGHT / 2;
    this.doc
      .moveTo(MARGIN, at)
      .lineTo(WIDTH - MARGIN, at)
      .lineWidth(0.5)
      .dash(2, { space: 2 })
      .strokeColor(SOFT)
      .stroke()
      .undash();
  }
}

/** The PDF's bytes. */
export async function receiptPdf(title: string, rows: readonly ReceiptRow[], language: Language): Promise<Buffer> {
  return await renderPdf(title, language, (doc) => void new Strip(doc, rows));
}
