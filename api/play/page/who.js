/** Asking who stands at the till: a field for whatever is scanned or typed, and cards to play with. */
import { findCustomer } from './customer.js';
import { Refused, showRefusal } from './doors.js';
import { at, button, input, make } from './elements.js';

/**
 * A client of the salon; `met` once our ledger has linked the card.
 * @typedef {{ name: string, number: string, phone: string, met: boolean }} Person
 * @typedef {import('./customer.js').Customer} Customer
 */

/** See the file's header. */
export class Who {
  #people;
  #found;

  /**
   * @param {Person[]} people
   * @param {(customer: Customer) => void} found
   */
  constructor(people, found) {
    this.#people = people;
    this.#found = found;
    at('find').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#find(input('who').value);
    });
    this.ask();
  }

  /** Asks anew. */
  ask() {
    this.#offer(
      this.#people.map((person) => {
        // At the first visit a customer is known by phone only; from then on the card is enough.
        const { name, number, phone, met } = person;
        const typed = met ? `;${number}?` : `+${phone}`;
        const how = met ? `card •••• ${number.slice(-4)}` : `phone +${phone}`;
        return button([make('b', '', name), make('small', '', how)], () => {
          input('who').value = typed;
          void this.#find(typed);
        });
      }),
    );
    for (const id of ['find', 'intro']) at(id).hidden = false;
    input('who').value = '';
    input('who').focus();
  }

  /** @param {Node[]} choices */
  #offer(choices) {
    at('choices').replaceChildren(...choices);
  }

  /** @param {Customer} customer */
  #take(customer) {
    const chosen = this.#people.find(({ number }) => number === customer.card);
    if (chosen) chosen.met = true;
    at('wait').textContent = '';
    for (const id of ['find', 'intro']) at(id).hidden = true;
    this.#found(customer);
  }

  /** @param {string} typed */
  async #find(typed) {
    const wait = at('wait');
    wait.className = 'soft';
    wait.textContent = 'Looking the customer up …';
    try {
      this.#take(await findCustomer(typed));
    } catch (error) {
      wait.className = 'refused';
      showRefusal(wait, error);
      if (error instanceof Refused && error.accounts.length > 0) this.#offerAccounts(error);
    }
  }

  /** Several customers end in the same four characters: one is chosen by the masked name. @param {Refused} refusal */
  #offerAccounts({ accounts }) {
    this.#offer(
      accounts.map(({ id, displayName = id, type = '' }) =>
        button([make('b', '', displayName), make('small', '', type)], () =>
          this.#take({ id, name: displayName, card: null }),
        ),
      ),
    );
  }
}
