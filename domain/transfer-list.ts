/** The transfers that one account's page plans, in the order in which they are posted. */
import type { Minor } from './money.ts';
import type { PlannedTransfer, TransferCode } from './posting-plan.ts';

/** Why points move, and between the customer and whom. */
export interface Cause {
  readonly code: TransferCode;
  readonly counterpart: string;
  readonly driftId?: bigint | null;
  readonly reason?: string | null;
}

/** See the file's header. */
export class TransferList {
  private transfers: PlannedTransfer[] = [];

  /** Hands over what was planned since the last time. */
  drain(): PlannedTransfer[] {
    const { transfers } = this;
    this.transfers = [];
    return transfers;
  }

  /** Plans a transfer of `amount` minor units from `debit` to `credit`. */
  add(debit: string, credit: string, amount: Minor, cause: Omit<Cause, 'counterpart'>, lotId: bigint | null): void {
    const { code, driftId = null, reason = null } = cause;
    this.transfers.push({ debit, credit, amount, code, lotId, driftId, reason });
  }
}
