/** The printed receipt: the bill, how it was paid with bonus first, and what became of the points. */
import { make } from './elements.js';
import { formatAmount, parseAmount } from './money.js';

const NAMES = /** @type {Record<string, string>} */ ({
  bonus: 'Bonus points',
  deposit: 'Deposit',
  cash: 'Cash',
  card: 'Card',
  money: 'Money',
});

/**
 * @param {string} name
 * @param {string} amount
 * @param {string} [kind]
 */
const row = (name, amount, kind = '') =>
  make('dl', '', make('dt', kind, name), make('dd', kind ? `${kind} amount` : 'amount', amount));

/** @param {string} text */
const minor = (text) => parseAmount(text) ?? 0n;

/**
 * Prints a captured payment.
 * @param {HTMLElement} paper
 * @param {{ receipt: string, total: string, redeemed: string, accrued: string, tenders: { type: string, amount: string }[],
 *   account: { balance: { available: string } }, deposit?: { available: string } }} payment
 * @param {{ shop: string, currency: string, at: Date, lines: { title: string, amount: bigint }[], discount: bigint }} bill
 */
export function printReceipt(paper, payment, { shop, currency, at, lines, discount }) {
  const now = minor(payment.account.balance.available);
  const taken = minor(payment.redeemed);
  const earned = minor(payment.accrued);
  paper.replaceChildren(
    make('h3', '', shop),
    make('p', '', `Receipt ${payment.receipt}`),
    make('p', '', at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })),
    make('hr', ''),
    ...lines.map(({ title, amount }) => row(title, formatAmount(amount))),
    ...(discount > 0n ? [row('Discount', `−${formatAmount(discount)}`)] : []),
    row(`Total ${currency}`, payment.total, 'strong'),
    make('hr', ''),
    ...payment.tenders.map(({ type, amount }) => row(NAMES[type] ?? type, amount)),
    ...(payment.deposit ? [row('Deposit left (not in Altegio)', payment.deposit.available, 'soft')] : []),
    make('hr', ''),
    row('Bonus before', formatAmount(now + taken - earned)),
    row('taken', taken > 0n ? `−${payment.redeemed}` : payment.redeemed),
    row('earned', `+${payment.accrued}`),
    row('Bonus now', payment.account.balance.available, 'strong'),
  );
}
