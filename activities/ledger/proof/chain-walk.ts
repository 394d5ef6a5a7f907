/** Walking one account's chain of transfers: is every link where it was, and every row as it was written? */
import { type ChainedTransfer, GENESIS, transferHash } from './canonical.ts';
import { whatChanged } from './culprit.ts';

/** The stored end of a chain. */
export interface Tip {
  readonly transferId: string;
  readonly transfers: string;
  readonly hash: string;
}

/** A row that is not what it was, or not where it was. */
export interface BadLink {
  readonly transferId: string;
  readonly sentence: string;
}

/** Rows remembered to find out where an inserted one begins, and as witnesses of what a changed one held. */
const REMEMBERED = 200;
const MOST_CHANGED = 20;
const MOST_EXHAUSTIVE = 3;

/** One account's walk; give it every transfer in the order of ids, then {@link end} it. */
export class ChainWalk {
  private readonly recent: ChainedTransfer[] = [];
  private readonly changed: ChainedTransfer[] = [];
  private readonly bad = new Map<string, string>();
  private count = 0n;
  private readonly accountId: string;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** Looks at the next transfer. */
  add(row: ChainedTransfer): void {
    this.count += 1n;
    if (transferHash(row.prev_hash, row) !== row.hash && this.changed.length < MOST_CHANGED) this.changed.push(row);
    this.link(row);
    this.recent.push(row);
    if (this.recent.length > REMEMBERED) this.recent.shift();
  }

  /** Compares with the stored end of the chain; `missing` as in {@link whatChanged}. */
  end(tip: Tip | null, missing: readonly bigint[]): BadLink[] {
    this.compareTip(tip);
    for (const [index, row] of this.changed.entries()) {
      const id = row.id ?? '';
      if (this.bad.has(id)) continue;
      const witnesses = { others: this.recent, missing, exhaustive: index < MOST_EXHAUSTIVE };
      this.name(id, `was changed after it was written: ${whatChanged(row, witnesses)}`);
    }
    return [...this.bad].map(([transferId, sentence]) => ({ transferId, sentence }));
  }

  private name(transferId: string | null, what: string): void {
    this.bad.set(transferId ?? '', `transfer ${transferId} of account ${this.accountId} ${what}`);
  }

  private link(row: ChainedTransfer): void {
    const last = this.recent.at(-1);
    if (row.prev_hash === (last?.hash ?? GENESIS)) return;
    const known = row.prev_hash === GENESIS ? -1 : this.recent.findLastIndex(({ hash }) => hash === row.prev_hash);
    if (known >= 0 || (row.prev_hash === GENESIS && this.count <= REMEMBERED)) {
      for (const inserted of this.recent.slice(known + 1))
        this.name(
          inserted.id,
          `was inserted behind our back: transfer ${row.id} was written right after the one before`,
        );
      return;
    }
    if (last && transferHash(last.prev_hash, last) === row.prev_hash) {
      this.name(last.id, 'was changed after it was written: its hash is another one than its columns have');
      return;
    }
    // A row that was put in carries links of its own making; the next one tells.
    if (this.changed.at(-1) === row) return;
    const before = last ? `transfer ${last.id}` : 'the beginning';
    this.name(
      row.id,
      `does not follow ${before}: a transfer between them was deleted${last ? `, or transfer ${last.id} was rewritten together with its hash` : ''}`,
    );
  }

  private compareTip(tip: Tip | null): void {
    const last = this.recent.at(-1);
    if (tip === null) {
      if (last) this.name(last.id, 'was inserted behind our back: the account has no stored end of its chain');
      return;
    }
    if (!last || BigInt(last.id ?? '0') < BigInt(tip.transferId)) {
      this.name(tip.transferId, 'was deleted: it was the last one of the account');
      return;
    }
    if (BigInt(last.id ?? '0') > BigInt(tip.transferId)) {
      for (const row of this.recent)
        if (BigInt(row.id ?? '0') > BigInt(tip.transferId))
          this.name(row.id, `was inserted behind our back: the stored end of the chain is transfer ${tip.transferId}`);
      return;
    }
    const told = this.bad.has(last.id ?? '') || this.changed.at(-1)?.id === last.id;
    if (last.hash !== tip.hash && !told)
      this.name(last.id, 'is the last one of the account, and its hash is not the stored end of the chain');
    if (String(this.count) !== tip.transfers && this.bad.size === 0 && this.changed.length === 0)
      this.name(last.id, `ends a chain of ${this.count} transfers, and ${tip.transfers} were written`);
  }
}
