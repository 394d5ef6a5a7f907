/** What a person breaks: staff in the salon, and the fault switches. */
import { askPlay, showRefusal } from './doors.js';
import { seconds } from './books.js';
import { at } from './elements.js';

/** The buttons of the page; `pressed` makes it look again at once. */
export class Breaking {
  /** @type {string | null} */
  #customer = null;
  #dropped = false;
  #pressed;

  /** @param {() => void} pressed */
  constructor(pressed) {
    this.#pressed = pressed;
    const whose = () => `/customers/${this.#customer}`;
    this.#on('staff-up', () => askPlay(`${whose()}/staff`, { amount: '50.00' }));
    this.#on('staff-down', () => askPlay(`${whose()}/staff`, { amount: '-50.00' }));
    this.#on('appointment', () => askPlay(`${whose()}/appointments`, {}));
    this.#on('drop', () => askPlay(`${whose()}/dropped-answer`, { on: !this.#dropped }));
    this.#on('outage', () => askPlay('/outages', {}));
    this.#on('rest', () => askPlay('/worker/rests', {}));
    this.serve(null);
  }

  /** Whose card is moved; without a customer there is none. @param {string | null} customer */
  serve(customer) {
    this.#customer = customer;
    for (const id of ['staff-up', 'staff-down', 'appointment', 'drop'])
      /** @type {HTMLButtonElement} */ (at(id)).disabled = customer === null;
  }

  /** Shows how the switches stand. @param {import('./books.js').Books['faults']} faults */
  show({ answerDropped, outageMs, workerMs }) {
    this.#dropped = answerDropped;
    at('drop').setAttribute('aria-pressed', String(answerDropped));
    this.#mark('drop', answerDropped, 'on: pay, then watch', 'Altegio writes, we hear nothing');
    this.#mark('outage', outageMs !== null, `back in ${seconds(outageMs ?? 0)} s`, 'for 10 seconds');
    this.#mark('rest', workerMs !== null, `back in ${seconds(workerMs ?? 0)} s`, '8 seconds, back by itself');
  }

  /**
   * @param {string} id
   * @param {boolean} on
   * @param {string} saidOn
   * @param {string} saidOff
   */
  #mark(id, on, saidOn, saidOff) {
    at(id).classList.toggle('on', on);
    at(`${id}-said`).textContent = on ? saidOn : saidOff;
  }

  /**
   * @param {string} id
   * @param {() => Promise<unknown>} act
   */
  #on(id, act) {
    at(id).addEventListener('click', () => void this.#do(act));
  }

  /** @param {() => Promise<unknown>} act */
  async #do(act) {
    at('broken').replaceChildren();
    try {
      await act();
      this.#pressed();
    } catch (error) {
      showRefusal(at('broken'), error);
    }
  }
}
