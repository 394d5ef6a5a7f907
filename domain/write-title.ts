/** The title of a write to Altegio, which staff read beside a receipt: receipts and amounts only (M-12). */
import { formatSigned, type Minor } from './money.ts';

/** What one operation adds to a write. */
export interface TitlePart {
  /** The receipt, or a plain word when there is none. */
  readonly label: string;
  /** Signed amounts in minor units, in the order they were posted; zero ones are left out. */
  readonly amounts: readonly Minor[];
}

const MAX_LENGTH = 120;

/** `R-1 −30.00 +3.50`; several operations are joined by `; ` and cut at 120 characters with a count of the rest. */
export function writeTitle(parts: readonly TitlePart[]): string {
  const texts = parts.map(({ label, amounts }) =>
    [label, ...amounts.filter((amount) => amount !== 0n).map(formatSigned)].join(' '),
  );
  let title = texts[0] ?? 'balance';
  for (let index = 1; index < texts.length; index += 1) {
    const longer = `${title}; ${texts[index]}`;
    if (longer.length > MAX_LENGTH) return `${title}; +${texts.length - index} more`;
    title = longer;
  }
  return title;
}
