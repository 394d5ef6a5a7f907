/** What the verifier has looked at and what it found, in the order of the table that it prints. */

/** The checks, each with what it counts. */
export const CHECKS = {
  chain: { title: 'Hash chain of every account', unit: 'transfers' },
  operations: { title: 'Every operation whole and summing to zero', unit: 'operations' },
  balances: { title: 'Balances against transfers', unit: 'accounts' },
  lots: { title: 'Lots against transfers', unit: 'lots' },
  holds: { title: 'Reserved points against open holds', unit: 'open holds' },
  payments: { title: 'Payments against transfers', unit: 'payments' },
  deposits: { title: 'Deposits against their own transfers', unit: 'deposits' },
  mirror: { title: 'Altegio against openings, drifts and writes', unit: 'cards' },
  roots: { title: 'Daily roots', unit: 'days' },
} as const;

export type Check = keyof typeof CHECKS;

/** Something that is not as it was written; `sentence` is whole without the rest. */
export interface Finding {
  readonly check: Check;
  readonly accountId: string | null;
  readonly transferId: string | null;
  readonly sentence: string;
}

/** More are counted, not kept: a ledger that is wrong everywhere must not fill the memory. */
const MOST_KEPT = 200;

/** Collects findings and counts. */
export class Findings {
  readonly kept: Finding[] = [];
  private readonly counts = new Map<Check, { counted: number; wrong: number }>();

  counted(check: Check, count = 1): void {
    this.of(check).counted += count;
  }

  add(check: Check, sentence: string, at: { accountId?: string | null; transferId?: string | null } = {}): void {
    this.of(check).wrong += 1;
    const { accountId = null, transferId = null } = at;
    if (this.kept.length < MOST_KEPT) this.kept.push({ check, accountId, transferId, sentence });
  }

  /** One row a check. */
  table(): { check: Check; title: string; unit: string; counted: number; wrong: number }[] {
    return (Object.keys(CHECKS) as Check[]).map((check) => ({ check, ...CHECKS[check], ...this.of(check) }));
  }

  get wrong(): number {
    return [...this.counts.values()].reduce((sum, { wrong }) => sum + wrong, 0);
  }

  private of(check: Check): { counted: number; wrong: number } {
    const found = this.counts.get(check) ?? { counted: 0, wrong: 0 };
    this.counts.set(check, found);
    return found;
  }
}
