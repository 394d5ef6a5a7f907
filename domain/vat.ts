/** VAT that prices contain, by rate, exact to the cent. */
import { type Minor, parseAmount } from './money.ts';

/** What was sold at one rate; amounts in minor units, `net + vat = gross`. */
export interface VatOfRate {
  /** Percent as the till names it, such as `12`. */
  readonly rate: string;
  readonly gross: Minor;
  readonly vat: Minor;
  readonly net: Minor;
}

/** Rates have at most two decimals, so a percent is an integer in hundredths. */
const HUNDRED_PERCENT = 10_000n;

/**
 * VAT by rate of amounts that contain it, lowest rate first. The sum is what all rates together make, rounded half up;
 * it is spread over the rates by largest remainder, ties to the lower rate, so that the parts always add up to it.
 */
export function vatByRate(lines: readonly { readonly rate: string; readonly gross: Minor }[]): VatOfRate[] {
  const grossOf = new Map<Minor, Minor>();
  for (const { rate, gross } of lines) {
    const hundredths = parseAmount(rate);
    grossOf.set(hundredths, (grossOf.get(hundredths) ?? 0n) + gross);
  }
  const rates = [...grossOf].sort(([a], [b]) => (a < b ? -1 : 1));
  const vat = vatShares(rates.map(([rate, gross]) => ({ rate, gross })));
  return rates.map(([rate, gross], index) => {
    const part = vat[index] ?? 0n;
    return { rate: rateText(rate), gross, vat: part, net: gross - part };
  });
}

/**
 * VAT of each amount that contains it, in their order. What all together contain is rounded half up, and spread over them
 * by largest remainder, ties to the lower one (R5): the parts always add up to it. Null has no VAT.
 */
export function vatByLine(lines: readonly { readonly rate: string | null; readonly gross: Minor }[]): Minor[] {
  return vatShares(lines.map(({ rate, gross }) => ({ rate: rate === null ? 0n : parseAmount(rate), gross })));
}

/** Rates in hundredths of a percent. */
function vatShares(parts: readonly { readonly rate: bigint; readonly gross: Minor }[]): Minor[] {
  // One denominator for all rates makes every remainder comparable and the sum exact.
  const rates = new Set(parts.map(({ rate }) => rate));
  const common = [...rates].reduce((product, rate) => product * (HUNDRED_PERCENT + rate), 1n);
  const exact = parts.map(({ rate, gross }) => (gross * rate * common) / (HUNDRED_PERCENT + rate));
  const sum = exact.reduce((total, part) => total + part, 0n);
  let left = (sum * 2n + common) / (common * 2n) - exact.reduce((total, part) => total + part / common, 0n);
  const vat = exact.map((part) => part / common);
  const byRemainder = exact
    .map((part, index) => ({ index, rest: part % common }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    vat[index] = (vat[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return vat;
}

/** `1200n` → `12`, `550n` → `5.5`. */
function rateText(hundredths: Minor): string {
  const fraction = String(hundredths % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${hundredths / 100n}${fraction === '' ? '' : `.${fraction}`}`;
}
