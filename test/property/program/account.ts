/** An account in memory: what a posting plans is kept as the database keeps it, and checked as the database checks it. */
import { expect } from 'vitest';
import type { Balances } from '../../../domain/account.ts';
import type { EndingLot } from '../../../domain/forecast.ts';
import { ledgerAccounts, type PlannedTransfer, type PostingPlan } from '../../../domain/posting-plan.ts';
import type { OwnLot, OwnTransfer } from '../../../domain/reversal.ts';
import { VisitBook } from '../../../domain/visit-book.ts';

type KeptLot = OwnLot & { readonly held: bigint; readonly activatesAt: number | null };

export const accounts = ledgerAccounts('acc_1', 'prg_1', 1n);
const OURS = [accounts.customer, accounts.pending];

/** See the file's header. */
export class MemoryAccount {
  balances: Balances = { active: 0n, held: 0n, pending: 0n, debt: 0n };
  readonly lots = new Map<bigint, KeptLot>();
  /** Transfers of each sale and visit with what followed them. */
  private readonly posted = new Map<string, OwnTransfer[]>();
  /** Sums of all transfers, by ledger account. */
  private readonly sums = new Map<string, bigint>();
  private lastLot = 0n;

  /** Moves points at `now` (epoch milliseconds) for the sale or visit `of`, writes the plan down and checks everything. */
  post<T>(now: number, of: string, movePoints: (book: VisitBook) => T): T {
    const lots = [...this.lots.values()].filter(({ pending }) => !pending);
    const book = new VisitBook({
      balances: this.balances,
      lots: lots.map((lot) => ({ ...lot, free: lot.remaining - lot.held })),
      accounts,
      nextLotId: () => (this.lastLot += 1n),
      now,
    });
    const result = movePoints(book);
    this.write(book.drain(), of, now);
    this.balances = book.balances;
    this.check();
    return result;
  }

  /** What was posted for a sale or visit, and every lot of the account as it is now. */
  saleOf(of: string): { own: OwnTransfer[]; lots: OwnLot[]; accounts: typeof accounts } {
    return { own: this.posted.get(of) ?? [], lots: [...this.lots.values()], accounts };
  }

  ending(): EndingLot[] {
    return [...this.lots.values()].map((lot) => ({ ...lot, free: lot.remaining - lot.held }));
  }

  /** What the customer has less what is owed. */
  get worth(): bigint {
    return this.balances.active + this.balances.pending - this.balances.debt;
  }

  private write({ transfers, newLots, taken, held }: PostingPlan, of: string, now: number): void {
    for (const { id, amount, pending, activatesAt, expiresAt } of newLots)
      this.lots.set(id, { id, pending, remaining: amount, held: 0n, activatesAt, expiresAt, createdAt: now });
    for (const [id, amount] of taken) this.change(id, (lot) => ({ remaining: lot.remaining - amount }));
    for (const [id, amount] of held) this.change(id, (lot) => ({ held: lot.held + amount }));
    for (const transfer of transfers) this.add(transfer);
    this.posted.set(of, [...(this.posted.get(of) ?? []), ...transfers]);
  }

  private add({ debit, credit, amount, code, lotId }: PlannedTransfer): void {
    if (amount <= 0n) expect.fail(`a transfer of ${amount}`);
    this.sums.set(debit, (this.sums.get(debit) ?? 0n) - amount);
    this.sums.set(credit, (this.sums.get(credit) ?? 0n) + amount);
    if (code === 'activation' && lotId !== null) this.change(lotId, () => ({ pending: false, activatesAt: null }));
  }

  private change(id: bigint, by: (lot: KeptLot) => Partial<KeptLot>): void {
    const lot = this.lots.get(id);
    if (!lot) throw new Error(`there is no lot ${id}`);
    this.lots.set(id, { ...lot, ...by(lot) });
  }

  /** The sums of transfers, of lots and of balances say the same, and nothing is below zero. */
  private check(): void {
    const { active, held, pending, debt } = this.balances;
    const inLots = { active: 0n, held: 0n, pending: 0n };
    for (const lot of this.lots.values()) {
      if (lot.held < 0n || lot.remaining < lot.held) expect.fail(`lot ${lot.id}: ${lot.held} held of ${lot.remaining}`);
      inLots[lot.pending ? 'pending' : 'active'] += lot.remaining;
      inLots.held += lot.held;
    }
    const [customer = 0n, waiting = 0n] = OURS.map((account) => this.sums.get(account) ?? 0n);
    const owed = -(this.sums.get(accounts.debt) ?? 0n);
    const equal = inLots.active === active && inLots.held === held && inLots.pending === pending && customer === active;
    if (!equal || waiting !== pending || owed !== debt || debt < 0n || (debt > 0n && active !== held))
      expect.fail(
        `balances ${active} ${held} ${pending} ${debt}, lots ${inLots.active} ${inLots.held} ${inLots.pending}, transfers ${customer} ${waiting} ${owed}`,
      );
  }
}
