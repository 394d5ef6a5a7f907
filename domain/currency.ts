/** How amounts look in a currency, where people read them. Doors speak in two decimals whatever the currency. */

/** The decimals that amounts have. */
const DECIMALS = 2;

/** How many decimals a currency shows, at most the two that amounts have: 0 for JPY and VND. `code` is of ISO 4217. */
export function shownDecimals(code: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
  return Math.min(DECIMALS, format.resolvedOptions().maximumFractionDigits ?? DECIMALS);
}

/**
 * A decimal text as people read it in a currency: `1500.00` is `1500` in VND. Minor units that are there are shown in
 * every currency, never rounded away.
 */
export function shownAmount(text: string, code: string): string {
  return text.endsWith('.00') && shownDecimals(code) === 0 ? text.slice(0, -'.00'.length) : text;
}
