/** The lots of one account's page, in memory: which of them a movement takes, reserves or fills, and what that changes. */
import type { LotDates } from './lot-dates.ts';
import { type LotPart, type SpendableLot, takeFromLots } from './lots.ts';
import { minimum, type Minor } from './money.ts';
import type { PlannedLot, TransferCode } from './posting-plan.ts';

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);

const nothing = () => ({
  newLots: [] as PlannedLot[],
  taken: new Map<bigint, Minor>(),
  held: new Map<bigint, Minor>(),
});

/** See the file's header. `nextLotId` hands out ids drawn beforehand; `now` is epoch milliseconds. */
export class Shelf {
  private changes = nothing();
  private lots: SpendableLot[];
  private readonly nextLotId: () => bigint;
  private readonly now: number;

  constructor(lots: readonly SpendableLot[], nextLotId: () => bigint, now: number) {
    this.lots = [...lots];
    this.nextLotId = nextLotId;
    this.now = now;
  }

  /** Hands over what has changed since the last time. */
  drain(): { newLots: PlannedLot[]; taken: Map<bigint, Minor>; held: Map<bigint, Minor> } {
    const { changes } = this;
    this.changes = nothing();
    return changes;
  }

  /** Takes free points in spend order, from the lots named `first` before all others. */
  take(amount: Minor, first: ReadonlySet<bigint> = new Set()): LotPart[] {
    const preferred = this.lots.filter(({ id }) => first.has(id));
    const others = this.lots.filter(({ id }) => !first.has(id));
    const fromFirst = minimum(sum(preferred.map(({ free }) => free)), amount);
    const parts = [...takeFromLots(preferred, fromFirst), ...takeFromLots(others, amount - fromFirst)];
    for (const part of parts) {
      this.change('taken', part.lotId, part.amount);
      this.free(part.lotId, -part.amount);
    }
    return parts;
  }

  /** Takes the free points of every lot that expires at `until` (epoch milliseconds) or before. */
  takeExpired(until: number): LotPart[] {
    const over = this.lots.filter(({ expiresAt, free }) => expiresAt !== null && expiresAt <= until && free > 0n);
    const ids = new Set(over.map(({ id }) => id));
    return this.take(sum(over.map(({ free }) => free)), ids);
  }

  /** Takes what no longer is free: of a pending lot, or of points reserved before. */
  takeAside(lotId: bigint, amount: Minor): void {
    this.change('taken', lotId, amount);
  }

  /** Reserves free points in spend order. */
  reserve(amount: Minor): LotPart[] {
    const parts = takeFromLots(this.lots, amount);
    for (const part of parts) {
      this.change('held', part.lotId, part.amount);
      this.free(part.lotId, -part.amount);
    }
    return parts;
  }

  /** Ends the reservation of points in a lot; what `stays` is free again. */
  unreserve(lot: SpendableLot, amount: Minor, stays: Minor): void {
    this.change('held', lot.id, -amount);
    this.put(lot, stays);
  }

  /** Puts points back into a lot, which may have been empty and so not on the page. */
  refill(lot: Omit<SpendableLot, 'free'>, amount: Minor): void {
    this.change('taken', lot.id, -amount);
    this.put(lot, amount);
  }

  /** Makes a lot; it is free at once unless its points are pending. */
  create(amount: Minor, code: TransferCode, dates: LotDates, pending: boolean = dates.activatesAt !== null): bigint {
    const id = this.nextLotId();
    this.changes.newLots.push({ id, code, amount, pending, ...dates });
    if (!pending) this.lots.push({ id, free: amount, expiresAt: dates.expiresAt, createdAt: this.now });
    return id;
  }

  /** Puts points among those that are free, of a lot that may not be on the page. */
  put({ id, expiresAt, createdAt }: Omit<SpendableLot, 'free'>, amount: Minor): void {
    if (amount === 0n) return;
    if (!this.lots.some((lot) => lot.id === id)) this.lots.push({ id, expiresAt, createdAt, free: 0n });
    this.free(id, amount);
  }

  private free(lotId: bigint, amount: Minor): void {
    this.lots = this.lots.map((lot) => (lot.id === lotId ? { ...lot, free: lot.free + amount } : lot));
  }

  private change(what: 'taken' | 'held', lotId: bigint, amount: Minor): void {
    const changes = this.changes[what];
    changes.set(lotId, (changes.get(lotId) ?? 0n) + amount);
  }
}
