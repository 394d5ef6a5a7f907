/** What visits in Altegio add to an account's page: points that Altegio moved itself, called what they were. */
import { loss, type Movement, release } from './account.ts';
import { Book } from './book.ts';
import { type LotPart, type SpendableLot, takeFromLots } from './lots.ts';
import type { Minor } from './money.ts';
import type { PlannedRefund } from './refund-plan.ts';
import type { OwnLot } from './reversal.ts';

/** A part of what Altegio moved; `lotId` null is debt, or what met another movement and touched no lot. */
export interface MovedPart {
  readonly lotId: bigint | null;
  readonly amount: Minor;
}

/** See the file's header. */
export class VisitBook extends Book {
  /** Redeems what a visit took, free or not: the rest becomes debt. */
  redeemInVisit(amount: Minor, reason: string): Movement {
    return this.record(loss(this.current, amount), { code: 'redemption', counterpart: this.accounts.program, reason });
  }

  /** Lowers a hold to `kept`; the rest is free again and pays debt first (R11). Names the lots that stay reserved. */
  lowerHold(held: readonly SpendableLot[], kept: Minor): LotPart[] {
    const reserved = held.reduce((sum, lot) => sum + lot.free, 0n);
    const stays = takeFromLots(held, kept);
    const movement = release(this.current, reserved - kept);
    const staying = new Map(stays.map(({ lotId, amount }) => [lotId, amount]));
    for (const lot of held) {
      const freed = lot.free - (staying.get(lot.id) ?? 0n);
      this.shelf.unreserve(lot, freed, freed);
    }
    this.repay(movement.repaid, { code: 'repayment' });
    this.current = movement.balances;
    return stays;
  }

  /**
   * Calls what Altegio itself took from the card (or put back) what it was: the redemption of a visit (or its refund). No
   * balance changes, for the movement was posted as `external` already; it only is the program's now.
   */
  relabel(code: 'redemption' | 'refund', parts: readonly MovedPart[], driftId: bigint | null, reason: string): void {
    const { altegio, program } = this.accounts;
    const [debit, credit] = code === 'redemption' ? [altegio, program] : [program, altegio];
    for (const { lotId, amount } of parts) this.transfers.add(debit, credit, amount, { code, driftId, reason }, lotId);
  }

  /** Lets points that Altegio put back on the card return to the lots they came from, instead of the lot they came in. */
  rehome(planned: PlannedRefund, amount: Minor, cameIn: readonly OwnLot[]): void {
    this.refund({ ...planned, clawback: 0n });
    this.takeBack(amount, cameIn, { code: 'refund', counterpart: this.accounts.program });
  }
}
