/** The random machine: everything that may happen to one customer, done to the real books and to the reference. */
import { lotDates } from '../../../domain/lot-dates.ts';
import {
  adoptRead,
  answered,
  type Claims,
  declareUnknown,
  judgeRead,
  nextStep,
  open,
  refused,
  resolve,
  tail,
} from '../../../domain/mirror.ts';
import { settlePayment } from '../../../domain/payment.ts';
import { programSettings } from '../../../domain/program.ts';
import { Books } from './books.ts';
import { Reference } from './reference.ts';
import { Salon } from './salon.ts';

/** One run of the machine. */
export class Play {
  readonly books = new Books();
  readonly reference = new Reference();
  readonly salon = new Salon();
  /** The open write's window passed without its answer. */
  inDoubt = false;
  /** Altegio's answer to the open write, on its way back. */
  answer: bigint | null = null;
  /** A line of staff was taken for ours because it was for exactly the same amount: the protocol's honest limit. */
  mistaken = false;

  constructor(opening: number) {
    this.salon.move(BigInt(opening), 'staff');
    this.salon.lines = [];
    this.books.post((book) => book.opening(BigInt(opening)));
    this.books.mirror = { ...this.books.mirror, confirmed: BigInt(opening) };
    this.reference.see(opening);
  }

  get waitedFor(): boolean {
    return this.books.mirror.open !== null && !this.inDoubt && this.answer === null;
  }

  /** The request of the open write, while its sender waits for the answer. */
  takeWaited(): { amount: bigint } | undefined {
    const at = this.salon.requests.findIndex(({ writeId }) => writeId === this.books.mirror.open?.writeId);
    return at < 0 || !this.waitedFor ? undefined : this.salon.requests.splice(at, 1)[0];
  }

  /** Remembers what was claimed wrongly, which only we can see, and forgets the claimed lines. */
  claimed({ claims }: Claims): void {
    const of = (author: string) => claims.filter(({ lineId }) => this.salon.author(lineId) === author);
    if (of('staff').some(({ as }) => as !== 'external')) this.mistaken = true;
    if (of('us').some(({ as }) => as === 'external') && !this.mistaken)
      throw new Error('a line of ours was taken for a change of staff');
    const gone = new Set(claims.map(({ lineId }) => lineId));
    this.salon.lines = this.salon.lines.filter(({ id }) => !gone.has(id));
  }

  /** A till reads Altegio and adopts what it sees; false when it has to read again. */
  tillReads(): boolean {
    const { mirror } = this.books;
    const judged = judgeRead(mirror, this.salon.balance, true);
    if (judged.verdict === 'adopt') this.read();
    return judged.verdict !== 'readAgain';
  }

  read(): void {
    this.books.adopt(adoptRead(this.books.mirror, this.salon.balance));
    this.reference.see(Number(this.salon.balance));
  }
}

/** Something that may happen: `when` it can, and what it `does` with a random number. */
interface Step {
  readonly when: (play: Play) => boolean;
  readonly does: (play: Play, n: number) => void;
}

const next = ({ books, inDoubt }: Play, explanationOverdue = false) =>
  nextStep(books.mirror, { windowPassed: inDoubt, explanationOverdue }).step;
const always = () => true;
const holding = ({ reference }: Play) => reference.held > 0;
/** From 1 to `most`. */
const upTo = (most: number, n: number) => 1 + (n % most);

const rules = programSettings.parse({
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: { maxShare: '0.30' },
});

