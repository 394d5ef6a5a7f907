/** How a bill is paid, row by row in the order of a checkout: discount, bonus, then money. Each can be taken back. */
import { button, make } from './elements.js';
import { formatAmount } from './money.js';

/**
 * What the quote offers: the most points, what keeps them from being more, and what the deposit can pay.
 * @typedef {{ max: bigint, reason: string | null, deposit: bigint }} Offer
 * @typedef {import('./sale.js').Money} Money
 * @typedef {{ discount(on: boolean): void, points(points: bigint | null): void, deposit(amount: bigint | null): void,
 *   topUp(): void, money(money: Money | null): void, partial(): void }} Acts
 */

const REASONS = /** @type {Record<string, string>} */ ({
  insufficient_points: 'all the customer has',
  share_cap_exceeded: 'the most for this bill',
  below_minimum: 'the rest has to be money',
  account_in_debt: 'the customer owes points',
  account_frozen: 'the card is being checked',
});
const KINDS = /** @type {const} */ ([
  ['cash', 'Cash'],
  ['card', 'Card'],
]);

/**
 * @param {string} name
 * @param {string} amount
 * @param {() => void} cancel
 */
function chosen(name, amount, cancel) {
  const away = button(['×'], cancel, { className: 'take-away', label: `Cancel ${name}` });
  return make('li', '', make('b', '', name), make('span', 'amount', amount), away);
}

/**
 * @param {string} name
 * @param {string} said
 * @param {Node[]} buttons
 */
function offered(name, said, buttons) {
  const what = make('span', '', make('b', '', name), make('small', '', said));
  return make('li', 'offer', what, make('span', 'row', ...buttons));
}

/**
 * @param {import('./sale.js').Sale} sale
 * @param {Offer | null} offer
 * @param {Acts} acts
 */
function bonusRow({ points }, offer, acts) {
  if (points !== null) return chosen('Bonus', `−${formatAmount(points)}`, () => acts.points(null));
  if (!offer) return offered('Bonus', 'asking for a quote …', []);
  const { max, reason } = offer;
  if (max === 0n)
    return offered('Bonus', reason === 'insufficient_points' ? 'no points' : (REASONS[reason ?? ''] ?? ''), []);
  const all = formatAmount(max);
  return offered('Bonus', `up to ${all}: ${REASONS[reason ?? ''] ?? 'the whole bill'}`, [
    button([`Take ${all}`], () => acts.points(max), { className: 'main' }),
    button(['Partial'], () => acts.partial(), { label: 'Take a part of the points' }),
  ]);
}

/** What one click puts into the deposit, in cash. */
export const TOP_UP = 5_000n;

/**
 * The deposit is money that is kept in our book; one that Altegio keeps itself cannot be paid from.
 * @param {import('./sale.js').Sale} sale
 * @param {Offer | null} offer
 * @param {Acts} acts
 */
function depositRow({ deposit, due }, offer, acts) {
  if (deposit !== null) return [chosen('Deposit', `−${formatAmount(deposit)}`, () => acts.deposit(null))];
  if (!offer || due === 0n) return [];
  const most = offer.deposit < due ? offer.deposit : due;
  if (most === 0n)
    return [
      offered('Deposit', 'nothing in it; Altegio’s own is not paid from', [
        button([`Put ${formatAmount(TOP_UP)} in`], () => acts.topUp(), { label: 'Put cash into the deposit' }),
      ]),
    ];
  const all = formatAmount(most);
  return [
    offered('Deposit', `up to ${all}; earns no points`, [
      button([`Use ${all}`], () => acts.deposit(most), { label: `Use ${all} of the deposit` }),
    ]),
  ];
}

/**
 * The rows.
 * @param {import('./sale.js').Sale} sale
 * @param {Offer | null} offer
 * @param {Acts} acts
 * @param {HTMLElement} partial where an own amount is typed, below the bonus row
 */
export function tenderRows(sale, offer, acts, partial) {
  const { discounted, discount, money, rest } = sale;
  const less = discounted
    ? chosen('Discount 10 %', `−${formatAmount(discount)}`, () => acts.discount(false))
    : offered('Discount', 'the salon’s own, before points', [button(['10 %'], () => acts.discount(true))]);
  const bonus = bonusRow(sale, offer, acts);
  bonus.classList.add('bonus');
  const kind = KINDS.find(([name]) => name === money);
  const paid = kind
    ? chosen(kind[1], formatAmount(rest), () => acts.money(null))
    : offered(
        'Then money',
        formatAmount(rest),
        KINDS.map(([name, title]) =>
          button([title], () => acts.money(name), { className: name === 'cash' ? 'likely' : '' }),
        ),
      );
  return [less, bonus, partial, ...depositRow(sale, offer, acts), ...(rest > 0n ? [paid] : [])];
}
