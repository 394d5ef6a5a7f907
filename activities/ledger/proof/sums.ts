/** Balances as the transfers alone make them. */
import type { ChainedTransfer } from './canonical.ts';

/** A transfer between Altegio and the program: a withdrawal in a visit that was named its redemption, or the way back. */
export function isRelabelling({ code, debit_account: debit, credit_account: credit }: ChainedTransfer): boolean {
  if (code !== 'redemption' && code !== 'refund') return false;
  return (code === 'redemption' ? debit : credit)?.startsWith('altegio:') ?? false;
}

/** What the transfers of one account make, minor units. */
export class Sums {
  active = 0n;
  pending = 0n;
  debt = 0n;
  /** What Altegio was found to hold beyond our own writes: openings and drifts. */
  cleared = 0n;
  readonly lots = new Map<string, bigint>();

  add(row: ChainedTransfer): void {
    const amount = BigInt(row.amount ?? '0');
    // What Altegio moved, called by its name later: it was counted when it was found.
    if (isRelabelling(row)) return;
    this.move(row.account_id, row.debit_account ?? '', -amount, row.lot_id);
    this.move(row.account_id, row.credit_account ?? '', amount, row.lot_id);
  }

  private move(accountId: string | null, ledgerAccount: string, amount: bigint, lotId: string | null): void {
    const lot = () => {
      if (lotId !== null) this.lots.set(lotId, (this.lots.get(lotId) ?? 0n) + amount);
    };
    if (ledgerAccount === `customer:${accountId}`) {
      this.active += amount;
      lot();
    } else if (ledgerAccount === `pending:${accountId}`) {
      this.pending += amount;
      lot();
    } else if (ledgerAccount === `debt:${accountId}`) this.debt -= amount;
    else if (ledgerAccount.startsWith('altegio:')) this.cleared -= amount;
  }
}