export const STEPS = {
  pay: {
    when: always,
    does: (play, n) => {
      const { books, reference, salon } = play;
      if (!play.tillReads()) return;
      const total = upTo(20_000, n * 7);
      const bill = {
        total: BigInt(total),
        asked: { kind: 'max' },
        allowPartial: true,
        as: 'tender',
        locationId: 101n,
      } as const;
      const means = { balances: books.mirror.balances, spent: 0n, altegio: salon.balance };
      const settled = settlePayment({ ...bill, lines: [], money: [] }, means, rules);
      if (!settled.ok) throw new Error(`declined: ${settled.code}`);
      const lots = { pendingDays: n % 4 === 0 ? 2 : 0, lifetimeDays: upTo(400, n) };
      const expected = reference.pay(total, Number(salon.balance), lots.pendingDays, lots.lifetimeDays, books.now);
      if (Number(settled.redeemed) !== expected.redeemed || Number(settled.accrued) !== expected.earned)
        throw new Error(`took ${settled.redeemed}, gave ${settled.accrued}; wanted ${JSON.stringify(expected)}`);
      books.post((book) => {
        if (settled.redeemed > 0n) book.redeem(settled.redeemed);
        if (settled.accrued > 0n) book.accrue(settled.accrued, lotDates(books.now, 'Asia/Almaty', lots));
      });
    },
  },
  authorize: {
    when: always,
    does: (play, n) => {
      if (!play.tillReads()) return;
      const points = Math.min(upTo(3_000, n), play.reference.target, Number(play.salon.balance));
      play.books.hold(BigInt(points));
      play.reference.hold(points);
    },
  },
  capture: {
    when: holding,
    does: ({ books, reference }, n) => {
      const points = upTo(reference.held, n);
      books.capture(BigInt(points));
      reference.capture(points);
    },
  },
  void: {
    when: holding,
    does: ({ books, reference }, n) => {
      const points = upTo(reference.held, n);
      books.release(BigInt(points));
      reference.release(points);
    },
  },
  adjust: {
    when: always,
    does: ({ books, reference }, n) => {
      const amount = n % 2 === 0 ? upTo(2_000, n) : -upTo(2_000, n);
      books.post((book) => book.adjustment(BigInt(amount), 'a reason'));
      reference.adjust(amount);
    },
  },
  // Staff change the card by hand. Every fifth time they leave a few cents: emptying it may be exactly what we write.
  staff: {
    when: always,
    does: ({ salon }, n) => {
      const wanted = BigInt(n % 2 === 0 ? upTo(3_000, n) : -upTo(3_000, n));
      const nearlyAll = BigInt(upTo(7, n)) - salon.balance;
      const amount = n % 5 === 0 || salon.balance + wanted < 0n ? nearlyAll : wanted;
      if (amount !== 0n) salon.move(amount, 'staff');
    },
  },
  read: {
    when: ({ books, salon }) => books.mirror.open === null && books.mirror.confirmed !== salon.balance,
    does: (play) => play.read(),
  },
  send: {
    when: (play) => next(play) === 'send',
    does: (play) => {
      const { books, reference, salon } = play;
      const amount = BigInt(reference.target - reference.confirmed);
      const writeId = BigInt(books.now);
      books.mirror = open(books.mirror, { writeId, amount, baseline: books.mirror.confirmed, sentAt: books.now });
      salon.requests.push({ writeId, amount });
      Object.assign(play, { inDoubt: false, answer: null });
    },
  },
  // A request reaches Altegio: the one that is waited for, or one that comes late.
  arrive: {
    when: ({ salon }) => salon.requests.length > 0,
    does: (play, n) => {
      const { books, salon, waitedFor } = play;
      const [request] = salon.requests.splice(n % salon.requests.length, 1);
      if (!request) return;
      const waited = waitedFor && books.mirror.open?.writeId === request.writeId;
      if (salon.balance + request.amount < 0n) {
        if (waited) books.mirror = refused(books.mirror);
        return;
      }
      salon.move(request.amount, 'us');
      if (waited) play.answer = salon.balance;
    },
  },
  // The connection breaks: before Altegio applied the write, or after.
  lose: {
    when: ({ waitedFor }) => waitedFor,
    does: (play, n) => {
      const request = play.takeWaited();
      if (request && n % 2 === 0 && play.salon.balance + request.amount >= 0n) play.salon.move(request.amount, 'us');
      play.inDoubt = true;
    },
  },
  // The window passes while the request is still under way: it may come as a late twin.
  delay: {
    when: ({ waitedFor, salon }) => waitedFor && salon.requests.length < 2,
    does: (play) => {
      play.inDoubt = true;
    },
  },
  answer: {
    when: ({ answer }) => answer !== null,
    does: (play) => {
      const { books, reference, answer } = play;
      const amount = Number(books.mirror.open?.amount);
      books.adopt(answered(books.mirror, answer ?? 0n));
      reference.see(Number(answer), amount);
      play.answer = null;
    },
  },
  show: {
    when: ({ salon }) => salon.hidden.length > 0,
    does: ({ salon, books }, n) => {
      const line = salon.hidden[n % salon.hidden.length];
      if (line) line.shownAt = books.now;
    },
  },
  explain: {
    when: ({ books, salon }) => books.mirror.open === null && salon.journal.length > 0,
    does: (play) => {
      const { books, reference, salon } = play;
      let taken = tail(books.mirror, salon.journal, null);
      const balance = taken === 'needsBalance' ? salon.balance : books.mirror.confirmed;
      if (taken === 'needsBalance') taken = tail(books.mirror, salon.journal, balance);
      if (taken === 'needsBalance') throw new Error('a balance was given');
      books.adopt(taken);
      reference.see(Number(balance), Number(taken.claims.twins));
      play.claimed(taken.claims);
    },
  },
  resolve: {
    when: (play) => next(play) === 'resolve',
    does: (play) => {
      const { books, reference, salon } = play;
      const amount = books.mirror.open?.amount ?? 0n;
      const resolved = resolve(books.mirror, salon.balance, salon.journal);
      const { applied, twins } = resolved.claims;
      books.adopt(resolved);
      reference.see(Number(salon.balance), Number(twins + (applied ? amount : 0n)));
      play.claimed(resolved.claims);
      play.inDoubt = false;
    },
  },
  stopWaiting: {
    when: (play) => next(play, true) === 'declareUnknown',
    does: ({ books }) => {
      books.mirror = declareUnknown(books.mirror);
    },
  },
  days: {
    when: always,
    does: ({ books }, n) => {
      books.now += upTo(40, n) * 86_400_000;
    },
  },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;

/** Does a step if it can happen now, and compares the two; answers whether it happened. */
export function takeStep(play: Play, name: StepName, n: number): boolean {
  const { when, does }: Step = STEPS[name];
  if (!when(play)) return false;
  play.books.now += 1;
  does(play, n);
  play.books.checkInvariants();
  const [real, wanted] = [play.books.say(), play.reference.say()];
  if (real !== wanted) throw new Error(`the real books and the reference differ:\n  ${real}\n  ${wanted}`);
  return true;
}

/** What ends every run: everything under way arrives, every line shows, and the protocol goes on until it is done. */
const CLOSING: readonly StepName[] = ['arrive', 'answer', 'resolve', 'show', 'explain', 'read', 'send', 'stopWaiting'];

/** Lets the run come to rest and compares both books with each other and with what truly happened. */
export function comeToRest(play: Play): void {
  for (let left = 1_000; ; left -= 1) {
    // A write whose request is gone without an answer can only be resolved after its window.
    if (play.waitedFor && play.salon.requests.length === 0) play.inDoubt = true;
    if (!CLOSING.some((name) => takeStep(play, name, 0))) break;
    if (left === 0) throw new Error('the books do not come to rest');
  }
  const { books, reference, salon, mistaken } = play;
  const { unexplained, unknown } = books.mirror;
  if (Number(salon.balance) !== reference.target)
    throw new Error(`at rest Altegio holds ${salon.balance}, the target is ${reference.target}`);
  const truly = reference.ours + Number(salon.byStaff);
  if (mistaken) return;
  if (reference.owned !== truly) throw new Error(`at rest the ledger says ${reference.owned}, the truth is ${truly}`);
  if (unexplained !== 0n || unknown !== 0n) throw new Error(`at rest ${unexplained} and ${unknown} have no name`);
}
