/** PDF documents. The font is ours: PDF's own ones know neither Cyrillic nor Kazakh letters. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import type { Language } from './languages.ts';

const FONT = 'NotoSans_400Regular.ttf';

/** From the package while developing, from the build's copy in production. */
function fontFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const copies = [join(here, '../../fonts', FONT), join(here, '../../dist/fonts', FONT)];
  const copy = copies.find((path) => existsSync(path));
  if (copy) return copy;
  const home = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'));
  return join(home, '400Regular', FONT);
}

/** The bytes of a document that `draw` fills; it begins without a page. */
export async function renderPdf(
  title: string,
  language: Language,
  draw: (doc: PDFKit.PDFDocument) => void,
): Promise<Buffer> {
  const doc = new PDFDocument({ autoFirstPage: false, font: fontFile(), info: { Title: title }, lang: language });
  const chunks: Buffer[] = [];
  const done = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.on('end', () => resolve(Buffer.concat(chunks)));
    doc.on('error', reject);
  });
  draw(doc);
  doc.end();
  return await done;
}
