/** The till: who, what, how it is paid with bonus first, and the receipt. Everything it does goes through `/v1`. */
import { printed } from './customer.js';
import { askTill, showRefusal } from './doors.js';
import { at, button, input, make } from './elements.js';
import { formatAmount, parseAmount } from './money.js';
import { printReceipt } from './receipt.js';
import { GOODS, newReceipt, Sale } from './sale.js';
import { tenderRows, TOP_UP } from './tenders.js';
import { Who } from './who.js';

/**
 * What the page begins with.
 * @typedef {{ tillKey: string, till: string, shop: string, currency: string, salonUrl: string,
 *   customers: import('./who.js').Person[] }} Stage
 * @typedef {import('./customer.js').Customer} Customer
 * @typedef {import('./tenders.js').Offer} Offer
 */

/** The till of this page. */
export class Till {
  #sale = new Sale();
  /** @type {Customer | null} */
  #customer = null;
  /** What the latest quote offers. @type {Offer | null} */
  #offer = null;
  #quotes = 0;
  #receipt = '';
  #presses = 0;
  /** Where an own amount of points is typed; it stands below the bonus row. */
  #partial = at('partial');
  #who;
  #stage;
  #served;
  #paid;

  /**
   * @param {Stage} stage
   * @param {(customer: Customer | null) => void} served told who stands at the till
   * @param {() => void} paid told that points have moved
   */
  constructor(stage, served, paid) {
    this.#stage = stage;
    this.#served = served;
    this.#paid = paid;
    at('till-title').textContent = `${stage.till}, ${stage.shop}`;
    this.#who = new Who(stage.customers, (customer) => this.#serve(customer));
    at('goods').replaceChildren(
      ...GOODS.map((item) =>
        button([item.title, make('small', '', ` ${formatAmount(item.price)}`)], () =>
          this.#change(() => this.#sale.add(item)),
        ),
      ),
    );
    input('total').addEventListener('change', () => this.#typeTotal());
    input('own').addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.#takeOwn();
    });
    at('take-own').addEventListener('click', () => this.#takeOwn());
    at('sale').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#pay();
    });
    at('next').addEventListener('click', () => this.#begin());
  }

  /** @param {Customer} customer */
  #serve(customer) {
    this.#customer = customer;
    const change = button(['Change'], () => this.#leave(), { label: 'Choose another customer' });
    const card = make('small', '', printed(customer.card));
    at('customer').replaceChildren(make('b', '', customer.name), card, change);
    at('customer').hidden = false;
    this.#served(customer);
    this.#begin();
  }

  #leave() {
    this.#customer = null;
    for (const id of ['customer', 'sale', 'done']) at(id).hidden = true;
    this.#who.ask();
    this.#served(null);
  }

  /** A new sale for the same customer, with something in it so that there is a bill to pay. */
  #begin() {
    this.#sale = new Sale();
    this.#sale.add(GOODS[0]);
    this.#receipt = '';
    at('done').hidden = true;
    at('sale').hidden = false;
    this.#change(() => {});
  }

  /** Another bill: what was chosen of the points is asked again. @param {() => void} what */
  #change(what) {
    what();
    this.#partial.hidden = true;
    this.#sale.take(null);
    this.#receipt = '';
    this.#offer = null;
    this.#render();
    void this.#quote();
  }

  /** Another way to pay the same bill. @param {() => void} what */
  #choose(what) {
    what();
    this.#partial.hidden = true;
    this.#receipt = '';
    this.#render();
    focusIfLost('#pay:enabled');
    focusIfLost('#tenders .likely');
  }

  #typeTotal() {
    const total = parseAmount(input('total').value);
    if (total !== null && total > 0n) this.#change(() => this.#sale.become(total));
    else this.#render();
  }

  #takeOwn() {
    const points = parseAmount(input('own').value);
    if (points !== null && points > 0n) this.#choose(() => this.#sale.take(points));
    else input('own').focus();
  }

  async #topUp() {
    try {
      const body = { reference: newReceipt(), amount: formatAmount(TOP_UP), tender: 'cash' };
      await askTill(`/accounts/${this.#customer?.id}/deposit`, body);
      await this.#quote();
    } catch (error) {
      showRefusal(at('refused'), error);
    }
  }

  async #quote() {
    const { bill, total } = this.#sale;
    this.#quotes += 1;
    const asked = this.#quotes;
    if (!this.#customer || total <= 0n) return;
    try {
      const quote = await askTill('/quotes', { accountId: this.#customer.id, ...bill });
      if (asked !== this.#quotes) return;
      const [bonus, deposit] = quote.methods;
      const [max, inDeposit] = [parseAmount(bonus.max) ?? 0n, parseAmount(deposit.max) ?? 0n];
      this.#offer = { max, reason: quote.reasons[0] ?? null, deposit: inDeposit };
      this.#render();
      // The first thing a cashier asks is whether points are to be taken.
      focusIfLost('.bonus button');
    } catch (error) {
      if (asked === this.#quotes) showRefusal(at('refused'), error);
    }
  }

  #render() {
    const sale = this.#sale;
    at('refused').replaceChildren();
    at('lines').replaceChildren(
      ...sale.lines.map(({ id, title, price }) => {
        const remove = () => this.#change(() => sale.remove(id));
        const away = button(['×'], remove, { className: 'take-away', label: `Remove ${title}` });
        return make('li', '', title, make('span', 'amount', formatAmount(price)), away);
      }),
    );
    input('total').value = formatAmount(sale.total);
    const acts = {
      discount: (/** @type {boolean} */ on) => this.#change(() => (sale.discounted = on)),
      points: (/** @type {bigint | null} */ points) => this.#choose(() => this.#sale.take(points)),
      deposit: (/** @type {bigint | null} */ amount) => this.#choose(() => (sale.deposit = amount)),
      topUp: () => void this.#topUp(),
      money: (/** @type {import('./sale.js').Money | null} */ money) => this.#choose(() => (sale.money = money)),
      partial: () => {
        this.#partial.hidden = false;
        input('own').value = '';
        input('own').focus();
      },
    };
    at('tenders').replaceChildren(...tenderRows(sale, this.#offer, acts, this.#partial));
    const ready = sale.total > 0n && (sale.money !== null || sale.rest === 0n);
    const pay = /** @type {HTMLButtonElement} */ (at('pay'));
    pay.disabled = !ready;
    pay.textContent = ready ? `Pay ${formatAmount(sale.total)}` : 'Pay';
  }

  async #pay() {
    const pay = /** @type {HTMLButtonElement} */ (at('pay'));
    pay.disabled = true;
    at('refused').replaceChildren();
    this.#presses += 1;
    this.#receipt ||= newReceipt();
    try {
      this.#print(await this.#ask(`${this.#receipt}:${this.#presses}`));
    } catch (error) {
      showRefusal(at('refused'), error);
    } finally {
      at('wait').textContent = '';
      pay.disabled = false;
      focusIfLost('#pay');
    }
  }

  /** Pays; a payment that is not decided in the till's time is asked for again, under the same key. @param {string} key */
  async #ask(key) {
    const { bill, points, tenders } = this.#sale;
    const body = {
      receipt: this.#receipt,
      accountId: this.#customer?.id,
      ...bill,
      redeem: points === null ? 'none' : formatAmount(points),
      ...(tenders.length > 0 && { money: tenders }),
    };
    for (;;) {
      const payment = await askTill('/payments', body, { 'idempotency-key': key });
      if (payment.state !== 'PENDING') return payment;
      at('wait').className = 'soft';
      at('wait').textContent = 'Answered 202: not decided yet. The till asks again under the same key …';
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** @param {Parameters<typeof printReceipt>[1]} payment */
  #print(payment) {
    const { lines, discount } = this.#sale;
    printReceipt(at('paper'), payment, {
      shop: this.#stage.shop,
      currency: this.#stage.currency,
      at: new Date(),
      lines: lines.map(({ title, price }) => ({ title, amount: price })),
      discount,
    });
    at('sale').hidden = true;
    at('done').hidden = false;
    at('next').focus();
    this.#paid();
  }
}

/** A button that was pressed may be gone: whoever works by keys goes on at the next one. @param {string} selector */
function focusIfLost(selector) {
  const next = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (document.activeElement === document.body) next?.focus();
}
