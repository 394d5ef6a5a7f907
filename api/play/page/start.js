/** Begins the page: fetches the stage, then watches whoever stands at the till. */
import { moves, showBooks } from './books.js';
import { Breaking } from './breaking.js';
import { askPlay, Refused, showRefusal, useKey } from './doors.js';
import { at } from './elements.js';
import { showSteps } from './steps.js';
import { Till } from './till.js';

const BUSY_MS = 350;
const CALM_MS = 1_500;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The stage; while the first set-up is under way it is asked for again. */
async function stageOf() {
  for (;;) {
    try {
      return await askPlay('/stage');
    } catch (error) {
      if (!(error instanceof Refused && error.retryable)) throw error;
      at('starting').textContent = error.detail || error.message;
      await pause(1_000);
    }
  }
}

/** Watches one customer at a time. */
class Watch {
  /** @type {string | null} */
  #customer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #looks = 0;
  #breaking;

  constructor() {
    this.#breaking = new Breaking(() => void this.look());
  }

  /** @param {string | null} customer */
  follow(customer) {
    this.#customer = customer;
    this.#breaking.serve(customer);
    if (customer === null) showBooks(null);
    void this.look();
  }

  async look() {
    clearTimeout(this.#timer);
    this.#looks += 1;
    const look = this.#looks;
    const customer = this.#customer;
    if (customer === null) return;
    let busy = true;
    try {
      const books = await askPlay(`/customers/${customer}`);
      if (look !== this.#looks) return;
      showBooks(books);
      showSteps(at('steps'), books);
      this.#breaking.show(books.faults);
      const { outageMs, workerMs } = books.faults;
      busy = moves(books) || outageMs !== null || workerMs !== null;
    } catch (error) {
      if (look !== this.#looks) return;
      showRefusal(at('sentence'), error);
    }
    this.#timer = setTimeout(() => void this.look(), busy ? BUSY_MS : CALM_MS);
  }
}

try {
  const stage = await stageOf();
  useKey(stage.tillKey);
  at('salon').setAttribute('href', stage.salonUrl);
  at('starting').hidden = true;
  at('stage').hidden = false;
  const watch = new Watch();
  new Till(
    stage,
    (customer) => watch.follow(customer?.id ?? null),
    () => void watch.look(),
  );
} catch (error) {
  showRefusal(at('starting'), error);
}
