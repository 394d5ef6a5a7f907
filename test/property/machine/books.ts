/** The real thing: one customer's page kept by the functions of `domain/`, as the service keeps it in its tables. */
import { type Balances, capture, hold, release, target } from '../../../domain/account.ts';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts, type PlannedTransfer } from '../../../domain/posting-plan.ts';
import { type SpendableLot, takeFromLots } from '../../../domain/lots.ts';
import type { Adoption, Mirror } from '../../../domain/mirror.ts';
import { describe } from './reference.ts';

const ACCOUNTS = ledgerAccounts('acc_1', 'prg_1', 1n);
const EMPTY: Balances = { active: 0n, held: 0n, pending: 0n, debt: 0n };

type StoredLot = Omit<SpendableLot, 'free'> & { points: bigint; readonly pending: boolean };
type Transfer = Pick<PlannedTransfer, 'debit' | 'credit' | 'amount'>;

/** See the file's header. */
export class Books {
  now = Date.UTC(2026, 0, 1);
  mirror: Mirror = {
    balances: EMPTY,
    confirmed: 0n,
    unexplained: 0n,
    unknown: 0n,
    open: null,
    awaiting: [],
    given: [],
  };
  private readonly lots: StoredLot[] = [];
  /** Credits minus debits of each ledger account. */
  private readonly ledger = new Map<string, bigint>();

  /** One transaction: the page is loaded, moved through the book, and the plan is written down. */
  post(work: (book: Book) => void): void {
    const book = new Book({
      balances: this.mirror.balances,
      lots: this.spendable(),
      accounts: ACCOUNTS,
      nextLotId: () => BigInt(this.lots.length + 1),
      now: this.now,
    });
    work(book);
    const { transfers, newLots, taken } = book.drain();
    for (const { id, amount, expiresAt, pending } of newLots)
      this.lots.push({ id, points: amount, expiresAt, createdAt: this.now, pending });
    for (const [lotId, amount] of taken) this.takeFrom(lotId, amount);
    this.move(transfers);
    this.mirror = { ...this.mirror, balances: book.balances };
  }

  /** Takes over a step of the write protocol: its drift is posted, and the balances must come out the same. */
  adopt({ mirror, drift }: Adoption): void {
    if (drift !== 0n) this.post((book) => book.external(drift, 1n, null));
    const [posted, planned] = [this.mirror.balances, mirror.balances].map((balances) => Object.values(balances).join());
    if (posted !== planned) throw new Error(`the book says ${posted}, the mirror ${planned}`);
    this.mirror = mirror;
  }

  hold(points: bigint): void {
    this.mirror = { ...this.mirror, balances: hold(this.mirror.balances, points) };
  }

  capture(points: bigint): void {
    const balances = capture(this.mirror.balances, points);
    this.spend(points, ACCOUNTS.program);
    this.mirror = { ...this.mirror, balances };
  }

  release(points: bigint): void {
    const { balances, repaid } = release(this.mirror.balances, points);
    this.spend(repaid, ACCOUNTS.debt);
    this.mirror = { ...this.mirror, balances };
  }

  /** What the database checks too. @throws Error with one sentence. */
  checkInvariants(): void {
    const { active, held, pending, debt } = this.mirror.balances;
    const of = (account: string) => this.ledger.get(account) ?? 0n;
    const sums = [of(ACCOUNTS.customer) - active, of(ACCOUNTS.pending) - pending, of(ACCOUNTS.debt) + debt];
    if (sums.some((sum) => sum !== 0n)) throw new Error(`transfers and balances differ by ${sums.join()}`);
    if ([...this.ledger.values()].reduce((sum, amount) => sum + amount, 0n) !== 0n)
      throw new Error('the transfers do not sum to zero');
    if (this.lots.some(({ points }) => points < 0n)) throw new Error('a lot is negative');
    if (held > active || (debt > 0n && active !== held)) throw new Error('debt stands beside points that are free');
  }

  say(): string {
    const { active, held, pending, debt } = this.mirror.balances;
    const bags = this.lots.filter((lot) => !lot.pending);
    return `active ${active} held ${held} pending ${pending} debt ${debt} target ${target(this.mirror.balances)} altegio ${this.mirror.confirmed} | ${describe(bags)}`;
  }

  private spendable(): SpendableLot[] {
    return this.lots
      .filter(({ pending, points }) => !pending && points > 0n)
      .map(({ id, points, expiresAt, createdAt }) => ({ id, free: points, expiresAt, createdAt }));
  }

  private spend(amount: bigint, to: string): void {
    for (const part of takeFromLots(this.spendable(), amount)) {
      this.takeFrom(part.lotId, part.amount);
      this.move([{ debit: ACCOUNTS.customer, credit: to, amount: part.amount }]);
    }
  }

  private takeFrom(lotId: bigint, amount: bigint): void {
    const lot = this.lots.find(({ id }) => id === lotId);
    if (!lot) throw new Error(`there is no lot ${lotId}`);
    lot.points -= amount;
  }

  private move(transfers: readonly Transfer[]): void {
    for (const { debit, credit, amount } of transfers) {
      if (amount <= 0n) throw new Error('a transfer moves nothing');
      this.ledger.set(debit, (this.ledger.get(debit) ?? 0n) - amount);
      this.ledger.set(credit, (this.ledger.get(credit) ?? 0n) + amount);
    }
  }
}
