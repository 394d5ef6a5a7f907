/** A sale as a till keeps it until it is paid: lines, discount, points, money. Amounts in minor units. */
import { formatAmount } from './money.js';

/**
 * One line of the bill; `price` before the till's discount.
 * @typedef {{ id: string, title: string, price: bigint }} Line
 * @typedef {'cash' | 'card'} Money
 */

/** What this salon sells. */
export const GOODS = /** @type {const} */ ([
  { title: 'Haircut', price: 10_000n },
  { title: 'Colour', price: 6_000n },
  { title: 'Hair mask', price: 2_450n },
]);

/** A tenth off, to the cent downwards. */
const DISCOUNT_PART = 10n;

/** See the file's header. */
export class Sale {
  /** @type {Line[]} */
  lines = [];
  discounted = false;
  /** Points to take; null takes none. @type {bigint | null} */
  points = null;
  /** What the deposit pays; null takes none of it. @type {bigint | null} */
  deposit = null;
  /** @type {Money | null} */
  money = null;
  #made = 0;

  /** @param {{ title: string, price: bigint }} item */
  add({ title, price }) {
    this.#made += 1;
    this.lines.push({ id: String(this.#made), title, price });
  }

  /**
   * One line of this amount instead of all others: what a person typed as the total.
   * @param {bigint} price
   */
  become(price) {
    this.lines = [];
    this.discounted = false;
    this.add({ title: 'Sale', price });
  }

  /** What the deposit pays is chosen after the points. @param {bigint | null} points */
  take(points) {
    this.points = points;
    this.deposit = null;
  }

  /** @param {string} id */
  remove(id) {
    this.lines = this.lines.filter((line) => line.id !== id);
  }

  /** @param {Line} line */
  #offOf({ price }) {
    return this.discounted ? price / DISCOUNT_PART : 0n;
  }

  /** What the till takes off by itself, before any points. */
  get discount() {
    return this.lines.reduce((sum, line) => sum + this.#offOf(line), 0n);
  }

  get total() {
    return this.lines.reduce((sum, { price }) => sum + price, 0n) - this.discount;
  }

  get due() {
    return this.total - (this.points ?? 0n);
  }

  /** What is left for cash or card. */
  get rest() {
    return this.due - (this.deposit ?? 0n);
  }

  /** The money as `/v1` takes it: the deposit, then the rest; without a kind for the rest none is named. */
  get tenders() {
    const deposit = this.deposit === null ? [] : [{ type: 'deposit', amount: formatAmount(this.deposit) }];
    if (this.rest === 0n) return deposit;
    return this.money === null ? [] : [...deposit, { type: this.money, amount: formatAmount(this.rest) }];
  }

  /** The bill as `/v1` takes it: lines after the discount, which add up to the total. */
  get bill() {
    const lines = this.lines.map((line) => ({
      id: line.id,
      title: line.title,
      amount: formatAmount(line.price - this.#offOf(line)),
    }));
    return { total: formatAmount(this.total), lines };
  }
}

/** A receipt's number, unique in this location for ever: the moment, and a little chance for two pages at once. */
export function newReceipt() {
  const moment = new Date().toISOString().replace(/\D/g, '').slice(2, 14);
  return `PLAY-${moment}-${Math.floor(Math.random() * 36 ** 3).toString(36)}`;
}
