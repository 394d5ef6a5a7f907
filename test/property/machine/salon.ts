/** Altegio, its staff and the network between us: what truly happened, which the service only hears of in parts. */
import type { Line } from '../../../domain/mirror.ts';

/** A line of the journal; `shownAt` is null while it lags behind the balance. */
interface SalonLine {
  readonly id: bigint;
  readonly amount: bigint;
  readonly by: 'us' | 'staff';
  shownAt: number | null;
}

/** A write of ours on its way. */
interface Request {
  readonly writeId: bigint;
  readonly amount: bigint;
}

/** See the file's header. */
export class Salon {
  balance = 0n;
  /** Everything that others moved on the card, the opening balance included. */
  byStaff = 0n;
  readonly requests: Request[] = [];
  lines: SalonLine[] = [];
  private lastLine = 0n;

  move(amount: bigint, by: SalonLine['by']): void {
    this.balance += amount;
    if (by === 'staff') this.byStaff += amount;
    this.lastLine += 1n;
    this.lines.push({ id: this.lastLine, amount, by, shownAt: null });
  }

  get hidden(): readonly SalonLine[] {
    return this.lines.filter(({ shownAt }) => shownAt === null);
  }

  /** What a read of the journal gives, in the order of the lines' ids. */
  get journal(): Line[] {
    return this.lines.flatMap(({ id, amount, shownAt }) =>
      shownAt === null ? [] : [{ id, amount, firstSeenAt: shownAt }],
    );
  }

  author(lineId: bigint): SalonLine['by'] | undefined {
    return this.lines.find(({ id }) => id === lineId)?.by;
  }
}
